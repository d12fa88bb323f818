/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that is being talked to: libmprapi's handle, and the ssh that carries it where the name asks for one.
 */
#ifndef OPENRRAS_RASADMIN_SERVER_H
#define OPENRRAS_RASADMIN_SERVER_H

#include <mprapi.h>

#include "rasadmin/rasadmin.h"

struct server;

/* Open app->server_name. EXIT_DONE, or an exit code after the sentence has been printed. The server is freed with
 * server_close(). */
int server_open(struct app *app, struct server **ret);
/* Ends ssh, too. NULL is fine. */
void server_close(struct server *s);

MPR_SERVER_HANDLE server_handle(const struct server *s);
/* Can the library connect again when the connection is lost? Not over ssh. */
bool server_may_return(const struct server *s);

#endif
