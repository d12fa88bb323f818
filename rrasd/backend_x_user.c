/* SPDX-License-Identifier: Apache-2.0 */
/* Users: what callers ask of their source, which answers later; and the traces of that. */
#include <errno.h>
#include <stdlib.h>

#include <mprapi.h>

#include "common/log.h"
#include "common/text.h"
#include "rrasd/backend_private.h"
#include "rrasd/present.h"
#include "rrasd/users.h"

#define SHOWN_MAX 256u /* of a name in the log */
/* Calls of one user of this machine that wait for the source: who has many does not shut the others out. */
#define ASKS_PER_CALLER 64u

_Static_assert(USER_CALLBACK_NONE == RASPRIV_NoCallback && USER_CALLBACK_ADMIN == RASPRIV_AdminSetCallback &&
                   USER_CALLBACK_CALLER == RASPRIV_CallerSetCallback,
               "kinds of callback have the API's values");
_Static_assert(USERS_NAME_MAX == ROUTER_USER_MAX && USERS_NUMBER_UNITS == MAX_PHONE_NUMBER_LEN, "and its lengths");

struct user_call {
    struct users_ask ask; /* first: it comes back */
    struct asker asker;
    struct backend *b;
    enum rrasx_opnum opnum;
    struct rrasx_pending *pending;
};

static uint32_t code_of(int result)
{
    switch (result) {
    case -ENOENT:
        return ERROR_NO_SUCH_USER;
    case -EACCES:
        return ERROR_ACCESS_DENIED;
    case -EROFS:
    case -ENOTSUP:
        return ERROR_NOT_SUPPORTED;
    case -EHOSTDOWN:
        return ERROR_DS_SERVER_DOWN;
    case -EEXIST:
    case -EBADMSG:
    case -EPROTO:
        return ERROR_DS_OPERATIONS_ERROR;
    case -EBUSY:
    case -ENOSPC:
        return RPC_S_SERVER_TOO_BUSY;
    case -ECANCELED: /* rrasd stops, so he is hardly there to read it */
        return ERROR_TIMEOUT;
    default:
        return present_result(result);
    }
}

/* Is it the source's fault, rather than the caller's? */
static bool is_trouble(int result)
{
    return result < 0 && result != -ENOENT && result != -EINVAL && result != -ENOTSUP && result != -EROFS &&
           result != -EBUSY && result != -ECANCELED;
}

static void log_trouble(struct user_call *c, int result)
{
    char why[USERS_WHY_MAX], note[RATELIMIT_NOTE_MAX];
    uint64_t missed;
    if (is_trouble(result) && ratelimit_ok(&c->b->source_log, backend_now(c->b).mono_ms, &missed))
        log_warning("users: %s%s", c->ask.why[0] ? text_escape_z(why, sizeof why, c->ask.why) : strerror(-result),
                    ratelimit_note(note, missed));
}

static void log_change(const struct user_call *c)
{
    const struct user_settings *s = &c->ask.settings;
    char user[SHOWN_MAX], text[CALLER_TEXT_MAX];
    const char *now = c->opnum == RRASX_USER_REMOVE ? "is forgotten"
                      : s->by_policy                ? "is for the policy to decide about"
                      : s->permitted                ? "may dial in"
                                                    : "may not dial in";
    log_info("users: %s has changed user \"%s\": he %s", caller_text(text, &c->asker.caller),
             text_escape_z(user, sizeof user, c->ask.user), now);
}

static bool is_order(const struct user_call *c)
{
    return c->opnum == RRASX_USER_SET || c->opnum == RRASX_USER_REMOVE;
}

/* Before the reply goes out. */
static void audit(const struct user_call *c, uint32_t code)
{
    struct audit_who who = backend_asker_who(&c->asker);
    const struct audit_user line = {
        .op = rrasx_op((uint16_t)c->opnum)->name,
        .user = c->ask.user,
        .settings = c->opnum == RRASX_USER_SET ? &c->ask.settings : NULL,
        .create = c->ask.create,
        .reason = code != ERROR_SUCCESS && c->ask.why[0] ? c->ask.why : NULL,
        .result = code,
    };
    if (is_order(c))
        audit_write_user(c->b->env.audit, &who, &line);
}

static OPENRRAS_USER present(const struct backend *b, const char *name, const struct user_settings *s)
{
    return (OPENRRAS_USER){
        .pszUser = name,
        .fPermitted = s->permitted,
        .fByPolicy = s->by_policy,
        .dwCallback = s->callback,
        .pszNumber = s->number,
        .fAdmitted = users_would_admit(b->env.users, s),
    };
}

/* ---- answers ---- */

static void answer_list(const struct user_call *c)
{
    const struct users_ask *ask = &c->ask;
    OPENRRAS_USER *users = ask->n_entries ? calloc(ask->n_entries, sizeof *users) : NULL;
    uint32_t code = ask->n_entries && !users ? ERROR_NOT_ENOUGH_MEMORY : ERROR_SUCCESS;
    for (size_t i = 0; users && i < ask->n_entries; i++)
        users[i] = present(c->b, ask->entries[i].name, &ask->entries[i].settings);
    rrasx_finish_users(c->pending, code, users, users ? ask->n_entries : 0, ask->more);
    free(users);
}

static void answer(const struct user_call *c, uint32_t code)
{
    OPENRRAS_USER user;
    if (is_order(c)) {
        rrasx_finish_code(c->pending, code);
    } else if (c->opnum == RRASX_USER_GET) {
        user = present(c->b, c->ask.user, &c->ask.settings);
        rrasx_finish_user(c->pending, code, code == ERROR_SUCCESS ? &user : NULL);
    } else if (code == ERROR_SUCCESS) {
        answer_list(c);
    } else {
        rrasx_finish_users(c->pending, code, NULL, 0, false);
    }
}

/* Everything but telling whoever sends the output. */
static struct caller *finish(struct user_call *c, int result)
{
    uint32_t code = code_of(result);
    log_trouble(c, result);
    audit(c, code);
    if (is_order(c) && code == ERROR_SUCCESS) {
        log_change(c);
        c->b->env.user_changed(c->b->env.ctx, c->ask.user);
    }
    answer(c, code);
    struct caller *to = backend_asker_end(c->b, &c->asker);
    free(c);
    return to;
}

static void on_done(struct users_ask *ask, int result)
{
    struct user_call *c = (struct user_call *)ask;
    struct backend *b = c->b;
    struct caller *to = finish(c, result);
    if (to)
        b->env.answered(b->env.ctx, to);
}

/* ---- questions ---- */

/* Without memory it is answered here, and NULL. */
static struct user_call *new_call(struct backend *b, struct caller *caller, enum rrasx_opnum opnum, const char *name,
                                  struct rrasx_pending *p)
{
    struct user_call *c = calloc(1, sizeof *c);
    if (!c) {
        rrasx_finish_code(p, ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    c->b = b;
    c->opnum = opnum;
    c->pending = p;
    c->ask.done = on_done;
    snprintf(c->ask.user, sizeof c->ask.user, "%s", name); /* decoded within its limit, which is the same */
    backend_asker_begin(b, &c->asker, caller);
    return c;
}

static void begin(struct user_call *c, int (*ask)(struct users *u, struct users_ask *ask))
{
    bool too_many = backend_askers_of(c->b, c->asker.caller.uid) > ASKS_PER_CALLER;
    int r = too_many ? -EBUSY : ask(c->b->env.users, &c->ask);
    if (r < 0)
        (void)finish(c, r); /* from within the call: its output is sent in any case */
}

void backend_x_user_get(void *ctx, void *user, const char *name, struct rrasx_pending *p)
{
    struct user_call *c = new_call(ctx, user, RRASX_USER_GET, name, p);
    if (c)
        begin(c, users_get);
}

/* In the place of users_set(). */
static int invalid(struct users *u, struct users_ask *ask)
{
    (void)u;
    (void)ask;
    return -EINVAL;
}

void backend_x_user_set(void *ctx, void *user, const struct rrasx_user_set_request *request, struct rrasx_pending *p)
{
    struct user_call *c = new_call(ctx, user, RRASX_USER_SET, request->user, p);
    if (!c)
        return;
    bool ok = request->callback <= UINT8_MAX && !(request->flags & ~OPENRRAS_USER_CREATE);
    c->ask.create = (request->flags & OPENRRAS_USER_CREATE) != 0;
    c->ask.settings = (struct user_settings){
        .permitted = request->permitted, .by_policy = request->by_policy, .callback = (uint8_t)request->callback};
    snprintf(c->ask.settings.number, sizeof c->ask.settings.number, "%s", request->number);
    begin(c, ok ? users_set : invalid);
}

void backend_x_user_remove(void *ctx, void *user, const char *name, struct rrasx_pending *p)
{
    struct user_call *c = new_call(ctx, user, RRASX_USER_REMOVE, name, p);
    if (c)
        begin(c, users_remove);
}

void backend_x_user_enum(void *ctx, void *user, const char *after, struct rrasx_pending *p)
{
    struct user_call *c = new_call(ctx, user, RRASX_USER_ENUM, after, p);
    if (!c)
        return;
    c->ask.max = USERS_LIST_MAX;
    begin(c, users_list);
}
