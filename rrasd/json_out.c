/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/json_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

static void put(struct json_out *j, const char *s, size_t n)
{
    if (j->bad || n > j->cap - j->n) {
        j->bad = true;
        return;
    }
    memcpy(j->buf + j->n, s, n);
    j->n += n;
}

static void put_z(struct json_out *j, const char *s)
{
    put(j, s, strlen(s));
}

static void put_name(struct json_out *j, const char *name)
{
    if (j->comma)
        put(j, ",", 1);
    j->comma = true;
    if (name) {
        put(j, "\"", 1);
        put_z(j, name);
        put(j, "\":", 2);
    }
}

static void put_unit(struct json_out *j, char16_t u)
{
    if (u == '"' || u == '\\') {
        char pair[2] = {'\\', (char)u};
        put(j, pair, 2);
    } else if (u >= 0x20 && u < 0x7f) {
        char c = (char)u;
        put(j, &c, 1);
    } else {
        char escape[8];
        snprintf(escape, sizeof escape, "\\u%04x", (unsigned)u);
        put(j, escape, 6);
    }
}

struct json_out json_out_begin(char *buf, size_t cap)
{
    return (struct json_out){.buf = buf, .cap = cap};
}

void json_out_open(struct json_out *j, const char *name)
{
    put_name(j, name);
    put(j, "{", 1);
    j->comma = false;
}

void json_out_close(struct json_out *j)
{
    put(j, "}", 1);
    j->comma = true;
}

/* What needs no escape, which is nearly all text, goes as it is. Returns how many bytes that was. */
static size_t put_plain(struct json_out *j, const char *s)
{
    size_t n = 0;
    while (s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
        n++;
    if (n > JSON_OUT_UNITS_MAX)
        n = JSON_OUT_UNITS_MAX;
    put(j, s, n);
    return n;
}

static void put_escaped(struct json_out *j, const char *s, size_t left)
{
    char16_t units[JSON_OUT_UNITS_MAX + 1];
    size_t room = strnlen(s, left) + 1; /* a byte never makes more than one unit */
    size_t n = text_to_utf16(units, room, s);
    for (size_t i = 0; i < n; i++)
        put_unit(j, units[i]);
}

void json_out_str(struct json_out *j, const char *name, const char *value)
{
    if (!value)
        return;
    put_name(j, name);
    put(j, "\"", 1);
    size_t n = put_plain(j, value);
    if (value[n])
        put_escaped(j, value + n, JSON_OUT_UNITS_MAX - n);
    put(j, "\"", 1);
}

void json_out_u64(struct json_out *j, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    put_name(j, name);
    put_z(j, text);
}

void json_out_i64(struct json_out *j, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    put_name(j, name);
    put_z(j, text);
}

void json_out_bool(struct json_out *j, const char *name, bool value)
{
    put_name(j, name);
    put_z(j, value ? "true" : "false");
}

size_t json_out_end(struct json_out *j)
{
    put(j, "\n", 1);
    return j->bad ? 0 : j->n;
}
