/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions whose charon and rrasd are played: what charon says goes in by these functions, what comes of it stands in
 * `w`. For one test program each, after cmocka's headers. */
#ifndef OPENRRAS_TESTS_VICI_SESSIONS_WORLD_H
#define OPENRRAS_TESTS_VICI_SESSIONS_WORLD_H

#include <stdlib.h>

#include "drivers/vici/sessions.h"
#include "tests/vici/message.h"

static struct {
    uint64_t ms;
    int64_t seconds;
    const char *auth;
    char log[8192];
    char put_id[DRIVER_ID_MAX], user[600], client[80], vip[80], caller[300];
    struct driver_counters counters, last;
    enum driver_session_state state;
    bool final, farewell;
    unsigned puts, changes;
    uint32_t look_ms;
} w;

static struct sessions *s;

static inline void note(const char *what, const char *id)
{
    size_t at = strlen(w.log);
    snprintf(w.log + at, sizeof(w.log) - at, "%s %s;", what, id);
}

static inline uint64_t now_ms(void *ctx)
{
    (void)ctx;
    return w.ms;
}

static inline int64_t ago(void *ctx, uint64_t seconds)
{
    (void)ctx;
    return w.seconds - (int64_t)seconds;
}

static inline const char *auth(void *ctx, struct bytes connection)
{
    (void)ctx;
    (void)connection;
    return w.auth;
}

static inline int put(void *ctx, const struct driver_session *d)
{
    (void)ctx;
    w.puts++;
    snprintf(w.put_id, sizeof(w.put_id), "%s", d->id);
    snprintf(w.user, sizeof(w.user), "%s", d->user);
    snprintf(w.client, sizeof(w.client), "%s", d->client_address);
    snprintf(w.vip, sizeof(w.vip), "%s", d->tunnel_address4);
    snprintf(w.caller, sizeof(w.caller), "%s", d->caller);
    w.counters = *d->counters;
    w.state = d->state;
    char shown[160];
    snprintf(shown, sizeof(shown), "%.*s@%lld", (int)strcspn(d->id, ":"), d->id, (long long)d->start);
    if (!strstr(w.log, shown))
        note("put", shown);
    return 0;
}

static inline void gone(void *ctx, const struct session *g, const char *reason, const struct driver_counters *counters,
                        bool final)
{
    (void)ctx;
    (void)reason;
    char shown[160];
    snprintf(shown, sizeof(shown), "%.*s", (int)strcspn(g->id, ":"), g->id);
    note(final ? "gone" : "lost", shown);
    w.last = *counters;
    w.final = final;
    w.farewell = g->farewell;
}

static inline void moved(void *ctx, const struct session *g)
{
    (void)ctx;
    char shown[200];
    snprintf(shown, sizeof(shown), "%.*s to %" PRIu64, (int)strcspn(g->id, ":"), g->id, g->ike);
    note("moved", shown);
}

static inline void look(void *ctx, uint32_t ms)
{
    (void)ctx;
    w.look_ms = ms;
    note("look", "");
}

static inline void changed(void *ctx)
{
    (void)ctx;
    w.changes++;
}

static const struct sessions_ops ops = {.now_ms = now_ms,
                                        .ago = ago,
                                        .auth = auth,
                                        .put = put,
                                        .gone = gone,
                                        .moved = moved,
                                        .look = look,
                                        .changed = changed};

static inline int setup_with(const char *patterns)
{
    memset(&w, 0, sizeof(w));
    w.ms = 1000;
    w.seconds = 1764084000;
    s = sessions_new(patterns, &ops, NULL);
    sessions_begin(s);
    return 0;
}

static inline int setup(void **state)
{
    (void)state;
    return setup_with("");
}

static inline int teardown(void **state)
{
    (void)state;
    sessions_free(s);
    return 0;
}

/* ---- what charon says ---- */

static inline int event(const char *name, const struct message *m)
{
    return sessions_event(s, (struct bytes){name, strlen(name)}, bytes_of(m));
}

static inline void updown(const char *name, bool up, struct fake_sa sa)
{
    struct message m = {0};
    if (up)
        value(&m, "up", "yes");
    put_sa(&m, &sa);
    assert_int_equal(event(name, &m), 0);
}

static inline void ike_up(struct fake_sa sa)
{
    updown("ike-updown", true, sa);
}

static inline void ike_down(uint64_t id)
{
    updown("ike-updown", false, (struct fake_sa){.id = id, .state = "DELETING", .task = "IKE_DELETE"});
}

static inline void rekey(uint64_t old, struct fake_sa sa)
{
    struct message m = {0};
    section(&m, "ra");
    section(&m, "old");
    put_sa_values(&m, &(struct fake_sa){.id = old, .state = "REKEYING"});
    end(&m);
    section(&m, "new");
    put_sa_values(&m, &sa);
    end(&m);
    end(&m);
    assert_int_equal(event("ike-rekey", &m), 0);
}

static inline void row(struct fake_sa sa)
{
    struct message m = {0};
    put_sa(&m, &sa);
    assert_int_equal(sessions_row(s, bytes_of(&m)), 0);
}

static inline void listing(const struct fake_sa *rows, size_t n)
{
    sessions_list_begin(s);
    for (size_t i = 0; i < n; i++)
        row(rows[i]);
    sessions_list_end(s);
}

#define LISTING(...)                                                                                                   \
    listing((const struct fake_sa[]){__VA_ARGS__},                                                                     \
            sizeof((const struct fake_sa[]){__VA_ARGS__}) / sizeof(struct fake_sa))
#define ALICE(...) ((struct fake_sa){.id = 1, .vip = "10.98.0.1", __VA_ARGS__})
#define CHILD(i, in_, out_)                                                                                            \
    {                                                                                                                  \
        .id = i, .in = in_, .out = out_                                                                                \
    }

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
