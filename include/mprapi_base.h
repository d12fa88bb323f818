/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part of mprapi.h: what all its structures have in common. Include mprapi.h.
 */
#ifndef OPENRRAS_MPRAPI_BASE_H
#define OPENRRAS_MPRAPI_BASE_H

#include "wintypes.h"

/*
 * The version of Windows that a program is written for. It chooses what the names without a number (MPR_SERVER_EX,
 * MPR_IF_CUSTOMINFOEX, ...) and some with a number mean: see mprapi_tunnels.h. A program that defines _WIN32_WINNT (or
 * WINVER) before it includes mprapi.h gets what it would get on Windows; others get Windows 10.
 *
 *     0x0601  Windows 7, Server 2008 R2      0x0603  Windows 8.1, Server 2012 R2
 *     0x0602  Windows 8, Server 2012         0x0A00  Windows 10, Server 2016 and later
 */
#if defined(_WIN32_WINNT)
#define OPENRRAS_WINVER _WIN32_WINNT
#elif defined(WINVER)
#define OPENRRAS_WINVER WINVER
#else
#define OPENRRAS_WINVER 0x0A00
#endif

/* ---- handles ---- */

typedef HANDLE MPR_SERVER_HANDLE; /* a server, from MprAdminServerConnect() */
typedef HANDLE RAS_SERVER_HANDLE; /* the same; functions about ports and connections call it so */

/* ---- lengths of texts, in characters without the NUL ---- */

#ifndef UNLEN
#define UNLEN 256 /* user name */
#endif
#ifndef PWLEN
#define PWLEN 256 /* password */
#endif
#ifndef CNLEN
#define CNLEN 15
#endif
#ifndef UNCLEN
#define UNCLEN (CNLEN + 2) /* computer name with two backslashes in front: MprAdminGetPDCServer() */
#endif
#ifndef DNLEN
#define DNLEN CNLEN /* domain name */
#endif
#ifndef NETBIOS_NAME_LEN
#define NETBIOS_NAME_LEN 16 /* computer name */
#endif
#define MAX_INTERFACE_NAME_LEN 256
#define MAX_TRANSPORT_NAME_LEN 40
#define MAX_PORT_NAME          16
#define MAX_MEDIA_NAME         16
#define MAX_DEVICE_NAME        128
#define MAX_DEVICETYPE_NAME    16
#define MAX_PHONE_NUMBER_LEN   128
#define IPADDRESSLEN           15 /* dotted IPv4 address */
#define IPXADDRESSLEN          22
#define ATADDRESSLEN           32
#define MAXIPADRESSLEN         64 /* IPv4 or IPv6 address (the name is spelled like this) */

/* ---- names and numbers ---- */

#define RRAS_SERVICE_NAME u"RemoteAccess" /* what the service is called on Windows */

/* Routed protocols: dwTransportId, dwPid */
#define PID_IP    0x00000021
#define PID_ATALK 0x00000029
#define PID_IPX   0x0000002B
#define PID_NBF   0x0000003F
#define PID_IPV6  0x00000057

/* ---- the head of the structures with "EX" in their name ---- */

/* MPRAPI_OBJECT_HEADER.type */
typedef enum _MPRAPI_OBJECT_TYPE {
    MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT = 1,        /* RAS_CONNECTION_EX */
    MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT = 2,            /* MPR_SERVER_EX */
    MPRAPI_OBJECT_TYPE_MPR_SERVER_SET_CONFIG_OBJECT = 3, /* MPR_SERVER_SET_CONFIG_EX */
    MPRAPI_OBJECT_TYPE_AUTH_VALIDATION_OBJECT = 4,       /* AUTH_VALIDATION_EX */
    MPRAPI_OBJECT_TYPE_UPDATE_CONNECTION_OBJECT = 5,     /* RAS_UPDATE_CONNECTION */
    MPRAPI_OBJECT_TYPE_IF_CUSTOM_CONFIG_OBJECT = 6       /* MPR_IF_CUSTOMINFOEX */
} MPRAPI_OBJECT_TYPE;

/*
 * MPRAPI_OBJECT_HEADER.revision. Which layout goes with which revision of the server's structures: mprapi_tunnels.h; of
 * MPR_IF_CUSTOMINFOEX: mprapi_interfaces.h. The others have one layout.
 */
#define MPRAPI_RAS_CONNECTION_OBJECT_REVISION_1        1
#define MPRAPI_RAS_UPDATE_CONNECTION_OBJECT_REVISION_1 1
#define MPRAPI_MPR_SERVER_OBJECT_REVISION_1            1
#define MPRAPI_MPR_SERVER_OBJECT_REVISION_2            2
#define MPRAPI_MPR_SERVER_OBJECT_REVISION_3            3
#define MPRAPI_MPR_SERVER_OBJECT_REVISION_4            4
#define MPRAPI_MPR_SERVER_OBJECT_REVISION_5            5
#define MPRAPI_MPR_SERVER_SET_CONFIG_OBJECT_REVISION_1 1
#define MPRAPI_MPR_SERVER_SET_CONFIG_OBJECT_REVISION_2 2
#define MPRAPI_MPR_SERVER_SET_CONFIG_OBJECT_REVISION_3 3
#define MPRAPI_MPR_SERVER_SET_CONFIG_OBJECT_REVISION_4 4
#define MPRAPI_MPR_SERVER_SET_CONFIG_OBJECT_REVISION_5 5
#define MPRAPI_IF_CUSTOM_CONFIG_OBJECT_REVISION_1      1
#define MPRAPI_IF_CUSTOM_CONFIG_OBJECT_REVISION_2      2
#define MPRAPI_IF_CUSTOM_CONFIG_OBJECT_REVISION_3      3

/*
 * What a structure is. The caller fills this in before the call, also when the structure is to be filled by the
 * function: it says what the caller has room for.
 */
typedef struct _MPRAPI_OBJECT_HEADER {
    UCHAR revision; /* ..._OBJECT_REVISION_* */
    UCHAR type;     /* MPRAPI_OBJECT_TYPE */
    USHORT size;    /* sizeof the whole structure, in bytes */
} MPRAPI_OBJECT_HEADER, *PMPRAPI_OBJECT_HEADER;

#endif
