/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MPR_SERVER_EX and MPR_SERVER_SET_CONFIG_EX in every revision, from and to what travels. Inside only the layout of
 * revision 5 is used, which has all members of the others in the same order: a structure of another revision is widened
 * to it, or narrowed from it.
 */
#ifndef OPENRRAS_LIBMPRAPI_TUNNELS_H
#define OPENRRAS_LIBMPRAPI_TUNNELS_H

#include <stdbool.h>
#include <stdint.h>

#include <mprapi.h>

#include "dimsvc/server_ex.h"

/* Is that the head of a structure that we know: revision 1 to 5, and the size that goes with it? */
bool tunnels_is_server(const MPRAPI_OBJECT_HEADER *h);
bool tunnels_is_set_config(const MPRAPI_OBJECT_HEADER *h);
/* The revision that travels for a header's: 4 and 5 have no form of their own. */
uint8_t tunnels_wire_revision(const MPRAPI_OBJECT_HEADER *h);

/*
 * What a server has said, into the caller's structure, whose header is good and stays. Each pointer of the structure
 * becomes a buffer of BUFFER_RECORDS, with everything behind it, or NULL. NO_ERROR, or ERROR_NOT_ENOUGH_MEMORY: then
 * nothing was changed.
 */
uint32_t tunnels_to_server(const struct dim_server_ex *s, void *server);

/*
 * What a caller wants to be set, from its structure, whose header is good. Looks only at what setConfigForProtocols
 * says is there, and leaves the pointers as they are. ERROR_INVALID_PARAMETER: counts without arrays, more than the
 * limits of dimsvc/server_ex.h; ERROR_NOT_SUPPORTED: GRE, which has no place in what travels.
 */
uint32_t tunnels_from_set_config(const void *config, struct dim_server_ex *s);

#endif
