/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A checked writer of one JSON object into a buffer of fixed size: no allocation, so that a line of the audit log can
 * be written when memory is short. All of it is ASCII: everything else becomes \uXXXX, so a terminal that shows the
 * file is safe as well.
 *
 * Sticky like rpc/cursor.h: what does not fit makes the writer bad, asked for once at the end.
 */
#ifndef OPENRRAS_RRASD_JSON_OUT_H
#define OPENRRAS_RRASD_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_out {
    char *buf;
    size_t cap;
    size_t n;
    bool bad;
    bool comma; /* the next member needs one */
};

/* Of a string so many UTF-16 units are written; the rest is cut. More than the longest text that the router keeps,
 * escaped. */
#define JSON_OUT_UNITS_MAX 2304u

struct json_out json_out_begin(char *buf, size_t cap);
/* A nested object; name NULL for the outermost. */
void json_out_open(struct json_out *j, const char *name);
void json_out_close(struct json_out *j);
/* Members. Names are literals of the program. A NULL string is left out. */
void json_out_str(struct json_out *j, const char *name, const char *value);
void json_out_u64(struct json_out *j, const char *name, uint64_t value);
void json_out_i64(struct json_out *j, const char *name, int64_t value);
void json_out_bool(struct json_out *j, const char *name, bool value);
/* LF behind it; the length, or 0 when it did not fit. */
size_t json_out_end(struct json_out *j);

#endif
