/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/json_line.h"
#include "common/text.h"
#include "rrasd/driver_peer.h"

int driver_write_welcome(uint32_t counters_interval_ms, bool admission, char *dst, size_t *ret_len)
{
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "welcome");
    json_line_uint(&w, "version", 1);
    json_line_string(&w, "server", "rrasd " OPENRRAS_VERSION);
    json_line_uint(&w, "counters_interval_ms", counters_interval_ms);
    if (admission)
        json_line_bool(&w, "admission", true);
    return json_line_end(&w, ret_len);
}

int driver_write_error(const char *code, const char *text, char *dst, size_t *ret_len)
{
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "error");
    json_line_string(&w, "code", code);
    json_line_string(&w, "text", text);
    return json_line_end(&w, ret_len);
}

int driver_write_refused(const char *id, const char *code, const char *text, char *dst, size_t *ret_len)
{
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "refused");
    json_line_string(&w, "id", id);
    json_line_string(&w, "code", code);
    json_line_string(&w, "text", text);
    return json_line_end(&w, ret_len);
}

int driver_write_ping(uint64_t n, char *dst, size_t *ret_len)
{
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "ping");
    json_line_uint(&w, "n", n);
    return json_line_end(&w, ret_len);
}

int driver_write_disconnect(const struct router_order *order, bool hard, char *dst, size_t *ret_len)
{
    char reason[ROUTER_TEXT_MAX + 1];
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "disconnect");
    json_line_uint(&w, "order", order->order);
    json_line_string(&w, "id", order->id);
    json_line_int(&w, "start", order->start);
    json_line_bool(&w, "hard", hard);
    if (order->reason && *order->reason)
        json_line_string(&w, "reason", text_escape_z(reason, sizeof(reason), order->reason));
    json_line_uint(&w, "deadline_ms", order->deadline_ms);
    return json_line_end(&w, ret_len);
}

/* The text stands escaped: whoever shows it need not look at it again. */
int driver_write_errand(const struct router_errand *e, char *dst, size_t *ret_len)
{
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", e->kind == ROUTER_ERRAND_MESSAGE ? "message" : "quarantine");
    json_line_uint(&w, "order", e->order);
    json_line_string(&w, "id", e->id);
    json_line_int(&w, "start", e->start);
    if (e->kind == ROUTER_ERRAND_MESSAGE)
        json_line_string(&w, "text", e->text);
    else
        json_line_bool(&w, "on", e->on);
    json_line_uint(&w, "deadline_ms", e->deadline_ms);
    return json_line_end(&w, ret_len);
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* What text_escape() has made of bytes, as the bytes again; -1: it can't have made this. */
static int unescape(const char *s, char dst[static ROUTER_USER_MAX])
{
    size_t n = 0;
    for (; *s != '\0'; n++) {
        if (n >= ROUTER_USER_MAX)
            return -1;
        dst[n] = *s++;
        if (dst[n] != '\\')
            continue;
        if (s[0] == 'x' && hex_digit(s[1]) >= 0 && hex_digit(s[2]) >= 0) {
            dst[n] = (char)(unsigned char)(hex_digit(s[1]) << 4 | hex_digit(s[2]));
            s += 3;
        } else if (*s++ != '\\') {
            return -1;
        }
    }
    return (int)n;
}

/*
 * A name that is not UTF-8 is kept with \xNN escapes (driver_record.c), but drivers know it as it is. A name of plain
 * text that looks just like that can't be told from it; who has it is disconnected on arrival, as where no driver can
 * do more.
 */
static void put_user(struct json_line *w, const char *user)
{
    char bytes[ROUTER_USER_MAX], again[ROUTER_USER_MAX + 1];
    int n = unescape(user, bytes);
    bool raw = n >= 0 && (!text_is_utf8(bytes, (size_t)n) || memchr(bytes, '\0', (size_t)n));
    if (raw && strcmp(text_escape(again, sizeof(again), bytes, (size_t)n), user) == 0)
        json_line_hex(w, "user_raw", bytes, (size_t)n);
    else
        json_line_string(w, "user", user);
}

int driver_write_keep_out(const struct router_keep_out *k, char *dst, size_t *ret_len)
{
    char reason[ROUTER_TEXT_MAX + 1];
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "keep-out");
    json_line_uint(&w, "n", k->number);
    put_user(&w, k->user);
    json_line_int(&w, "until", k->until);
    if (*k->reason)
        json_line_string(&w, "reason", text_escape_z(reason, sizeof(reason), k->reason));
    return json_line_end(&w, ret_len);
}

int driver_write_keep_out_lift(uint32_t number, char *dst, size_t *ret_len)
{
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "keep-out-lift");
    json_line_uint(&w, "n", number);
    return json_line_end(&w, ret_len);
}

int driver_write_keep_out_end(char *dst, size_t *ret_len)
{
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "keep-out-end");
    return json_line_end(&w, ret_len);
}

int driver_write_admission(uint64_t n, bool permit, const char *text, char *dst, size_t *ret_len)
{
    char words[ROUTER_TEXT_MAX + 1];
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "admission");
    json_line_uint(&w, "n", n);
    json_line_string(&w, "result", permit ? "permit" : "refuse");
    if (text && *text)
        json_line_string(&w, "text", text_escape_z(words, sizeof(words), text));
    return json_line_end(&w, ret_len);
}
