/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one cursor through which everything that openvpn writes is read: a line, taken field by field. It never reads
 * outside its line, and each step either takes something or fails.
 */
#ifndef OPENRRAS_DRIVERS_OPENVPN_FIELDS_H
#define OPENRRAS_DRIVERS_OPENVPN_FIELDS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Some bytes of a line; not NUL-terminated, may hold anything but CR LF. */
struct slice {
    const char *p;
    size_t n;
};

static inline struct slice slice_of(const char *s)
{
    return (struct slice){s, strlen(s)};
}

static inline bool slice_is(struct slice s, const char *text)
{
    return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Take `text` away from the front, if it is there. */
static inline bool slice_skip(struct slice *s, const char *text)
{
    size_t n = strlen(text);
    if (s->n < n || memcmp(s->p, text, n) != 0) {
        return false;
    }
    s->p += n;
    s->n -= n;
    return true;
}

struct fields {
    struct slice rest;
    char separator;
    bool more; /* another field follows; a line has one field more than separators, so "" has one */
};

static inline struct fields fields_of(struct slice line, char separator)
{
    return (struct fields){line, separator, true};
}

/* The next field. False at the end of the line, *ret is untouched then. */
static inline bool fields_next(struct fields *f, struct slice *ret)
{
    if (!f->more) {
        return false;
    }
    const char *at = f->rest.n ? memchr(f->rest.p, f->separator, f->rest.n) : NULL;
    if (!at) {
        *ret = f->rest;
        f->rest.n = 0;
        f->more = false;
        return true;
    }
    size_t n = (size_t)(at - f->rest.p);
    *ret = (struct slice){f->rest.p, n};
    f->rest.p += n + 1;
    f->rest.n -= n + 1;
    return true;
}

/* Decimal digits and nothing else, at most `max`. 0, -EINVAL (not a number), -ERANGE; *ret untouched on failure. */
static inline int slice_number(struct slice s, uint64_t max, uint64_t *ret)
{
    uint64_t v = 0;
    if (s.n == 0) {
        return -EINVAL;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return -EINVAL;
        }
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (digit > max || v > (max - digit) / 10) {
            return -ERANGE;
        }
        v = v * 10 + digit;
    }
    *ret = v;
    return 0;
}

#endif
