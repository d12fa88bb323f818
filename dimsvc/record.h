/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what the backend tells to records as they travel (layout.h).
 *
 * `dst` has room for the record and stands at an even address, since it is filled with UTF-16 units. Every byte of the
 * record is written: nothing of what was in the buffer before leaves this machine.
 */
#ifndef OPENRRAS_DIMSVC_RECORD_H
#define OPENRRAS_DIMSVC_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dimsvc/dimsvc.h"
#include "dimsvc/layout.h"

/* The largest record of all: RAS_CONNECTION_4_IDL. */
#define DIM_RECORD_MAX DIM_CONN4_SIZE

void dim_pack_port0(uint8_t *dst, const struct dim_port *p);
void dim_pack_port1(uint8_t *dst, const struct dim_port *p);

/* Levels 0 to 4 of opnums 1 and 2. Size of a record; 0: no such level. */
size_t dim_connection_size(uint32_t level);
void dim_pack_connection(uint8_t *dst, uint32_t level, const struct dim_connection *c);

/*
 * RAS_CONNECTION_EX_1_IDL, the arm without the union's tag; `dst` stands for a multiple of 8 in the stub. Which
 * projection it has, and so its size, is the caller's choice: a list that is being sent has promised its size before.
 */
size_t dim_connection_ex_size(bool ikev2);
void dim_pack_connection_ex(uint8_t *dst, bool ikev2, const struct dim_connection *c);

/* MPR_SERVER_0 to _2. Size of a record; 0: no such level. */
size_t dim_server_size(uint32_t level);
void dim_pack_server(uint8_t *dst, uint32_t level, const struct dim_server *s);

/* MPR_SERVER_EX_1 to _3 with the union's tag: DIM_SERVEREX_SIZE(revision) bytes, without certificates and policies. */
void dim_pack_server_ex(uint8_t *dst, uint8_t revision, const struct dim_server *s);

void dim_pack_device(uint8_t *dst, const struct dim_device *d);

/* ---- for the files that pack ---- */

/* A field of `units` UTF-16LE units, which is all zeros before. */
void dim_put_text(uint8_t *dst, size_t units, const char *utf8);
/* DIM_STATS_SIZE bytes. */
void dim_put_stats(uint8_t *dst, const struct dim_stats *s);
/* A FILETIME: 8 bytes, the low half first. */
void dim_put_filetime(uint8_t *dst, uint64_t filetime);

#endif
