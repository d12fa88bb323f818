/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/driver_message.h"

#include <errno.h>
#include <string.h>

#include "rrasd/driver_parse.h"

#define DRIVER_NAME_MAX 32u
#define DEVICE_TYPE_MAX 16u
#define PORT_PREFIX_MAX 10u
#define DEVICE_NAME_MAX 128u /* characters */

/* ---- hello ---- */

static bool is_name(const char *value)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    return *value != '\0' && value[strspn(value, letters)] == '\0';
}

bool driver_message_is_type(const char *type)
{
    return is_name(type) && strlen(type) <= DEVICE_TYPE_MAX;
}

static int get_name(struct driver_parser *p, const char *name, size_t max, bool needed, const char **ret)
{
    const char *value = NULL;
    int r = driver_parse_text(p, name, max, &value);
    if (r == 0 && !value)
        return needed ? driver_parse_wrong_type(p, name) : 0;
    if (r == 0 && !is_name(value))
        r = driver_parse_unusable(p, name, "is empty or has characters other than letters, digits, - and _");
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

static int get_device_name(struct driver_parser *p)
{
    int r = driver_parse_text(p, "device_name", 4 * DEVICE_NAME_MAX, &p->m->info.device_name);
    if (r == 0 && p->m->info.device_name && characters(p->m->info.device_name) > DEVICE_NAME_MAX)
        r = driver_parse_unusable(p, "device_name", "is too long");
    return r;
}

static int get_port_numbers(struct driver_parser *p)
{
    uint64_t ports = 0, max_ports = 0;
    int r = driver_parse_uint(p, "ports", &ports);
    if (r == 0)
        r = driver_parse_uint(p, "max_ports", &max_ports);
    if (r == 0 && (ports > ROUTER_SLOTS_MAX || max_ports > ROUTER_SLOTS_MAX))
        r = driver_parse_unusable(p, "number of ports", "is more than there can be");
    if (r < 0)
        return r;
    p->m->info.ports = (uint32_t)ports;
    p->m->info.max_ports = (uint32_t)max_ports;
    return 0;
}

static int get_capabilities(struct driver_parser *p)
{
    static const char *const names[] = {"disconnect", "hard",  "stats",     "message",
                                        "keep-out",   "limit", "admission", "quarantine"};
    const json_t *list = json_object_get(p->json, "capabilities");
    size_t i;
    const json_t *item;
    if (!json_is_array(list))
        return driver_parse_wrong_type(p, "capabilities");
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return driver_parse_wrong_type(p, "capabilities");
        for (unsigned bit = 0; bit < COUNT(names); bit++) {
            if (strcmp(json_string_value(item), names[bit]) == 0)
                p->m->capabilities |= 1u << bit;
        }
    }
    return 0;
}

/* `state` and `text` of the object that p reads. */
static int parse_health(struct driver_parser *p)
{
    static const char *const names[] = {"ok", "degraded", "down"};
    size_t i = COUNT(names);
    int r = driver_parse_word(p, "state", names, COUNT(names), &i);
    if (r == -EPROTO)
        return r;
    if (i == COUNT(names))
        return driver_parse_broken(p, "health is neither ok, degraded nor down");
    p->m->health = (enum driver_message_health)i;
    return driver_parse_words(p, "text", &p->m->text);
}

static int get_health(struct driver_parser *p)
{
    struct driver_parser inner = *p;
    inner.json = json_object_get(p->json, "health");
    if (!inner.json)
        return 0;
    if (!json_is_object(inner.json))
        return driver_parse_wrong_type(p, "health");
    if (p->m->info.kind == ROUTER_DRIVER_SESSION)
        return driver_parse_broken(p, "a session driver has no health");
    p->m->has_health = true;
    return parse_health(&inner);
}

static int get_kind(struct driver_parser *p)
{
    static const char *const kinds[] = {"daemon", "session"};
    size_t kind = COUNT(kinds);
    int r = driver_parse_word(p, "kind", kinds, COUNT(kinds), &kind);
    if (r == -EPROTO)
        return r;
    if (kind == COUNT(kinds))
        return driver_parse_broken(p, "kind is neither daemon nor session");
    p->m->info.kind = kind == 0 ? ROUTER_DRIVER_DAEMON : ROUTER_DRIVER_SESSION;
    return 0;
}

/* Of another version nothing but the version is read. A hello can't be refused alone: all that is wrong breaks the
 * protocol. */
static int parse_hello(struct driver_parser *p)
{
    struct router_driver_info *info = &p->m->info;
    int r = driver_parse_uint(p, "version", &p->m->version);
    if (r == 0 && p->m->version == 0)
        r = driver_parse_wrong_type(p, "version");
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
    if (r == 0)
        r = get_health(p);
    return r < 0 ? -EPROTO : 0;
}

/* ---- answers ---- */

static int parse_reply(struct driver_parser *p)
{
    static const char *const names[] = {"accepted", "no-such-session", "refused"};
    static const enum router_reply results[] = {ROUTER_REPLY_ACCEPTED, ROUTER_REPLY_NO_SESSION, ROUTER_REPLY_REFUSED};
    size_t i = COUNT(names);
    int r = driver_parse_word(p, "result", names, COUNT(names), &i);
    if (r == -EPROTO)
        return r;
    if (i == COUNT(names))
        return driver_parse_broken(p, "result is none that we know");
    p->m->result = results[i];
    if (!json_object_get(p->json, "order"))
        return driver_parse_wrong_type(p, "order");
    r = driver_parse_uint(p, "order", &p->m->order);
    if (r == 0)
        r = driver_parse_words(p, "text", &p->m->text);
    return r < 0 ? -EPROTO : 0;
}

static int get_n(struct driver_parser *p)
{
    if (!json_object_get(p->json, "n"))
        return driver_parse_wrong_type(p, "n");
    return driver_parse_uint(p, "n", &p->m->n);
}

static int parse_keep_out_reply(struct driver_parser *p)
{
    static const char *const names[] = {"refused", "taken"};
    size_t i = COUNT(names);
    int r = get_n(p);
    if (r == 0)
        r = driver_parse_word(p, "result", names, COUNT(names), &i);
    if (r == -ENOENT || (r == 0 && i == COUNT(names)))
        return driver_parse_broken(p, "result is none that we know");
    if (r == 0)
        r = driver_parse_words(p, "text", &p->m->text);
    p->m->taken = i == 1;
    return r < 0 ? -EPROTO : 0;
}

static int parse_kept_out(struct driver_parser *p)
{
    int r = get_n(p);
    if (r == 0)
        r = driver_parse_user(p);
    if (r == 0)
        r = driver_parse_text(p, "client_address", ROUTER_TEXT_MAX, &p->m->session.client_address);
    return r < 0 ? -EPROTO : 0;
}

/* Nobody is a user who has a name, and whether he may come in is no question. */
static int parse_admission_ask(struct driver_parser *p)
{
    int r = parse_kept_out(p);
    if (r == 0 && (!p->m->session.user || p->m->session.user[0] == '\0'))
        r = driver_parse_wrong_type(p, "user");
    return r;
}

static int parse_pong(struct driver_parser *p)
{
    uint64_t n = 0;
    return driver_parse_uint(p, "n", &n) < 0 ? -EPROTO : 0;
}

static int parse_nothing(struct driver_parser *p)
{
    (void)p;
    return 0;
}

/* ---- a line ---- */

static const struct {
    const char *name;
    enum driver_message_type type;
    int (*parse)(struct driver_parser *p);
} types[] = {
    {"session", DRIVER_MESSAGE_SESSION, driver_parse_session},
    {"counters", DRIVER_MESSAGE_COUNTERS, driver_parse_counters},
    {"gone", DRIVER_MESSAGE_GONE, driver_parse_gone},
    {"reply", DRIVER_MESSAGE_REPLY, parse_reply},
    {"pong", DRIVER_MESSAGE_PONG, parse_pong},
    {"snapshot-end", DRIVER_MESSAGE_SNAPSHOT_END, parse_nothing},
    {"health", DRIVER_MESSAGE_HEALTH, parse_health},
    {"keep-out-reply", DRIVER_MESSAGE_KEEP_OUT_REPLY, parse_keep_out_reply},
    {"kept-out", DRIVER_MESSAGE_KEPT_OUT, parse_kept_out},
    {"admission-ask", DRIVER_MESSAGE_ADMISSION_ASK, parse_admission_ask},
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

static int parse_type(struct driver_parser *p)
{
    const json_t *type = NULL;
    int r = driver_parse_string(p, "type", &type);
    if (r < 0)
        return r;
    if (!type)
        return driver_parse_wrong_type(p, "type");
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
    struct driver_parser p = {.m = ret, .why = why};
    json_error_t error;
    memset(ret, 0, offsetof(struct driver_message, user));
    ret->user[0] = ret->words[0] = '\0';
    if (!is_flat(line, n))
        return driver_parse_broken(&p, "nested too deeply");
    /* A NUL inside a name must not end the connection; two members of one name could be read in two ways. */
    ret->json = json_loadb(line, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!ret->json)
        return driver_parse_broken(&p,
                                   json_error_code(&error) == json_error_out_of_memory ? "out of memory" : "not JSON");
    if (!json_is_object(ret->json))
        return driver_parse_broken(&p, "not a JSON object");
    p.json = ret->json;
    return parse_type(&p);
}

void driver_message_free(struct driver_message *m)
{
    json_decref(m->json);
    m->json = NULL;
}
