/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that several of the public functions share. */
#ifndef OPENRRAS_LIBMPRAPI_SERVER_H
#define OPENRRAS_LIBMPRAPI_SERVER_H

#include <mprapi.h>

#include "libmprapi/call.h"

/* The limits that new handles get. */
struct pool_limits server_default_limits(void);

DWORD server_get_info(struct pool *p, DWORD level, LPBYTE *ret);

/* Sets a list's counts to 0. False when one of them is NULL. */
bool server_clear_counts(LPDWORD read, LPDWORD total);
/* Sets a list's outputs to nothing. False when one that must be there is NULL. `resume` stays as it is. */
bool server_clear_list(LPBYTE *buffer, LPDWORD read, LPDWORD total);

/* Does the call and hands its outputs to the caller. */
DWORD server_list(struct pool *p, const struct request *q, const struct level *level, LPBYTE *buffer, LPDWORD read,
                  LPDWORD total, LPDWORD resume);

#endif
