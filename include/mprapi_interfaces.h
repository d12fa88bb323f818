/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part of mprapi.h: interfaces of the router, their devices, credentials and transports. Of the functions that take or
 * give these structures this library has MprAdminDeviceEnum(), MprAdminServerGetCredentials() and
 * MprAdminServerSetCredentials(); the others are declared for programs that bring their own.
 *
 * POINTERS. In what a function gives they point into the same block, which is freed as a whole; in what a function
 * takes they are the caller's. A list of texts (szAlternates) is texts one behind the other, each with its NUL, and an
 * empty one at the end.
 */
#ifndef OPENRRAS_MPRAPI_INTERFACES_H
#define OPENRRAS_MPRAPI_INTERFACES_H

#include "mprapi_base.h"
#include "mprapi_sessions.h"
#include "mprapi_tunnels.h"

/* ---- lengths of texts, in characters without the NUL ---- */

#ifndef RAS_MaxDeviceType /* ras.h has them too */
#define RAS_MaxDeviceType     16
#define RAS_MaxPhoneNumber    128
#define RAS_MaxIpAddress      15
#define RAS_MaxIpxAddress     21
#define RAS_MaxEntryName      256
#define RAS_MaxDeviceName     128
#define RAS_MaxCallbackNumber RAS_MaxPhoneNumber
#define RAS_MaxAreaCode       10
#define RAS_MaxPadType        32
#define RAS_MaxX25Address     200
#define RAS_MaxFacilities     200
#define RAS_MaxUserData       200
#endif

#define MPR_MaxDeviceType     RAS_MaxDeviceType
#define MPR_MaxPhoneNumber    RAS_MaxPhoneNumber
#define MPR_MaxIpAddress      RAS_MaxIpAddress
#define MPR_MaxIpxAddress     RAS_MaxIpxAddress
#define MPR_MaxEntryName      RAS_MaxEntryName
#define MPR_MaxDeviceName     RAS_MaxDeviceName
#define MPR_MaxCallbackNumber RAS_MaxCallbackNumber
#define MPR_MaxAreaCode       RAS_MaxAreaCode
#define MPR_MaxPadType        RAS_MaxPadType
#define MPR_MaxX25Address     RAS_MaxX25Address
#define MPR_MaxFacilities     RAS_MaxFacilities
#define MPR_MaxUserData       RAS_MaxUserData

/* ---- interfaces ---- */

typedef enum _ROUTER_CONNECTION_STATE {
    ROUTER_IF_STATE_UNREACHABLE = 0, /* fUnReachabilityReasons says why */
    ROUTER_IF_STATE_DISCONNECTED = 1,
    ROUTER_IF_STATE_CONNECTING = 2,
    ROUTER_IF_STATE_CONNECTED = 3
} ROUTER_CONNECTION_STATE;

/* fUnReachabilityReasons */
#define MPR_INTERFACE_OUT_OF_RESOURCES          0x00000001 /* no port is free */
#define MPR_INTERFACE_ADMIN_DISABLED            0x00000002
#define MPR_INTERFACE_CONNECTION_FAILURE        0x00000004 /* dwLastError says which */
#define MPR_INTERFACE_SERVICE_PAUSED            0x00000008
#define MPR_INTERFACE_DIALOUT_HOURS_RESTRICTION 0x00000010 /* not at this time of the week */
#define MPR_INTERFACE_NO_MEDIA_SENSE            0x00000020 /* no cable */
#define MPR_INTERFACE_NO_DEVICE                 0x00000040

/* An interface, level 0. */
typedef struct _MPR_INTERFACE_0 {
    WCHAR wszInterfaceName[MAX_INTERFACE_NAME_LEN + 1];
    HANDLE hInterface;
    BOOL fEnabled; /* FALSE: disabled by the administrator */
    ROUTER_INTERFACE_TYPE dwIfType;
    ROUTER_CONNECTION_STATE dwConnectionState;
    DWORD fUnReachabilityReasons; /* MPR_INTERFACE_* */
    DWORD dwLastError;            /* why connecting has failed last, 0: it has not */
} MPR_INTERFACE_0, *PMPR_INTERFACE_0;

/* An interface, level 1: and when it must not dial out. */
typedef struct _MPR_INTERFACE_1 {
    WCHAR wszInterfaceName[MAX_INTERFACE_NAME_LEN + 1];
    HANDLE hInterface;
    BOOL fEnabled;
    ROUTER_INTERFACE_TYPE dwIfType;
    ROUTER_CONNECTION_STATE dwConnectionState;
    DWORD fUnReachabilityReasons;
    DWORD dwLastError;
    LPWSTR lpwsDialoutHoursRestriction; /* list of texts, one a day: "0 08:00-12:00 13:00-18:00", 0 is Sunday */
} MPR_INTERFACE_1, *PMPR_INTERFACE_1;

/* dwfOptions */
#define MPRIO_SpecificIpAddr                   0x00000002 /* ipaddr counts */
#define MPRIO_SpecificNameServers              0x00000004 /* ipaddrDns and the three after it count */
#define MPRIO_IpHeaderCompression              0x00000008
#define MPRIO_RemoteDefaultGateway             0x00000010 /* the default route leads there */
#define MPRIO_DisableLcpExtensions             0x00000020
#define MPRIO_SwCompression                    0x00000200 /* compression may be negotiated */
#define MPRIO_RequireEncryptedPw               0x00000400 /* no password in clear text: not PAP */
#define MPRIO_RequireMsEncryptedPw             0x00000800 /* MS-CHAP only */
#define MPRIO_RequireDataEncryption            0x00001000
#define MPRIO_NetworkLogon                     0x00002000 /* reserved */
#define MPRIO_UseLogonCredentials              0x00004000
#define MPRIO_PromoteAlternates                0x00008000 /* a number of szAlternates that worked becomes the first */
#define MPRIO_SecureLocalFiles                 0x00010000 /* files and printers are not offered over it */
#define MPRIO_RequireEAP                       0x00020000 /* ways to authenticate that are allowed */
#define MPRIO_RequirePAP                       0x00040000
#define MPRIO_RequireSPAP                      0x00080000
#define MPRIO_SharedPhoneNumbers               0x00800000 /* all links dial the same number */
#define MPRIO_RequireMachineCertificates       0x01000000
#define MPRIO_UsePreSharedKeyForIkev2Initiator 0x02000000
#define MPRIO_UsePreSharedKeyForIkev2Responder 0x04000000
#define MPRIO_RequireCHAP                      0x08000000
#define MPRIO_RequireMsCHAP                    0x10000000
#define MPRIO_RequireMsCHAP2                   0x20000000
#define MPRIO_IpSecPreSharedKey                0x80000000

/* dwfNetProtocols */
#define MPRNP_Ipx  0x00000002
#define MPRNP_Ip   0x00000004
#define MPRNP_Ipv6 0x00000008

/* szDeviceType: compare without regard to case */
#define MPRDT_Modem      u"modem"
#define MPRDT_Isdn       u"isdn"
#define MPRDT_X25        u"x25"
#define MPRDT_Vpn        u"vpn"
#define MPRDT_Pad        u"pad"
#define MPRDT_Generic    u"GENERIC"
#define MPRDT_Serial     u"SERIAL"
#define MPRDT_FrameRelay u"FRAMERELAY"
#define MPRDT_Atm        u"ATM"
#define MPRDT_Sonet      u"SONET"
#define MPRDT_SW56       u"SW56"
#define MPRDT_Irda       u"IRDA"
#define MPRDT_Parallel   u"PARALLEL"

/* dwDialMode, with several links */
#define MPRDM_DialFirst    0 /* only one */
#define MPRDM_DialAll      1
#define MPRDM_DialAsNeeded 2 /* by load: the four values after dwDialMode */

/* dwIdleDisconnectSeconds */
#define MPRIDS_Disabled       0xFFFFFFFF /* never */
#define MPRIDS_UseGlobalValue 0x00000000

/* dwType */
#define MPRET_Phone  1
#define MPRET_Vpn    2
#define MPRET_Direct 3

/* dwEncryptionType; not the numbering of mprapi_tunnels.h */
#define MPR_ET_None       0
#define MPR_ET_Require    1
#define MPR_ET_RequireMax 2 /* the strongest only */
#define MPR_ET_Optional   3

/* dwVpnStrategy: which kind of tunnel, and which is tried first */
#define MPR_VS_Default    0
#define MPR_VS_PptpOnly   1
#define MPR_VS_PptpFirst  2
#define MPR_VS_L2tpOnly   3
#define MPR_VS_L2tpFirst  4
#define MPR_VS_Ikev2Only  7
#define MPR_VS_Ikev2First 8

/* An interface, level 2: and how to dial. Addresses are in network byte order. */
typedef struct _MPR_INTERFACE_2 {
    WCHAR wszInterfaceName[MAX_INTERFACE_NAME_LEN + 1];
    HANDLE hInterface;
    BOOL fEnabled;
    ROUTER_INTERFACE_TYPE dwIfType;
    ROUTER_CONNECTION_STATE dwConnectionState;
    DWORD fUnReachabilityReasons;
    DWORD dwLastError;
    DWORD dwfOptions;                                 /* MPRIO_* */
    WCHAR szLocalPhoneNumber[RAS_MaxPhoneNumber + 1]; /* what to dial: a number, or the name or address of a host */
    PWCHAR szAlternates;                              /* list of texts: other numbers, NULL: none */
    DWORD ipaddr;                                     /* the interface's own address */
    DWORD ipaddrDns;
    DWORD ipaddrDnsAlt;
    DWORD ipaddrWins;
    DWORD ipaddrWinsAlt;
    DWORD dwfNetProtocols;                     /* MPRNP_* */
    WCHAR szDeviceType[MPR_MaxDeviceType + 1]; /* MPRDT_* */
    WCHAR szDeviceName[MPR_MaxDeviceName + 1];
    WCHAR szX25PadType[MPR_MaxPadType + 1];
    WCHAR szX25Address[MPR_MaxX25Address + 1];
    WCHAR szX25Facilities[MPR_MaxFacilities + 1];
    WCHAR szX25UserData[MPR_MaxUserData + 1];
    DWORD dwChannels;                 /* reserved */
    DWORD dwSubEntries;               /* links that can be dialled */
    DWORD dwDialMode;                 /* MPRDM_* */
    DWORD dwDialExtraPercent;         /* another link is dialled when the load is above this ... */
    DWORD dwDialExtraSampleSeconds;   /* ... for this long */
    DWORD dwHangUpExtraPercent;       /* a link is dropped when it is below this ... */
    DWORD dwHangUpExtraSampleSeconds; /* ... for this long */
    DWORD dwIdleDisconnectSeconds;    /* without traffic; MPRIDS_* */
    DWORD dwType;                     /* MPRET_* */
    DWORD dwEncryptionType;           /* MPR_ET_* */
    DWORD dwCustomAuthKey;            /* EAP method, with MPRIO_RequireEAP */
    DWORD dwCustomAuthDataSize;       /* bytes at lpbCustomAuthData */
    LPBYTE lpbCustomAuthData;         /* settings of that method */
    GUID guidId;                      /* can't be set */
    DWORD dwVpnStrategy;              /* MPR_VS_* */
} MPR_INTERFACE_2, *PMPR_INTERFACE_2;

/* An interface, level 3: level 2 with IPv6. */
typedef struct _MPR_INTERFACE_3 {
    WCHAR wszInterfaceName[MAX_INTERFACE_NAME_LEN + 1];
    HANDLE hInterface;
    BOOL fEnabled;
    ROUTER_INTERFACE_TYPE dwIfType;
    ROUTER_CONNECTION_STATE dwConnectionState;
    DWORD fUnReachabilityReasons;
    DWORD dwLastError;
    DWORD dwfOptions;
    WCHAR szLocalPhoneNumber[RAS_MaxPhoneNumber + 1];
    PWCHAR szAlternates;
    DWORD ipaddr;
    DWORD ipaddrDns;
    DWORD ipaddrDnsAlt;
    DWORD ipaddrWins;
    DWORD ipaddrWinsAlt;
    DWORD dwfNetProtocols;
    WCHAR szDeviceType[MPR_MaxDeviceType + 1];
    WCHAR szDeviceName[MPR_MaxDeviceName + 1];
    WCHAR szX25PadType[MPR_MaxPadType + 1];
    WCHAR szX25Address[MPR_MaxX25Address + 1];
    WCHAR szX25Facilities[MPR_MaxFacilities + 1];
    WCHAR szX25UserData[MPR_MaxUserData + 1];
    DWORD dwChannels;
    DWORD dwSubEntries;
    DWORD dwDialMode;
    DWORD dwDialExtraPercent;
    DWORD dwDialExtraSampleSeconds;
    DWORD dwHangUpExtraPercent;
    DWORD dwHangUpExtraSampleSeconds;
    DWORD dwIdleDisconnectSeconds;
    DWORD dwType;
    DWORD dwEncryptionType;
    DWORD dwCustomAuthKey;
    DWORD dwCustomAuthDataSize;
    LPBYTE lpbCustomAuthData;
    GUID guidId;
    DWORD dwVpnStrategy;
    ULONG AddressCount; /* not used */
    IN6_ADDR ipv6addrDns;
    IN6_ADDR ipv6addrDnsAlt;
    IN6_ADDR *ipv6addr; /* not used */
} MPR_INTERFACE_3, *PMPR_INTERFACE_3;

/* An IP-in-IP tunnel. */
typedef struct _MPR_IPINIP_INTERFACE_0 {
    WCHAR wszFriendlyName[MAX_INTERFACE_NAME_LEN + 1];
    GUID Guid;
} MPR_IPINIP_INTERFACE_0, *PMPR_IPINIP_INTERFACE_0;

/* ---- devices ---- */

/* A device, level 0: MprAdminDeviceEnum(). */
typedef struct _MPR_DEVICE_0 {
    WCHAR szDeviceType[MPR_MaxDeviceType + 1]; /* MPRDT_* */
    WCHAR szDeviceName[MPR_MaxDeviceName + 1];
} MPR_DEVICE_0, *PMPR_DEVICE_0;

/* A device, level 1: and what to dial. */
typedef struct _MPR_DEVICE_1 {
    WCHAR szDeviceType[MPR_MaxDeviceType + 1];
    WCHAR szDeviceName[MPR_MaxDeviceName + 1];
    WCHAR szLocalPhoneNumber[MPR_MaxPhoneNumber + 1];
    PWCHAR szAlternates; /* list of texts, NULL: none */
} MPR_DEVICE_1, *PMPR_DEVICE_1;

/* ---- credentials ---- */

/* Secrets, level 0: of an interface, for its EAP method. */
typedef struct _MPR_CREDENTIALSEX_0 {
    DWORD dwSize; /* bytes at lpbCredentialsInfo */
    LPBYTE lpbCredentialsInfo;
} MPR_CREDENTIALSEX_0, *PMPR_CREDENTIALSEX_0;

/* Secrets, level 1: the key that both sides share. Also MprAdminServerGetCredentials() and ...SetCredentials(). */
typedef struct _MPR_CREDENTIALSEX_1 {
    DWORD dwSize;              /* bytes of the key, 256 at most; 0: none, delete it */
    LPBYTE lpbCredentialsInfo; /* the key itself: overwrite it before it is freed */
} MPR_CREDENTIALSEX_1, *PMPR_CREDENTIALSEX_1;

/* ---- transports and filters ---- */

/* A routed protocol. */
typedef struct _MPR_TRANSPORT_0 {
    DWORD dwTransportId; /* PID_* */
    HANDLE hTransport;
    WCHAR wszTransportName[MAX_TRANSPORT_NAME_LEN + 1];
} MPR_TRANSPORT_0, *PMPR_TRANSPORT_0;

/* A routed protocol on an interface. */
typedef struct _MPR_IFTRANSPORT_0 {
    DWORD dwTransportId;
    HANDLE hIfTransport;
    WCHAR wszIfTransportName[MAX_TRANSPORT_NAME_LEN + 1];
} MPR_IFTRANSPORT_0, *PMPR_IFTRANSPORT_0;

/* Static filters of a protocol. Newer headers of Windows call the member fEnable: both names are good. */
typedef struct _MPR_FILTER_0 {
    union {
        BOOL fEnabled;
        BOOL fEnable;
    };
} MPR_FILTER_0, *PMPR_FILTER_0;

#endif
