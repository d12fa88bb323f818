/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one JSON object into fields that the caller has named: what rrasd says to a session driver. For use in a signal
 * handler: it allocates nothing, calls nothing but memcpy(3) and the like, and has no state.
 *
 * All bytes go through the one cursor in json_scan.c. Members that are not asked for are skipped, whatever they hold.
 */
#ifndef OPENRRAS_DRIVERS_PPPD_JSON_SCAN_H
#define OPENRRAS_DRIVERS_PPPD_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_SCAN_DEPTH 16u /* the protocol nests no deeper */

enum json_kind {
    JSON_KIND_STRING,
    JSON_KIND_INTEGER,
    JSON_KIND_BOOLEAN,
};

struct json_field {
    const char *name;
    enum json_kind kind;
    bool present;
    bool cut;   /* a string that did not fit: the beginning of it, on a whole character */
    char *data; /* a string goes here, with a NUL behind it; it may have NULs in it as well */
    size_t cap, len;
    int64_t integer;
    bool boolean;
};

/* 0, or -EBADMSG: not a JSON object, nested too deep, not UTF-8, a field of the wrong type or twice, an integer that
 * does not fit. Then the fields hold anything. */
int json_scan(const char *line, size_t n, struct json_field *fields, size_t count);

#endif
