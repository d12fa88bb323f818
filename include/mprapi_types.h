/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structures, enumerations and constants of the RAS administration functions. Included by mprapi.h.
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

#include "wintypes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- handles ---- */

typedef HANDLE MPR_SERVER_HANDLE; /* a server, from MprAdminServerConnect() */
typedef HANDLE RAS_SERVER_HANDLE; /* the same; functions about ports and connections call it so */

/* ---- lengths of texts, in characters without the NUL ---- */

#ifndef UNLEN
#define UNLEN 256 /* user name */
#endif
#ifndef CNLEN
#define CNLEN 15
#endif
#ifndef DNLEN
#define DNLEN CNLEN /* domain name */
#endif
#ifndef NETBIOS_NAME_LEN
#define NETBIOS_NAME_LEN 16 /* computer name */
#endif
#define MAX_INTERFACE_NAME_LEN 256
#define MAX_PORT_NAME          16
#define MAX_MEDIA_NAME         16
#define MAX_DEVICE_NAME        128
#define MAX_DEVICETYPE_NAME    16
#define MAX_PHONE_NUMBER_LEN   128
#define IPADDRESSLEN           15 /* dotted IPv4 address */
#define IPXADDRESSLEN          22
#define ATADDRESSLEN           32
#define MAXIPADRESSLEN         64 /* IPv4 or IPv6 address (the name is spelled like this) */

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

/* Health quarantine. This server never puts anybody there: NORMAL. */
typedef enum _RAS_QUARANTINE_STATE {
    RAS_QUAR_STATE_NORMAL = 0,
    RAS_QUAR_STATE_QUARANTINE = 1,
    RAS_QUAR_STATE_PROBATION = 2, /* until the time in the structure */
    RAS_QUAR_STATE_NOT_CAPABLE = 3
} RAS_QUARANTINE_STATE;

/* dwConnectionFlags; none of them may be set */
#define RAS_FLAGS_PPP_CONNECTION     0x00000001 /* the session is PPP */
#define RAS_FLAGS_MESSENGER_PRESENT  0x00000002 /* the user can be sent a message */
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

/*
 * What the control protocols of PPP have negotiated. dwError is 0, or the error that ended that protocol. Of an address
 * pair wszAddress is the server's, wszRemoteAddress the client's.
 */
typedef struct _PPP_NBFCP_INFO {
    DWORD dwError;
    WCHAR wszWksta[NETBIOS_NAME_LEN + 1];
} PPP_NBFCP_INFO;

typedef struct _PPP_IPCP_INFO {
    DWORD dwError;
    WCHAR wszAddress[IPADDRESSLEN + 1];
    WCHAR wszRemoteAddress[IPADDRESSLEN + 1];
} PPP_IPCP_INFO;

#define PPP_IPCP_VJ 0x00000001 /* header compression */

typedef struct _PPP_IPCP_INFO2 {
    DWORD dwError;
    WCHAR wszAddress[IPADDRESSLEN + 1];
    WCHAR wszRemoteAddress[IPADDRESSLEN + 1];
    DWORD dwOptions; /* PPP_IPCP_VJ */
    DWORD dwRemoteOptions;
} PPP_IPCP_INFO2;

typedef struct _PPP_IPXCP_INFO {
    DWORD dwError;
    WCHAR wszAddress[IPXADDRESSLEN + 1];
} PPP_IPXCP_INFO;

typedef struct _PPP_ATCP_INFO {
    DWORD dwError;
    WCHAR wszAddress[ATADDRESSLEN + 1];
} PPP_ATCP_INFO;

typedef struct _PPP_IPV6_CP_INFO {
    DWORD dwVersion;
    DWORD dwSize;
    DWORD dwError;
    BYTE bInterfaceIdentifier[8];       /* the server's, last half of its address */
    BYTE bRemoteInterfaceIdentifier[8]; /* the client's */
    DWORD dwOptions;
    DWORD dwRemoteOptions;
    BYTE bPrefix[8]; /* first half of the client's address */
    DWORD dwPrefixLength;
} PPP_IPV6_CP_INFO;

/* dwCompressionAlgorithm */
#define RASCCPCA_STAC 5
#define RASCCPCA_MPPC 6
/* dwOptions of PPP_CCP_INFO */
#define PPP_CCP_COMPRESSION        0x00000001
#define PPP_CCP_ENCRYPTION40BITOLD 0x00000010
#define PPP_CCP_ENCRYPTION40BIT    0x00000020
#define PPP_CCP_ENCRYPTION128BIT   0x00000040
#define PPP_CCP_ENCRYPTION56BIT    0x00000080
#define PPP_CCP_HISTORYLESS        0x01000000

typedef struct _PPP_CCP_INFO {
    DWORD dwError;
    DWORD dwCompressionAlgorithm; /* RASCCPCA_*, 0: none */
    DWORD dwOptions;
    DWORD dwRemoteCompressionAlgorithm;
    DWORD dwRemoteOptions;
} PPP_CCP_INFO;

/* dwAuthenticationProtocol */
#define PPP_LCP_PAP  0x0000C023
#define PPP_LCP_SPAP 0x0000C027
#define PPP_LCP_CHAP 0x0000C223
#define PPP_LCP_EAP  0x0000C227
/* dwAuthenticationData of PPP_LCP_CHAP */
#define PPP_LCP_CHAP_MD5  0x00000005
#define PPP_LCP_CHAP_MS   0x00000080
#define PPP_LCP_CHAP_MSV2 0x00000081
/* dwOptions of PPP_LCP_INFO: how the link is framed, and for L2TP over IPsec the cipher below it */
#define PPP_LCP_MULTILINK_FRAMING 0x00000001
#define PPP_LCP_PFC               0x00000002
#define PPP_LCP_ACFC              0x00000004
#define PPP_LCP_SSHF              0x00000008
#define PPP_LCP_DES_56            0x00000010
#define PPP_LCP_3_DES             0x00000020
#define PPP_LCP_AES_128           0x00000040
#define PPP_LCP_AES_256           0x00000080
#define PPP_LCP_AES_192           0x00000100
#define PPP_LCP_GCM_AES_128       0x00000200
#define PPP_LCP_GCM_AES_192       0x00000400
#define PPP_LCP_GCM_AES_256       0x00000800

typedef struct _PPP_LCP_INFO {
    DWORD dwError;
    DWORD dwAuthenticationProtocol; /* how the server proved itself, 0: not at all */
    DWORD dwAuthenticationData;
    DWORD dwRemoteAuthenticationProtocol; /* how the client did */
    DWORD dwRemoteAuthenticationData;
    DWORD dwTerminateReason;
    DWORD dwRemoteTerminateReason;
    DWORD dwOptions;
    DWORD dwRemoteOptions;
    DWORD dwEapTypeId; /* the EAP method of PPP_LCP_EAP */
    DWORD dwRemoteEapTypeId;
} PPP_LCP_INFO;

typedef struct _PPP_INFO {
    PPP_NBFCP_INFO nbf;
    PPP_IPCP_INFO ip;
    PPP_IPXCP_INFO ipx;
    PPP_ATCP_INFO at;
} PPP_INFO;

typedef struct _PPP_INFO_2 {
    PPP_NBFCP_INFO nbf;
    PPP_IPCP_INFO2 ip;
    PPP_IPXCP_INFO ipx;
    PPP_ATCP_INFO at;
    PPP_CCP_INFO ccp;
    PPP_LCP_INFO lcp;
} PPP_INFO_2;

typedef struct _PPP_INFO_3 {
    PPP_NBFCP_INFO nbf;
    PPP_IPCP_INFO2 ip;
    PPP_IPV6_CP_INFO ipv6;
    PPP_CCP_INFO ccp;
    PPP_LCP_INFO lcp;
} PPP_INFO_3;

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

/* What a tunnel has negotiated: PPP and IKEv2 have one structure each. */
#define MPRAPI_PPP_PROJECTION_INFO_TYPE   1
#define MPRAPI_IKEV2_PROJECTION_INFO_TYPE 2

/* dwAuthenticationProtocol of IKEv2 */
#define MPRAPI_IKEV2_AUTH_USING_CERT 1
#define MPRAPI_IKEV2_AUTH_USING_EAP  2

typedef struct _PPP_PROJECTION_INFO2 {
    DWORD dwIPv4NegotiationError; /* 0: there is an IPv4 address */
    WCHAR wszAddress[IPADDRESSLEN + 1];
    WCHAR wszRemoteAddress[IPADDRESSLEN + 1];
    DWORD dwIPv4Options;
    DWORD dwIPv4RemoteOptions;
    ULONG64 IPv4SubInterfaceIndex;
    DWORD dwIPv6NegotiationError;
    BYTE bInterfaceIdentifier[8]; /* all zero: no IPv6 */
    BYTE bRemoteInterfaceIdentifier[8];
    BYTE bPrefix[8];
    DWORD dwPrefixLength;
    ULONG64 IPv6SubInterfaceIndex;
    DWORD dwLcpError;
    DWORD dwAuthenticationProtocol; /* PPP_LCP_* */
    DWORD dwAuthenticationData;
    DWORD dwRemoteAuthenticationProtocol;
    DWORD dwRemoteAuthenticationData;
    DWORD dwLcpTerminateReason;
    DWORD dwLcpRemoteTerminateReason;
    DWORD dwLcpOptions;
    DWORD dwLcpRemoteOptions;
    DWORD dwEapTypeId;
    DWORD dwEmbeddedEAPTypeId; /* the method inside PEAP */
    DWORD dwRemoteEapTypeId;
    DWORD dwCcpError;
    DWORD dwCompressionAlgorithm; /* RASCCPCA_* */
    DWORD dwCcpOptions;           /* PPP_CCP_* */
    DWORD dwRemoteCompressionAlgorithm;
    DWORD dwCcpRemoteOptions;
} PPP_PROJECTION_INFO2, *PPPP_PROJECTION_INFO2;

typedef struct _IKEV2_PROJECTION_INFO2 {
    DWORD dwIPv4NegotiationError;
    WCHAR wszAddress[IPADDRESSLEN + 1];
    WCHAR wszRemoteAddress[IPADDRESSLEN + 1];
    ULONG64 IPv4SubInterfaceIndex;
    DWORD dwIPv6NegotiationError;
    BYTE bInterfaceIdentifier[8];
    BYTE bRemoteInterfaceIdentifier[8];
    BYTE bPrefix[8];
    DWORD dwPrefixLength;
    ULONG64 IPv6SubInterfaceIndex;
    DWORD dwOptions;
    DWORD dwAuthenticationProtocol; /* MPRAPI_IKEV2_AUTH_USING_* */
    DWORD dwEapTypeId;
    DWORD dwEmbeddedEAPTypeId;
    DWORD dwCompressionAlgorithm;
    DWORD dwEncryptionMethod; /* 2 3DES, 3 AES-128, 4 AES-192, 5 AES-256 */
} IKEV2_PROJECTION_INFO2, *PIKEV2_PROJECTION_INFO2;

typedef struct _PROJECTION_INFO2 {
    UCHAR projectionInfoType; /* MPRAPI_*_PROJECTION_INFO_TYPE says which of the two */
#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L || defined(__cplusplus)
    union {
        PPP_PROJECTION_INFO2 PppProjectionInfo;
        IKEV2_PROJECTION_INFO2 Ikev2ProjectionInfo;
    };
#else
#error "mprapi.h needs C11 or C++ for unions without a name"
#endif
} PROJECTION_INFO2, *PPROJECTION_INFO2;

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

/* ---- servers ---- */

/* A server, level 0. */
typedef struct _MPR_SERVER_0 {
    BOOL fLanOnlyMode; /* TRUE: it routes between LANs only, and calls about ports give ERROR_DDM_NOT_RUNNING */
    DWORD dwUpTime;    /* seconds since the service has started */
    DWORD dwTotalPorts;
    DWORD dwPortsInUse;
} MPR_SERVER_0, *PMPR_SERVER_0;

/* dwXxxPortFlags */
#define MPR_ENABLE_RAS_ON_DEVICE     0x00000001
#define MPR_ENABLE_ROUTING_ON_DEVICE 0x00000002

/* A server, level 1: configured ports by tunnel protocol. */
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

/* ---- users ---- */

/* bfPrivilege: exactly one kind of callback, and the right to dial in */
#define RASPRIV_NoCallback        0x01
#define RASPRIV_AdminSetCallback  0x02
#define RASPRIV_CallerSetCallback 0x04
#define RASPRIV_CallbackType      0x07 /* mask of the three */
#define RASPRIV_DialinPrivilege   0x08
/* bfPrivilege2 */
#define RASPRIV2_DialinPolicy 0x01 /* the policy decides who may dial in */

typedef struct _RAS_USER_0 {
    BYTE bfPrivilege;
    WCHAR wszPhoneNumber[MAX_PHONE_NUMBER_LEN + 1]; /* where to call back */
} RAS_USER_0, *PRAS_USER_0;

typedef struct _RAS_USER_1 {
    BYTE bfPrivilege;
    WCHAR wszPhoneNumber[MAX_PHONE_NUMBER_LEN + 1];
    BYTE bfPrivilege2;
} RAS_USER_1, *PRAS_USER_1;

#ifdef __cplusplus
}
#endif

#endif
