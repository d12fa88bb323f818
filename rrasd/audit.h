/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit log: who ordered what, and what came of it. JSON, one object a line, appended; rrasd(8) describes the
 * members.
 *
 * A line is written to the file before the caller gets the reply, by the loop's thread: that is a copy into the page
 * cache. It is made durable (fdatasync) within a second, by a worker, and when the daemon stops. A line that can't be
 * written goes to the log with an error, and is counted: it is never lost silently.
 *
 * One thread, the loop's.
 */
#ifndef OPENRRAS_RRASD_AUDIT_H
#define OPENRRAS_RRASD_AUDIT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "router/job.h"
#include "router/limit.h"
#include "router/router.h"
#include "rrasd/access.h"
#include "rrasd/users.h"

struct audit;

#define AUDIT_SYNC_MS 1000u

/*
 * Open (create with 0640) `path` for appending. `run` tells this process's order numbers from another's. 0 or negative
 * errno. Use of the loop ends with audit_close(); audit_free() once the loop has run out.
 */
int audit_open(uv_loop_t *loop, const char *path, const char *run, struct audit **ret);
/* Go on in the file that has this name now (after logrotate has moved the old one). On failure the old one stays in
 * use. */
int audit_reopen(struct audit *a, const char *path);
void audit_close(struct audit *a);
void audit_free(struct audit *a); /* what is left is synced here */

/* Who asks. */
struct audit_who {
    const struct caller *caller;
    const char *name; /* user name if known, or NULL */
};

/* A caller from the network has proved who he is, or has failed to. */
struct audit_login {
    const char *mechanism; /* "kerberos", "ntlm"; NULL: it was smbd that he has proved it to */
    const char *level;
    uint32_t result;
    const char *why; /* NULL: he has a role */
    uint64_t missed; /* as many lines were left out before */
};
void audit_write_login(struct audit *a, const struct audit_who *who, const struct audit_login *login);

/* An order to end a session, or the refusal of one. */
struct audit_order {
    const char *op;                                        /* "RRasAdminPortDisconnect" */
    uint32_t handle;                                       /* as the caller gave it */
    uint64_t order;                                        /* made, or joined; 0: none */
    const char *port, *driver, *instance, *session, *user; /* NULL: not known */
    int64_t start;
    bool hard;
    const char *reason;
    bool joined;            /* an order that stands already */
    uint32_t job, keep_out; /* that gives it; 0: none */
    uint32_t result;        /* Win32 code of a refusal; 0: none */
};
/* `who` NULL: rrasd itself, for a keep-out or because the user may not dial in. */
void audit_write_order(struct audit *a, const struct audit_who *who, const struct audit_order *order);
/* Disconnecting by selection: that it has begun, what it would have come to (dry_run), or why it was refused. */
struct audit_job {
    const char *op;
    uint32_t job; /* 0: none has begun */
    const struct router_selector *selector;
    uint32_t matched, rate;
    bool hard, dry_run;
    const char *reason;
    uint32_t keep_out; /* number of the keep-out that came with it; 0: none */
    uint32_t result;
};
void audit_write_job(struct audit *a, const struct audit_who *who, const struct audit_job *job);
/* What came of it. */
void audit_write_job_end(struct audit *a, const struct router_job_view *job);
void audit_write_cancel(struct audit *a, const struct audit_who *who, const char *op, uint32_t job, uint32_t result);
/* Keeping a user out: from now on, or (audit_write_keep_out_end) no more. */
struct audit_keep_out {
    const char *op; /* NULL: its time is over */
    uint32_t number;
    const char *user, *driver; /* NULL or "": not known, any */
    uint32_t seconds;
    const char *reason;
    uint32_t result;
};
void audit_write_keep_out(struct audit *a, const struct audit_who *who, const struct audit_keep_out *k);
void audit_write_keep_out_end(struct audit *a, const struct audit_who *who, const struct audit_keep_out *k);
/* The caller may not do that. `missed`: how many such lines were left out before this one. */
void audit_write_denied(struct audit *a, const struct audit_who *who, const char *op, uint64_t missed);
/* Somebody at the door who may not come in at all: `caller` as far as he is known. */
void audit_write_refused(struct audit *a, const struct caller *caller, const char *reason, uint64_t missed);
/* A change by an administrator: clearing of statistics. */
void audit_write_change(struct audit *a, const struct audit_who *who, const char *op, uint32_t handle, uint32_t result);
/* A driver was to be forgotten. */
struct audit_forget {
    const char *op, *driver, *instance;
    bool force;
    uint32_t sessions; /* that were given up with it */
    uint32_t result;
};
void audit_write_forget(struct audit *a, const struct audit_who *who, const struct audit_forget *f);
/* A message to a user, or his quarantine: asked for, and what came of it. */
struct audit_errand {
    const char *op;
    uint32_t connection;
    const char *user; /* NULL: not known */
    bool is_message, on;
    const char *message; /* as it was sent; NULL: it did not come to that */
    uint32_t result;     /* 0: the driver has done it */
};
void audit_write_errand(struct audit *a, const struct audit_who *who, const struct audit_errand *e);
/* The L2TP key was set, deleted or read; never the key itself. */
void audit_write_key(struct audit *a, const struct audit_who *who, const char *op, bool deleted, uint32_t result);
/* A session is no longer known (ROUTER_EVENT_SESSION_GONE with ROUTER_OUTCOME_LOST). */
void audit_write_lost(struct audit *a, const struct router_event *event);
/* What is kept of a user was to be changed, or removed. */
struct audit_user {
    const char *op, *user;
    const struct user_settings *settings; /* NULL: removed */
    bool create;
    const char *reason; /* of a failure, or NULL */
    uint32_t result;
};
void audit_write_user(struct audit *a, const struct audit_who *who, const struct audit_user *u);
/* A user may not dial in (ROUTER_EVENT_USER_REFUSED). `missed`: as above. */
void audit_write_user_refused(struct audit *a, const struct router_event *event, uint64_t missed);
/* What came of an order (ROUTER_EVENT_OUTCOME). */
void audit_write_outcome(struct audit *a, const struct router_event *event);
/* "start", "stop", "reload": so that a gap in the log can be told from a quiet night. */
/* So many ports a type of device may have from now on; `old` NULL: it had no limit. `result`: as above. */
void audit_write_limit(struct audit *a, const struct audit_who *who, const char *op, const struct router_limit *old,
                       const struct router_limit *limit, uint32_t result);
void audit_write_daemon(struct audit *a, const char *event);

uint64_t audit_failures(const struct audit *a);
const char *audit_result_word(uint32_t win32);
const char *audit_outcome_word(enum router_outcome outcome);
const char *audit_told_word(enum router_told told);

#endif
