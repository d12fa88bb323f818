/* SPDX-License-Identifier: Apache-2.0 */
/* Servers and their tunnels, for the tests of the functions that get and set them. */
#ifndef OPENRRAS_TESTS_SERVER_SAMPLE_H
#define OPENRRAS_TESTS_SERVER_SAMPLE_H

#include <stddef.h>

#include <mprapi.h>

#include "tests/dimsvc/server_ex_sample.h"

#define SAMPLE_REVISIONS 6u /* 1 to 5 */

/* sizeof MPR_SERVER_EX and MPR_SERVER_SET_CONFIG_EX in that revision. */
extern const size_t sample_server_sizes[SAMPLE_REVISIONS];
extern const size_t sample_set_sizes[SAMPLE_REVISIONS];

/* A structure with this header, the rest garbage, in memory of its own size, so that a sanitizer sees every step beyond
 * it. To be freed. */
void *sample_structure(UCHAR revision, UCHAR type, size_t size);

#endif
