/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles of servers. A handle is not a pointer but a slot and the generation of its use, with a mark in its upper
 * bits, and is looked up before anything is touched: what was closed, or never was one, is not found. Any thread may
 * call any of these.
 */
#ifndef OPENRRAS_LIBMPRAPI_HANDLE_H
#define OPENRRAS_LIBMPRAPI_HANDLE_H

#include <mprapi.h>

#include "libmprapi/pool.h"

/* A handle for p, whose reference goes to the table. 0 or -ENOMEM (also when HANDLES_MAX are open); p is the caller's
 * then. */
#define HANDLES_MAX 65535u /* 16 bits of the handle; descriptors run out long before */
int handle_add(struct pool *p, MPR_SERVER_HANDLE *ret);

/* The server of a handle, with a reference for the caller, or NULL. */
struct pool *handle_get(MPR_SERVER_HANDLE h);

/* Forgets the handle and gives the table's reference to the caller, or NULL. */
struct pool *handle_remove(MPR_SERVER_HANDLE h);

#endif
