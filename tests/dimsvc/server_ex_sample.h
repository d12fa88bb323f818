/* SPDX-License-Identifier: Apache-2.0 */
/* A server and its tunnels as they travel (opnums 44 and 47), for tests. */
#ifndef OPENRRAS_TESTS_SERVER_EX_SAMPLE_H
#define OPENRRAS_TESTS_SERVER_EX_SAMPLE_H

#include "dimsvc/server_ex.h"

struct dim_octets sample_octets(const char *s);

/* Revision 1 to 3: every field with a number of its own, every pointer in use. */
void sample_server(struct dim_server_ex *s, uint8_t revision);

#endif
