/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes one JSON object as one line into the caller's memory, without allocating: the messages of the driver protocol
 * and the lines of the audit log. The first thing that goes wrong (no room, text that is not UTF-8) is remembered and
 * everything after it ignored, so a caller checks once, at json_line_end().
 */
#ifndef OPENRRAS_COMMON_JSON_LINE_H
#define OPENRRAS_COMMON_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_line {
    char *data;
    size_t cap, len;
    bool comma; /* the next member follows another one */
    int error;  /* 0, -EMSGSIZE or -EILSEQ */
};

/* Members go to `data`, at most `cap` bytes with the LF. There is no NUL at the end. */
void json_line_begin(struct json_line *w, char *data, size_t cap);

/* Names are ours: plain ASCII without quotes. A NULL value leaves the member out. */
void json_line_string(struct json_line *w, const char *name, const char *value);
/* Text from strangers for a file that a terminal may show: all that is not plain ASCII as \uXXXX, bytes that are not
 * UTF-8 as \ufffd, and cut after JSON_LINE_TEXT_MAX units. Never an error, but for want of room. */
#define JSON_LINE_TEXT_MAX 2304u /* more than the longest text that the router keeps, escaped */
void json_line_text(struct json_line *w, const char *name, const char *value);
/* The bytes as lower case hexadecimal digits. */
void json_line_hex(struct json_line *w, const char *name, const void *bytes, size_t n);
void json_line_uint(struct json_line *w, const char *name, uint64_t value);
void json_line_int(struct json_line *w, const char *name, int64_t value);
void json_line_bool(struct json_line *w, const char *name, bool value);

/* An object, or an array of strings, as a member. Inside an array members are written with json_line_item(). */
void json_line_open(struct json_line *w, const char *name);
void json_line_close(struct json_line *w);
void json_line_open_array(struct json_line *w, const char *name);
void json_line_item(struct json_line *w, const char *value);
void json_line_close_array(struct json_line *w);

/* Closes the object and adds LF. 0 and the number of bytes in *ret_len, or what went wrong: -EMSGSIZE, -EILSEQ. */
int json_line_end(struct json_line *w, size_t *ret_len);

#endif
