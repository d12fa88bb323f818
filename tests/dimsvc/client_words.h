/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's half of each operation in words, for tests that are data:
 *
 *   server_get L | connection_enum L P [R] | port_enum L C P [R] | get_info L H | handle H | device_enum L |
 *   quarantine C F | server_set L HEX | server_get_ex R | server_set_ex R [every] | connection_enum_ex P [R] |
 *   connection_get_ex C | update_connection C I ADDRESS | user_message C TEXT | credentials_get L I |
 *   credentials_set L I KEY
 */
#ifndef OPENRRAS_TESTS_DIMSVC_CLIENT_WORDS_H
#define OPENRRAS_TESTS_DIMSVC_CLIENT_WORDS_H

#include "support.h"

#define CLIENT_REQUEST_MAX 16384u

/* The stub that the client makes; its length. */
size_t client_request(const char *words, uint8_t buf[static CLIENT_REQUEST_MAX]);

/* What the client has read in an answer. */
struct reading {
    uint32_t error; /* 0, or the Win32 code with which it refuses the answer; nothing else is good then */
    uint32_t code;  /* the operation's */
    uint32_t read, total, resume;
    uint8_t *records; /* as they came, one behind the other: the container's bytes, or the arms of opnums 45, 46 */
    size_t n;
};
/* Does the client have this operation at all? */
bool client_has(uint16_t opnum);
/* An answer to this request, or (request.n == 0) to one with a resume pointer. The answer comes in pieces. */
struct reading client_read(uint16_t opnum, struct bytes request, const uint8_t *stub, size_t n, size_t piece);
void reading_free(struct reading *r);

#endif
