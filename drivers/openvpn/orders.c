/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/openvpn/orders.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/text.h"
#include "drivers/common/order_table.h"

enum order_step {
    ORDER_CHECK,      /* waits for a status; then acts */
    ORDER_HALT,       /* client-kill is under way */
    ORDER_GRACE,      /* the client may hear it */
    ORDER_KILL_CHECK, /* waits for a status; then kills */
    ORDER_KILL,       /* kill is under way */
    ORDER_CONFIRM,    /* until it is not listed any more */
};

#define SILENT  "openvpn does not answer in time; nothing was done"
#define UNCLEAR "openvpn lists clients in a way that can't be read, perhaps this one too; nothing was done"

/* Which client, within a run. No padding: its bytes are looked for. */
struct client {
    uint64_t cid;
    int64_t since;
};

struct order {
    struct order_entry entry; /* by its client; held by its command, with the deadline of its step */
    struct orders *owner;
    uint64_t cid;
    bool hard;
    char reason[ORDERS_REASON_MAX];

    enum order_step step;
    uint64_t first;                    /* number of the first status of which it has seen every line */
    uint64_t need;                     /* number of the first status that is young enough for this step */
    uint64_t answer_by;                /* when it must have been answered */
    uint64_t seen;                     /* number of the last status that listed it */
    char address[STATUS_TEXT_MAX];     /* as that one had it */
    char common_name[STATUS_TEXT_MAX]; /* and the names that openvpn may begin its log lines with */
    char user[STATUS_TEXT_MAX];

    bool halted, killed, heard; /* HALT was taken; kill was taken; the client said that it leaves */
    bool halt_refused, kill_refused;
    bool unclear;    /* the last status has not shown it, and had rows that could not be read */
    char words[128]; /* of openvpn's refusal, escaped */
    uint64_t halted_ms;
    unsigned stale; /* statuses that came too late to act on */
};

struct orders {
    struct orders_config config;
    const struct orders_ops *ops;
    void *ctx;
    struct order_table table;
};

struct orders *orders_new(const struct orders_config *config, const struct orders_ops *ops, void *ctx)
{
    struct orders *o = calloc(1, sizeof(*o));
    if (!o)
        return NULL;
    o->config = *config;
    o->ops = ops;
    o->ctx = ctx;
    order_table_init(&o->table, ORDERS_MAX, ops->reply, ctx);
    return o;
}

void orders_abandon(struct orders *o)
{
    order_table_clear(&o->table);
}

void orders_free(struct orders *o)
{
    if (!o)
        return;
    orders_abandon(o);
    free(o);
}

static struct client client_of(uint64_t cid, int64_t since)
{
    return (struct client){.cid = cid, .since = since};
}

static struct order *find(const struct orders *o, uint64_t cid, int64_t since)
{
    struct client client = client_of(cid, since);
    return order_table_find(&o->table, &client, sizeof(client));
}

bool orders_has(const struct orders *o, uint64_t cid, int64_t since)
{
    return find(o, cid, since) != NULL;
}

size_t orders_count(const struct orders *o)
{
    return order_table_count(&o->table);
}

static void refuse(struct order *order, const char *text)
{
    order_refuse(&order->entry, text);
}

static void want_status(struct order *order, enum order_step step)
{
    order->step = step;
    order->need = order->owner->ops->fresh_status(order->owner->ctx);
}

static uint64_t now(const struct order *order)
{
    return order->owner->ops->now_ms(order->owner->ctx);
}

/* Nothing was done yet, or openvpn has refused: it must get an answer in time. */
static void check(struct order *order)
{
    order->entry.deadline = order->answer_by;
    want_status(order, ORDER_CHECK);
}

static void confirm(struct order *order)
{
    order->entry.deadline = now(order) + ORDERS_CONFIRM_MS;
    want_status(order, ORDER_CONFIRM);
}

/* ---- commands ---- */

static int command(struct order *order, enum order_step step, const char *text, mgmt_done *done)
{
    struct mgmt_command c = {.text = text, .answer = MGMT_ANSWER_WORD, .done = done, .ctx = order};
    int r = order->owner->ops->command(order->owner->ctx, &c);
    if (r < 0)
        return r;
    order->step = step;
    order_hold(&order->entry);
    order->entry.deadline = ORDER_NEVER;
    return 0;
}

static void keep_words(struct order *order, const char *what, struct slice text)
{
    text_escape(order->words, sizeof(order->words), text.p, text.n);
    log_warning("openvpn refuses to %s client %llu: %s", what, (unsigned long long)order->cid, order->words);
}

static void halt_done(void *ctx, int result, struct slice text)
{
    struct order *order = ctx;
    if (!order_release(&order->entry) || result == -ECONNRESET)
        return;
    if (result < 0) { /* it has just gone, which a status will show; or openvpn does not want to */
        order->halt_refused = true;
        keep_words(order, "halt", text);
        check(order);
        return;
    }
    order->halted = true;
    order->halted_ms = now(order);
    order_answer(&order->entry, DRIVER_ACCEPTED, NULL);
    order->step = ORDER_GRACE;
    order->entry.deadline =
        order->hard || order->heard ? order->halted_ms : order->halted_ms + order->owner->config.grace_ms;
}

static void kill_done(void *ctx, int result, struct slice text)
{
    struct order *order = ctx;
    if (!order_release(&order->entry) || result == -ECONNRESET)
        return;
    if (result == 0) {
        order->killed = true;
        order_answer(&order->entry, DRIVER_ACCEPTED, NULL);
        confirm(order);
        return;
    }
    order->kill_refused = true;
    keep_words(order, "kill", text);
    if (order->halted) {
        confirm(order); /* openvpn ends it by itself, 5 s after HALT */
    } else {
        check(order);
    }
}

/* Too many commands wait, which passes; anything else is a broken connection, and the owner will abandon all. */
static void not_sent(struct order *order, int error)
{
    if (error == -ENOBUFS)
        want_status(order, order->step);
}

static void halt(struct order *order)
{
    char text[64 + ORDERS_REASON_MAX];
    if (order->reason[0]) {
        snprintf(text, sizeof(text), "client-kill %llu \"HALT,%s\"", (unsigned long long)order->cid, order->reason);
    } else {
        snprintf(text, sizeof(text), "client-kill %llu HALT", (unsigned long long)order->cid);
    }
    int r = command(order, ORDER_HALT, text, halt_done);
    if (r < 0)
        not_sent(order, r);
}

/* `kill` takes IPv4 addresses with a port, and nothing else. */
static bool can_kill(const struct order *order)
{
    const char *colon = strrchr(order->address, ':');
    char host[INET_ADDRSTRLEN];
    struct in_addr in;
    uint64_t port;
    if (order->kill_refused || !colon || (size_t)(colon - order->address) >= sizeof(host) ||
        slice_number(slice_of(colon + 1), UINT16_MAX, &port) < 0) {
        return false;
    }
    memcpy(host, order->address, (size_t)(colon - order->address));
    host[colon - order->address] = '\0';
    return inet_pton(AF_INET, host, &in) == 1;
}

static void kill_address(struct order *order)
{
    char text[STATUS_TEXT_MAX + 8];
    snprintf(text, sizeof(text), "kill %s", order->address);
    int r = command(order, ORDER_KILL, text, kill_done);
    if (r < 0)
        not_sent(order, r);
}

/* ---- steps ---- */

/* May what the status says still be relied on? */
static bool is_fresh(const struct order *order, uint64_t asked_ms)
{
    return now(order) - asked_ms <= ORDERS_FRESH_MS;
}

/* It was too old: a newer one is asked for. After a few this order gives up on kill, which can_kill() tells. */
static void ask_again(struct order *order)
{
    if (++order->stale == ORDERS_FRESH_TRIES) {
        order->kill_refused = true;
        log_warning("client %llu: openvpn is too slow to be sure of its address; it is not killed, but told to leave",
                    (unsigned long long)order->cid);
    }
    want_status(order, order->step);
}

/*
 * For HALT, which names a client id, an older status will do when openvpn has shown that it can't do better; the answer
 * is due, and another try might be too late for it. But openvpn begins its client ids anew with a run.
 */
static bool is_fresh_enough_for_halt(const struct order *order, uint64_t asked_ms)
{
    uint64_t t = now(order);
    bool tried = order->stale >= ORDERS_FRESH_TRIES || t + order->owner->config.answer_ms / 2 >= order->answer_by;
    return is_fresh(order, asked_ms) || (tried && t - asked_ms <= ORDERS_HALT_MS);
}

static void act_check(struct order *order, uint64_t asked_ms)
{
    if (order->halt_refused)
        refuse(order, order->words);
    else if (order->hard && can_kill(order) && is_fresh(order, asked_ms))
        kill_address(order);
    else if (is_fresh_enough_for_halt(order, asked_ms))
        halt(order);
    else
        ask_again(order);
}

/* The session was there when openvpn wrote the status that was asked for at `asked_ms`. */
static void act(struct order *order, uint64_t asked_ms)
{
    switch (order->step) {
    case ORDER_CHECK:
        act_check(order, asked_ms);
        break;
    case ORDER_KILL_CHECK:
        if (!can_kill(order))
            confirm(order);
        else if (is_fresh(order, asked_ms))
            kill_address(order);
        else
            ask_again(order);
        break;
    case ORDER_CONFIRM: /* still there; the owner asks for status as long as there are orders */
    case ORDER_GRACE:
    case ORDER_HALT:
    case ORDER_KILL:
        break;
    }
}

static bool acts_on_status(const struct order *order)
{
    return order->step == ORDER_CHECK || order->step == ORDER_KILL_CHECK || order->step == ORDER_CONFIRM;
}

/* Not listed any more. Client ids do not come back within a run. */
static void missing(struct order *order, bool sure)
{
    if (sure)
        order_answer(&order->entry, DRIVER_NO_SUCH_SESSION, NULL);
    else
        order_answer(&order->entry, DRIVER_REFUSED, order->words[0] ? order->words : UNCLEAR);
    order_forget(&order->entry);
}

void orders_act(struct orders *o, uint64_t status, uint64_t gone_before, uint64_t asked_ms)
{
    for (struct order *order = order_table_first(&o->table), *next; order; order = next) {
        next = order_table_next(&order->entry);
        if (status < order->first)
            continue;
        order->unclear = order->seen < status;
        if (order->seen < gone_before) {
            missing(order, gone_before == status);
        } else if (!order->unclear && acts_on_status(order) && status >= order->need) {
            act(order, asked_ms);
        }
    }
}

static void copy(char dst[static STATUS_TEXT_MAX], struct slice s)
{
    size_t n = s.n < STATUS_TEXT_MAX ? s.n : STATUS_TEXT_MAX - 1;
    memcpy(dst, s.p, n);
    dst[n] = '\0';
}

static void take_row(struct order *order, uint64_t status, const struct status_client *c)
{
    order->seen = status;
    copy(order->address, c->real_address);
    copy(order->common_name, c->common_name);
    copy(order->user, c->user);
}

void orders_seen(struct orders *o, uint64_t status, const struct status_client *c)
{
    struct order *order = find(o, c->cid, c->since);
    if (order)
        take_row(order, status, c);
}

enum driver_told orders_told(const struct orders *o, uint64_t cid, int64_t since)
{
    const struct order *order = find(o, cid, since);
    if (!order || (!order->halted && !order->killed))
        return DRIVER_TOLD_NOTHING;
    if (!order->halted)
        return DRIVER_TOLD_NO;
    /* It has said so, or has ended by itself before anything else could have ended it. */
    if (order->heard || (!order->killed && !order->entry.held && now(order) - order->halted_ms < ORDERS_DELAYED_MS))
        return DRIVER_TOLD_YES;
    return DRIVER_TOLD_UNKNOWN;
}

/* openvpn begins the log lines of a client with NAME/ADDRESS; the name is the client's choice, so only the whole line
 * counts. */
static bool says_exit(const struct order *order, const char *name, struct slice message)
{
    return *name && slice_skip(&message, name) && slice_skip(&message, "/") && slice_skip(&message, order->address) &&
           slice_is(message, " CC-EEN exit message received by peer");
}

void orders_log(struct orders *o, struct slice message)
{
    for (struct order *order = order_table_first(&o->table); order; order = order_table_next(&order->entry)) {
        if (!(order->halted || order->step == ORDER_HALT))
            continue;
        if (says_exit(order, order->common_name, message) || says_exit(order, order->user, message)) {
            order->heard = true;
            if (order->step == ORDER_GRACE) {
                order->entry.deadline = now(order); /* no need to wait any longer */
            }
            return;
        }
    }
}

static void expire(void *ctx)
{
    struct order *order = ctx;
    if (order->step == ORDER_GRACE) {
        order->entry.deadline = ORDER_NEVER;
        want_status(order, ORDER_KILL_CHECK);
    } else if (order->step == ORDER_CHECK) {
        refuse(order, order->words[0] ? order->words : order->unclear ? UNCLEAR : SILENT);
    } else {
        log_warning("client %llu is still listed %u ms after openvpn has taken the order to end it",
                    (unsigned long long)order->cid, ORDERS_CONFIRM_MS);
        order_forget(&order->entry);
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

/* ---- new orders ---- */

/* The session is being ended already. */
static void join(struct order *order, const struct driver_order *d)
{
    bool was_answered = order->entry.answered;
    order_renew(&order->entry, d->ref);
    if (was_answered)
        order_answer(&order->entry, DRIVER_ACCEPTED, NULL);
    if (d->hard && !order->hard) {
        order->hard = true;
        if (order->step == ORDER_GRACE || (order->step == ORDER_CONFIRM && !order->killed)) {
            order->entry.deadline = ORDER_NEVER;
            want_status(order, ORDER_KILL_CHECK);
        }
    }
}

/* The last status has it. If that is not young enough to be acted on, a new one is asked for. */
static void check_row(struct order *order, const struct status_client *row, uint64_t status, uint64_t asked_ms)
{
    order->step = ORDER_CHECK;
    order->entry.deadline = order->answer_by;
    order->first = order->need = status;
    take_row(order, status, row);
    act(order, asked_ms);
}

void orders_add(struct orders *o, const struct driver_order *d, uint64_t cid, const struct status_client *row,
                uint64_t status, uint64_t asked_ms)
{
    struct order *order = find(o, cid, d->start);
    if (order) {
        join(order, d);
        return;
    }
    struct client client = client_of(cid, d->start);
    order = order_table_add(&o->table, sizeof(*order), &client, sizeof(client), d);
    if (!order)
        return;
    order->owner = o;
    order->cid = cid;
    order->hard = d->hard;
    mgmt_plain(order->reason, sizeof(order->reason), d->reason ? d->reason : "");
    order->answer_by = now(order) + o->config.answer_ms;
    if (row) {
        check_row(order, row, status, asked_ms);
        return;
    }
    check(order);
    order->first = order->need;
    order->seen = order->first - 1; /* it is in the table, so an earlier one has shown it */
}
