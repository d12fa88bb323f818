/* SPDX-License-Identifier: Apache-2.0 */
/* The router's words in MS-RRASM's: pure functions. Strings in the results are those of the views. */
#ifndef OPENRRAS_RRASD_PRESENT_H
#define OPENRRAS_RRASD_PRESENT_H

#include <stdbool.h>
#include <stdint.h>

#include "dimsvc/dimsvc.h"
#include "router/router.h"

/* RASDEVICETYPE (MS-RRASM 2.2.1.2.x, ras.h). */
#define DEVICE_MODEM        0u
#define DEVICE_ISDN         2u
#define DEVICE_SERIAL       3u
#define DEVICE_TUNNEL_PPTP  8u
#define DEVICE_TUNNEL_L2TP  9u
#define DEVICE_OTHER        12u
#define DEVICE_PPPOE        13u
#define DEVICE_TUNNEL_SSTP  14u
#define DEVICE_TUNNEL_IKEV2 15u

/* RAS_FLAGS_* */
#define CONNECTION_FLAG_PPP        0x01u
#define CONNECTION_FLAG_MESSENGER  0x02u /* the user can be shown messages */
#define CONNECTION_FLAG_QUARANTINE 0x08u
#define CONNECTION_FLAG_IKEV2      0x10u

#define QUARANTINE_STATE           1u /* RAS_QUAR_STATE_QUARANTINE */

struct device_kind {
    const char *type;       /* as drivers say it: "l2tp" */
    const char *shown_type; /* device type string of MS-RRASM: "Vpn" */
    uint32_t number;        /* RASDEVICETYPE */
    uint32_t flags;         /* RAS_FLAGS_* of its connections */
};
/* Never NULL: what is not known is a tunnel of its own kind. */
const struct device_kind *present_device(const char *type);

void present_port(const struct router_port_view *view, bool want_stats, struct dim_port *ret);
void present_connection(const struct router_connection_view *view, struct dim_connection *ret);
/* Win32 code of a result of router_port_disconnect() or router_done. */
uint32_t present_result(int result);
/* A worker has written to, or read from, what rrasd keeps. -EBUSY: too much waits for that. */
uint32_t present_store_result(int r);

#endif
