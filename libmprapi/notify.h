/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPENRRAS_LIBMPRAPI_NOTIFY_H
#define OPENRRAS_LIBMPRAPI_NOTIFY_H

#include "libmprapi/pool.h"

/* The server's handle is closed: ends the registrations of all events with it. After pool_close(). */
void notify_forget_server(struct pool *p);

#endif
