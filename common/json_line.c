/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json_line.h"

#include <errno.h>
#include <string.h>

#include "common/text.h"

static const char digits[] = "0123456789abcdef";

static void put(struct json_line *w, const char *s, size_t n)
{
    if (w->error != 0)
        return;
    if (n > w->cap - w->len) {
        w->error = -EMSGSIZE;
        return;
    }
    memcpy(w->data + w->len, s, n);
    w->len += n;
}

static void put_char(struct json_line *w, char c)
{
    put(w, &c, 1);
}

/* Everything that JSON does not allow in a string as it is: quotes, backslashes, control characters. */
static void put_escape(struct json_line *w, unsigned char c)
{
    if (c == '"' || c == '\\') {
        const char two[2] = {'\\', (char)c};
        put(w, two, sizeof(two));
    } else {
        const char six[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
        put(w, six, sizeof(six));
    }
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

static void put_quoted(struct json_line *w, const char *s)
{
    size_t n = strlen(s), run = 0;
    if (!text_is_utf8(s, n)) {
        if (w->error == 0)
            w->error = -EILSEQ;
        return;
    }
    put_char(w, '"');
    for (size_t i = 0; i < n; i++) {
        if (is_plain((unsigned char)s[i]))
            continue;
        put(w, s + run, i - run);
        put_escape(w, (unsigned char)s[i]);
        run = i + 1;
    }
    put(w, s + run, n - run);
    put_char(w, '"');
}

static void put_name(struct json_line *w, const char *name)
{
    if (w->comma)
        put_char(w, ',');
    w->comma = true;
    put_char(w, '"');
    put(w, name, strlen(name));
    put(w, "\":", 2);
}

void json_line_begin(struct json_line *w, char *data, size_t cap)
{
    *w = (struct json_line){.data = data, .cap = cap};
    put_char(w, '{');
}

void json_line_string(struct json_line *w, const char *name, const char *value)
{
    if (!value)
        return;
    put_name(w, name);
    put_quoted(w, value);
}

static void put_unit(struct json_line *w, char16_t u)
{
    const char six[6] = {'\\', 'u', digits[u >> 12], digits[u >> 8 & 15], digits[u >> 4 & 15], digits[u & 15]};
    if (u < 0x7f && is_plain((unsigned char)u))
        put_char(w, (char)u);
    else if (u < 0x7f)
        put_escape(w, (unsigned char)u);
    else
        put(w, six, sizeof(six));
}

/* What needs no escape, which is nearly all text, goes as it is. Returns how many bytes that was. */
static size_t put_plain(struct json_line *w, const char *s)
{
    size_t n = 0;
    while (n < JSON_LINE_TEXT_MAX && (unsigned char)s[n] < 0x7f && is_plain((unsigned char)s[n]))
        n++;
    put(w, s, n);
    return n;
}

static void put_the_rest(struct json_line *w, const char *s, size_t left)
{
    char16_t units[JSON_LINE_TEXT_MAX + 1];
    size_t n = text_to_utf16(units, strnlen(s, left) + 1, s); /* a byte never makes more than one unit */
    for (size_t i = 0; i < n; i++)
        put_unit(w, units[i]);
}

void json_line_text(struct json_line *w, const char *name, const char *value)
{
    if (!value)
        return;
    put_name(w, name);
    put_char(w, '"');
    size_t n = put_plain(w, value);
    if (value[n])
        put_the_rest(w, value + n, JSON_LINE_TEXT_MAX - n);
    put_char(w, '"');
}

void json_line_hex(struct json_line *w, const char *name, const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    put_name(w, name);
    put_char(w, '"');
    for (size_t i = 0; i < n; i++) {
        const char two[2] = {digits[b[i] >> 4], digits[b[i] & 15]};
        put(w, two, sizeof(two));
    }
    put_char(w, '"');
}

static void put_digits(struct json_line *w, uint64_t value)
{
    char text[20]; /* 2^64 - 1 has 20 digits */
    size_t at = sizeof(text);
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    put(w, text + at, sizeof(text) - at);
}

void json_line_uint(struct json_line *w, const char *name, uint64_t value)
{
    put_name(w, name);
    put_digits(w, value);
}

void json_line_int(struct json_line *w, const char *name, int64_t value)
{
    put_name(w, name);
    if (value < 0)
        put_char(w, '-');
    put_digits(w, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void json_line_bool(struct json_line *w, const char *name, bool value)
{
    put_name(w, name);
    put(w, value ? "true" : "false", value ? 4 : 5);
}

static void put_open(struct json_line *w, const char *name, char bracket)
{
    put_name(w, name);
    put_char(w, bracket);
    w->comma = false;
}

static void put_close(struct json_line *w, char bracket)
{
    put_char(w, bracket);
    w->comma = true;
}

void json_line_open(struct json_line *w, const char *name)
{
    put_open(w, name, '{');
}

void json_line_close(struct json_line *w)
{
    put_close(w, '}');
}

void json_line_open_array(struct json_line *w, const char *name)
{
    put_open(w, name, '[');
}

void json_line_item(struct json_line *w, const char *value)
{
    if (w->comma)
        put_char(w, ',');
    w->comma = true;
    put_quoted(w, value);
}

void json_line_close_array(struct json_line *w)
{
    put_close(w, ']');
}

int json_line_end(struct json_line *w, size_t *ret_len)
{
    put(w, "}\n", 2);
    if (w->error != 0)
        return w->error;
    *ret_len = w->len;
    return 0;
}
