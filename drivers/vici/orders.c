/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vici/orders.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/text.h"
#include "drivers/common/order_table.h"

enum order_step {
    ORDER_CHECK,     /* list-sas is under way */
    ORDER_TERMINATE, /* terminate is under way */
    ORDER_MISSED,    /* it was not there: waits for an event that says why */
    ORDER_CONFIRM,   /* until it is gone */
};

#define SILENT "charon does not answer in time; nothing was done"
#define ABSENT "charon does not list this session's IKE_SA, and has not said what became of it; nothing was done"
#define AWAY   "charon has ended, or does not answer; nothing was done"

struct order {
    struct order_entry entry; /* by the session's id; held by its request, with the deadline of its step */
    struct orders *owner;
    uint64_t ike;                 /* the IKE_SA that is to end */
    char spis[SESSIONS_SPIS_MAX]; /* its SPIs, "": not known */
    bool hard;

    enum order_step step;
    bool again; /* begin anew as soon as its request is over */
    bool found, deleting;
    bool told_charon;    /* a terminate was sent, and may have been taken */
    bool forced;         /* with force */
    uint64_t ordered_ms; /* when it was sent last */
};

struct orders {
    const struct orders_ops *ops;
    void *ctx;
    struct order_table table;
    struct sa_message message; /* the row that is looked at: too large for the stack */
};

struct orders *orders_new(const struct orders_ops *ops, void *ctx)
{
    struct orders *o = calloc(1, sizeof(*o));
    if (!o)
        return NULL;
    o->ops = ops;
    o->ctx = ctx;
    order_table_init(&o->table, ORDERS_MAX, ops->reply, ctx);
    return o;
}

void orders_free(struct orders *o)
{
    if (!o)
        return;
    order_table_clear(&o->table);
    free(o);
}

static struct order *find(const struct orders *o, const char *id)
{
    return order_table_find(&o->table, id, strlen(id));
}

size_t orders_count(const struct orders *o)
{
    return order_table_count(&o->table);
}

static uint64_t now(const struct order *order)
{
    return order->owner->ops->now_ms(order->owner->ctx);
}

static void refuse(struct order *order, const char *text)
{
    order_refuse(&order->entry, text);
}

void orders_abandon(struct orders *o)
{
    for (struct order *order = order_table_first(&o->table), *next; order; order = next) {
        next = order_table_next(&order->entry);
        if (order->told_charon)
            order_forget(&order->entry);
        else
            refuse(order, AWAY);
    }
}

/* ---- requests ---- */

static void send_request(struct order *order, enum order_step step, struct vici_request *request)
{
    char id[24];
    snprintf(id, sizeof(id), "%" PRIu64, order->ike);
    request->arguments[0] = (struct vici_pair){"ike-id", id};
    request->ctx = order;
    int r = order->owner->ops->request(order->owner->ctx, request);
    if (r < 0) {
        refuse(order, r == -EAGAIN ? SILENT : "charon can't be asked at this moment; nothing was done");
        return;
    }
    order->step = step;
    order_hold(&order->entry);
}

static void check(struct order *order);

/* The answer is there. False when the order has ended meanwhile, or begins anew. */
static bool request_over(struct order *order)
{
    if (!order_release(&order->entry))
        return false;
    if (order->again) {
        order->again = false;
        check(order);
        return false;
    }
    return true;
}

static void missed(struct order *order)
{
    order->step = ORDER_MISSED;
    order->owner->ops->look(order->owner->ctx);
}

static void confirm(struct order *order)
{
    order_answer(&order->entry, DRIVER_ACCEPTED, NULL);
    order->step = ORDER_CONFIRM;
    order->entry.deadline = now(order) + ORDERS_CONFIRM_MS;
}

/* What charon has answered to terminate. */
struct verdict {
    bool success;
    uint64_t matches;
    char words[160]; /* escaped */
};

static void read_verdict(struct bytes message, struct verdict *ret)
{
    struct wire_cursor c = wire_cursor_of(message);
    struct wire_element e;
    while (wire_next(&c, &e) > 0) { /* vici.c has seen that it is well formed */
        if (e.kind != WIRE_VALUE || c.depth > 0)
            continue;
        if (bytes_are(e.name, "success"))
            ret->success = bytes_are(e.value, "yes");
        else if (bytes_are(e.name, "matches") && bytes_number(e.value, &ret->matches) < 0)
            ret->matches = 0;
        else if (bytes_are(e.name, "errmsg"))
            text_escape(ret->words, sizeof(ret->words), e.value.p, e.value.n);
    }
}

static void terminate_done(void *ctx, int result, struct bytes message)
{
    struct order *order = ctx;
    struct verdict v = {0};
    if (!request_over(order))
        return;
    if (result == -ECONNRESET) { /* nobody knows; if the session goes it was taken */
        order->step = ORDER_CONFIRM;
        order->entry.deadline = now(order) + ORDERS_CONFIRM_MS;
        return;
    }
    if (result == 0)
        read_verdict(message, &v);
    if (result == 0 && v.success) {
        confirm(order);
        return;
    }
    order->told_charon = false;
    if (result == 0 && v.matches == 0) {
        missed(order);
        return;
    }
    log_warning("charon refuses to end IKE_SA %" PRIu64 ": %s", order->ike, v.words);
    refuse(order, v.words[0] ? v.words : "charon refuses, without a reason");
}

static void terminate(struct order *order)
{
    struct vici_request request = {.name = "terminate", .done = terminate_done};
    request.arguments[1] = (struct vici_pair){"timeout", "-1"};
    if (order->hard)
        request.arguments[2] = (struct vici_pair){"force", "yes"};
    order->told_charon = true;
    order->ordered_ms = now(order);
    order->forced = order->forced || order->hard;
    send_request(order, ORDER_TERMINATE, &request);
}

static void check_row(void *ctx, struct bytes message)
{
    struct order *order = ctx;
    struct sa_message *m = &order->owner->message;
    char spis[sizeof(order->spis)];
    if (order->entry.gone || sa_parse(message, m) < 0 || m->sa.id != order->ike)
        return;
    snprintf(spis, sizeof(spis), "%.*s_%.*s", (int)m->sa.initiator_spi.n,
             m->sa.initiator_spi.n ? m->sa.initiator_spi.p : "", (int)m->sa.responder_spi.n,
             m->sa.responder_spi.n ? m->sa.responder_spi.p : "");
    if (order->spis[0] && strcmp(order->spis, spis) != 0) {
        log_warning("IKE_SA %" PRIu64 " is not the one that it was: it is left alone", order->ike);
        return;
    }
    order->found = m->sa.state != SA_REKEYED;
    order->deleting = m->sa.state == SA_DELETING;
}

static void check_done(void *ctx, int result, struct bytes message)
{
    struct order *order = ctx;
    (void)message;
    if (!request_over(order))
        return;
    if (result < 0)
        refuse(order, result == -ECONNRESET ? AWAY : "charon can't list one IKE_SA; nothing was done");
    else if (!order->found)
        missed(order);
    else if (order->deleting && !order->hard)
        confirm(order);
    else
        terminate(order);
}

static void check(struct order *order)
{
    struct vici_request request = {.name = "list-sas", .row_event = "list-sa", .row = check_row, .done = check_done};
    order->found = order->deleting = false;
    send_request(order, ORDER_CHECK, &request);
}

/* ---- what happens ---- */

static void restart(struct order *order)
{
    if (order->entry.held)
        order->again = true;
    else
        check(order);
}

void orders_moved(struct orders *o, const struct session *s)
{
    struct order *order = find(o, s->id);
    if (!order || order->ike == s->ike)
        return;
    order->ike = s->ike;
    snprintf(order->spis, sizeof(order->spis), "%s", s->spis);
    restart(order);
}

struct orders_end orders_gone(struct orders *o, const struct session *s)
{
    struct order *order = find(o, s->id);
    struct orders_end end = {false, DRIVER_TOLD_NOTHING};
    if (!order)
        return end;
    end.ordered = order->told_charon;
    if (end.ordered) {
        bool heard =
            s->version == 2 && s->farewell && !order->forced && now(order) - order->ordered_ms <= ORDERS_TOLD_MS;
        end.told = heard ? DRIVER_TOLD_YES : DRIVER_TOLD_UNKNOWN;
    }
    order_answer(&order->entry, end.ordered ? DRIVER_ACCEPTED : DRIVER_NO_SUCH_SESSION, NULL);
    order_forget(&order->entry);
    return end;
}

static void expire(void *ctx)
{
    struct order *order = ctx;
    if (order->step == ORDER_CONFIRM) {
        order_forget(&order->entry); /* rrasd has told the administrator */
    } else if (order->told_charon) {
        order->entry.deadline = now(order) + ORDERS_CONFIRM_MS; /* no answer: charon may do it yet */
    } else if (order->step == ORDER_MISSED) {
        refuse(order, ABSENT);
    } else {
        order->owner->ops->look(order->owner->ctx); /* which finds out whether charon is there */
        refuse(order, SILENT);
    }
}

void orders_tick(struct orders *o)
{
    order_table_tick(&o->table, o->ops->now_ms(o->ctx), expire);
}

uint64_t orders_next_ms(const struct orders *o)
{
    return order_table_next_ms(&o->table);
}

/* Another order for the same session: rrasd asks anew after a reconnect, or has become impatient. */
static void join(struct order *order, const struct driver_order *d)
{
    bool was_taken = order->step == ORDER_CONFIRM;
    order_renew(&order->entry, d->ref);
    if (d->hard && !order->hard) {
        order->hard = true;
        order->entry.deadline = now(order) + ORDERS_ANSWER_MS;
        if (order->step != ORDER_CHECK)
            restart(order);
        return;
    }
    if (was_taken)
        order_answer(&order->entry, DRIVER_ACCEPTED, NULL);
}

void orders_add(struct orders *o, const struct driver_order *d, const struct session *s)
{
    struct order *order = find(o, s->id);
    if (order) {
        join(order, d);
        return;
    }
    order = order_table_add(&o->table, sizeof(*order), s->id, strlen(s->id), d);
    if (!order)
        return;
    order->owner = o;
    order->ike = s->ike;
    snprintf(order->spis, sizeof(order->spis), "%s", s->spis);
    order->hard = d->hard;
    order->entry.deadline = now(order) + ORDERS_ANSWER_MS;
    if (s->certain)
        terminate(order);
    else
        check(order);
}
