/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from strangers: user names, addresses, reasons, daemon's words. Whoever shows such text passes it through here
 * first.
 */
#ifndef OPENRRAS_COMMON_TEXT_H
#define OPENRRAS_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

/* Is it well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF)? */
bool text_is_utf8(const char *s, size_t n);

/*
 * Make text safe to show on a terminal, in a log line or a table: control characters (C0, DEL, C1), Unicode line
 * separators and direction overrides become \xNN or \u{NNNN}, bytes that are not UTF-8 become \xNN, a backslash becomes
 * \\. At most cap - 1 bytes and a NUL are written, cut on a whole character or escape. Returns dst.
 */
char *text_escape(char *dst, size_t cap, const char *s, size_t n);
char *text_escape_z(char *dst, size_t cap, const char *s); /* up to its NUL; NULL is "" */
/* Would these bytes, which begin with a backslash, be taken for one of those escapes where they are shown as they are?
 */
bool text_reads_as_escape(const char *s, size_t n);

/* How many UTF-16 units well-formed UTF-8 of n bytes has. */
size_t text_utf16_units(const char *s, size_t n);
/* UTF-8 to UTF-16 units in a field of `units` (with its NUL): cut on a whole character, the rest filled with zeros.
 * Bytes that are not UTF-8 become U+FFFD. Returns the number of units before the NUL. */
size_t text_to_utf16(char16_t *dst, size_t units, const char *s);
/* The same for a field that is all zeros already: the rest is left alone. */
size_t text_put_utf16(char16_t *dst, size_t units, const char *s);
/* UTF-16 (up to NUL or `units`) to UTF-8 and NUL, cut on a whole character; lone surrogates become U+FFFD. Returns
 * bytes. */
size_t text_from_utf16(char *dst, size_t cap, const char16_t *s, size_t units);

/* "500ms", "2s", "10m", "1h", "2d", or a plain number of seconds. 0, -EINVAL, -ERANGE; *ret_ms untouched on failure. */
int text_parse_duration(const char *s, uint64_t *ret_ms);

/* RFC 3339, UTC, to the second: "2026-11-25T12:00:00Z". */
#define TEXT_TIME_MAX 32u
char *text_time(char dst[static TEXT_TIME_MAX], int64_t seconds);

#endif
