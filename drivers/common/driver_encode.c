/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to rrasd. */
#include <errno.h>
#include <string.h>

#include "common/json_line.h"
#include "common/text.h"
#include "drivers/common/driver_private.h"

/* The protocol's integers end at 2^63 - 1: a larger one would not be JSON to rrasd. */
static void put_optional_uint(struct json_line *w, const char *name, uint64_t value)
{
    if (value != 0)
        json_line_uint(w, name, value < INT64_MAX ? value : INT64_MAX);
}

static void put_health(struct json_line *w, const struct driver_health *health)
{
    static const char *const names[] = {
        [DRIVER_HEALTH_OK] = "ok", [DRIVER_HEALTH_DEGRADED] = "degraded", [DRIVER_HEALTH_DOWN] = "down"};
    json_line_string(w, "state", names[health->state]);
    if (health->text[0])
        json_line_string(w, "text", health->text);
}

int driver_encode_health(const struct driver_health *health, char *dst, size_t *ret_len)
{
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "health");
    put_health(&w, health);
    return json_line_end(&w, ret_len);
}

int driver_encode_hello(const struct driver_config *c, const struct driver_health *health, char *dst, size_t *ret_len)
{
    static const struct {
        unsigned bit;
        const char *name;
    } capabilities[] = {{DRIVER_CAN_DISCONNECT, "disconnect"}, {DRIVER_CAN_HARD, "hard"},
                        {DRIVER_CAN_STATS, "stats"},           {DRIVER_CAN_KEEP_OUT, "keep-out"},
                        {DRIVER_CAN_ADMISSION, "admission"},   {DRIVER_CAN_MESSAGE, "message"},
                        {DRIVER_CAN_QUARANTINE, "quarantine"}};
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "hello");
    json_line_uint(&w, "version", 1);
    json_line_string(&w, "kind", c->kind == DRIVER_DAEMON ? "daemon" : "session");
    json_line_string(&w, "driver", c->name);
    json_line_string(&w, "instance", c->instance);
    json_line_string(&w, "device_type", c->device_type);
    json_line_string(&w, "device_name", c->device_name);
    json_line_string(&w, "port_prefix", c->port_prefix);
    put_optional_uint(&w, "ports", c->ports);
    put_optional_uint(&w, "max_ports", c->max_ports);
    json_line_open_array(&w, "capabilities");
    for (size_t i = 0; i < sizeof(capabilities) / sizeof(*capabilities); i++) {
        if (c->capabilities & capabilities[i].bit)
            json_line_item(&w, capabilities[i].name);
    }
    json_line_close_array(&w);
    if (health->state != DRIVER_HEALTH_OK) {
        json_line_open(&w, "health");
        put_health(&w, health);
        json_line_close(&w);
    }
    return json_line_end(&w, ret_len);
}

/* Counters that are 0 are what rrasd takes for absent ones. */
static void put_counters(struct json_line *w, const struct driver_counters *c)
{
    json_line_open(w, "counters");
    put_optional_uint(w, "bytes_in", c->bytes_in);
    put_optional_uint(w, "bytes_out", c->bytes_out);
    put_optional_uint(w, "frames_in", c->frames_in);
    put_optional_uint(w, "frames_out", c->frames_out);
    put_optional_uint(w, "crc_errors", c->crc_errors);
    put_optional_uint(w, "timeout_errors", c->timeout_errors);
    put_optional_uint(w, "alignment_errors", c->alignment_errors);
    put_optional_uint(w, "hardware_overruns", c->hardware_overruns);
    put_optional_uint(w, "framing_errors", c->framing_errors);
    put_optional_uint(w, "buffer_overruns", c->buffer_overruns);
    put_optional_uint(w, "ratio_in", c->ratio_in);
    put_optional_uint(w, "ratio_out", c->ratio_out);
    json_line_close(w);
}

static void put_identity(struct json_line *w, const char *type, const struct driver_session *s)
{
    json_line_string(w, "type", type);
    json_line_string(w, "id", s->id);
    json_line_int(w, "start", s->start);
}

static const char *state_name(enum driver_session_state state)
{
    switch (state) {
    case DRIVER_SESSION_CONNECTING:
        return "connecting";
    case DRIVER_SESSION_AUTHENTICATING:
        return "authenticating";
    case DRIVER_SESSION_CALLING_BACK:
        return "calling-back";
    case DRIVER_SESSION_CONNECTED:
        return "connected";
    case DRIVER_SESSION_DISCONNECTING:
        return "disconnecting";
    }
    return NULL;
}

static void put_user(struct json_line *w, const char *user)
{
    if (text_is_utf8(user, strlen(user)))
        json_line_string(w, "user", user);
    else
        json_line_hex(w, "user_raw", user, strlen(user));
}

/* An empty text is only said of a member that was not always empty: for rrasd, silence means that it keeps its value.
 */
static void put_texts(struct json_line *w, const struct driver_entry *e)
{
    for (size_t i = 1; i < DRIVER_TEXTS; i++) { /* 0 is the id */
        const char *name = driver_texts[i].name, *text = driver_text_get(&e->view, &driver_texts[i]);
        if ((e->said & 1u << i) == 0)
            continue;
        if (text == e->view.user)
            put_user(w, text);
        else
            json_line_string(w, name, text);
    }
}

int driver_encode_entry(const struct driver_entry *e, char *dst, size_t *ret_len)
{
    bool all = (e->pending & DRIVER_PENDING_SESSION) != 0;
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    put_identity(&w, all ? "session" : "counters", &e->view);
    if (all) {
        json_line_string(&w, "state", state_name(e->view.state));
        put_texts(&w, e);
        if (e->quarantine_said)
            json_line_bool(&w, "quarantine", e->view.quarantined);
        put_optional_uint(&w, "line_speed", e->view.line_speed);
    }
    if (e->counters_known)
        put_counters(&w, &e->counters);
    return json_line_end(&w, ret_len);
}

static void put_words(struct json_line *w, const char *name, const char *words)
{
    char text[DRIVER_TEXT_MAX + 1];
    if (words)
        json_line_string(w, name, driver_words(text, words));
}

static const char *told_name(enum driver_told told)
{
    switch (told) {
    case DRIVER_TOLD_NOTHING:
        return NULL;
    case DRIVER_TOLD_UNKNOWN:
        return "unknown";
    case DRIVER_TOLD_NO:
        return "no";
    case DRIVER_TOLD_YES:
        return "yes";
    }
    return NULL;
}

int driver_encode_gone(const struct driver_entry *e, const struct driver_gone *gone, char *dst, size_t *ret_len)
{
    const struct driver_counters *counters = gone->counters ? gone->counters : e->view.counters;
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    put_identity(&w, "gone", &e->view);
    put_words(&w, "reason", gone->reason);
    json_line_string(&w, "client_told", told_name(gone->told));
    if (counters) {
        put_counters(&w, counters);
        json_line_bool(&w, "counters_final", gone->counters_final);
    }
    return json_line_end(&w, ret_len);
}

static const char *result_name(enum driver_result result)
{
    switch (result) {
    case DRIVER_ACCEPTED:
        return "accepted";
    case DRIVER_NO_SUCH_SESSION:
        return "no-such-session";
    case DRIVER_REFUSED:
        return "refused";
    }
    return NULL;
}

int driver_encode_reply(uint64_t order, enum driver_result result, const char *text, char *dst, size_t *ret_len)
{
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "reply");
    json_line_uint(&w, "order", order);
    json_line_string(&w, "result", result_name(result));
    put_words(&w, "text", text);
    return json_line_end(&w, ret_len);
}

int driver_encode_pong(int64_t n, char *dst, size_t *ret_len)
{
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "pong");
    json_line_int(&w, "n", n);
    return json_line_end(&w, ret_len);
}

int driver_encode_keep_out_reply(uint64_t n, bool taken, const char *text, char *dst, size_t *ret_len)
{
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", "keep-out-reply");
    json_line_uint(&w, "n", n);
    json_line_string(&w, "result", taken ? "taken" : "refused");
    put_words(&w, "text", text);
    return json_line_end(&w, ret_len);
}

/* A user who stands at the door. */
static int encode_caller(const char *type, uint64_t n, const char *user, const char *client_address, char *dst,
                         size_t *ret_len)
{
    char name[DRIVER_USER_MAX + 1];
    size_t len = driver_text_cut(user, DRIVER_USER_MAX);
    memcpy(name, user, len);
    name[len] = '\0';
    struct json_line w;
    json_line_begin(&w, dst, LINE_STREAM_LINE_MAX);
    json_line_string(&w, "type", type);
    json_line_uint(&w, "n", n);
    put_user(&w, name);
    put_words(&w, "client_address", client_address);
    return json_line_end(&w, ret_len);
}

int driver_encode_kept_out(uint64_t n, const char *user, const char *client_address, char *dst, size_t *ret_len)
{
    return encode_caller("kept-out", n, user, client_address, dst, ret_len);
}

int driver_encode_admission_ask(uint64_t n, const char *user, const char *client_address, char *dst, size_t *ret_len)
{
    return encode_caller("admission-ask", n, user, client_address, dst, ret_len);
}
