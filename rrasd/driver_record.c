/* SPDX-License-Identifier: Apache-2.0 */
/* What a driver says of its sessions. A record that can't be used is refused alone. */
#include <errno.h>
#include <string.h>

#include "common/text.h"
#include "rrasd/driver_parse.h"

static int get_identity(struct driver_parser *p)
{
    const char *id = NULL;
    uint64_t start = 0;
    const json_t *member = json_object_get(p->json, "start");
    int r = driver_parse_text(p, "id", ROUTER_ID_MAX, &id);
    if (r == 0 && (!id || *id == '\0'))
        r = driver_parse_unusable(p, "id", "is missing or empty");
    if (r < 0)
        return r;
    p->m->session.id = p->m->gone.id = id;
    r = driver_parse_uint(p, "start", &start);
    if (r == 0 && !member)
        r = driver_parse_unusable(p, "start", "is missing");
    if (r == 0)
        p->m->session.start = p->m->gone.start = (int64_t)start;
    return r;
}

static const struct {
    const char *name;
    size_t offset; /* in struct router_counters */
} counter_names[] = {
#define COUNTER(member)                                                                                                \
    {                                                                                                                  \
#member, offsetof(struct router_counters, member)                                                              \
    }
    COUNTER(bytes_in),       COUNTER(bytes_out),       COUNTER(frames_in),        COUNTER(frames_out),
    COUNTER(crc_errors),     COUNTER(timeout_errors),  COUNTER(alignment_errors), COUNTER(hardware_overruns),
    COUNTER(framing_errors), COUNTER(buffer_overruns),
};

static int get_ratio(struct driver_parser *p, const char *name, uint32_t *ret)
{
    uint64_t value = 100;
    int r = driver_parse_uint(p, name, &value);
    if (r == 0)
        *ret = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
    return r;
}

/* *ret is p->m->counters, or NULL when the message has none. */
static int get_counters(struct driver_parser *p, const struct router_counters **ret)
{
    struct driver_parser inner = *p;
    inner.json = json_object_get(p->json, "counters");
    if (!inner.json)
        return 0;
    if (!json_is_object(inner.json))
        return driver_parse_wrong_type(p, "counters");
    struct router_counters *c = &p->m->counters;
    memset(c, 0, sizeof(*c));
    int r = 0;
    for (size_t i = 0; r == 0 && i < COUNT(counter_names); i++)
        r = driver_parse_uint(&inner, counter_names[i].name, (uint64_t *)(void *)((char *)c + counter_names[i].offset));
    if (r == 0)
        r = get_ratio(&inner, "ratio_in", &c->ratio_in);
    if (r == 0)
        r = get_ratio(&inner, "ratio_out", &c->ratio_out);
    if (r == 0)
        *ret = c;
    return r;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Bytes of a name as a name: as it is when it is UTF-8 without NUL, else escaped. */
static void keep_user(struct driver_message *m, const char *bytes, size_t n)
{
    if (text_is_utf8(bytes, n) && !memchr(bytes, '\0', n)) {
        memcpy(m->user, bytes, n);
        m->user[n] = '\0';
    } else {
        text_escape(m->user, sizeof(m->user), bytes, n);
    }
    m->session.user = m->user;
}

static int decode_user_raw(struct driver_parser *p, const char *hex, size_t n)
{
    char bytes[ROUTER_USER_MAX] = {0};
    if (n > 2 * sizeof(bytes))
        return driver_parse_unusable(p, "user_raw", "is too long");
    for (size_t i = 0; i < n; i++) {
        int d = digit(hex[i]);
        if (d < 0 || n % 2 != 0)
            return driver_parse_unusable(p, "user_raw", "is not hexadecimal digits in pairs");
        if (i % 2 == 0)
            bytes[i / 2] = (char)(unsigned char)(d << 4);
        else
            bytes[i / 2] = (char)((unsigned char)bytes[i / 2] | (unsigned char)d);
    }
    keep_user(p->m, bytes, n / 2);
    return 0;
}

int driver_parse_user(struct driver_parser *p)
{
    const json_t *user = NULL, *raw = NULL;
    int r = driver_parse_string(p, "user", &user);
    if (r == 0)
        r = driver_parse_string(p, "user_raw", &raw);
    if (r < 0)
        return r;
    if (user && raw)
        return driver_parse_unusable(p, "user", "and user_raw exclude each other");
    if (raw)
        return decode_user_raw(p, json_string_value(raw), json_string_length(raw));
    if (!user)
        return 0;
    if (json_string_length(user) > ROUTER_USER_MAX)
        return driver_parse_unusable(p, "user", "is too long");
    if (driver_parse_has_nul(user))
        keep_user(p->m, json_string_value(user), json_string_length(user));
    else
        p->m->session.user = json_string_value(user);
    return 0;
}

static int get_state(struct driver_parser *p)
{
    static const char *const names[] = {"connecting", "authenticating", "calling-back", "connected", "disconnecting"};
    static const enum router_session_state states[] = {ROUTER_SESSION_CONNECTING, ROUTER_SESSION_AUTHENTICATING,
                                                       ROUTER_SESSION_CALLING_BACK, ROUTER_SESSION_CONNECTED,
                                                       ROUTER_SESSION_DISCONNECTING};
    size_t i = COUNT(names);
    int r = driver_parse_word(p, "state", names, COUNT(names), &i);
    if (r == -ENOENT)
        return driver_parse_unusable(p, "state", "is none that we know");
    if (r == 0 && i < COUNT(names))
        p->m->session.state = states[i];
    return r;
}

static int get_quarantine(struct driver_parser *p)
{
    bool on = false;
    int r = driver_parse_bool(p, "quarantine", &on);
    if (r == 0 && json_object_get(p->json, "quarantine"))
        p->m->session.quarantine = on ? ROUTER_QUARANTINE_ON : ROUTER_QUARANTINE_OFF;
    return r;
}

int driver_parse_session(struct driver_parser *p)
{
    struct router_session *s = &p->m->session;
    const struct {
        const char *name;
        const char **to;
    } texts[] = {
        {"client_address", &s->client_address},
        {"server_address", &s->server_address},
        {"tunnel_address4", &s->tunnel_address4},
        {"tunnel_address6", &s->tunnel_address6},
        {"tunnel_server4", &s->tunnel_server4},
        {"interface", &s->interface},
        {"caller", &s->caller},
        {"bundle", &s->bundle},
        {"auth", &s->auth},
    };
    int r = get_identity(p);
    if (r == 0)
        r = get_state(p);
    if (r == 0)
        r = driver_parse_user(p);
    for (size_t i = 0; r == 0 && i < COUNT(texts); i++)
        r = driver_parse_text(p, texts[i].name, ROUTER_TEXT_MAX, texts[i].to);
    if (r == 0)
        r = driver_parse_uint(p, "line_speed", &s->line_speed);
    if (r == 0)
        r = get_quarantine(p);
    return r == 0 ? get_counters(p, &s->counters) : r;
}

int driver_parse_counters(struct driver_parser *p)
{
    int r = get_identity(p);
    if (r == 0)
        r = get_counters(p, &p->m->session.counters);
    return r == 0 && !p->m->session.counters ? driver_parse_unusable(p, "counters", "are missing") : r;
}

int driver_parse_gone(struct driver_parser *p)
{
    static const char *const answers[] = {"unknown", "yes", "no"};
    static const enum router_told told[] = {ROUTER_TOLD_UNKNOWN, ROUTER_TOLD_YES, ROUTER_TOLD_NO};
    struct router_gone *gone = &p->m->gone;
    size_t answer = 0;
    int r = get_identity(p);
    if (r == 0)
        r = driver_parse_words(p, "reason", &gone->reason);
    if (r == 0)
        r = driver_parse_bool(p, "counters_final", &gone->counters_final);
    if (r == 0)
        r = driver_parse_word(p, "client_told", answers, COUNT(answers), &answer);
    if (r == -ENOENT) /* a word of a later version: the session is gone all the same */
        r = 0;
    if (r == 0)
        r = get_counters(p, &gone->counters);
    gone->told = told[answer];
    return r;
}
