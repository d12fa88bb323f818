/* SPDX-License-Identifier: Apache-2.0 */
/* Users who are kept out: whether the simulated daemon can refuse them, and does what its driver has said. */
#include <string.h>

#include "common/text.h"
#include "drivers/sim/sim.h"

#define SHOWN_USER 128u

static const char *const names[] = {[SIM_KEEP_OUTS_REFUSED] = "refused",
                                    [SIM_KEEP_OUTS_DECLINED] = "declined",
                                    [SIM_KEEP_OUTS_LIE] = "lie",
                                    [SIM_KEEP_OUTS_SILENT] = "silent",
                                    [SIM_KEEP_OUTS_NONE] = "none"};

bool sim_keep_outs_by_name(const char *name, enum sim_keep_outs *ret)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(names[i], name) == 0) {
            *ret = (enum sim_keep_outs)i;
            return true;
        }
    }
    return false;
}

static void answer(const struct sim_link *link, uint64_t n)
{
    switch (link->sim->options.keep_outs) {
    case SIM_KEEP_OUTS_REFUSED:
    case SIM_KEEP_OUTS_LIE:
        driver_keep_out_reply(link->driver, n, true, "denied at log-on");
        break;
    case SIM_KEEP_OUTS_DECLINED:
        driver_keep_out_reply(link->driver, n, false, "this daemon lets everybody in");
        break;
    case SIM_KEEP_OUTS_SILENT:
    case SIM_KEEP_OUTS_NONE:
        break;
    }
}

static void refuse(struct sim_link *link, const struct driver_keep_out *k, const char *address)
{
    char user[SHOWN_USER];
    sim_event(link->sim, "kept-out %llu %s", (unsigned long long)k->n, text_escape_z(user, sizeof(user), k->user));
    driver_report_kept_out(link->driver, k->n, k->user, address);
}

bool sim_kept_out(struct sim *sim, const char *user)
{
    const struct driver_keep_out *k = sim->shared ? driver_kept_out(sim->shared->driver, user) : NULL;
    if (!k || sim->options.keep_outs != SIM_KEEP_OUTS_REFUSED)
        return false;
    refuse(sim->shared, k, "198.51.100.1:4000");
    return true;
}

/* A link of its own learns who is kept out while its user is on the way in. */
static struct sim_session *comes_in(const struct sim_link *link, const char *user)
{
    struct sim_session *s = link == link->sim->shared ? NULL : sim_find_user(link->sim, user);
    return s && s->link == link && s->state < DRIVER_SESSION_CONNECTED ? s : NULL;
}

void sim_on_keep_out(void *ctx, const struct driver_keep_out *k)
{
    struct sim_link *link = ctx;
    char user[SHOWN_USER];
    sim_event(link->sim, "keep-out %llu %s", (unsigned long long)k->n, text_escape_z(user, sizeof(user), k->user));
    answer(link, k->n);
    struct sim_session *s = comes_in(link, k->user);
    if (s && link->sim->options.keep_outs == SIM_KEEP_OUTS_REFUSED) {
        refuse(link, k, NULL);
        sim_end(link->sim, s, "denied at log-on", DRIVER_TOLD_NOTHING);
    }
}

void sim_on_keep_out_end(void *ctx, const struct driver_keep_out *k)
{
    const struct sim_link *link = ctx;
    char user[SHOWN_USER];
    sim_event(link->sim, "keep-out-over %llu %s", (unsigned long long)k->n, text_escape_z(user, sizeof(user), k->user));
}

static int answer_one(void *ctx, const struct driver_keep_out *k)
{
    answer(ctx, k->n);
    return 0;
}

void sim_set_keep_outs(struct sim *sim, enum sim_keep_outs how)
{
    sim->options.keep_outs = how;
    if (sim->shared)
        driver_keep_outs_each(sim->shared->driver, answer_one, sim->shared);
}
