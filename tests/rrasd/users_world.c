/* SPDX-License-Identifier: Apache-2.0 */
#include "users_world.h"

/* ---- the puppet ---- */

static int ask_puppet(struct puppet *p, const char *what, const char *user, char why[static USERS_WHY_MAX])
{
    size_t n = strlen(p->log);
    assert_int_equal(p->inside++, 0);
    if (p->waits)
        uv_sem_wait(&p->go_on);
    snprintf(p->log + n, sizeof p->log - n, "%s:%s ", what, user);
    p->inside--;
    if (p->result < 0)
        snprintf(why, USERS_WHY_MAX, "the puppet fails");
    return p->result;
}

static int puppet_get(void *ctx, const char *user, struct user_settings *ret, char why[static USERS_WHY_MAX])
{
    struct puppet *p = ctx;
    int r = ask_puppet(p, "get", user, why);
    if (r == 0 && p->known && strcmp(p->known, user) != 0)
        return -ENOENT;
    if (r == 0)
        *ret = p->settings;
    return r;
}

static int puppet_set(void *ctx, const char *user, const struct user_settings *s, bool create,
                      char why[static USERS_WHY_MAX])
{
    struct puppet *p = ctx;
    int r = ask_puppet(p, create ? "create" : "set", user, why);
    if (r == 0)
        p->settings = *s;
    return r;
}

static int puppet_remove(void *ctx, const char *user, char why[static USERS_WHY_MAX])
{
    return ask_puppet(ctx, "remove", user, why);
}

/* u0, u1, ... u9, from the one after `after`; some have odd names, and one odd settings. */
static int puppet_each(void *ctx, const char *after,
                       int (*put)(void *to, const char *name, const struct user_settings *s), void *to,
                       char why[static USERS_WHY_MAX])
{
    const struct user_settings good = {.callback = USER_CALLBACK_NONE}, odd = {.callback = 7};
    struct puppet *p = ctx;
    int r = ask_puppet(p, "each", after, why);
    for (char c = '0'; r == 0 && c <= '9'; c++) {
        const char name[] = {'u', c, c == '4' ? '\n' : '\0', '\0'};
        if (strcmp(name, after) > 0)
            r = put(to, name, c == '6' ? &odd : &good);
    }
    return r;
}

static void puppet_free(void *ctx)
{
    struct puppet *p = ctx;
    p->freed++;
}

static const struct user_source puppet_source = {
    .name = "puppet",
    .get = puppet_get,
    .set = puppet_set,
    .remove = puppet_remove,
    .each = puppet_each,
    .free = puppet_free,
};
const struct user_source users_world_reader = {.name = "reader", .get = puppet_get, .free = puppet_free};

uv_loop_t loop;
struct config config;
struct puppet puppet, other;
struct users *u;
bool closed;
static struct readers *readers;

struct user_directory *users_world_directory(const struct user_source *source, struct puppet *p)
{
    struct user_directory *d = calloc(1, sizeof *d);
    assert_non_null(d);
    *p = (struct puppet){.settings = {.permitted = true, .callback = USER_CALLBACK_NONE}};
    uv_sem_init(&p->go_on, 0);
    *d = (struct user_directory){.source = source, .ctx = p};
    return d;
}

static int begin_with(const struct user_source *source)
{
    config = (struct config){.users = {.permit = 1}};
    closed = false;
    assert_int_equal(uv_loop_init(&loop), 0);
    readers = readers_new(&loop);
    assert_non_null(readers);
    u = users_new(&loop, readers, &config, users_world_directory(source, &puppet));
    assert_non_null(u);
    return 0;
}

int users_world_begin(void **state)
{
    (void)state;
    return begin_with(&puppet_source);
}

int users_world_begin_reader(void **state)
{
    (void)state;
    return begin_with(&users_world_reader);
}

int users_world_end(void **state)
{
    (void)state;
    if (!closed)
        users_close(u);
    uv_sem_post(&puppet.go_on); /* after a test that has failed, it may still wait */
    uv_run(&loop, UV_RUN_DEFAULT);
    users_free(u);
    readers_free(readers);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(puppet.freed, 1);
    assert_int_equal(uv_loop_close(&loop), 0);
    return 0;
}

/* ---- questions ---- */

char answered[256];

void users_world_done(struct users_ask *ask, int result)
{
    struct question *q = (struct question *)ask;
    q->answered++;
    q->result = result;
    size_t n = strlen(answered);
    snprintf(answered + n, sizeof answered - n, "%.40s ", ask->user);
    for (size_t i = 0; i < ask->n_entries; i++) {
        n = strlen(q->names);
        snprintf(q->names + n, sizeof q->names - n, "%.40s ", ask->entries[i].name);
        assert_true(user_settings_ok(&ask->entries[i].settings));
    }
}

struct question *users_world_question(const char *user)
{
    struct question *q = calloc(1, sizeof *q);
    assert_non_null(q);
    q->ask.done = users_world_done;
    q->ask.settings = (struct user_settings){.callback = USER_CALLBACK_NONE};
    snprintf(q->ask.user, sizeof q->ask.user, "%s", user);
    answered[0] = '\0';
    return q;
}

void users_world_answer(int (*ask)(struct users *, struct users_ask *), struct question *q)
{
    assert_int_equal(ask(u, &q->ask), 0);
    assert_int_equal(q->answered, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(q->answered, 1);
}
