/* SPDX-License-Identifier: Apache-2.0 */
#include "common/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Decode one character of at most n bytes. Its length, or 0 when the bytes there are not UTF-8. */
static size_t decode(const unsigned char *s, size_t n, uint32_t *cp)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (n == 0)
        return 0;
    if (s[0] < 0x80) {
        *cp = s[0];
        return 1;
    }
    size_t len = s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
    if (len == 0 || s[0] > 0xf4 || len > n)
        return 0;
    uint32_t c = s[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *cp = c;
    return len;
}

bool text_is_utf8(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    while (n > 0) {
        uint32_t cp;
        size_t len = decode(p, n, &cp);
        if (len == 0)
            return false;
        p += len;
        n -= len;
    }
    return true;
}

/* Characters that could move the cursor, end the line or reorder what is around them. */
static bool is_unsafe(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || cp == 0x2028 || cp == 0x2029 || (cp >= 0x202a && cp <= 0x202e) ||
           (cp >= 0x2066 && cp <= 0x2069) || cp == 0x200e || cp == 0x200f || cp == 0x061c || cp == 0xfeff;
}

/* The shown form of one character; its length. */
static size_t show(char out[16], const unsigned char *p, size_t len, uint32_t cp)
{
    if (len == 0)
        return (size_t)snprintf(out, 16, "\\x%02x", p[0]);
    if (cp == '\\')
        return (size_t)snprintf(out, 16, "\\\\");
    if (is_unsafe(cp))
        return (size_t)snprintf(out, 16, cp < 0x100 ? "\\x%02x" : "\\u{%04x}", (unsigned)cp);
    memcpy(out, p, len);
    return len;
}

char *text_escape(char *dst, size_t cap, const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t at = 0;
    if (cap == 0)
        return dst;
    while (n > 0) {
        uint32_t cp = 0;
        char out[16];
        size_t len = decode(p, n, &cp);
        size_t shown = show(out, p, len, cp);
        if (shown > cap - 1 - at)
            break;
        memcpy(dst + at, out, shown);
        at += shown;
        p += len ? len : 1;
        n -= len ? len : 1;
    }
    dst[at] = '\0';
    return dst;
}

char *text_escape_z(char *dst, size_t cap, const char *s)
{
    return text_escape(dst, cap, s ? s : "", s ? strlen(s) : 0);
}

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool text_reads_as_escape(const char *s, size_t n)
{
    if (n < 2 || s[0] != '\\')
        return false;
    return s[1] == '\\' || (n >= 3 && s[1] == 'u' && s[2] == '{') ||
           (n >= 4 && s[1] == 'x' && is_hex_digit(s[2]) && is_hex_digit(s[3]));
}

/* From dst[at] on, of a field with `units`. Returns where the NUL belongs. */
static size_t put_characters(char16_t *dst, size_t at, size_t units, const unsigned char *p)
{
    size_t n = strlen((const char *)p);
    while (n > 0) {
        uint32_t cp = 0;
        size_t len = decode(p, n, &cp);
        if (len == 0) {
            cp = 0xfffd;
            len = 1;
        }
        size_t need = cp > 0xffff ? 2 : 1;
        if (need > units - 1 - at)
            break;
        if (need == 2) {
            dst[at++] = (char16_t)(0xd800 + ((cp - 0x10000) >> 10));
            dst[at++] = (char16_t)(0xdc00 + ((cp - 0x10000) & 0x3ff));
        } else {
            dst[at++] = (char16_t)cp;
        }
        p += len;
        n -= len;
    }
    return at;
}

size_t text_utf16_units(const char *s, size_t n)
{
    size_t units = 0;
    for (const unsigned char *p = (const unsigned char *)s; n > 0; p++, n--)
        units += *p >= 0xf0 ? 2u : (*p & 0xc0) != 0x80 ? 1u : 0u;
    return units;
}

size_t text_put_utf16(char16_t *dst, size_t units, const char *s)
{
    const unsigned char *p = (const unsigned char *)(s ? s : "");
    size_t at = 0;
    if (units == 0)
        return 0;
    /* Nearly all text is ASCII: this loop is what listing 100,000 ports spends its time in. */
    while (at < units - 1 && p[at] - 1u < 0x7fu) {
        dst[at] = p[at];
        at++;
    }
    return p[at] ? put_characters(dst, at, units, p + at) : at;
}

size_t text_to_utf16(char16_t *dst, size_t units, const char *s)
{
    size_t at = text_put_utf16(dst, units, s);
    if (units > 0)
        memset(dst + at, 0, (units - at) * sizeof *dst);
    return at;
}

static size_t encode(char out[4], uint32_t cp)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xc0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xe0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        out[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    out[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

size_t text_from_utf16(char *dst, size_t cap, const char16_t *s, size_t units)
{
    size_t at = 0;
    if (cap == 0)
        return 0;
    for (size_t i = 0; i < units && s[i]; i++) {
        uint32_t cp = s[i];
        if (cp >= 0xd800 && cp <= 0xdbff && i + 1 < units && s[i + 1] >= 0xdc00 && s[i + 1] <= 0xdfff) {
            cp = 0x10000 + ((cp - 0xd800) << 10) + (s[i + 1] - 0xdc00u);
            i++;
        } else if (cp >= 0xd800 && cp <= 0xdfff) {
            cp = 0xfffd;
        }
        char out[4];
        size_t len = encode(out, cp);
        if (len > cap - 1 - at)
            break;
        memcpy(dst + at, out, len);
        at += len;
    }
    dst[at] = '\0';
    return at;
}

int text_parse_duration(const char *s, uint64_t *ret_ms)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    char *end;
    if (!s || s[0] < '0' || s[0] > '9')
        return -EINVAL;
    errno = 0;
    unsigned long long v = strtoull(s, &end, 10);
    if (errno == ERANGE)
        return -ERANGE;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].unit) != 0)
            continue;
        if (v > UINT64_MAX / units[i].ms)
            return -ERANGE;
        *ret_ms = v * units[i].ms;
        return 0;
    }
    return -EINVAL;
}

char *text_time(char dst[static TEXT_TIME_MAX], int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;
    if (!gmtime_r(&t, &tm) || strftime(dst, TEXT_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        memcpy(dst, "-", 2);
    return dst;
}
