/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/driver_message.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

#define DRIVER_NAME_MAX 32u
#define DEVICE_TYPE_MAX 16u
#define PORT_PREFIX_MAX 10u
#define DEVICE_NAME_MAX 128u /* characters */

/* What a parser of one message works on. */
struct parser {
    const json_t *json;
    struct driver_message *m;
    char *why;
};

static int broken(struct parser *p, const char *what)
{
    snprintf(p->why, DRIVER_MESSAGE_WHY, "%s", what);
    return -EPROTO;
}

static int wrong_type(struct parser *p, const char *name)
{
    snprintf(p->why, DRIVER_MESSAGE_WHY, "%s is missing or of the wrong type", name);
    return -EPROTO;
}

static int unusable(struct parser *p, const char *name, const char *what)
{
    snprintf(p->why, DRIVER_MESSAGE_WHY, "%s %s", name, what);
    return -EINVAL;
}

/* ---- members: -EPROTO for a wrong type, *ret untouched when absent ---- */

static int get_string(struct parser *p, const char *name, const json_t **ret)
{
    const json_t *member = json_object_get(p->json, name);
    if (!member)
        return 0;
    if (!json_is_string(member))
        return wrong_type(p, name);
    *ret = member;
    return 0;
}

static bool has_nul(const json_t *string)
{
    return strlen(json_string_value(string)) != json_string_length(string);
}

/* A text of a record that we keep. */
static int get_text(struct parser *p, const char *name, size_t max, const char **ret)
{
    const json_t *s = NULL;
    int r = get_string(p, name, &s);
    if (r < 0 || !s)
        return r;
    if (json_string_length(s) > max)
        return unusable(p, name, "is too long");
    if (has_nul(s))
        return unusable(p, name, "has a NUL in it");
    *ret = json_string_value(s);
    return 0;
}

/* A text for people: shortened rather than refused, for the message around it matters more. */
static int get_words(struct parser *p, const char *name, const char **ret)
{
    const json_t *s = NULL;
    int r = get_string(p, name, &s);
    if (r < 0 || !s)
        return r;
    *ret = json_string_value(s);
    if (json_string_length(s) > ROUTER_TEXT_MAX || has_nul(s))
        *ret = text_escape(p->m->words, sizeof(p->m->words), json_string_value(s), json_string_length(s));
    return 0;
}

/* An integer. What is below 0 can't be used. */
static int get_uint(struct parser *p, const char *name, uint64_t *ret)
{
    const json_t *member = json_object_get(p->json, name);
    if (!member)
        return 0;
    if (!json_is_integer(member))
        return wrong_type(p, name);
    if (json_integer_value(member) < 0)
        return unusable(p, name, "is negative");
    *ret = (uint64_t)json_integer_value(member);
    return 0;
}

static int get_bool(struct parser *p, const char *name, bool *ret)
{
    const json_t *member = json_object_get(p->json, name);
    if (!member)
        return 0;
    if (!json_is_boolean(member))
        return wrong_type(p, name);
    *ret = json_is_true(member);
    return 0;
}

/* One of a list of words: its index in *ret. -ENOENT: a string, but none of them. */
static int get_word(struct parser *p, const char *name, const char *const *words, size_t count, size_t *ret)
{
    const json_t *s = NULL;
    int r = get_string(p, name, &s);
    if (r < 0 || !s)
        return r;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(json_string_value(s), words[i]) == 0 && !has_nul(s)) {
            *ret = i;
            return 0;
        }
    }
    return -ENOENT;
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* ---- hello ---- */

static int get_name(struct parser *p, const char *name, size_t max, bool needed, const char **ret)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    const char *value = NULL;
    int r = get_text(p, name, max, &value);
    if (r == 0 && !value)
        return needed ? wrong_type(p, name) : 0;
    if (r == 0 && (*value == '\0' || value[strspn(value, letters)] != '\0'))
        r = unusable(p, name, "is empty or has characters other than letters, digits, - and _");
    if (r == 0)
        *ret = value;
    return r;
}

static size_t characters(const char *utf8)
{
    size_t n = 0;
    for (; *utf8 != '\0'; utf8++)
        n += ((unsigned char)*utf8 & 0xc0) != 0x80;
    return n;
}

static int get_device_name(struct parser *p)
{
    int r = get_text(p, "device_name", 4 * DEVICE_NAME_MAX, &p->m->info.device_name);
    if (r == 0 && p->m->info.device_name && characters(p->m->info.device_name) > DEVICE_NAME_MAX)
        r = unusable(p, "device_name", "is too long");
    return r;
}

static int get_port_numbers(struct parser *p)
{
    uint64_t ports = 0, max_ports = 0;
    int r = get_uint(p, "ports", &ports);
    if (r == 0)
        r = get_uint(p, "max_ports", &max_ports);
    if (r == 0 && (ports > ROUTER_SLOTS_MAX || max_ports > ROUTER_SLOTS_MAX))
        r = unusable(p, "number of ports", "is more than there can be");
    if (r < 0)
        return r;
    p->m->info.ports = (uint32_t)ports;
    p->m->info.max_ports = (uint32_t)max_ports;
    return 0;
}

static int get_capabilities(struct parser *p)
{
    static const char *const names[] = {"disconnect", "hard", "stats"};
    const json_t *list = json_object_get(p->json, "capabilities");
    size_t i;
    const json_t *item;
    if (!json_is_array(list))
        return wrong_type(p, "capabilities");
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return wrong_type(p, "capabilities");
        for (unsigned bit = 0; bit < COUNT(names); bit++) {
            if (strcmp(json_string_value(item), names[bit]) == 0)
                p->m->capabilities |= 1u << bit;
        }
    }
    return 0;
}

static int get_kind(struct parser *p)
{
    static const char *const kinds[] = {"daemon", "session"};
    size_t kind = COUNT(kinds);
    int r = get_word(p, "kind", kinds, COUNT(kinds), &kind);
    if (r == -EPROTO)
        return r;
    if (kind == COUNT(kinds))
        return broken(p, "kind is neither daemon nor session");
    p->m->info.kind = kind == 0 ? ROUTER_DRIVER_DAEMON : ROUTER_DRIVER_SESSION;
    return 0;
}

/* Of another version nothing but the version is read. A hello can't be refused alone: all that is wrong breaks the
 * protocol. */
static int parse_hello(struct parser *p)
{
    struct router_driver_info *info = &p->m->info;
    int r = get_uint(p, "version", &p->m->version);
    if (r == 0 && p->m->version == 0)
        r = wrong_type(p, "version");
    if (r < 0 || p->m->version != 1)
        return r < 0 ? -EPROTO : 0;
    r = get_kind(p);
    if (r == 0)
        r = get_name(p, "driver", DRIVER_NAME_MAX, true, &info->name);
    if (r == 0)
        r = get_name(p, "instance", DRIVER_NAME_MAX, true, &info->instance);
    if (r == 0)
        r = get_name(p, "device_type", DEVICE_TYPE_MAX, true, &info->device_type);
    if (r == 0)
        r = get_name(p, "port_prefix", PORT_PREFIX_MAX, false, &info->port_prefix);
    if (r == 0)
        r = get_device_name(p);
    if (r == 0)
        r = get_port_numbers(p);
    if (r == 0)
        r = get_capabilities(p);
    return r < 0 ? -EPROTO : 0;
}

/* ---- records ---- */

static int get_identity(struct parser *p)
{
    const char *id = NULL;
    uint64_t start = 0;
    const json_t *member = json_object_get(p->json, "start");
    int r = get_text(p, "id", ROUTER_ID_MAX, &id);
    if (r == 0 && (!id || *id == '\0'))
        r = unusable(p, "id", "is missing or empty");
    if (r < 0)
        return r;
    p->m->session.id = p->m->gone.id = id;
    r = get_uint(p, "start", &start);
    if (r == 0 && !member)
        r = unusable(p, "start", "is missing");
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

static int get_ratio(struct parser *p, const char *name, uint32_t *ret)
{
    uint64_t value = 100;
    int r = get_uint(p, name, &value);
    if (r == 0)
        *ret = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
    return r;
}

/* *ret is p->m->counters, or NULL when the message has none. */
static int get_counters(struct parser *p, const struct router_counters **ret)
{
    struct parser inner = *p;
    inner.json = json_object_get(p->json, "counters");
    if (!inner.json)
        return 0;
    if (!json_is_object(inner.json))
        return wrong_type(p, "counters");
    struct router_counters *c = &p->m->counters;
    memset(c, 0, sizeof(*c));
    int r = 0;
    for (size_t i = 0; r == 0 && i < COUNT(counter_names); i++)
        r = get_uint(&inner, counter_names[i].name, (uint64_t *)(void *)((char *)c + counter_names[i].offset));
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

static int decode_user_raw(struct parser *p, const char *hex, size_t n)
{
    char bytes[ROUTER_USER_MAX];
    if (n > 2 * sizeof(bytes))
        return unusable(p, "user_raw", "is too long");
    for (size_t i = 0; i < n; i++) {
        int d = digit(hex[i]);
        if (d < 0 || n % 2 != 0)
            return unusable(p, "user_raw", "is not hexadecimal digits in pairs");
        if (i % 2 == 0)
            bytes[i / 2] = (char)(unsigned char)(d << 4);
        else
            bytes[i / 2] = (char)((unsigned char)bytes[i / 2] | (unsigned char)d);
    }
    keep_user(p->m, bytes, n / 2);
    return 0;
}

static int get_user(struct parser *p)
{
    const json_t *user = NULL, *raw = NULL;
    int r = get_string(p, "user", &user);
    if (r == 0)
        r = get_string(p, "user_raw", &raw);
    if (r < 0)
        return r;
    if (user && raw)
        return unusable(p, "user", "and user_raw exclude each other");
    if (raw)
        return decode_user_raw(p, json_string_value(raw), json_string_length(raw));
    if (!user)
        return 0;
    if (json_string_length(user) > ROUTER_USER_MAX)
        return unusable(p, "user", "is too long");
    if (has_nul(user))
        keep_user(p->m, json_string_value(user), json_string_length(user));
    else
        p->m->session.user = json_string_value(user);
    return 0;
}

static int get_state(struct parser *p)
{
    static const char *const names[] = {"connecting", "authenticating", "calling-back", "connected", "disconnecting"};
    static const enum router_session_state states[] = {ROUTER_SESSION_CONNECTING, ROUTER_SESSION_AUTHENTICATING,
                                                       ROUTER_SESSION_CALLING_BACK, ROUTER_SESSION_CONNECTED,
                                                       ROUTER_SESSION_DISCONNECTING};
    size_t i = COUNT(names);
    int r = get_word(p, "state", names, COUNT(names), &i);
    if (r == -ENOENT)
        return unusable(p, "state", "is none that we know");
    if (r == 0 && i < COUNT(names))
        p->m->session.state = states[i];
    return r;
}

static int parse_session(struct parser *p)
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
    };
    int r = get_identity(p);
    if (r == 0)
        r = get_state(p);
    if (r == 0)
        r = get_user(p);
    for (size_t i = 0; r == 0 && i < COUNT(texts); i++)
        r = get_text(p, texts[i].name, ROUTER_TEXT_MAX, texts[i].to);
    if (r == 0)
        r = get_uint(p, "line_speed", &s->line_speed);
    return r == 0 ? get_counters(p, &s->counters) : r;
}

static int parse_counters(struct parser *p)
{
    int r = get_identity(p);
    if (r == 0)
        r = get_counters(p, &p->m->session.counters);
    return r == 0 && !p->m->session.counters ? unusable(p, "counters", "are missing") : r;
}

static int parse_gone(struct parser *p)
{
    static const char *const answers[] = {"unknown", "yes", "no"};
    static const enum router_told told[] = {ROUTER_TOLD_UNKNOWN, ROUTER_TOLD_YES, ROUTER_TOLD_NO};
    struct router_gone *gone = &p->m->gone;
    size_t answer = 0;
    int r = get_identity(p);
    if (r == 0)
        r = get_words(p, "reason", &gone->reason);
    if (r == 0)
        r = get_bool(p, "counters_final", &gone->counters_final);
    if (r == 0)
        r = get_word(p, "client_told", answers, COUNT(answers), &answer);
    if (r == -ENOENT) /* a word of a later version: the session is gone all the same */
        r = 0;
    if (r == 0)
        r = get_counters(p, &gone->counters);
    gone->told = told[answer];
    return r;
}

/* ---- answers ---- */

static int parse_reply(struct parser *p)
{
    static const char *const names[] = {"accepted", "no-such-session", "refused"};
    static const enum router_reply results[] = {ROUTER_REPLY_ACCEPTED, ROUTER_REPLY_NO_SESSION, ROUTER_REPLY_REFUSED};
    size_t i = COUNT(names);
    int r = get_word(p, "result", names, COUNT(names), &i);
    if (r == -EPROTO)
        return r;
    if (i == COUNT(names))
        return broken(p, "result is none that we know");
    p->m->result = results[i];
    if (!json_object_get(p->json, "order"))
        return wrong_type(p, "order");
    r = get_uint(p, "order", &p->m->order);
    if (r == 0)
        r = get_words(p, "text", &p->m->text);
    return r < 0 ? -EPROTO : 0;
}

static int parse_pong(struct parser *p)
{
    uint64_t n = 0;
    return get_uint(p, "n", &n) < 0 ? -EPROTO : 0;
}

static int parse_nothing(struct parser *p)
{
    (void)p;
    return 0;
}

/* ---- a line ---- */

static const struct {
    const char *name;
    enum driver_message_type type;
    int (*parse)(struct parser *p);
} types[] = {
    {"session", DRIVER_MESSAGE_SESSION, parse_session}, {"counters", DRIVER_MESSAGE_COUNTERS, parse_counters},
    {"gone", DRIVER_MESSAGE_GONE, parse_gone},          {"reply", DRIVER_MESSAGE_REPLY, parse_reply},
    {"pong", DRIVER_MESSAGE_PONG, parse_pong},          {"snapshot-end", DRIVER_MESSAGE_SNAPSHOT_END, parse_nothing},
    {"hello", DRIVER_MESSAGE_HELLO, parse_hello},
};

/* Is it nested no deeper than we are ready to follow? Looks at brackets outside of strings only: whether it is JSON at
 * all is the parser's business. */
static bool is_flat(const char *line, size_t n)
{
    unsigned depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < n; i++) {
        char c = line[i];
        if (c == '"')
            in_string = !in_string;
        else if (in_string && c == '\\')
            i++;
        else if (!in_string && (c == '{' || c == '[') && ++depth > DRIVER_MESSAGE_DEPTH)
            return false;
        else if (!in_string && (c == '}' || c == ']') && depth > 0)
            depth--;
    }
    return true;
}

static int parse_type(struct parser *p)
{
    const json_t *type = NULL;
    int r = get_string(p, "type", &type);
    if (r < 0)
        return r;
    if (!type)
        return wrong_type(p, "type");
    for (size_t i = 0; i < COUNT(types); i++) {
        if (strcmp(json_string_value(type), types[i].name) == 0) {
            p->m->type = types[i].type;
            return types[i].parse(p);
        }
    }
    return 0;
}

int driver_message_parse(const char *line, size_t n, struct driver_message *ret, char why[static DRIVER_MESSAGE_WHY])
{
    struct parser p = {.m = ret, .why = why};
    json_error_t error;
    memset(ret, 0, offsetof(struct driver_message, user));
    ret->user[0] = ret->words[0] = '\0';
    if (!is_flat(line, n))
        return broken(&p, "nested too deeply");
    /* A NUL inside a name must not end the connection; two members of one name could be read in two ways. */
    ret->json = json_loadb(line, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!ret->json)
        return broken(&p, json_error_code(&error) == json_error_out_of_memory ? "out of memory" : "not JSON");
    if (!json_is_object(ret->json))
        return broken(&p, "not a JSON object");
    p.json = ret->json;
    return parse_type(&p);
}

void driver_message_free(struct driver_message *m)
{
    json_decref(m->json);
    m->json = NULL;
}
