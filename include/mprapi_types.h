/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structures, enumerations and constants of the RAS administration functions. Included by mprapi.h. One file each:
 *
 *     mprapi_base.h        handles, lengths of texts, MPRAPI_OBJECT_HEADER, the version of Windows that is meant
 *     mprapi_sessions.h    ports and connections
 *     mprapi_ppp.h         what a session has negotiated, over PPP or IKEv2
 *     mprapi_server.h      servers
 *     mprapi_tunnels.h     the configuration of tunnels, in all its revisions
 *     mprapi_users.h       users
 *     mprapi_interfaces.h  router interfaces, devices, credentials, transports, filters
 *     mprapi_custominfo.h  IKEv2 of router interfaces
 *     mprapi_admindll.h    functions that a plug-in of the server has
 *
 * Every structure has the layout that it has on 64-bit Windows: natural alignment, no packing. Strings are UTF-16, sit
 * in arrays of fixed length and always end with a NUL; a text that does not fit was cut by the server on a whole
 * character. Addresses are text, "192.0.2.7". Durations are seconds. Times are FILETIME, UTC.
 *
 * Traffic is seen from the server: "Xmited" is what went to the client, "Rcved" what came from it. Counters of 32 bits
 * wrap at 2^32; so do the 64-bit ones of RAS_CONNECTION_4, which are carried by the protocol as 32 bits.
 */
#ifndef OPENRRAS_MPRAPI_TYPES_H
#define OPENRRAS_MPRAPI_TYPES_H

#include "mprapi_base.h"
#include "mprapi_ppp.h"
#include "mprapi_sessions.h"
#include "mprapi_tunnels.h"
#include "mprapi_server.h"
#include "mprapi_users.h"
#include "mprapi_interfaces.h"
#include "mprapi_custominfo.h"
#include "mprapi_admindll.h"

#endif
