/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated daemon: sessions come and go, each on a port. It ends a session by its identity or not at all. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/text.h"
#include "drivers/sim/sim.h"

#define SHOWN_USER 128u

static void free_session(struct sim_session *s)
{
    free(s->user);
    free(s->caller);
    free(s->bundle);
    free(s->auth);
    free(s);
}

/* Room for one more in sim->all. */
static int reserve(struct sim *sim)
{
    if (sim->count < sim->capacity)
        return 0;
    size_t capacity = sim->capacity > 0 ? 2 * sim->capacity : 64;
    struct sim_session **all = reallocarray(sim->all, capacity, sizeof(struct sim_session *));
    if (!all)
        return -ENOMEM;
    sim->all = all;
    sim->capacity = capacity;
    return 0;
}

struct sim_session *sim_find(struct sim *sim, const char *id, int64_t start)
{
    struct sim_session *s;
    HASH_FIND_STR(sim->by_id, id, s);
    return s && s->start == start ? s : NULL;
}

struct sim_session *sim_find_user(struct sim *sim, const char *user)
{
    for (size_t i = 0; i < sim->count; i++) {
        if (strcmp(sim->all[i]->user, user) == 0)
            return sim->all[i];
    }
    return NULL;
}

int sim_report(struct sim_session *s)
{
    char client[32], tunnel[32], interface[32];
    uint32_t n = s->number;
    snprintf(client, sizeof(client), "198.51.100.%u:%u", n % 254 + 1, 20000 + n / 254 % 40000);
    snprintf(tunnel, sizeof(tunnel), "10.%u.%u.%u", n >> 16 & 255, n >> 8 & 255, n & 255);
    snprintf(interface, sizeof(interface), "sim%u", n);
    const struct driver_session session = {
        .id = s->id,
        .start = s->start,
        .state = s->state,
        .user = s->user,
        .client_address = client,
        .tunnel_address4 = tunnel,
        .interface = interface,
        .caller = s->caller,
        .bundle = s->bundle,
        .auth = s->auth ? s->auth : "password",
        .quarantined = s->quarantined,
        .line_speed = 100000000,
        .counters = &s->counters,
    };
    return driver_session_put(s->link->driver, &session);
}

/* ---- beginning ---- */

static bool copy(char **to, const char *from)
{
    *to = from ? strdup(from) : NULL;
    return *to || !from;
}

static int make_session(struct sim *sim, const struct sim_birth *birth, struct sim_session **ret)
{
    struct sim_session *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    if (!copy(&s->user, birth->user) || !copy(&s->caller, birth->caller) || !copy(&s->bundle, birth->bundle) ||
        !copy(&s->auth, birth->auth)) {
        free_session(s);
        return -ENOMEM;
    }
    s->number = ++sim->sessions_ever;
    s->quarantined = birth->quarantined;
    s->start = birth->start > 0 ? birth->start : (int64_t)time(NULL);
    s->state = birth->state ? *birth->state : DRIVER_SESSION_CONNECTED;
    if (birth->id)
        snprintf(s->id, sizeof(s->id), "%s", birth->id);
    else
        snprintf(s->id, sizeof(s->id), "%s:%u", sim->options.epoch, s->number);
    *ret = s;
    return 0;
}

/* Into the daemon's lists and on its way to rrasd. */
static int start_session(struct sim *sim, struct sim_session *s)
{
    s->link = sim->shared ? sim->shared : sim_link_new(sim);
    if (!s->link)
        return -ENOMEM;
    int r = sim_report(s);
    if (r == 0) {
        HASH_ADD_STR(sim->by_id, id, s);
        if (!s->hh.tbl) {
            driver_session_gone(s->link->driver, s->id, s->start, NULL);
            r = -ENOMEM;
        }
    }
    if (r < 0) {
        if (s->link != sim->shared)
            sim_link_close(s->link);
        return r;
    }
    s->index = sim->count;
    sim->all[sim->count++] = s;
    if (s->link != sim->shared && sim->online)
        driver_online(s->link->driver);
    return 0;
}

int sim_connect(struct sim *sim, const struct sim_birth *birth)
{
    return sim_kept_out(sim, birth->user) ? -EACCES : sim_knock(sim, birth);
}

int sim_begin(struct sim *sim, const struct sim_birth *birth)
{
    struct sim_session *s, *other;
    char user[SHOWN_USER];
    if (sim->options.ports > 0 && sim->count >= sim->options.ports)
        return -ENOSPC;
    int r = reserve(sim);
    if (r == 0)
        r = make_session(sim, birth, &s);
    if (r < 0)
        return r;
    HASH_FIND_STR(sim->by_id, s->id, other);
    r = other ? -EEXIST : start_session(sim, s);
    if (r < 0)
        free_session(s);
    else if (!sim->options.quiet)
        sim_event(sim, "up %s %lld %s", s->id, (long long)s->start, text_escape_z(user, sizeof(user), s->user));
    return r;
}

/* ---- ending ---- */

void sim_end(struct sim *sim, struct sim_session *s, const char *reason, enum driver_told told)
{
    char user[SHOWN_USER];
    const struct driver_gone gone = {.reason = reason, .counters = &s->counters, .counters_final = true, .told = told};
    HASH_DEL(sim->by_id, s);
    sim->all[s->index] = sim->all[--sim->count];
    sim->all[s->index]->index = s->index;
    if (driver_session_gone(s->link->driver, s->id, s->start, &gone) < 0)
        log_error("session %s is not in the driver's table", s->id);
    if (s->link != sim->shared)
        sim_link_close(s->link);
    if (!sim->options.quiet)
        sim_event(sim, "gone %s %lld %s", s->id, (long long)s->start, text_escape_z(user, sizeof(user), s->user));
    free_session(s);
}

int sim_swap(struct sim *sim, const char *user, const char *other)
{
    struct sim_session *s = sim_find_user(sim, user);
    if (!s)
        return -ENOENT;
    sim_end(sim, s, "left", DRIVER_TOLD_NOTHING);
    return sim_connect(sim, &(struct sim_birth){.user = other});
}

void sim_end_all(struct sim *sim)
{
    while (sim->count > 0) {
        struct sim_session *s = sim->all[--sim->count];
        HASH_DEL(sim->by_id, s);
        if (s->link != sim->shared)
            sim_link_close(s->link);
        free_session(s);
    }
    free(sim->all);
    sim->all = NULL;
}
