/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/rasadmin/fake_rrasx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/rasadmin/fake_users.h"

#define TICK_MS     20u
#define PENDING_MAX 64u
#define FAILED_MAX  16u

static const struct fake_world *world;

static json_t *own(const char *key)
{
    return json_object_get(world->own, key);
}

/* They are asked for in the order in which they stand: begin behind the last one. */
static json_t *connection_of(const json_t *port)
{
    static size_t last;
    json_t *list = world->connections();
    size_t n = json_array_size(list);
    for (size_t i = 1; i <= n; i++) {
        json_t *c = json_array_get(list, (last + i) % n);
        if (number(c, "handle") != number(port, "connection"))
            continue;
        last = (last + i) % n;
        return c;
    }
    return NULL;
}

/* ---- looking ---- */

/* Those that the test names, good until the next call. */
static OPENRRAS_REFUSED_DRIVER *refused(DWORD *n)
{
    static OPENRRAS_REFUSED_DRIVER all[8];
    size_t i;
    json_t *o;
    json_array_foreach(own("refused"), i, o)
    {
        all[i] = (OPENRRAS_REFUSED_DRIVER){.ullCount = number(o, "count"),
                                           .llFirst = 1764084000,
                                           .llLast = 1764084060,
                                           .dwUid = (DWORD)number(o, "uid"),
                                           .dwPid = 77,
                                           .pszCode = "denied",
                                           .pszDriver = text(o, "driver"),
                                           .pszInstance = text(o, "instance"),
                                           .pszReason = text(o, "reason")};
        *n = (DWORD)i + 1;
    }
    return all;
}

static uint32_t server_get(void *ctx, void *user, OPENRRAS_SERVER *ret)
{
    json_t *features = own("features");
    (void)ctx;
    (void)user;
    *ret = (OPENRRAS_SERVER){
        .pszVersion = "0.0.0",
        .guidRun.Data1 = (uint32_t)number(world->own, "run"),
        .llStarted = 1764084000,
        .ullFirstEvent = number(world->own, "first"),
        .ullLastEvent = number(world->own, "first") + json_array_size(own("events")) - 1,
        .dwFeatures = features ? (DWORD)json_integer_value(features) : 0x7f,
        .dwPorts = (DWORD)json_array_size(world->ports()),
        .dwConnections = (DWORD)json_array_size(world->connections()),
    };
    ret->pRefusedDrivers = refused(&ret->dwRefusedDrivers);
    if (json_array_size(own("events")) == 0)
        ret->ullLastEvent = number(world->own, "last");
    return 0;
}

static void show(const json_t *port, OPENRRAS_SESSION *ret)
{
    const json_t *c = connection_of(port), *stats = json_object_get(port, "stats");
    *ret = (OPENRRAS_SESSION){
        .dwPort = (DWORD)number(port, "handle"),
        .dwConnection = (DWORD)number(port, "connection"),
        .dwCondition = (DWORD)number(port, "condition"),
        .dwConnectSeconds = (DWORD)number(port, "seconds"),
        .llStart = (LONGLONG)number(c, "start"),
        .ullBytesIn = number(stats, "bytes_in"),
        .ullBytesOut = number(stats, "bytes_out"),
        .ullOrder = json_is_true(json_object_get(port, "ordered")),
        .pszPort = text(port, "name"),
        .pszDeviceType = text(port, "media"),
        .pszDriver = text(port, "driver"),
        .pszInstance = text(port, "instance"),
        .pszId = text(port, "name"),
        .pszUser = text(c, "user"),
        .pszAuth = text(port, "auth"),
        .pszCaller = "",
        .pszClientAddress = text(c, "remote"),
        .pszServerAddress = "",
        .pszTunnelAddress4 = text(c, "client"),
        .pszTunnelAddress6 = "",
        .pszTunnelServer4 = "",
        .pszInterface = "",
        .pszBundle = "",
        .pszLastError = "",
    };
}

static bool matches(const OPENRRAS_SELECTOR *want, const OPENRRAS_SESSION *s)
{
    return (want->dwPort == 0 || want->dwPort == s->dwPort) &&
           (want->dwConnection == 0 || want->dwConnection == s->dwConnection) &&
           (!want->pszUser || !*want->pszUser || strcmp(want->pszUser, s->pszUser) == 0) &&
           (!want->pszAddress || !*want->pszAddress || strcmp(want->pszAddress, s->pszTunnelAddress4) == 0) &&
           (!want->pszDeviceType || !*want->pszDeviceType || strcmp(want->pszDeviceType, s->pszDeviceType) == 0);
}

/* The rest of the ports, from the one behind `after` on: one is a page's place in the array. */
static uint32_t session_enum(void *ctx, const OPENRRAS_SELECTOR *selector, uint32_t after, struct rrasx_out *out,
                             uint32_t *next)
{
    (void)ctx;
    *next = 0;
    for (size_t i = after; i < json_array_size(world->ports()); i++) {
        OPENRRAS_SESSION s;
        show(json_array_get(world->ports(), i), &s);
        if (s.dwConnection == 0 || (selector && !matches(selector, &s)))
            continue;
        if (!rrasx_put_session(out, &s)) {
            *next = (uint32_t)i + 1;
            break;
        }
    }
    return 0;
}

static uint32_t driver_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next)
{
    size_t i;
    json_t *o;
    (void)ctx;
    (void)after;
    json_array_foreach(own("drivers"), i, o)
    {
        const OPENRRAS_DRIVER d = {.dwState = (DWORD)number(o, "state"),
                                   .dwPorts = (DWORD)number(o, "ports"),
                                   .dwPortsInUse = (DWORD)number(o, "ports_in_use"),
                                   .llSince = 1764084000,
                                   .llLastContact = 1764084000,
                                   .llLastError = (LONGLONG)number(o, "last_error_at"),
                                   .dwCapabilities = 0x1f,
                                   .fSession = json_is_true(json_object_get(o, "session")),
                                   .dwPid = (DWORD)number(o, "pid"),
                                   .pszDriver = text(o, "driver"),
                                   .pszInstance = text(o, "instance"),
                                   .pszDeviceType = "vpn",
                                   .pszDeviceName = "",
                                   .pszText = text(o, "text"),
                                   .pszLastError = text(o, "last_error")};
        rrasx_put_driver(out, &d);
    }
    *next = 0;
    return 0;
}

static uint32_t driver_forget(void *ctx, void *user, const char *driver, const char *instance, uint32_t flags,
                              uint32_t *sessions)
{
    size_t i;
    json_t *o;
    (void)ctx;
    (void)user;
    printf("forget %s:%s%s\n", driver, instance, flags ? " with its sessions" : "");
    json_array_foreach(own("drivers"), i, o)
    {
        if (strcmp(text(o, "driver"), driver) != 0 || strcmp(text(o, "instance"), instance) != 0)
            continue;
        bool is_there = json_is_true(json_object_get(o, "session")) ? number(o, "pid") != 0
                                                                    : number(o, "state") != OPENRRAS_DRIVER_AWAY;
        if (is_there || (!flags && number(o, "ports_in_use") > 0))
            return 170;
        *sessions = (uint32_t)number(o, "ports_in_use");
        json_array_remove(own("drivers"), i);
        return 0;
    }
    return 1168;
}

/* ---- events ---- */

static struct waiting {
    struct rrasx_pending *pending;
    uint32_t left_ms;
    uint64_t after;
} waiting[PENDING_MAX];

static void put_event(const json_t *o, uint64_t n, uint8_t *bytes, size_t *len)
{
    const OPENRRAS_EVENT e = {.ullNumber = n,
                              .llTimeMs = 1764084000000,
                              .dwType = (DWORD)number(o, "type"),
                              .dwPort = (DWORD)number(o, "handle"),
                              .dwConnection = (DWORD)number(o, "connection"),
                              .pszPort = text(o, "port"),
                              .pszDeviceType = "vpn",
                              .pszDriver = text(o, "driver"),
                              .pszInstance = text(o, "instance"),
                              .pszId = "",
                              .pszUser = text(o, "user"),
                              .pszClientAddress = "",
                              .pszTunnelAddress4 = text(o, "client"),
                              .pszTunnelAddress6 = "",
                              .pszReason = text(o, "reason"),
                              .pszBy = text(o, "by")};
    *len += rrasx_encode_event(&e, bytes + *len);
}

static void answer_events(struct rrasx_pending *p, uint64_t after, bool restarted)
{
    static uint8_t bytes[OPENRRAS_EVENTS_MAX * 64 + RRASX_EVENT_MAX];
    uint64_t first = number(world->own, "first");
    size_t n = json_array_size(own("events")), len = 0;
    OPENRRAS_EVENT_LIST list = {.guidRun.Data1 = (uint32_t)number(world->own, "run"), .ullLast = after};
    list.fRestarted = restarted;
    if (!restarted && n > 0 && after + 1 < first)
        list.ullMissed = first - after - 1;
    for (size_t i = 0; i < n && len + RRASX_EVENT_MAX <= sizeof bytes; i++) {
        if (first + i <= after)
            continue;
        put_event(json_array_get(own("events"), i), first + i, bytes, &len);
        list.dwCount++;
        list.ullLast = first + i;
    }
    rrasx_finish_events(p, 0, &list, bytes, len);
}

static void event_wait(void *ctx, void *user, const struct rrasx_event_request *r, struct rrasx_pending *p)
{
    uint64_t last = number(world->own, "first") + json_array_size(own("events"));
    (void)ctx;
    (void)user;
    bool restarted = r->has_run && r->run.Data1 != number(world->own, "run");
    if (restarted || r->after + 1 < last || r->wait_ms == 0) {
        answer_events(p, r->after, restarted);
        return;
    }
    for (size_t i = 0; i < PENDING_MAX; i++) {
        if (!waiting[i].pending) {
            waiting[i] = (struct waiting){p, r->wait_ms, r->after};
            return;
        }
    }
    answer_events(p, r->after, false);
}

/* ---- jobs ---- */

static struct {
    OPENRRAS_JOB job;
    OPENRRAS_SELECTOR selector; /* without texts: what matched is marked */
    OPENRRAS_FAILURE failures[FAILED_MAX];
} now;
static struct rrasx_pending *job_waiter;

static void end_one(json_t *port)
{
    OPENRRAS_JOB *job = &now.job;
    json_object_del(port, "marked");
    job->dwAsked++;
    if (!number(port, "code")) {
        job->dwConfirmed++;
        world->free_port(port);
        return;
    }
    if (job->dwFailures < FAILED_MAX)
        now.failures[job->dwFailures++] = (OPENRRAS_FAILURE){.dwPort = (DWORD)number(port, "handle"),
                                                             .dwCode = (DWORD)number(port, "code"),
                                                             .pszPort = text(port, "name"),
                                                             .pszUser = text(connection_of(port), "user"),
                                                             .pszReason = text(port, "why")};
    job->dwFailed++;
}

/* So many of those that are marked end. */
static void go_on(size_t most)
{
    size_t i, marked = 0;
    json_t *port;
    json_array_foreach(world->ports(), i, port)
    {
        if (!json_is_true(json_object_get(port, "marked")))
            continue;
        if (most == 0)
            marked++;
        else if (most--)
            end_one(port);
    }
    if (marked == 0 && most > 0 && now.job.dwState == OPENRRAS_JOB_RUNNING)
        now.job.dwState = OPENRRAS_JOB_DONE;
}

static void say_job(const OPENRRAS_DISCONNECT *d)
{
    printf("job");
    if (d->Selector.fAll)
        printf(" all");
    if (d->Selector.dwPort)
        printf(" port %u", d->Selector.dwPort);
    if (d->Selector.pszUser && *d->Selector.pszUser)
        printf(" user %s", d->Selector.pszUser);
    if (d->Selector.pszAddress && *d->Selector.pszAddress)
        printf(" address %s", d->Selector.pszAddress);
    if (d->Selector.pszDeviceType && *d->Selector.pszDeviceType)
        printf(" type %s", d->Selector.pszDeviceType);
    if (d->dwFlags & OPENRRAS_DISCONNECT_HARD)
        printf(" hard");
    if (d->dwRate)
        printf(" rate %u", d->dwRate);
    if (d->dwKeepOutSeconds)
        printf(" keep-out %u", d->dwKeepOutSeconds);
    if (d->pszReason && *d->pszReason)
        printf(" reason %s", d->pszReason);
    putchar('\n');
}

static void add_keep_out(const char *name, uint32_t seconds, const char *reason)
{
    json_t *list = own("keep_outs");
    if (!list) {
        list = json_array();
        json_object_set_new(world->own, "keep_outs", list);
    }
    json_array_append_new(list, json_pack("{s:I, s:s, s:I, s:s}", "number", (json_int_t)json_array_size(list) + 1,
                                          "user", name, "seconds", (json_int_t)seconds, "reason", reason));
}

static void disconnect(void *ctx, void *user, const OPENRRAS_DISCONNECT *d, uint32_t wait_ms, struct rrasx_pending *p)
{
    size_t i;
    json_t *port;
    const char *named = d->Selector.pszUser;
    (void)ctx;
    (void)user;
    (void)wait_ms;
    say_job(d);
    now.job = (OPENRRAS_JOB){.dwJob = now.job.dwJob + 1, .dwState = OPENRRAS_JOB_RUNNING, .pszReason = "", .pszBy = ""};
    now.job.pFailures = now.failures;
    json_array_foreach(world->ports(), i, port)
    {
        OPENRRAS_SESSION s;
        show(port, &s);
        if (s.dwConnection == 0 || !matches(&d->Selector, &s))
            continue;
        json_object_set_new(port, "marked", json_true());
        now.job.dwMatched++;
        named = s.pszUser;
    }
    if (d->dwKeepOutSeconds && named) {
        add_keep_out(named, d->dwKeepOutSeconds, d->pszReason ? d->pszReason : "");
        now.job.dwKeepOut = (DWORD)json_array_size(own("keep_outs"));
    }
    if (!own("slow"))
        go_on(SIZE_MAX);
    rrasx_finish_job(p, 0, &now.job);
}

static void job_wait(void *ctx, void *user, const struct rrasx_job_request *r, struct rrasx_pending *p)
{
    (void)ctx;
    (void)user;
    if (r->job != now.job.dwJob) {
        rrasx_finish_job(p, 1168, &now.job);
    } else if (now.job.dwState != OPENRRAS_JOB_RUNNING || !r->has_seen || job_waiter) {
        rrasx_finish_job(p, 0, &now.job);
    } else {
        job_waiter = p; /* until the next tick */
    }
}

static uint32_t job_cancel(void *ctx, void *user, uint32_t job)
{
    (void)ctx;
    (void)user;
    (void)job;
    puts("cancel");
    if (now.job.dwState == OPENRRAS_JOB_RUNNING && !own("uncancelled"))
        now.job.dwState = OPENRRAS_JOB_CANCELLED;
    return 0;
}

/* ---- keep-outs ---- */

static uint32_t keep_out_add(void *ctx, void *user, const char *name, const char *driver, uint32_t seconds,
                             const char *reason, uint32_t *ret)
{
    (void)ctx;
    (void)user;
    if (own("full"))
        return 1723;
    printf("keep-out %s %u%s%s\n", name, seconds, *driver ? " of " : "", driver);
    add_keep_out(name, seconds, reason);
    *ret = (uint32_t)json_array_size(own("keep_outs"));
    return 0;
}

static uint32_t keep_out_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next)
{
    static OPENRRAS_KEEP_OUT_DRIVER drivers[] = {
        {.fRefuses = TRUE, .pszDriver = "sim", .pszInstance = "main", .pszText = "denied at log-on"},
        {.pszDriver = "pool", .pszInstance = "one", .pszText = "the daemon knows no users"}};
    size_t i;
    json_t *o;
    (void)ctx;
    (void)after;
    json_array_foreach(own("keep_outs"), i, o)
    {
        const OPENRRAS_KEEP_OUT k = {.dwKeepOut = (DWORD)number(o, "number"),
                                     .llSince = 1764084000,
                                     .llUntil = 1764084000 + (LONGLONG)number(o, "seconds"),
                                     .ullTurnedAway = 2,
                                     .llLastAttempt = 1764084005,
                                     .dwDrivers = 2,
                                     .pDrivers = drivers,
                                     .pszUser = text(o, "user"),
                                     .pszDriver = "",
                                     .pszReason = text(o, "reason"),
                                     .pszBy = "uid 0"};
        rrasx_put_keep_out(out, &k);
    }
    *next = 0;
    return 0;
}

static uint32_t keep_out_remove(void *ctx, void *user, uint32_t n)
{
    size_t i;
    json_t *o;
    (void)ctx;
    (void)user;
    printf("lift %u\n", n);
    json_array_foreach(own("keep_outs"), i, o)
    {
        if (number(o, "number") == n)
            return json_array_remove(own("keep_outs"), i) == 0 ? 0 : 1168;
    }
    return 1168;
}

/* ---- all of it ---- */

static struct rrasx_backend backend = {
    .server_get = server_get,
    .session_enum = session_enum,
    .event_wait = event_wait,
    .disconnect = disconnect,
    .job_wait = job_wait,
    .job_cancel = job_cancel,
    .keep_out_add = keep_out_add,
    .keep_out_enum = keep_out_enum,
    .keep_out_remove = keep_out_remove,
    .driver_enum = driver_enum,
    .driver_forget = driver_forget,
};

const struct rrasx_backend *fake_rrasx_backend(const struct fake_world *w)
{
    world = w;
    backend.allowed = w->allowed;
    fake_users_begin(w->own, &backend);
    return &backend;
}

bool fake_rrasx_waits(void)
{
    for (size_t i = 0; i < PENDING_MAX; i++) {
        if (waiting[i].pending)
            return true;
    }
    return now.job.dwState == OPENRRAS_JOB_RUNNING || job_waiter;
}

void fake_rrasx_tick(void)
{
    if (now.job.dwState == OPENRRAS_JOB_RUNNING)
        go_on(number(world->own, "slow"));
    if (job_waiter)
        rrasx_finish_job(job_waiter, 0, &now.job);
    job_waiter = NULL;
    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct waiting *w = &waiting[i];
        if (!w->pending)
            continue;
        w->left_ms = w->left_ms > TICK_MS ? w->left_ms - TICK_MS : 0;
        if (w->left_ms > 0)
            continue;
        struct rrasx_pending *p = w->pending;
        w->pending = NULL;
        answer_events(p, w->after, false);
    }
}
