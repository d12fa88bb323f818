/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part of mprapi.h: servers, what MprAdminServerGetInfo(), MprAdminServerSetInfo() and the same with Ex take and give.
 */
#ifndef OPENRRAS_MPRAPI_SERVER_H
#define OPENRRAS_MPRAPI_SERVER_H

#include "mprapi_base.h"
#include "mprapi_tunnels.h"

/* A server, level 0. */
typedef struct _MPR_SERVER_0 {
    BOOL fLanOnlyMode; /* TRUE: it routes between LANs only, and calls about ports give ERROR_DDM_NOT_RUNNING */
    DWORD dwUpTime;    /* seconds since the service has started */
    DWORD dwTotalPorts;
    DWORD dwPortsInUse;
} MPR_SERVER_0, *PMPR_SERVER_0;

/* dwXxxPortFlags, dwPortFlags: what the ports may be used for, both or neither too */
#define MPR_ENABLE_RAS_ON_DEVICE     0x00000001 /* users who dial or tunnel in; SSTP and IKEv2 can do only this */
#define MPR_ENABLE_ROUTING_ON_DEVICE 0x00000002 /* other routers */

/*
 * A server, level 1: configured ports by tunnel protocol. When setting: PPTP 1 to 16384, others 1 to 30000, and no more
 * than rrasd's max_ports; it is the most that all devices of that protocol together may have, and ends no session
 * (rrasd(8)). Got is what was set; of a protocol for which nothing was, how many ports there are, which may be 0. So
 * who wants to change one protocol uses MprAdminServerSetInfoEx() rather than to set what was got.
 */
typedef struct _MPR_SERVER_1 {
    DWORD dwNumPptpPorts;
    DWORD dwPptpPortFlags;
    DWORD dwNumL2tpPorts;
    DWORD dwL2tpPortFlags;
} MPR_SERVER_1, *PMPR_SERVER_1;

/* A server, level 2. */
typedef struct _MPR_SERVER_2 {
    DWORD dwNumPptpPorts;
    DWORD dwPptpPortFlags;
    DWORD dwNumL2tpPorts;
    DWORD dwL2tpPortFlags;
    DWORD dwNumSstpPorts;
    DWORD dwSstpPortFlags;
} MPR_SERVER_2, *PMPR_SERVER_2;

/*
 * A server, for MprAdminServerGetInfoEx(). Revisions and names: mprapi_tunnels.h. Header: revision
 * MPRAPI_MPR_SERVER_OBJECT_REVISION_*, type MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT.
 */
typedef struct _MPR_SERVER_EX_REV1 {
    MPRAPI_OBJECT_HEADER Header;
    DWORD fLanOnlyMode; /* as in MPR_SERVER_0, but a DWORD */
    DWORD dwUpTime;
    DWORD dwTotalPorts;
    DWORD dwPortsInUse;
    DWORD Reserved; /* 0 */
    MPRAPI_TUNNEL_CONFIG_PARAMS_REV1 ConfigParams;
} MPR_SERVER_EX_REV1;

typedef struct _MPR_SERVER_EX_REV2 {
    MPRAPI_OBJECT_HEADER Header;
    DWORD fLanOnlyMode;
    DWORD dwUpTime;
    DWORD dwTotalPorts;
    DWORD dwPortsInUse;
    DWORD Reserved;
    MPRAPI_TUNNEL_CONFIG_PARAMS_REV2 ConfigParams;
} MPR_SERVER_EX_REV2;

/* Revisions 3 and 4. */
typedef struct _MPR_SERVER_EX_REV3 {
    MPRAPI_OBJECT_HEADER Header;
    DWORD fLanOnlyMode;
    DWORD dwUpTime;
    DWORD dwTotalPorts;
    DWORD dwPortsInUse;
    DWORD Reserved;
    MPRAPI_TUNNEL_CONFIG_PARAMS_REV3 ConfigParams;
} MPR_SERVER_EX_REV3;

typedef struct _MPR_SERVER_EX_REV5 {
    MPRAPI_OBJECT_HEADER Header;
    DWORD fLanOnlyMode;
    DWORD dwUpTime;
    DWORD dwTotalPorts;
    DWORD dwPortsInUse;
    DWORD Reserved;
    MPRAPI_TUNNEL_CONFIG_PARAMS_REV5 ConfigParams;
} MPR_SERVER_EX_REV5;

/* setConfigForProtocols: which members of ConfigParams are to be set */
#define MPRAPI_SET_CONFIG_PROTOCOL_FOR_PPTP  0x00000001
#define MPRAPI_SET_CONFIG_PROTOCOL_FOR_L2TP  0x00000002
#define MPRAPI_SET_CONFIG_PROTOCOL_FOR_SSTP  0x00000004
#define MPRAPI_SET_CONFIG_PROTOCOL_FOR_IKEV2 0x00000008
#define MPRAPI_SET_CONFIG_PROTOCOL_FOR_GRE   0x00000010 /* not carried by the protocol */

/*
 * What is to be set, for MprAdminServerSetInfoEx(). Header: revision MPRAPI_MPR_SERVER_SET_CONFIG_OBJECT_REVISION_*,
 * type MPRAPI_OBJECT_TYPE_MPR_SERVER_SET_CONFIG_OBJECT.
 */
typedef struct _MPR_SERVER_SET_CONFIG_EX_REV1 {
    MPRAPI_OBJECT_HEADER Header;
    DWORD setConfigForProtocols;
    MPRAPI_TUNNEL_CONFIG_PARAMS_REV1 ConfigParams;
} MPR_SERVER_SET_CONFIG_EX_REV1;

typedef struct _MPR_SERVER_SET_CONFIG_EX_REV2 {
    MPRAPI_OBJECT_HEADER Header;
    DWORD setConfigForProtocols;
    MPRAPI_TUNNEL_CONFIG_PARAMS_REV2 ConfigParams;
} MPR_SERVER_SET_CONFIG_EX_REV2;

/* Revisions 3 and 4. */
typedef struct _MPR_SERVER_SET_CONFIG_EX_REV3 {
    MPRAPI_OBJECT_HEADER Header;
    DWORD setConfigForProtocols;
    MPRAPI_TUNNEL_CONFIG_PARAMS_REV3 ConfigParams;
} MPR_SERVER_SET_CONFIG_EX_REV3;

typedef struct _MPR_SERVER_SET_CONFIG_EX_REV5 {
    MPRAPI_OBJECT_HEADER Header;
    DWORD setConfigForProtocols;
    MPRAPI_TUNNEL_CONFIG_PARAMS_REV5 ConfigParams;
} MPR_SERVER_SET_CONFIG_EX_REV5;

/* The names of Windows, by the version that the program is for. */
#if OPENRRAS_WINVER >= 0x0603
#define MPR_SERVER_EX0            MPR_SERVER_EX_REV3
#define MPR_SERVER_SET_CONFIG_EX0 MPR_SERVER_SET_CONFIG_EX_REV3
#elif OPENRRAS_WINVER >= 0x0602
#define MPR_SERVER_EX0            MPR_SERVER_EX_REV2
#define MPR_SERVER_SET_CONFIG_EX0 MPR_SERVER_SET_CONFIG_EX_REV2
#else
#define MPR_SERVER_EX0            MPR_SERVER_EX_REV1
#define MPR_SERVER_SET_CONFIG_EX0 MPR_SERVER_SET_CONFIG_EX_REV1
#endif
#define MPR_SERVER_EX1            MPR_SERVER_EX_REV5
#define MPR_SERVER_SET_CONFIG_EX1 MPR_SERVER_SET_CONFIG_EX_REV5

#if OPENRRAS_WINVER >= 0x0A00
#define MPR_SERVER_EX            MPR_SERVER_EX1
#define MPR_SERVER_SET_CONFIG_EX MPR_SERVER_SET_CONFIG_EX1
#else
#define MPR_SERVER_EX            MPR_SERVER_EX0
#define MPR_SERVER_SET_CONFIG_EX MPR_SERVER_SET_CONFIG_EX0
#endif

typedef MPR_SERVER_EX0 *PMPR_SERVER_EX0;
typedef MPR_SERVER_EX1 *PMPR_SERVER_EX1;
typedef MPR_SERVER_EX *PMPR_SERVER_EX;
typedef MPR_SERVER_SET_CONFIG_EX0 *PMPR_SERVER_SET_CONFIG_EX0;
typedef MPR_SERVER_SET_CONFIG_EX1 *PMPR_SERVER_SET_CONFIG_EX1;
typedef MPR_SERVER_SET_CONFIG_EX *PMPR_SERVER_SET_CONFIG_EX;

#endif
