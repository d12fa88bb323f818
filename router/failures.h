/* SPDX-License-Identifier: Apache-2.0 */
/* Which sessions a job could not end, and why: as many as there is room and memory for. */
#ifndef OPENRRAS_ROUTER_FAILURES_H
#define OPENRRAS_ROUTER_FAILURES_H

#include "router/job.h"
#include "router/router_private.h"

/* All zero: none. */
struct failures {
    struct router_job_failure *all; /* texts owned */
    size_t n, cap;
};

/* Of this session. What there is no room for, in the job or in all of them (ROUTER_FAILURES_*), is left out. */
void failures_note(struct router *r, struct failures *f, const struct session *s, int result, const char *reason);
void failures_free(struct router *r, struct failures *f);

#endif
