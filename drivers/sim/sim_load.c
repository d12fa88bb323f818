/* SPDX-License-Identifier: Apache-2.0 */
/* Many sessions, that come and go, with counters that move. The same seed gives the same sequence. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "drivers/sim/sim.h"

#define NAME_MAX_LOCAL 256u
#define CHURN_MS       20u  /* how often what is due of the churn is done */
#define FRAME_BYTES    700u /* an average frame */

/* xorshift64*: good enough for load, and the same everywhere. */
static uint64_t next_random(struct sim *sim)
{
    uint64_t x = sim->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    sim->random = x;
    return x * UINT64_C(2685821657736338717);
}

/* The pattern with its first run of # replaced by the number, padded with zeros to the run's length. */
static void make_name(char dst[static NAME_MAX_LOCAL], const char *pattern, uint32_t number)
{
    size_t before = strcspn(pattern, "#"), run = strspn(pattern + before, "#");
    if (run == 0)
        snprintf(dst, NAME_MAX_LOCAL, "%s%u", pattern, number);
    else
        snprintf(dst, NAME_MAX_LOCAL, "%.*s%0*u%s", (int)before, pattern, (int)run, number, pattern + before + run);
}

/* The next user, with as many links as its turn says. */
static int connect_next(struct sim *sim)
{
    char name[NAME_MAX_LOCAL], bundle[NAME_MAX_LOCAL + 8];
    uint32_t number = ++sim->users_ever;
    bool multilink = number <= sim->options.multilink_users;
    uint32_t links = multilink ? sim->options.multilink_links : 1;
    make_name(name, sim->options.names, number);
    snprintf(bundle, sizeof(bundle), "ml-%s", name);
    const struct sim_birth birth = {.user = name, .bundle = multilink ? bundle : NULL};
    for (uint32_t i = 0; i < links; i++) {
        int r = sim_connect(sim, &birth);
        if (r < 0)
            return r;
    }
    return 0;
}

int sim_populate(struct sim *sim, uint32_t users)
{
    for (uint32_t i = 0; i < users; i++) {
        int r = connect_next(sim);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- coming and going ---- */

static void replace_one(struct sim *sim)
{
    if (sim->count > 0)
        sim_end(sim, sim->all[next_random(sim) % sim->count], "left", DRIVER_TOLD_NOTHING);
    int r = connect_next(sim);
    if (r < 0 && r != -EACCES)
        log_warning("churn: nobody can come: %s", strerror(-r));
}

static void on_churn(uv_timer_t *timer)
{
    struct sim *sim = timer->data;
    sim->churn_owed += sim->churn_rate * CHURN_MS / 1000;
    for (; sim->churn_owed >= 1; sim->churn_owed -= 1)
        replace_one(sim);
}

void sim_set_churn(struct sim *sim, double rate)
{
    sim->churn_rate = rate;
    sim->churn_owed = 0;
    if (rate > 0)
        uv_timer_start(&sim->churn, on_churn, CHURN_MS, CHURN_MS);
    else
        uv_timer_stop(&sim->churn);
}

/* ---- counters ---- */

static void move(struct sim *sim, struct sim_session *s)
{
    uint64_t random = next_random(sim), in = random % 50000, out = (random >> 20) % 200000;
    s->counters.bytes_in += in;
    s->counters.bytes_out += out;
    s->counters.frames_in += in / FRAME_BYTES + 1;
    s->counters.frames_out += out / FRAME_BYTES + 1;
    s->counters.crc_errors += (random >> 40) % 1000 == 0;
    if (driver_session_counters(s->link->driver, s->id, s->start, &s->counters) < 0)
        log_error("session %s is not in the driver's table", s->id);
}

void sim_move_counters(struct sim *sim)
{
    for (size_t i = 0; i < sim->count; i++)
        move(sim, sim->all[i]);
}

static void on_tick(uv_timer_t *timer)
{
    sim_move_counters(timer->data);
}

void sim_set_tick(struct sim *sim, uint64_t ms)
{
    if (ms > 0)
        uv_timer_start(&sim->tick, on_tick, ms, ms);
    else
        uv_timer_stop(&sim->tick);
}

void sim_load_init(struct sim *sim)
{
    uv_timer_init(sim->loop, &sim->churn);
    uv_timer_init(sim->loop, &sim->tick);
    sim->churn.data = sim->tick.data = sim;
}

int sim_load_start(struct sim *sim)
{
    sim->random = sim->options.seed ^ UINT64_C(0x9e3779b97f4a7c15);
    if (sim->random == 0)
        sim->random = 1; /* the one state from which the generator never moves */
    sim_set_churn(sim, sim->options.churn);
    sim_set_tick(sim, sim->options.tick_ms);
    return sim_populate(sim, sim->options.users);
}

void sim_load_stop(struct sim *sim)
{
    uv_close((uv_handle_t *)&sim->churn, NULL);
    uv_close((uv_handle_t *)&sim->tick, NULL);
}
