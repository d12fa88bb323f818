/* SPDX-License-Identifier: Apache-2.0 */
/* Handles of servers (handle_table.h). Any thread may call any of these. */
#ifndef OPENRRAS_LIBMPRAPI_HANDLE_H
#define OPENRRAS_LIBMPRAPI_HANDLE_H

#include <mprapi.h>

#include "libmprapi/pool.h"

/* A handle for p, whose reference goes to the table. 0 or -ENOMEM; p is the caller's then. */
int handle_add(struct pool *p, MPR_SERVER_HANDLE *ret);

/* The server of a handle, with a reference for the caller, or NULL. */
struct pool *handle_get(MPR_SERVER_HANDLE h);

/* Forgets the handle and gives the table's reference to the caller, or NULL. */
struct pool *handle_remove(MPR_SERVER_HANDLE h);

#endif
