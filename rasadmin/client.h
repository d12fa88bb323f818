/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rasadmin asks of a server, through libmprapi, in the words of model.h. Results are Win32 codes; outputs are
 * untouched unless the code is 0. What a server sends is not trusted: any value may come in any member.
 */
#ifndef OPENRRAS_RASADMIN_CLIENT_H
#define OPENRRAS_RASADMIN_CLIENT_H

#include <mprapi.h>

#include "rasadmin/model.h"

struct server_status {
    bool lan_only;
    uint32_t up_seconds, ports, ports_in_use;
    bool has_connections; /* not in LAN-only mode */
    uint32_t connections;
};
uint32_t client_status(MPR_SERVER_HANDLE server, struct server_status *ret);

/*
 * All ports and connections, joined. The ports are read first: so every connection that a port names and that still
 * lives is in the list that is read second, and one that is not there is gone. (On a server that gives connection
 * handles out again, the two lists could be joined wrongly; ours never does, and Windows counts up as well.)
 */
uint32_t client_listing(MPR_SERVER_HANDLE server, struct listing *ret);
/* The same, with what the server's own interface tells of each session, where it has one. */
uint32_t client_listing_full(MPR_SERVER_HANDLE server, struct listing *ret);

/* One port as it is now; `handle` may be of an earlier session, p->handle is the current one. Strings go to the arena.
 */
uint32_t client_port(MPR_SERVER_HANDLE server, uint32_t handle, struct arena *arena, struct port *ret);
uint32_t client_port_details(MPR_SERVER_HANDLE server, uint32_t handle, struct port_details *ret);

/* What the server's own interface can do: OPENRRAS_FEATURE_*; 0 when it has none. */
uint32_t client_features(MPR_SERVER_HANDLE server, uint32_t *ret);

uint32_t client_port_disconnect(MPR_SERVER_HANDLE server, uint32_t handle);
uint32_t client_port_clear(MPR_SERVER_HANDLE server, uint32_t handle); /* no such port: 601 */
uint32_t client_port_reset(MPR_SERVER_HANDLE server, uint32_t handle);
uint32_t client_connection_clear(MPR_SERVER_HANDLE server, uint32_t handle); /* no such connection: 906 */

#endif
