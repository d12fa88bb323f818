/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rasadmin disconnect: what its parts share. The command finds who is meant and asks (cmd_disconnect.c); then either
 * the server does it by itself, as a job (disconnect_job.c), or each session gets its order from here
 * (MprAdminPortDisconnect, order.h), where the server has nothing else; then all is told (disconnect_tell.c).
 */
#ifndef OPENRRAS_RASADMIN_DISCONNECT_H
#define OPENRRAS_RASADMIN_DISCONNECT_H

#include <openrras.h>

#include "rasadmin/model.h"
#include "rasadmin/order.h"
#include "rasadmin/rasadmin.h"
#include "rasadmin/select.h"

struct disconnect_options {
    struct selection selection;
    bool yes, dry_run, no_wait;
    bool wait; /* --wait was given; with a duration: */
    bool has_wait_ms;
    uint64_t wait_ms;
    bool hard, has_rate;
    uint32_t rate;             /* OPENRRAS_DISCONNECT.dwRate */
    uint32_t keep_out_seconds; /* 0: no */
    const char *reason;        /* or NULL */
};

/* A session that a job failed to end, and that had not been listed. */
struct disconnect_extra {
    struct disconnect_extra *next;
    struct port port;
    struct connection connection;
};

/* What became of it. */
struct disconnect_outcome {
    struct order *orders; /* those that were listed; a job's failures that were not are added */
    size_t n;
    struct order_sum sum; /* of a job: as the server counts */
    bool waited;          /* confirmed is known */
    bool no_table;        /* too many for a table: the sum, and what failed */
    uint32_t *jobs;       /* numbers */
    uint32_t *keep_outs;
    size_t n_jobs, n_keep_outs;
    struct disconnect_extra *extra;
    struct arena texts;
};

/* Print it. An exit code: a failure of printing, else EXIT_DONE. */
int disconnect_tell(const struct app *app, const struct disconnect_options *o, const struct disconnect_outcome *r);

/*
 * Let the server do it. r->orders and r->n hold the matches on entry (malloc'd; may be moved). Fills the rest; r is the
 * caller's to free either way. The code that says it all; what went wrong as a whole has been printed, what failed of
 * it has not.
 */
int disconnect_by_jobs(struct app *app, const struct disconnect_options *o, struct disconnect_outcome *r);
void disconnect_outcome_free(struct disconnect_outcome *r);

/*
 * The selectors that say to the server what the command line says, so that the matches are noted there. Where it has no
 * words for that (an outer address), or only one session matches, the exact handles of the matches. Texts point into
 * the selection, the listing, or *texts. 0 or -ENOMEM; *ret is the caller's to free, *texts goes with arena_free().
 */
int disconnect_plan(const struct disconnect_options *o, const struct order *orders, size_t n, struct arena *texts,
                    OPENRRAS_SELECTOR **ret, size_t *ret_n);

#endif
