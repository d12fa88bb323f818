/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/pppd/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "common/json_line.h"
#include "common/text.h"

int session_make_id(char dst[static SESSION_ID_MAX])
{
    unsigned char random[16];
    ssize_t got;
    do {
        got = getrandom(random, sizeof(random), 0);
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof(random))
        return got < 0 ? -errno : -EIO;
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(dst + 2 * i, 3, "%02x", random[i]);
    return 0;
}

void session_set_text(char *dst, size_t cap, const char *text)
{
    size_t n = strlen(text);
    if (!text_is_utf8(text, n)) {
        text_escape_z(dst, cap, text);
        return;
    }
    if (n >= cap) { /* cut, on a whole character */
        n = cap - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(dst, text, n);
    dst[n] = '\0';
}

static void begin(struct json_line *w, char *dst, const char *type)
{
    json_line_begin(w, dst, LINK_LINE_MAX);
    json_line_string(w, "type", type);
}

static size_t end(struct json_line *w)
{
    size_t n;
    return json_line_end(w, &n) == 0 ? n : 0;
}

/* A user's name may be any bytes, and JSON can't have them all. */
static void put_user(struct json_line *w, const char *user)
{
    size_t n = strlen(user);
    if (text_is_utf8(user, n))
        json_line_string(w, "user", user);
    else
        json_line_hex(w, "user_raw", user, n);
}

static void put_identity(struct json_line *w, const struct session *s)
{
    json_line_string(w, "id", s->id);
    json_line_int(w, "start", s->start);
}

static void put_counters(struct json_line *w, const struct session *s)
{
    const struct counters *c = &s->counters;
    if (!s->counted)
        return;
    json_line_open(w, "counters");
    json_line_uint(w, "bytes_in", c->bytes_in);
    json_line_uint(w, "bytes_out", c->bytes_out);
    json_line_uint(w, "frames_in", c->frames_in);
    json_line_uint(w, "frames_out", c->frames_out);
    json_line_uint(w, "crc_errors", c->crc_errors);
    json_line_uint(w, "alignment_errors", c->alignment_errors);
    json_line_uint(w, "hardware_overruns", c->hardware_overruns);
    json_line_uint(w, "buffer_overruns", c->buffer_overruns);
    json_line_close(w);
}

size_t session_write_hello(char dst[static LINK_LINE_MAX], const struct session_port *port)
{
    static const char *const capabilities[] = {"disconnect", "hard", "stats", "keep-out", "limit", "admission"};
    struct json_line w;
    begin(&w, dst, "hello");
    json_line_int(&w, "version", 1);
    json_line_string(&w, "kind", "session");
    json_line_string(&w, "driver", "pppd");
    json_line_string(&w, "instance", port->pool);
    json_line_string(&w, "device_type", port->device_type);
    if (port->device_name[0])
        json_line_string(&w, "device_name", port->device_name);
    json_line_open_array(&w, "capabilities");
    for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
        json_line_item(&w, capabilities[i]);
    if (port->can_quarantine)
        json_line_item(&w, "quarantine");
    if (port->can_message)
        json_line_item(&w, "message");
    json_line_close_array(&w);
    return end(&w);
}

size_t session_write(char dst[static LINK_LINE_MAX], const struct session *s)
{
    static const char *const states[] = {"connecting", "authenticating", "calling-back", "connected", "disconnecting"};
    struct json_line w;
    begin(&w, dst, "session");
    put_identity(&w, s);
    json_line_string(&w, "state", states[s->state]);
    put_user(&w, s->user);
    json_line_string(&w, "auth", s->auth);
    json_line_string(&w, "client_address", s->client_address);
    json_line_string(&w, "tunnel_address4", s->tunnel_address4);
    json_line_string(&w, "tunnel_address6", s->tunnel_address6);
    json_line_string(&w, "tunnel_server4", s->tunnel_server4);
    json_line_string(&w, "interface", s->interface);
    json_line_string(&w, "caller", s->caller);
    json_line_string(&w, "bundle", s->bundle);
    json_line_uint(&w, "line_speed", s->line_speed);
    if (s->quarantine_said)
        json_line_bool(&w, "quarantine", s->quarantined);
    put_counters(&w, s);
    return end(&w);
}

size_t session_write_counters(char dst[static LINK_LINE_MAX], const struct session *s)
{
    struct json_line w;
    begin(&w, dst, "counters");
    put_identity(&w, s);
    put_counters(&w, s);
    return s->counted ? end(&w) : 0;
}

size_t session_write_gone(char dst[static LINK_LINE_MAX], const struct session *s, const struct session_gone *gone)
{
    struct json_line w;
    begin(&w, dst, "gone");
    put_identity(&w, s);
    json_line_string(&w, "reason", gone->reason);
    json_line_string(&w, "client_told", gone->told);
    put_counters(&w, s);
    if (s->counted)
        json_line_bool(&w, "counters_final", true);
    return end(&w);
}

size_t session_write_reply(char dst[static LINK_LINE_MAX], uint64_t order, const char *result, const char *text)
{
    struct json_line w;
    begin(&w, dst, "reply");
    json_line_uint(&w, "order", order);
    json_line_string(&w, "result", result);
    json_line_string(&w, "text", text);
    return end(&w);
}

size_t session_write_pong(char dst[static LINK_LINE_MAX], uint64_t n)
{
    struct json_line w;
    begin(&w, dst, "pong");
    json_line_uint(&w, "n", n);
    return end(&w);
}

size_t session_write_keep_out_reply(char dst[static LINK_LINE_MAX], uint64_t n, bool taken, const char *text)
{
    struct json_line w;
    begin(&w, dst, "keep-out-reply");
    json_line_uint(&w, "n", n);
    json_line_string(&w, "result", taken ? "taken" : "refused");
    json_line_string(&w, "text", text);
    return end(&w);
}

/* The user, who stands at the door. */
static size_t write_caller(char dst[static LINK_LINE_MAX], const char *type, const struct session *s, uint64_t n)
{
    struct json_line w;
    begin(&w, dst, type);
    json_line_uint(&w, "n", n);
    put_user(&w, s->user);
    if (s->client_address[0])
        json_line_string(&w, "client_address", s->client_address);
    return end(&w);
}

size_t session_write_kept_out(char dst[static LINK_LINE_MAX], const struct session *s, uint64_t n)
{
    return write_caller(dst, "kept-out", s, n);
}

size_t session_write_admission_ask(char dst[static LINK_LINE_MAX], const struct session *s, uint64_t n)
{
    return write_caller(dst, "admission-ask", s, n);
}
