/* SPDX-License-Identifier: Apache-2.0 */
/* Messages from rrasd. Unknown types and members are ignored; a known member of the wrong type ends the connection. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "drivers/common/driver_private.h"

#define SHOWN_MAX 160u /* of a text from rrasd in our log */

/* A member of the wrong type. Its name is ours. */
static int wrong(struct driver *d, const char *what)
{
    char why[96];
    snprintf(why, sizeof(why), "rrasd has broken the protocol: %s", what);
    driver_link_lost(d, why);
    return -EPROTO;
}

static int get_text(const json_t *message, const char *name, const char *fallback, const char **ret)
{
    const json_t *member = json_object_get(message, name);
    if (member && !json_is_string(member))
        return -EPROTO;
    *ret = member ? json_string_value(member) : fallback;
    return *ret ? 0 : -EPROTO;
}

/* `fallback` below 0: the member must be there. */
static int get_number(const json_t *message, const char *name, int64_t fallback, int64_t *ret)
{
    const json_t *member = json_object_get(message, name);
    if (member && (!json_is_integer(member) || json_integer_value(member) < 0))
        return -EPROTO;
    *ret = member ? json_integer_value(member) : fallback;
    return *ret >= 0 ? 0 : -EPROTO;
}

static int get_bool(const json_t *message, const char *name, bool *ret)
{
    const json_t *member = json_object_get(message, name);
    if (member && !json_is_boolean(member))
        return -EPROTO;
    *ret = json_is_true(member);
    return 0;
}

static int on_welcome(struct driver *d, const json_t *message)
{
    int64_t version, interval;
    bool admission;
    if (d->link != DRIVER_LINK_HELLO)
        return wrong(d, "a second welcome");
    if (get_number(message, "version", -1, &version) < 0 || version != 1 ||
        get_number(message, "counters_interval_ms", 0, &interval) < 0 || get_bool(message, "admission", &admission) < 0)
        return wrong(d, "welcome");
    driver_welcomed(d, (uint64_t)interval, admission);
    return 0;
}

/* The reason why rrasd is about to close. */
static int on_error(struct driver *d, const json_t *message)
{
    const char *code, *text;
    char shown_code[32], shown[SHOWN_MAX], why[SHOWN_MAX + 64];
    if (get_text(message, "code", "", &code) < 0 || get_text(message, "text", "", &text) < 0)
        return wrong(d, "error");
    snprintf(why, sizeof(why), "rrasd refuses this driver (%s): %s",
             text_escape_z(shown_code, sizeof(shown_code), code), text_escape_z(shown, sizeof(shown), text));
    driver_link_lost(d, why);
    return -ECONNREFUSED;
}

static int on_refused(struct driver *d, const json_t *message)
{
    const char *id, *code, *text;
    char shown_id[64], shown[SHOWN_MAX];
    if (get_text(message, "id", "", &id) < 0 || get_text(message, "code", "", &code) < 0 ||
        get_text(message, "text", "", &text) < 0)
        return wrong(d, "refused");
    log_warning("rrasd has not taken session %s: %s", text_escape_z(shown_id, sizeof(shown_id), id),
                text_escape_z(shown, sizeof(shown), *text ? text : code));
    if (d->ops->refused)
        d->ops->refused(d->ctx, id, code);
    return 0;
}

static int on_ping(struct driver *d, const json_t *message)
{
    char line[LINE_STREAM_LINE_MAX];
    size_t len;
    int64_t n;
    if (get_number(message, "n", -1, &n) < 0)
        return wrong(d, "ping");
    int r = driver_encode_pong(n, line, &len);
    return r < 0 ? r : driver_send_line(d, line, len);
}

static int parse_order(const json_t *message, struct driver_order *ret)
{
    int64_t order, deadline;
    if (get_number(message, "order", -1, &order) < 0 || get_text(message, "id", NULL, &ret->id) < 0 ||
        get_number(message, "start", -1, &ret->start) < 0 || get_bool(message, "hard", &ret->hard) < 0 ||
        get_text(message, "reason", "", &ret->reason) < 0 || get_number(message, "deadline_ms", 10000, &deadline) < 0)
        return -EPROTO;
    ret->ref.order = (uint64_t)order;
    ret->deadline_ms = deadline < UINT32_MAX ? (uint32_t)deadline : UINT32_MAX;
    return 0;
}

/* Why nothing can be asked of the daemon, for an order that has crossed our word that it is away; NULL: it can. */
static const char *away(const struct driver *d)
{
    if (!d->online)
        return d->why[0] ? d->why : "the daemon can't be asked yet; nothing was done";
    return NULL;
}

static int on_disconnect(struct driver *d, const json_t *message)
{
    struct driver_order order = {.ref = {.connection = d->connection}};
    if (parse_order(message, &order) < 0)
        return wrong(d, "disconnect");
    if (away(d))
        return driver_reply(d, order.ref, DRIVER_REFUSED, away(d));
    const struct driver_session *s = driver_session_find(d, order.id);
    if (!s || s->start != order.start)
        return driver_reply(d, order.ref, DRIVER_NO_SUCH_SESSION, NULL);
    if (!d->ops->disconnect)
        return driver_reply(d, order.ref, DRIVER_REFUSED, "this driver can't disconnect");
    d->ops->disconnect(d->ctx, &order);
    return 0;
}

static int parse_errand(const json_t *message, bool is_message, struct driver_errand *ret)
{
    int64_t order, deadline;
    if (get_number(message, "order", -1, &order) < 0 || get_text(message, "id", NULL, &ret->id) < 0 ||
        get_number(message, "start", -1, &ret->start) < 0 || get_bool(message, "on", &ret->on) < 0 ||
        get_text(message, "text", is_message ? NULL : "", &ret->text) < 0 ||
        get_number(message, "deadline_ms", 2000, &deadline) < 0)
        return -EPROTO;
    ret->ref.order = (uint64_t)order;
    ret->deadline_ms = deadline < UINT32_MAX ? (uint32_t)deadline : UINT32_MAX;
    return 0;
}

static int on_errand(struct driver *d, const json_t *message, bool is_message)
{
    struct driver_errand e = {.ref = {.connection = d->connection}};
    void (*op)(void *, const struct driver_errand *) = is_message ? d->ops->message : d->ops->quarantine;
    unsigned capability = is_message ? DRIVER_CAN_MESSAGE : DRIVER_CAN_QUARANTINE;
    if (parse_errand(message, is_message, &e) < 0)
        return wrong(d, is_message ? "message" : "quarantine");
    if (!(d->config.capabilities & capability) || !op)
        return driver_reply(d, e.ref, DRIVER_REFUSED, "this driver can't do that");
    if (away(d))
        return driver_reply(d, e.ref, DRIVER_REFUSED, away(d));
    const struct driver_session *s = driver_session_find(d, e.id);
    if (!s || s->start != e.start)
        return driver_reply(d, e.ref, DRIVER_NO_SUCH_SESSION, NULL);
    op(d->ctx, &e);
    return 0;
}

static int on_message(struct driver *d, const json_t *message)
{
    return on_errand(d, message, true);
}

static int on_quarantine(struct driver *d, const json_t *message)
{
    return on_errand(d, message, false);
}

static int on_stats(struct driver *d, const json_t *message)
{
    (void)message;
    if (d->ops->stats)
        d->ops->stats(d->ctx);
    else
        driver_flush_counters(d);
    return 0;
}

/* ---- keep-out ---- */

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) & 15 : -1;
}

/* Hexadecimal digits in pairs, to at most `max` bytes. */
static int unhex(const char *s, char *dst, size_t max, size_t *ret_len)
{
    size_t n = strlen(s);
    if (n % 2 != 0 || n / 2 > max)
        return -EPROTO;
    for (size_t i = 0; i < n / 2; i++) {
        int high = hex_digit(s[2 * i]), low = hex_digit(s[2 * i + 1]);
        if (high < 0 || low < 0)
            return -EPROTO;
        dst[i] = (char)(unsigned char)(high << 4 | low);
    }
    *ret_len = n / 2;
    return 0;
}

/* `user`, or bytes in `user_raw`, which are written to `raw`. */
static int get_user(const json_t *message, char raw[static DRIVER_USER_MAX], struct driver_keep_out_named *ret)
{
    const char *user, *hex;
    if (get_text(message, "user", "", &user) < 0 || get_text(message, "user_raw", "", &hex) < 0 || (*user && *hex) ||
        strlen(user) > DRIVER_USER_MAX)
        return -EPROTO;
    ret->user = *user ? user : raw;
    ret->user_len = strlen(user);
    if (*hex && unhex(hex, raw, DRIVER_USER_MAX, &ret->user_len) < 0)
        return -EPROTO;
    return ret->user_len > 0 ? 0 : -EPROTO;
}

static int on_keep_out(struct driver *d, const json_t *message)
{
    struct driver_keep_out_named k;
    char raw[DRIVER_USER_MAX];
    int64_t n;
    if (get_number(message, "n", -1, &n) < 0 || get_number(message, "until", -1, &k.until) < 0 ||
        get_text(message, "reason", "", &k.reason) < 0 || get_user(message, raw, &k) < 0)
        return wrong(d, "keep-out");
    k.n = (uint64_t)n;
    int r = driver_keep_out_set(d, &k);
    return r == -EPROTO ? wrong(d, "one keep-out for two users") : r;
}

static int on_lift(struct driver *d, const json_t *message)
{
    int64_t n;
    if (get_number(message, "n", -1, &n) < 0)
        return wrong(d, "keep-out-lift");
    driver_keep_out_lift(d, (uint64_t)n);
    return 0;
}

static int on_keep_out_end(struct driver *d, const json_t *message)
{
    (void)message;
    driver_keep_outs_named(d);
    return 0;
}

/* ---- admission ---- */

static int on_admission(struct driver *d, const json_t *message)
{
    const char *result, *text;
    int64_t n;
    if (get_number(message, "n", -1, &n) < 0 || get_text(message, "result", NULL, &result) < 0 ||
        get_text(message, "text", "", &text) < 0)
        return wrong(d, "admission");
    bool permit = strcmp(result, "permit") == 0;
    if (!permit && strcmp(result, "refuse") != 0)
        return wrong(d, "admission is neither permit nor refuse");
    driver_admission_said(d, (uint64_t)n, permit, text);
    return 0;
}

/* ---- all messages ---- */

static int dispatch(struct driver *d, const json_t *message)
{
    static const struct {
        const char *type;
        int (*handle)(struct driver *d, const json_t *message);
        bool before_welcome;
    } types[] = {
        {"welcome", on_welcome, true},
        {"error", on_error, true},
        {"ping", on_ping, true},
        {"disconnect", on_disconnect, false},
        {"message", on_message, false},
        {"quarantine", on_quarantine, false},
        {"refused", on_refused, false},
        {"stats", on_stats, false},
        {"keep-out", on_keep_out, false},
        {"keep-out-lift", on_lift, false},
        {"keep-out-end", on_keep_out_end, false},
        {"admission", on_admission, false},
    };
    const char *type;
    if (get_text(message, "type", NULL, &type) < 0)
        return wrong(d, "a message without type");
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        if (strcmp(type, types[i].type) != 0)
            continue;
        if (d->link != DRIVER_LINK_WELCOME && !types[i].before_welcome)
            return wrong(d, "a message before welcome");
        return types[i].handle(d, message);
    }
    return 0;
}

int driver_receive(void *ctx, const char *line, size_t n)
{
    struct driver *d = ctx;
    const uv_poll_t *before = d->poll;
    json_error_t error;
    json_t *message = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error);
    int r = json_is_object(message) ? dispatch(d, message) : wrong(d, "not a JSON object");
    json_decref(message);
    /* What was called may have closed the connection, and a later one is another one. */
    return r < 0 || d->poll != before ? -ECANCELED : 0;
}

int driver_reply(struct driver *d, struct driver_order_ref ref, enum driver_result result, const char *text)
{
    char line[LINE_STREAM_LINE_MAX];
    size_t n;
    if (d->link != DRIVER_LINK_WELCOME || ref.connection != d->connection)
        return -ENOTCONN;
    int r = driver_encode_reply(ref.order, result, text, line, &n);
    return r < 0 ? r : driver_send_line(d, line, n);
}
