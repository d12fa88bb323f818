/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/pppd/json_scan.h"

#include <errno.h>
#include <string.h>

#include "common/text.h"

/* The cursor: `at` never passes `end`, and nothing is read but through it. */
struct cursor {
    const char *at, *end;
};

static int peek(const struct cursor *c)
{
    return c->at < c->end ? (unsigned char)*c->at : -1;
}

static bool take(struct cursor *c, char wanted)
{
    if (peek(c) != (unsigned char)wanted)
        return false;
    c->at++;
    return true;
}

static bool take_word(struct cursor *c, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

static void skip_blanks(struct cursor *c)
{
    while (peek(c) == ' ' || peek(c) == '\t' || peek(c) == '\r' || peek(c) == '\n')
        c->at++;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* ---- strings ---- */

static int hex_value(int c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits of \uXXXX, or -1. */
static int32_t take_unit(struct cursor *c)
{
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        int v = hex_value(peek(c));
        if (v < 0)
            return -1;
        unit = unit * 16 + v;
        c->at++;
    }
    return unit;
}

/* What stands behind \u, with its other half if it is one of a surrogate pair; -1 for half a pair. */
static int32_t take_code_point(struct cursor *c)
{
    int32_t high = take_unit(c);
    if (high < 0 || (high >= 0xdc00 && high <= 0xdfff))
        return -1;
    if (high < 0xd800 || high > 0xdbff)
        return high;
    if (!take(c, '\\') || !take(c, 'u'))
        return -1;
    int32_t low = take_unit(c);
    return low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00) : -1;
}

static int32_t take_escape(struct cursor *c)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    int name = peek(c);
    if (name < 0)
        return -1;
    c->at++;
    if (name == 'u')
        return take_code_point(c);
    const char *found = name != 0 ? strchr(names, name) : NULL;
    return found ? (unsigned char)values[found - names] : -1;
}

static size_t encode_utf8(char dst[static 4], int32_t code)
{
    uint32_t u = (uint32_t)code;
    if (u < 0x80) {
        dst[0] = (char)u;
        return 1;
    }
    size_t n = u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, u >>= 6)
        dst[i] = (char)(0x80 | (u & 0x3f));
    dst[0] = (char)(u | (0xf00u >> n & 0xf0u));
    return n;
}

/* Bytes of the character that begins here. The whole line is UTF-8: its lead byte tells, and they are all there. */
static size_t character_length(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* One character into the field, whole or not at all; nothing after the first that did not fit. */
static void put(struct json_field *f, const char *bytes, size_t n)
{
    if (!f || !f->data)
        return;
    if (f->cut || n >= f->cap - f->len) {
        f->cut = true;
        return;
    }
    memcpy(f->data + f->len, bytes, n);
    f->len += n;
}

static int take_character(struct cursor *c, struct json_field *f)
{
    char bytes[4];
    if (take(c, '\\')) {
        int32_t code = take_escape(c);
        if (code < 0)
            return -EBADMSG;
        put(f, bytes, encode_utf8(bytes, code));
        return 0;
    }
    if (peek(c) < 0x20) /* a control character, or the end */
        return -EBADMSG;
    size_t n = character_length((unsigned char)peek(c));
    put(f, c->at, n);
    c->at += n;
    return 0;
}

/* `f` may be NULL: skipped. */
static int take_string(struct cursor *c, struct json_field *f)
{
    if (!take(c, '"'))
        return -EBADMSG;
    while (!take(c, '"')) {
        if (take_character(c, f) < 0)
            return -EBADMSG;
    }
    if (f && f->data)
        f->data[f->len] = '\0';
    return 0;
}

/* ---- numbers ---- */

static int take_integer(struct cursor *c, int64_t *ret)
{
    bool negative = take(c, '-');
    int64_t v = 0;
    if (!is_digit(peek(c)))
        return -EBADMSG;
    if (take(c, '0')) {
        *ret = 0;
        return is_digit(peek(c)) ? -EBADMSG : 0;
    }
    for (; is_digit(peek(c)); c->at++) {
        int digit = peek(c) - '0';
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, digit, &v)) /* towards INT64_MIN */
            return -EBADMSG;
    }
    if (!negative && __builtin_sub_overflow(0, v, &v))
        return -EBADMSG;
    *ret = v;
    return 0;
}

static bool skip_digits(struct cursor *c)
{
    const char *from = c->at;
    while (is_digit(peek(c)))
        c->at++;
    return c->at > from;
}

static int skip_number(struct cursor *c)
{
    take(c, '-');
    if (!take(c, '0') && !skip_digits(c))
        return -EBADMSG;
    if (take(c, '.') && !skip_digits(c))
        return -EBADMSG;
    if (take(c, 'e') || take(c, 'E')) {
        if (!take(c, '+'))
            take(c, '-');
        if (!skip_digits(c))
            return -EBADMSG;
    }
    return 0;
}

/* ---- values that nobody has asked for ---- */

static int skip_scalar(struct cursor *c)
{
    if (peek(c) == '"')
        return take_string(c, NULL);
    if (take_word(c, "true") || take_word(c, "false") || take_word(c, "null"))
        return 0;
    return skip_number(c);
}

/* The name of a member and its colon, inside of an object. */
static int skip_name(struct cursor *c)
{
    skip_blanks(c);
    if (take_string(c, NULL) < 0)
        return -EBADMSG;
    skip_blanks(c);
    return take(c, ':') ? 0 : -EBADMSG;
}

static int skip_value(struct cursor *c, unsigned depth);

/* An object or an array, at its bracket. */
static int skip_nested(struct cursor *c, unsigned depth)
{
    bool object = peek(c) == '{';
    char closing = object ? '}' : ']';
    if (depth == JSON_SCAN_DEPTH)
        return -EBADMSG;
    c->at++;
    skip_blanks(c);
    if (take(c, closing))
        return 0;
    do {
        if ((object && skip_name(c) < 0) || skip_value(c, depth + 1) < 0)
            return -EBADMSG;
        skip_blanks(c);
    } while (take(c, ','));
    return take(c, closing) ? 0 : -EBADMSG;
}

/* `depth` is bounded, and so is the stack. */
static int skip_value(struct cursor *c, unsigned depth)
{
    skip_blanks(c);
    return peek(c) == '{' || peek(c) == '[' ? skip_nested(c, depth) : skip_scalar(c);
}

/* ---- the object ---- */

static int take_boolean(struct cursor *c, bool *ret)
{
    *ret = take_word(c, "true");
    return *ret || take_word(c, "false") ? 0 : -EBADMSG;
}

static int take_field(struct cursor *c, struct json_field *f)
{
    if (f->present)
        return -EBADMSG;
    f->present = true;
    switch (f->kind) {
    case JSON_KIND_STRING:
        return take_string(c, f);
    case JSON_KIND_INTEGER:
        return take_integer(c, &f->integer);
    case JSON_KIND_BOOLEAN:
        return take_boolean(c, &f->boolean);
    }
    return -EBADMSG;
}

static struct json_field *find(struct json_field *fields, size_t count, const char *name, size_t n)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(fields[i].name) == n && memcmp(fields[i].name, name, n) == 0)
            return &fields[i];
    }
    return NULL;
}

#define NAME_MAX_BYTES 64u /* longer than any name that is asked for */

static int take_member(struct cursor *c, struct json_field *fields, size_t count)
{
    char text[NAME_MAX_BYTES];
    struct json_field name = {.data = text, .cap = sizeof(text)};
    skip_blanks(c);
    if (take_string(c, &name) < 0)
        return -EBADMSG;
    skip_blanks(c);
    if (!take(c, ':'))
        return -EBADMSG;
    skip_blanks(c);
    struct json_field *f = name.cut ? NULL : find(fields, count, text, name.len);
    return f ? take_field(c, f) : skip_value(c, 1);
}

static int take_members(struct cursor *c, struct json_field *fields, size_t count)
{
    skip_blanks(c);
    if (take(c, '}'))
        return 0;
    do {
        if (take_member(c, fields, count) < 0)
            return -EBADMSG;
        skip_blanks(c);
    } while (take(c, ','));
    return take(c, '}') ? 0 : -EBADMSG;
}

int json_scan(const char *line, size_t n, struct json_field *fields, size_t count)
{
    struct cursor c = {.at = line, .end = line + n};
    for (size_t i = 0; i < count; i++) {
        fields[i].present = fields[i].cut = false;
        fields[i].len = 0;
    }
    if (!text_is_utf8(line, n))
        return -EBADMSG;
    skip_blanks(&c);
    if (!take(&c, '{') || take_members(&c, fields, count) < 0)
        return -EBADMSG;
    skip_blanks(&c);
    return c.at == c.end ? 0 : -EBADMSG;
}
