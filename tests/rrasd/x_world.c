/* SPDX-License-Identifier: Apache-2.0 */
#include "x_world.h"

static struct world *world;

/* ---- where answers are caught ---- */

void __wrap_rrasx_finish_events(struct rrasx_pending *p, uint32_t code, const OPENRRAS_EVENT_LIST *list,
                                const uint8_t *events, size_t n);
void __wrap_rrasx_finish_job(struct rrasx_pending *p, uint32_t code, const OPENRRAS_JOB *job);
bool __wrap_rrasx_put_session(struct rrasx_out *out, const OPENRRAS_SESSION *s);

static struct answer *next_answer(struct rrasx_pending *p, uint32_t code)
{
    assert_true(world->answer_count < ANSWERS_MAX);
    for (size_t i = 0; i < world->answer_count; i++)
        assert_ptr_not_equal(world->answers[i].pending, p); /* each exactly once */
    struct answer *a = &world->answers[world->answer_count++];
    a->pending = p;
    a->code = code;
    return a;
}

void __wrap_rrasx_finish_events(struct rrasx_pending *p, uint32_t code, const OPENRRAS_EVENT_LIST *list,
                                const uint8_t *events, size_t n)
{
    struct answer *a = next_answer(p, code);
    if (code != 0)
        return;
    struct rrasx_chunk c = {events, n};
    struct rrasx_size need = {0};
    OPENRRAS_EVENT_LIST decoded = {0};
    assert_true(rrasx_measure(&rrasx_events, c, &need));
    a->memory = malloc(need.items + need.texts + 1);
    assert_non_null(a->memory);
    assert_true(rrasx_fill(&rrasx_events, &c, 1, &decoded, a->memory, &need));
    a->list = *list;
    a->list.dwCount = decoded.dwCount;
    assert_in_range(decoded.dwCount, 0, 256);
    for (size_t i = 0; i < decoded.dwCount; i++)
        a->events[i] = decoded.pEvents[i];
}

void __wrap_rrasx_finish_job(struct rrasx_pending *p, uint32_t code, const OPENRRAS_JOB *job)
{
    struct answer *a = next_answer(p, code);
    if (code != 0)
        return;
    a->job = *job;
    if (job->dwFailures)
        a->failure = job->pFailures[0];
    snprintf(a->reason, sizeof a->reason, "%s", job->pszReason ? job->pszReason : "");
    snprintf(a->by, sizeof a->by, "%s", job->pszBy ? job->pszBy : "");
}

bool __wrap_rrasx_put_session(struct rrasx_out *out, const OPENRRAS_SESSION *s)
{
    (void)out;
    assert_true(world->put < 256);
    world->session[world->put++] = *s;
    return world->put < world->put_max;
}

bool __wrap_rrasx_put_keep_out(struct rrasx_out *out, const OPENRRAS_KEEP_OUT *k);
bool __wrap_rrasx_put_keep_out(struct rrasx_out *out, const OPENRRAS_KEEP_OUT *k)
{
    (void)out;
    assert_true(world->put < 16);
    world->keep_out[world->put++] = *k;
    return world->put < world->put_max;
}

bool __wrap_rrasx_put_driver(struct rrasx_out *out, const OPENRRAS_DRIVER *d);
bool __wrap_rrasx_put_driver(struct rrasx_out *out, const OPENRRAS_DRIVER *d)
{
    (void)out;
    assert_true(world->put < 16);
    world->driver_item[world->put++] = *d;
    return world->put < world->put_max;
}

void __wrap_rrasx_finish_user(struct rrasx_pending *p, uint32_t code, const OPENRRAS_USER *user);
void __wrap_rrasx_finish_users(struct rrasx_pending *p, uint32_t code, const OPENRRAS_USER *users, size_t n, bool more);
void __wrap_rrasx_finish_code(struct rrasx_pending *p, uint32_t code);

void __wrap_rrasx_finish_users(struct rrasx_pending *p, uint32_t code, const OPENRRAS_USER *users, size_t n, bool more)
{
    struct answer *a = next_answer(p, code);
    assert_true(code == 0 || n == 0);
    a->users = n;
    a->more = more;
    if (n == 0)
        return;
    a->user = users[0];
    snprintf(a->user_name, sizeof a->user_name, "%s", users[0].pszUser);
    snprintf(a->number, sizeof a->number, "%s", users[0].pszNumber);
}

void __wrap_rrasx_finish_user(struct rrasx_pending *p, uint32_t code, const OPENRRAS_USER *user)
{
    assert_true((user != NULL) == (code == 0));
    __wrap_rrasx_finish_users(p, code, user, user ? 1 : 0, false);
}

void __wrap_rrasx_finish_code(struct rrasx_pending *p, uint32_t code)
{
    (void)next_answer(p, code);
}

/* ---- a source of users ---- */

static int source_says(struct source *s, const char *what, const char *user, char why[static USERS_WHY_MAX])
{
    size_t n = strlen(s->log);
    s->asked++;
    if (what)
        snprintf(s->log + n, sizeof s->log - n, "%s:%s ", what, user);
    if (s->result < 0)
        snprintf(why, USERS_WHY_MAX, "the source says why");
    return s->result;
}

static int source_get(void *ctx, const char *user, struct user_settings *ret, char why[static USERS_WHY_MAX])
{
    struct source *s = ctx;
    int r = source_says(s, NULL, user, why);
    if (r == 0)
        *ret = s->settings;
    return r;
}

static int source_set(void *ctx, const char *user, const struct user_settings *settings, bool create,
                      char why[static USERS_WHY_MAX])
{
    struct source *s = ctx;
    int r = source_says(s, create ? "create" : "set", user, why);
    if (r == 0)
        s->settings = *settings;
    return r;
}

static int source_remove(void *ctx, const char *user, char why[static USERS_WHY_MAX])
{
    return source_says(ctx, "remove", user, why);
}

/* More than a page has. */
static int source_each(void *ctx, const char *after,
                       int (*put)(void *to, const char *name, const struct user_settings *s), void *to,
                       char why[static USERS_WHY_MAX])
{
    struct source *s = ctx;
    char name[16];
    int r = source_says(s, NULL, "", why);
    for (unsigned i = 0; r == 0 && i < USERS_LIST_MAX + 3; i++) {
        snprintf(name, sizeof name, "u%04u", i);
        if (strcmp(name, after) > 0)
            r = put(to, name, &s->settings);
    }
    return r;
}

static const struct user_source source = {
    .name = "test", .get = source_get, .set = source_set, .remove = source_remove, .each = source_each};

static void note_changed(void *ctx, const char *name)
{
    struct world *w = ctx;
    strcat(strcat(w->changed, name), " ");
}

/* ---- the world ---- */

static bool nobody_may(void *ctx, uid_t uid, const char *driver, const char *instance)
{
    (void)ctx, (void)uid, (void)driver, (void)instance;
    return false;
}

struct router_time now_of(void *ctx)
{
    const struct world *w = ctx;
    return (struct router_time){.mono_ms = w->ms, .wall_s = 1764084000};
}

static int take_order(void *ctx, void *channel, const struct router_order *order)
{
    struct world *w = ctx;
    (void)channel;
    assert_true(w->order_count < 64);
    w->orders[w->order_count++] = *order;
    return 0;
}

static void on_event(void *ctx, const struct router_event *event)
{
    struct world *w = ctx;
    if (w->backend)
        backend_event(w->backend, event);
}

static void fill_seven(void *ctx, uint8_t *dst, size_t n)
{
    (void)ctx;
    memset(dst, 7, n);
}

static void answered(void *ctx, struct caller *caller)
{
    struct world *w = ctx;
    assert_true(w->told_count < ANSWERS_MAX);
    w->told[w->told_count++] = caller;
    if (caller == w->breaks)
        backend_forget(w->backend, caller);
}

static bool may_keep_out(void *ctx)
{
    const struct world *w = ctx;
    return !w->full;
}

const GUID run = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};

int x_setup(void **state)
{
    static const struct router_config config = {
        .max_ports = 1000, .accept_ms = 2000, .gone_ms = 10000, .hard_ms = 5000, .unknown_ms = 60000, .max_jobs = 2};
    static const struct router_ops ops = {.send_disconnect = take_order, .event = on_event, .random = fill_seven};
    static const struct router_driver_info info = {
        .name = "openvpn", .instance = "main", .device_type = "openvpn", .ports = 40};
    char path[SCRATCH_PATH_MAX];
    struct world *w = world = calloc(1, sizeof *w);
    if (!w || scratch_setup((void **)&w->scratch) != 0 || uv_loop_init(&w->loop) != 0 ||
        audit_open(&w->loop, scratch_path(w->scratch, path, "audit"), "run", &w->audit) != 0)
        return -1;
    w->ms = 100000;
    w->put_max = 256;
    w->config.events_kept = 200;
    w->config.events_bytes = 65536;
    w->config.jobs = 2;
    w->config.waiting_calls = 6;
    w->config.waiting_per_connection = 4;
    w->alice = (struct caller){.uid = 1000, .role = ACCESS_OPERATOR};
    w->bob = (struct caller){.uid = 0, .role = ACCESS_ADMINISTRATOR};
    w->router = router_new(&config, &ops, w);
    static const struct driver_hub_config hub = {.ping_ms = 10000, .hung_ms = 30000, .hello_ms = 5000};
    if (timers_open(&w->loop) != 0)
        return -1;
    w->hub = driver_hub_new(&w->loop, &hub, nobody_may, now_of, w);
    driver_hub_set_router(w->hub, w->router);
    struct user_directory *directory = calloc(1, sizeof *directory);
    if (!directory)
        return -1;
    *directory = (struct user_directory){.source = &source, .ctx = &w->source};
    w->source.settings = (struct user_settings){.permitted = true, .callback = USER_CALLBACK_NONE};
    w->readers = readers_new(&w->loop);
    if (!w->readers)
        return -1;
    w->users = users_new(&w->loop, w->readers, &w->config, directory);
    struct backend_env env = {.router = w->router,
                              .hub = w->hub,
                              .audit = w->audit,
                              .config = &w->config,
                              .run = run,
                              .now = now_of,
                              .answered = answered,
                              .may_keep_out = may_keep_out,
                              .users = w->users,
                              .user_changed = note_changed,
                              .ctx = w};
    w->backend = backend_new(&env);
    w->x = backend_rrasx(w->backend);
    struct router_time now = now_of(w);
    if (router_driver_attach(w->router, &info, &now, &w->driver) != 0)
        return -1;
    router_driver_snapshot_end(w->router, w->driver, &now);
    *state = w;
    return 0;
}

int x_teardown(void **state)
{
    struct world *w = *state;
    backend_stop(w->backend);
    driver_hub_close(w->hub, NULL, NULL);
    users_close(w->users);
    router_free(w->router);
    audit_close(w->audit);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    backend_free(w->backend);
    users_free(w->users);
    readers_free(w->readers);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    audit_free(w->audit);
    timers_close(&w->loop);
    int r = uv_loop_close(&w->loop);
    for (size_t i = 0; i < w->answer_count; i++)
        free(w->answers[i].memory);
    scratch_teardown((void **)&w->scratch);
    free(w);
    return r;
}

uint32_t come(struct world *w, const char *id, const char *user)
{
    struct router_time now = now_of(w);
    struct router_port_view v;
    const struct router_session s = {.id = id,
                                     .start = 1764083000,
                                     .state = ROUTER_SESSION_CONNECTED,
                                     .user = user,
                                     .auth = "certificate",
                                     .client_address = "192.0.2.7:4000",
                                     .tunnel_address4 = "10.8.0.2"};
    assert_int_equal(router_session_report(w->router, w->driver, NULL, &s, &now), 0);
    for (uint32_t slot = 1; router_port_at(w->router, slot, &now, &v); slot++)
        if (strcmp(v.id, id) == 0)
            return v.handle;
    fail();
    return 0;
}

void gone(struct world *w, const char *id)
{
    struct router_time now = now_of(w);
    const struct router_counters c = {.bytes_out = 1ull << 62, .bytes_in = 5};
    const struct router_gone g = {
        .id = id, .reason = "hung up", .told = ROUTER_TOLD_YES, .counters = &c, .counters_final = true};
    assert_int_equal(router_session_gone(w->router, w->driver, &g, &now), 0);
}

void pass(struct world *w, uint64_t ms)
{
    w->ms += ms;
    struct router_time now = now_of(w);
    router_tick(w->router, &now);
    backend_wake(w->backend);
}

struct rrasx_pending *new_call(struct world *w)
{
    return (struct rrasx_pending *)++w->calls; /* never looked at */
}

void wait_for_events(struct world *w, struct caller *caller, uint64_t after, uint32_t mask, uint32_t ms)
{
    const struct rrasx_event_request request = {.after = after, .mask = mask, .wait_ms = ms};
    w->x->event_wait(w->x->ctx, caller, &request, new_call(w));
}

const struct answer *answer(const struct world *w, size_t i)
{
    assert_true(i < w->answer_count);
    return &w->answers[i];
}

uint64_t last_event(struct world *w)
{
    OPENRRAS_SERVER s;
    assert_int_equal(w->x->server_get(w->x->ctx, &w->alice, &s), 0);
    return s.ullLastEvent;
}

void disconnect(struct world *w, struct caller *caller, const OPENRRAS_DISCONNECT *d, uint32_t ms)
{
    w->x->disconnect(w->x->ctx, caller, d, ms, new_call(w));
}

void wait_for_job(struct world *w, uint32_t job, uint32_t asked, uint32_t ended, uint32_t ms)
{
    const struct rrasx_job_request request = {
        .job = job, .wait_ms = ms, .has_seen = true, .seen_asked = asked, .seen_ended = ended};
    w->x->job_wait(w->x->ctx, &w->alice, &request, new_call(w));
}

json_t *audit_line(const struct world *w, const char *event, size_t nth)
{
    char path[SCRATCH_PATH_MAX];
    char *text = scratch_read(scratch_path(w->scratch, path, "audit"));
    json_t *found = NULL;
    assert_non_null(text);
    for (char *line = text, *end; !found && (end = strchr(line, '\n')); line = end + 1) {
        json_t *j = json_loadb(line, (size_t)(end - line), 0, NULL);
        assert_non_null(j);
        if (strcmp(json_string_value(json_object_get(j, "event")), event) == 0 && nth-- == 0)
            found = j;
        else
            json_decref(j);
    }
    free(text);
    return found;
}

long long number_in(const json_t *j, const char *key)
{
    return json_integer_value(json_object_get(j, key));
}

const char *text_in(const json_t *j, const char *key)
{
    const char *text = json_string_value(json_object_get(j, key));
    return text ? text : "";
}

void three_sessions(struct world *w)
{
    come(w, "1", "carol");
    come(w, "2", "carol");
    come(w, "3", "carol");
}

uint32_t add(struct world *w, const char *user, const char *driver, uint32_t seconds, const char *reason, uint32_t *ret)
{
    return w->x->keep_out_add(w->x->ctx, &w->alice, user, driver, seconds, reason, ret);
}
