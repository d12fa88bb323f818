/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json_line.h"
#include "common/text.h"
#include "rrasd/driver_peer.h"

int driver_write_welcome(uint32_t counters_interval_ms, char *dst, size_t *ret_len)
{
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "welcome");
    json_line_uint(&w, "version", 1);
    json_line_string(&w, "server", "rrasd " OPENRRAS_VERSION);
    json_line_uint(&w, "counters_interval_ms", counters_interval_ms);
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
