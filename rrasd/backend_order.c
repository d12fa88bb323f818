/* SPDX-License-Identifier: Apache-2.0 */
/* Orders to disconnect: from the caller to the router, and their traces in the audit log. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <winerror.h>

#include "common/log.h"
#include "common/text.h"
#include "router/admission.h"
#include "rrasd/backend_private.h"
#include "rrasd/present.h"

#define SHOWN_MAX 256u /* of a name in the log */

static const char *op_name(void)
{
    return dim_op(DIM_PORT_DISCONNECT)->name;
}

static void link_waiting(struct backend *b, struct waiting *w)
{
    w->next = b->waiting;
    if (w->next)
        w->next->prev = w;
    b->waiting = w;
}

static void unlink_waiting(struct backend *b, struct waiting *w)
{
    if (w->next)
        w->next->prev = w->prev;
    if (w->prev)
        w->prev->next = w->next;
    else
        b->waiting = w->next;
}

void backend_forget(struct backend *b, const struct caller *caller)
{
    for (struct waiting *w = b->waiting; w; w = w->next) {
        if (w->caller == caller)
            w->caller = NULL;
    }
    backend_askers_forget(b, caller);
    backend_x_forget(b, caller);
}

static void log_answer(const struct caller *caller, uint32_t handle, uint32_t result)
{
    char text[CALLER_TEXT_MAX];
    const char *word = audit_result_word(result);
    if (result == ERROR_SUCCESS)
        log_debug("disconnect of port %" PRIu32 ": the driver has taken the order", handle);
    else if (caller)
        log_info("disconnect of port %" PRIu32 " for %s: %s (%" PRIu32 ")", handle, caller_text(text, caller),
                 word ? word : "error", result);
    else
        log_info("disconnect of port %" PRIu32 " for a caller who has left: %s (%" PRIu32 ")", handle,
                 word ? word : "error", result);
}

/* router_done: the driver has answered, or nobody has in time. */
static void answered(void *cookie, int result)
{
    struct waiting *w = cookie;
    struct backend *b = w->b;
    uint32_t win32 = present_result(result);
    log_answer(w->caller, w->handle, win32);
    unlink_waiting(b, w);
    dim_finish(w->pending, win32);
    if (w->caller)
        b->env.answered(b->env.ctx, w->caller);
    free(w);
}

/* An order that the router did not make: it was refused at once, or joins one that stands. */
static void audit_no_order(struct backend *b, const struct caller *caller, uint32_t handle, uint32_t result)
{
    struct audit_who who = backend_who(b, caller);
    struct router_time now = backend_now(b);
    struct router_port_view view = {0};
    struct audit_order order = {.op = op_name(), .handle = handle, .joined = result == 0, .result = result};
    if (router_port_get(b->env.router, handle, &now, &view)) {
        order.port = view.name;
        order.driver = view.driver;
        order.instance = view.instance;
        /* Who is there now is not who a stale handle meant: don't put a name beside it that has nothing to do with it.
         */
        if (view.handle == handle && view.id[0]) {
            order.session = view.id;
            order.start = view.start;
            order.user = view.user;
            order.order = order.joined ? view.order : 0;
        }
    }
    audit_write_order(b->env.audit, &who, &order);
}

void backend_port_disconnect(void *ctx, void *user, uint32_t handle, struct dim_pending *p)
{
    struct backend *b = ctx;
    struct router_time now = backend_now(b);
    char by[BACKEND_BY_MAX];
    struct router_ask ask = {.by = backend_x_by(b, user, by)};
    struct waiting *w = calloc(1, sizeof *w);
    if (!w) {
        audit_no_order(b, user, handle, ERROR_NOT_ENOUGH_MEMORY);
        dim_finish(p, ERROR_NOT_ENOUGH_MEMORY);
        return;
    }
    *w = (struct waiting){.b = b, .caller = user, .pending = p, .handle = handle};
    b->asking = user;
    b->asking_handle = handle;
    b->order_made = false;
    int r = router_port_disconnect(b->env.router, handle, &ask, &now, answered, w);
    b->asking = NULL;
    if (!b->order_made)
        audit_no_order(b, user, handle, r == -EINPROGRESS ? 0 : present_result(r));
    if (r == -EINPROGRESS) {
        link_waiting(b, w);
        return;
    }
    free(w);
    log_answer(user, handle, present_result(r));
    dim_finish(p, present_result(r));
}

/* Who gives this order, by which call and which handle: a caller who is asking now, or the owner of the job. */
static bool asker_of(const struct backend *b, const struct router_event *e, struct audit_who *who,
                     struct audit_order *order)
{
    const struct job_owner *owner = e->job ? backend_x_owner(b, e->job) : NULL;
    order->op = e->tag == ROUTER_TAG_ADMISSION ? "admission" : "keep-out";
    order->handle = e->port;
    if (owner) {
        *who = (struct audit_who){.caller = &owner->caller, .name = owner->name};
        order->op = rrasx_op(RRASX_DISCONNECT)->name;
        return true;
    }
    if (!b->asking || e->keep_out || e->tag == ROUTER_TAG_ADMISSION)
        return false;
    *who = backend_who(b, b->asking);
    order->op = op_name();
    order->handle = b->asking_handle;
    return true;
}

static void log_order(const struct router_event *e, const struct caller *caller)
{
    char user[SHOWN_MAX], port[SHOWN_MAX], text[CALLER_TEXT_MAX];
    if (log_get_level() < LOG_LEVEL_INFO) /* all that escaping for nothing */
        return;
    text_escape_z(port, sizeof port, e->port_name);
    text_escape_z(user, sizeof user, e->user);
    if (caller)
        log_info("order %" PRIu64 ": %s disconnects port %s, user \"%s\"", e->order, caller_text(text, caller), port,
                 user);
    else if (e->tag == ROUTER_TAG_ADMISSION)
        log_info("order %" PRIu64 ": port %s is disconnected, for user \"%s\" may not dial in", e->order, port, user);
    else
        log_info("order %" PRIu64 ": keep-out %" PRIu32 " disconnects port %s, user \"%s\"", e->order, e->keep_out,
                 port, user);
}

/* An order of a caller or a job; or of the router itself, for a user who is kept out or may not dial in. */
static void on_order(struct backend *b, const struct router_event *e)
{
    struct audit_who who;
    struct audit_order order = {
        .order = e->order,
        .port = e->port_name,
        .driver = e->driver,
        .instance = e->instance,
        .session = e->id,
        .user = e->user,
        .start = e->start,
        .hard = e->hard,
        .reason = e->reason,
        .job = e->job,
        .keep_out = e->keep_out,
    };
    bool asked = asker_of(b, e, &who, &order);
    b->order_made = true;
    audit_write_order(b->env.audit, asked ? &who : NULL, &order);
    log_order(e, asked ? who.caller : NULL);
}

/* A job has come to a session and has not made an order: it joins the one that stands, or can't. */
static void on_no_order(struct backend *b, const struct router_event *e)
{
    struct audit_who who;
    struct audit_order order = {
        .order = e->order,
        .port = e->port_name,
        .driver = e->driver,
        .instance = e->instance,
        .session = e->id,
        .user = e->user,
        .start = e->start,
        .hard = e->hard,
        .reason = e->reason,
        .joined = e->result == 0,
        .job = e->job,
        .result = present_result(e->result),
    };
    if (asker_of(b, e, &who, &order))
        audit_write_order(b->env.audit, &who, &order);
}

static void on_outcome(struct backend *b, const struct router_event *e)
{
    char port[SHOWN_MAX], reason[SHOWN_MAX];
    bool bad = e->outcome != ROUTER_OUTCOME_GONE && e->outcome != ROUTER_OUTCOME_NO_SESSION;
    audit_write_outcome(b->env.audit, e);
    if (!bad && log_get_level() < LOG_LEVEL_INFO)
        return;
    log_write(bad ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
              "order %" PRIu64 ": port %s: %s after %" PRIu64 " ms, client told: %s%s%s", e->order,
              text_escape_z(port, sizeof port, e->port_name), audit_outcome_word(e->outcome), e->took_ms,
              audit_told_word(e->told), e->reason && e->reason[0] ? ": " : "",
              text_escape_z(reason, sizeof reason, e->reason));
}

/* What happened to it: "connected". */
static void log_session(const struct router_event *e, const char *what)
{
    char user[SHOWN_MAX], port[SHOWN_MAX], reason[SHOWN_MAX];
    if (log_get_level() < LOG_LEVEL_INFO)
        return;
    log_info("%s: port %s, user \"%s\"%s%s", what, text_escape_z(port, sizeof port, e->port_name),
             text_escape_z(user, sizeof user, e->user), e->reason && e->reason[0] ? ": " : "",
             text_escape_z(reason, sizeof reason, e->reason));
}

static void on_gone(struct backend *b, const struct router_event *e)
{
    bool lost = e->outcome == ROUTER_OUTCOME_LOST;
    if (lost)
        audit_write_lost(b->env.audit, e);
    log_session(e, lost ? "lost from sight" : "disconnected");
}

void backend_event(struct backend *b, const struct router_event *event)
{
    backend_x_event(b, event);
    switch (event->type) {
    case ROUTER_EVENT_ORDER:
        on_order(b, event);
        break;
    case ROUTER_EVENT_NO_ORDER:
        on_no_order(b, event);
        break;
    case ROUTER_EVENT_JOB:
        backend_x_job_event(b, event);
        break;
    case ROUTER_EVENT_KEEP_OUT_END:
        backend_x_keep_out_over(b, event);
        break;
    case ROUTER_EVENT_KEPT_OUT:
        backend_x_kept_out(event);
        break;
    case ROUTER_EVENT_USER_REFUSED:
        backend_user_refused(b, event);
        break;
    case ROUTER_EVENT_OUTCOME:
        on_outcome(b, event);
        break;
    case ROUTER_EVENT_SESSION_UP:
        log_session(event, "connected");
        backend_limits_look(b, event->device_type);
        break;
    case ROUTER_EVENT_SESSION_GONE:
        on_gone(b, event);
        break;
    case ROUTER_EVENT_DRIVER_UP:
        log_info("driver %s:%s is there", event->driver, event->instance);
        break;
    case ROUTER_EVENT_DRIVER_DOWN:
        log_warning("driver %s:%s is away; its sessions are kept", event->driver, event->instance);
        break;
    case ROUTER_EVENT_QUARANTINE:
        log_session(event, event->quarantined ? "in quarantine" : "released from quarantine");
        break;
    case ROUTER_EVENT_SESSION_CHANGED:
    case ROUTER_EVENT_CONNECTION_UP:
    case ROUTER_EVENT_CONNECTION_GONE:
    case ROUTER_EVENT_DRIVER_HEALTH:
    case ROUTER_EVENT_KEEP_OUT:
        break; /* nothing that the lines above do not say */
    }
}
