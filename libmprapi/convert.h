/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as they travel, and as mprapi.h declares them. They differ in the width of handles (4 bytes on the wire, a
 * pointer here) and so in offsets, in two counters, and in the IPX address, which comes in two lengths
 * (dimsvc/layout.h).
 */
#ifndef OPENRRAS_LIBMPRAPI_CONVERT_H
#define OPENRRAS_LIBMPRAPI_CONVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wintypes.h>

#include "dimsvc/layout.h"

/* The largest record on the wire. */
#define CONVERT_WIRE_MAX DIM_CONN4_SIZE

struct field;

struct record {
    size_t wire_size;
    size_t api_size;
    const struct field *fields;
    size_t n_fields;
};

/* What an information level looks like: one record, or two when the server may use either. */
struct level {
    const struct record *records[2]; /* [1] may be NULL */
};

/* The record of a level, or NULL for a level that does not exist. */
const struct level *convert_server_level(DWORD level);     /* 0, 1, 2 */
const struct level *convert_port_level(DWORD level);       /* 0, 1 */
const struct level *convert_connection_level(DWORD level); /* 0 to 4 */

const struct level *convert_device_level(DWORD level); /* 0 */
/* RAS_CONNECTION_EX: as its arm travels, with either projection. */
const struct record *convert_connection_ex(bool ikev2);

/* One record: wire_size bytes become api_size bytes, all of which are written. Texts end with a NUL whatever the server
 * sent. */
void convert_record(const struct record *r, const uint8_t *wire, uint8_t *api);

/* A wire handle as a HANDLE: 0xffffffff is INVALID_HANDLE_VALUE. */
HANDLE convert_handle(uint32_t wire);

/*
 * A HANDLE as it travels. False when it can't be a number of the server: its high half must be 0, or all ones (that is
 * INVALID_HANDLE_VALUE, and handles that a 32-bit language has widened with their sign).
 */
bool convert_handle_to_wire(HANDLE h, uint32_t *ret);
/* The number of a port or a connection: neither 0 nor INVALID_HANDLE_VALUE either. */
bool convert_object_to_wire(HANDLE h, uint32_t *ret);

#endif
