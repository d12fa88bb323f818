/* SPDX-License-Identifier: Apache-2.0 */
/* One operation while it is carried out. Private to rrasx/. */
#ifndef OPENRRAS_RRASX_RUN_H
#define OPENRRAS_RRASX_RUN_H

#include "rrasx/message.h"
#include "rrasx/out.h"

/* All texts of a request at their limits, with their NULs. */
#define RRASX_REQUEST_TEXTS 2048u

/* What a request says, whichever it is. */
union rrasx_args {
    struct rrasx_page_request page;
    struct rrasx_session_request sessions;
    struct rrasx_event_request events;
    struct rrasx_disconnect_request disconnect;
    struct rrasx_job_request job;
    struct rrasx_number number;
    struct rrasx_keep_out_request keep_out;
    struct rrasx_forget_request forget;
    struct rrasx_user_request user;
    struct rrasx_user_set_request user_set;
    struct rrasx_user_page_request user_page;
    struct rrasx_quarantine_request quarantine;
    struct rrasx_limit_request limit;
};

struct rrasx_run {
    const struct rrasx_backend *backend;
    void *user;
    struct rpc_call *call;
    union rrasx_args args;
    struct rrasx_out out;
    bool later; /* the answer comes from rrasx_finish_*(), or has come */
};

/* A row of the table. */
struct rrasx_row {
    struct dim_op op;
    uint32_t (*handler)(struct rrasx_run *run); /* gives the Win32 code */
};
const struct rrasx_row *rrasx_row(uint16_t opnum);

/* The call is then with whoever has this. NULL without memory. */
struct rrasx_pending *rrasx_pending_new(struct rrasx_run *run);

#endif
