/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part of mprapi.h: ports and connections, what MprAdminPortEnum(), MprAdminPortGetInfo(), MprAdminConnectionEnum(),
 * MprAdminConnectionGetInfo() and the same with Ex give.
 */
#ifndef OPENRRAS_MPRAPI_SESSIONS_H
#define OPENRRAS_MPRAPI_SESSIONS_H

#include "mprapi_base.h"
#include "mprapi_ppp.h"

/* ---- ports ---- */

/*
 * What a port is doing. AUTHENTICATED: it carries a connection. DISCONNECTED: it is neither in use nor free; this
 * server shows it while a session is being ended, until the session is gone.
 */
typedef enum _RAS_PORT_CONDITION {
    RAS_PORT_NON_OPERATIONAL = 0, /* out of order, or whatever carries its sessions is away */
    RAS_PORT_DISCONNECTED = 1,
    RAS_PORT_CALLING_BACK = 2,   /* the server is calling a client back */
    RAS_PORT_LISTENING = 3,      /* free */
    RAS_PORT_AUTHENTICATING = 4, /* a client is on its way in */
    RAS_PORT_AUTHENTICATED = 5,  /* in use */
    RAS_PORT_INITIALIZING = 6
} RAS_PORT_CONDITION;

typedef enum _RAS_HARDWARE_CONDITION { RAS_HARDWARE_OPERATIONAL = 0, RAS_HARDWARE_FAILURE = 1 } RAS_HARDWARE_CONDITION;

/* A port, level 0: MprAdminPortEnum(), MprAdminPortGetInfo(). */
typedef struct _RAS_PORT_0 {
    HANDLE hPort;       /* names this port, never NULL or INVALID_HANDLE_VALUE */
    HANDLE hConnection; /* the connection that it carries, NULL: none */
    RAS_PORT_CONDITION dwPortCondition;
    DWORD dwTotalNumberOfCalls; /* sessions that this port has served */
    DWORD dwConnectDuration;    /* seconds, 0 when idle */
    WCHAR wszPortName[MAX_PORT_NAME + 1];
    WCHAR wszMediaName[MAX_MEDIA_NAME + 1];
    WCHAR wszDeviceName[MAX_DEVICE_NAME + 1];
    WCHAR wszDeviceType[MAX_DEVICETYPE_NAME + 1]; /* "Vpn", "Modem", "Isdn", ...: compare without regard to case */
} RAS_PORT_0, *PRAS_PORT_0;

/* A port, level 1: MprAdminPortGetInfo(). Counters are of the session that is on the port now. */
typedef struct _RAS_PORT_1 {
    HANDLE hPort;
    HANDLE hConnection;
    RAS_HARDWARE_CONDITION dwHardwareCondition;
    DWORD dwLineSpeed; /* bits per second, 0: not known */
    DWORD dwBytesXmited;
    DWORD dwBytesRcved;
    DWORD dwFramesXmited;
    DWORD dwFramesRcved;
    DWORD dwCrcErr;
    DWORD dwTimeoutErr;
    DWORD dwAlignmentErr;
    DWORD dwHardwareOverrunErr;
    DWORD dwFramingErr;
    DWORD dwBufferOverrunErr;
    DWORD dwCompressionRatioIn;  /* size on the line in percent of the plain size, 100: not compressed */
    DWORD dwCompressionRatioOut; /* the same, towards the client */
} RAS_PORT_1, *PRAS_PORT_1;

/*
 * A port with counters of 64 bits. Windows declares this structure, but no level of any function gives it there, nor
 * does one here: sessions with counters of 64 bits come from openrras.h.
 */
typedef struct _RAS_PORT_2 {
    HANDLE hPort;
    HANDLE hConnection;
    DWORD dwConn_State; /* not described by Windows */
    WCHAR wszPortName[MAX_PORT_NAME + 1];
    WCHAR wszMediaName[MAX_MEDIA_NAME + 1];
    WCHAR wszDeviceName[MAX_DEVICE_NAME + 1];
    WCHAR wszDeviceType[MAX_DEVICETYPE_NAME + 1];
    RAS_HARDWARE_CONDITION dwHardwareCondition;
    DWORD dwLineSpeed; /* bits per second */
    DWORD dwCrcErr;
    DWORD dwSerialOverRunErrs;
    DWORD dwTimeoutErr;
    DWORD dwAlignmentErr;
    DWORD dwHardwareOverrunErr;
    DWORD dwFramingErr;
    DWORD dwBufferOverrunErr;
    DWORD dwCompressionRatioIn; /* as in RAS_PORT_1 */
    DWORD dwCompressionRatioOut;
    DWORD dwTotalErrors; /* sum of the errors above */
    ULONGLONG ullBytesXmited;
    ULONGLONG ullBytesRcved;
    ULONGLONG ullFramesXmited;
    ULONGLONG ullFramesRcved;
    ULONGLONG ullBytesTxUncompressed; /* towards the client, before and after compression */
    ULONGLONG ullBytesTxCompressed;
    ULONGLONG ullBytesRcvUncompressed; /* from the client, after and before expansion */
    ULONGLONG ullBytesRcvCompressed;
} RAS_PORT_2, *PRAS_PORT_2;

/* ---- connections ---- */

/* Kind of interface that a connection uses: CLIENT for every user who dials or tunnels in. */
typedef enum _ROUTER_INTERFACE_TYPE {
    ROUTER_IF_TYPE_CLIENT = 0,
    ROUTER_IF_TYPE_HOME_ROUTER = 1, /* demand-dial, one way */
    ROUTER_IF_TYPE_FULL_ROUTER = 2, /* demand-dial, both ways */
    ROUTER_IF_TYPE_DEDICATED = 3,   /* always up: LAN, leased line */
    ROUTER_IF_TYPE_INTERNAL = 4,
    ROUTER_IF_TYPE_LOOPBACK = 5,
    ROUTER_IF_TYPE_TUNNEL1 = 6,
    ROUTER_IF_TYPE_DIALOUT = 7,
    ROUTER_IF_TYPE_MAX = 8 /* end mark, never seen */
} ROUTER_INTERFACE_TYPE;

/* Quarantine: who is in it reaches a few places only. This server knows the first two. */
typedef enum _RAS_QUARANTINE_STATE {
    RAS_QUAR_STATE_NORMAL = 0,
    RAS_QUAR_STATE_QUARANTINE = 1,
    RAS_QUAR_STATE_PROBATION = 2, /* until the time in the structure */
    RAS_QUAR_STATE_NOT_CAPABLE = 3
} RAS_QUARANTINE_STATE;

/* dwConnectionFlags; none of them may be set */
#define RAS_FLAGS_PPP_CONNECTION     0x00000001 /* the session is PPP */
#define RAS_FLAGS_MESSENGER_PRESENT  0x00000002 /* the user can be sent a message */
#define RAS_FLAGS_RAS_CONNECTION     0x00000004 /* NetBIOS, Windows 2000 and before */
#define RAS_FLAGS_QUARANTINE_PRESENT 0x00000008
#define RAS_FLAGS_IKEV2_CONNECTION   0x00000010 /* the session is IKEv2 ... */
#define RAS_FLAGS_ARAP_CONNECTION    0x00000010 /* ... or, on Windows 2000, AppleTalk remote access */
#define RAS_FLAGS_DORMANT            0x00000020 /* IKEv2: the peer can't be reached at the moment */

/* A connection, level 0. */
typedef struct _RAS_CONNECTION_0 {
    HANDLE hConnection; /* names this connection */
    HANDLE hInterface;  /* NULL: none */
    DWORD dwConnectDuration;
    ROUTER_INTERFACE_TYPE dwInterfaceType;
    DWORD dwConnectionFlags; /* RAS_FLAGS_* */
    WCHAR wszInterfaceName[MAX_INTERFACE_NAME_LEN + 1];
    WCHAR wszUserName[UNLEN + 1];
    WCHAR wszLogonDomain[DNLEN + 1];
    WCHAR wszRemoteComputer[NETBIOS_NAME_LEN + 1];
} RAS_CONNECTION_0, *PRAS_CONNECTION_0;

/* A connection, level 1: what was negotiated, and the counters of all its links together. */
typedef struct _RAS_CONNECTION_1 {
    HANDLE hConnection;
    HANDLE hInterface;
    PPP_INFO PppInfo;
    DWORD dwBytesXmited;
    DWORD dwBytesRcved;
    DWORD dwFramesXmited;
    DWORD dwFramesRcved;
    DWORD dwCrcErr;
    DWORD dwTimeoutErr;
    DWORD dwAlignmentErr;
    DWORD dwHardwareOverrunErr;
    DWORD dwFramingErr;
    DWORD dwBufferOverrunErr;
    DWORD dwCompressionRatioIn;
    DWORD dwCompressionRatioOut;
} RAS_CONNECTION_1, *PRAS_CONNECTION_1;

/* A connection, level 2: its identity. The GUID is good as long as the connection lasts. */
typedef struct _RAS_CONNECTION_2 {
    HANDLE hConnection;
    WCHAR wszUserName[UNLEN + 1];
    ROUTER_INTERFACE_TYPE dwInterfaceType;
    GUID guid;
    PPP_INFO_2 PppInfo2;
} RAS_CONNECTION_2, *PRAS_CONNECTION_2;

/* A connection, level 3: level 2 with IPv6 and quarantine. */
typedef struct _RAS_CONNECTION_3 {
    DWORD dwVersion; /* 1 */
    DWORD dwSize;    /* sizeof(RAS_CONNECTION_3), whatever the server has sent */
    HANDLE hConnection;
    WCHAR wszUserName[UNLEN + 1];
    ROUTER_INTERFACE_TYPE dwInterfaceType;
    GUID guid;
    PPP_INFO_3 PppInfo3;
    RAS_QUARANTINE_STATE rasQuarState;
    FILETIME timer; /* end of probation, in state RAS_QUAR_STATE_PROBATION only */
} RAS_CONNECTION_3, *PRAS_CONNECTION_3;

/* RAS_CONNECTION_4.dwDeviceType; class bits may be set as well */
typedef enum _RASDEVICETYPE {
    RDT_Modem = 0,
    RDT_X25 = 1,
    RDT_Isdn = 2,
    RDT_Serial = 3,
    RDT_FrameRelay = 4,
    RDT_Atm = 5,
    RDT_Sonet = 6,
    RDT_Sw56 = 7,
    RDT_Tunnel_Pptp = 8,
    RDT_Tunnel_L2tp = 9,
    RDT_Irda = 10,
    RDT_Parallel = 11,
    RDT_Other = 12, /* OpenVPN, WireGuard, OpenConnect, ... */
    RDT_PPPoE = 13,
    RDT_Tunnel_Sstp = 14,
    RDT_Tunnel_Ikev2 = 15
} RASDEVICETYPE;
#define RDT_Tunnel     0x00010000
#define RDT_Direct     0x00020000
#define RDT_Null_Modem 0x00040000
#define RDT_Broadband  0x00080000

/* A connection, level 4: everything in one. Windows servers have it from 2012 on. */
typedef struct _RAS_CONNECTION_4 {
    DWORD dwConnectDuration;
    ROUTER_INTERFACE_TYPE dwInterfaceType;
    DWORD dwConnectionFlags;
    WCHAR wszInterfaceName[MAX_INTERFACE_NAME_LEN + 1];
    WCHAR wszUserName[UNLEN + 1];
    WCHAR wszLogonDomain[DNLEN + 1];
    WCHAR wszRemoteComputer[NETBIOS_NAME_LEN + 1];
    GUID guid;
    RAS_QUARANTINE_STATE rasQuarState;
    FILETIME probationTime;
    FILETIME connectionStartTime;
    ULONGLONG ullBytesXmited; /* the low 32 bits only */
    ULONGLONG ullBytesRcved;
    DWORD dwFramesXmited;
    DWORD dwFramesRcved;
    DWORD dwCrcErr;
    DWORD dwTimeoutErr;
    DWORD dwAlignmentErr;
    DWORD dwHardwareOverrunErr;
    DWORD dwFramingErr;
    DWORD dwBufferOverrunErr;
    DWORD dwCompressionRatioIn;
    DWORD dwCompressionRatioOut;
    DWORD dwNumSwitchOvers;                             /* IKEv2: how often the client has changed its outer address */
    WCHAR wszRemoteEndpointAddress[MAXIPADRESSLEN + 1]; /* outer addresses */
    WCHAR wszLocalEndpointAddress[MAXIPADRESSLEN + 1];
    PROJECTION_INFO2 ProjectionInfo;
    HANDLE hConnection;
    HANDLE hInterface;
    DWORD dwDeviceType; /* RASDEVICETYPE */
} RAS_CONNECTION_4, *PRAS_CONNECTION_4;

/*
 * A connection, for MprAdminConnectionEnumEx(), MprAdminConnectionGetInfoEx() and the plug-in's functions with Ex.
 * Header: revision MPRAPI_RAS_CONNECTION_OBJECT_REVISION_1, type MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, size
 * sizeof(RAS_CONNECTION_EX). There are no pointers in it. Windows servers have it from 2008 R2 on.
 */
typedef struct _RAS_CONNECTION_EX {
    MPRAPI_OBJECT_HEADER Header;
    DWORD dwConnectDuration;
    ROUTER_INTERFACE_TYPE dwInterfaceType;
    DWORD dwConnectionFlags; /* RAS_FLAGS_* */
    WCHAR wszInterfaceName[MAX_INTERFACE_NAME_LEN + 1];
    WCHAR wszUserName[UNLEN + 1];
    WCHAR wszLogonDomain[DNLEN + 1];
    WCHAR wszRemoteComputer[NETBIOS_NAME_LEN + 1];
    GUID guid;
    RAS_QUARANTINE_STATE rasQuarState;
    FILETIME probationTime; /* end of probation, in state RAS_QUAR_STATE_PROBATION only */
    DWORD dwBytesXmited;
    DWORD dwBytesRcved;
    DWORD dwFramesXmited;
    DWORD dwFramesRcved;
    DWORD dwCrcErr;
    DWORD dwTimeoutErr;
    DWORD dwAlignmentErr;
    DWORD dwHardwareOverrunErr;
    DWORD dwFramingErr;
    DWORD dwBufferOverrunErr;
    DWORD dwCompressionRatioIn;
    DWORD dwCompressionRatioOut;
    DWORD dwNumSwitchOvers;                             /* IKEv2: how often the client has changed its outer address */
    WCHAR wszRemoteEndpointAddress[MAXIPADRESSLEN + 1]; /* outer addresses */
    WCHAR wszLocalEndpointAddress[MAXIPADRESSLEN + 1];
    PROJECTION_INFO ProjectionInfo;
    HANDLE hConnection;
    HANDLE hInterface;
} RAS_CONNECTION_EX, *PRAS_CONNECTION_EX;

/*
 * New outer addresses of an IKEv2 connection, for MprAdminUpdateConnection(). Header: revision
 * MPRAPI_RAS_UPDATE_CONNECTION_OBJECT_REVISION_1, type MPRAPI_OBJECT_TYPE_UPDATE_CONNECTION_OBJECT, size
 * sizeof(RAS_UPDATE_CONNECTION).
 */
typedef struct _RAS_UPDATE_CONNECTION {
    MPRAPI_OBJECT_HEADER Header;
    DWORD dwIfIndex;                                   /* interface of the server that the connection moves to */
    WCHAR wszLocalEndpointAddress[MAXIPADRESSLEN + 1]; /* not carried by the protocol: the server never sees it */
    WCHAR wszRemoteEndpointAddress[MAXIPADRESSLEN + 1];
} RAS_UPDATE_CONNECTION, *PRAS_UPDATE_CONNECTION;

#endif
