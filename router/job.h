/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs: disconnect all sessions that match, so many a second. The rules are those of router.h.
 *
 * A job notes which sessions match when it begins, and nobody else is ever hit: whoever has come to one of these ports
 * since is another one, however many have been there meanwhile. Orders are given in port order from router_tick(), a
 * bounded number in each, so that everything else gets its turn. The job ends when each session has its outcome. It
 * does not survive the router: what is still to be asked then is not asked.
 *
 * A session that is gone when its turn comes counts as confirmed without an order. One that is disconnecting already
 * keeps its order, which the job joins (and hardens, if the job is hard); its outcome is the job's, too. One whose
 * driver is away, and that no order stands for, has failed; so has one that is given up with its driver
 * (router_driver_give_up()).
 */
#ifndef OPENRRAS_ROUTER_JOB_H
#define OPENRRAS_ROUTER_JOB_H

#include "router/router.h"
#include "router/select.h"

#define ROUTER_JOB_UNLIMITED 0xffffffffu /* rate: as fast as it goes */
#define ROUTER_JOBS_MAX      1024u       /* router_config.max_jobs is at most this: each running job costs every tick */
#define ROUTER_JOBS_KEPT     256u        /* ended ones, the latest */
#define ROUTER_JOB_KEPT_MS   600000u     /* ... so long */
#define ROUTER_FAILURES_MAX  1000u       /* that are kept of one job */
#define ROUTER_FAILURES_KEPT 20000u      /* of all jobs together: some 10 MB at their longest texts */
#define ROUTER_JOB_TURN      64u /* orders of all jobs in one tick: a millisecond or two, most of it audit and sockets */
/* The bucket that the rate fills holds one order and what comes in so long. */
#define ROUTER_JOB_BURST_MS 50u

struct router_job_ask {
    struct router_selector selector;
    bool hard;
    uint32_t rate;      /* sessions a second, not 0 */
    const char *reason; /* for the client and the log, or NULL */
    const char *by;     /* who asks, or NULL */
    uint32_t keep_out;  /* number of the keep-out that was asked for with it; only shown */
};

enum router_job_state {
    ROUTER_JOB_RUNNING,
    ROUTER_JOB_DONE,      /* every session has its outcome */
    ROUTER_JOB_CANCELLED, /* not all were asked for; those that were have their outcome */
};

struct router_job_failure {
    uint32_t port;                         /* handle */
    int result;                            /* as of router_done: -ENODEV, -EREMOTEIO, -ETIMEDOUT; or -ENOMEM */
    const char *port_name, *user, *reason; /* never NULL */
};

/* A job as it is now. Pointers are good until the router's next call. */
struct router_job_view {
    uint32_t number;
    enum router_job_state state;
    bool hard;
    uint32_t rate;
    uint32_t matched;   /* sessions that matched when it began */
    uint32_t asked;     /* orders given, or joined, so far */
    uint32_t confirmed; /* gone, whether asked for or not */
    uint32_t failed;
    uint32_t keep_out;
    int64_t started, ended;  /* wall clock; ended 0: not yet */
    uint64_t took_ms;        /* until now, or its end */
    const char *reason, *by; /* never NULL */
    const struct router_job_failure *failures;
    size_t failure_count; /* kept ones; `failed` counts all */
};

/*
 * Begin a job; it is told with ROUTER_EVENT_JOB from inside this call, and its first orders are given by the next tick,
 * which is due at once. Numbers rise; the first of a router is random, so that a number of before a restart hardly
 * names another job. -EINVAL: the selector says nothing or nonsense, rate 0, a text too long. -EBUSY: max_jobs are
 * running. -ENOMEM.
 */
int router_job_start(struct router *r, const struct router_job_ask *ask, const struct router_time *now, uint32_t *ret);
/* False: there is none with this number (any more). */
bool router_job_get(const struct router *r, uint32_t number, const struct router_time *now,
                    struct router_job_view *ret);
/* Give no more orders. It ends when those that were given have their outcome. 0, also when it has ended; -ENOENT. */
int router_job_cancel(struct router *r, uint32_t number, const struct router_time *now);
/* How many are running. */
uint32_t router_job_count(const struct router *r);

#endif
