/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part of mprapi.h: how an interface of the router protects IKEv2, of its own: MPR_IF_CUSTOMINFOEX. No function of this
 * library takes or gives it.
 *
 * It has three revisions with a type each. The name without a number is the one of the version of Windows that the
 * program means (mprapi_base.h):
 *
 *     revision  since            type                 sizeof
 *     1         Server 2012      MPR_IF_CUSTOMINFOEX0  40
 *     2         Server 2012 R2   MPR_IF_CUSTOMINFOEX1  56
 *     3         Server 2016      MPR_IF_CUSTOMINFOEX2  88
 */
#ifndef OPENRRAS_MPRAPI_CUSTOMINFO_H
#define OPENRRAS_MPRAPI_CUSTOMINFO_H

#include "mprapi_base.h"
#include "mprapi_tunnels.h"

/* ---- traffic selectors: which packets go into the tunnel ---- */

/* MPR_VPN_TRAFFIC_SELECTOR.type */
typedef enum _MPR_VPN_TS_TYPE { MPR_VPN_TS_IPv4_ADDR_RANGE = 7, MPR_VPN_TS_IPv6_ADDR_RANGE = 8 } MPR_VPN_TS_TYPE;

typedef struct _VPN_TS_IP_ADDRESS {
    USHORT Type; /* AF_INET or AF_INET6, as Windows numbers them: 2, 23 */
    union {
        IN_ADDR v4;
        IN6_ADDR v6;
    };
} VPN_TS_IP_ADDRESS, *PVPN_TS_IP_ADDRESS;

typedef struct _MPR_VPN_TRAFFIC_SELECTOR {
    MPR_VPN_TS_TYPE type;
    UINT8 protocolId; /* of IP, 0: all */
    UINT16 portStart;
    UINT16 portEnd;
    UINT16 tsPayloadId;
    VPN_TS_IP_ADDRESS addrStart;
    VPN_TS_IP_ADDRESS addrEnd;
} MPR_VPN_TRAFFIC_SELECTOR, *PMPR_VPN_TRAFFIC_SELECTOR;

typedef struct _MPR_VPN_TRAFFIC_SELECTORS {
    DWORD numTsi;
    DWORD numTsr;
    PMPR_VPN_TRAFFIC_SELECTOR tsI; /* numTsi of them: the initiator's */
    PMPR_VPN_TRAFFIC_SELECTOR tsR; /* numTsr of them: the responder's */
} MPR_VPN_TRAFFIC_SELECTORS, *PMPR_VPN_TRAFFIC_SELECTORS;

/* ---- IKEv2 of an interface. Ranges as in mprapi_tunnels.h ---- */

typedef struct _ROUTER_IKEv2_IF_CUSTOM_CONFIG0 {
    DWORD dwSaLifeTime;                        /* seconds after which keys are renewed */
    DWORD dwSaDataSize;                        /* kilobytes after which they are */
    CERT_NAME_BLOB certificateName;            /* subject of the certificate to send */
    ROUTER_CUSTOM_IKEv2_POLICY0 *customPolicy; /* NULL: the built-in choice */
} ROUTER_IKEv2_IF_CUSTOM_CONFIG0, *PROUTER_IKEv2_IF_CUSTOM_CONFIG0;

typedef struct _ROUTER_IKEv2_IF_CUSTOM_CONFIG1 {
    DWORD dwSaLifeTime;
    DWORD dwSaDataSize;
    CERT_NAME_BLOB certificateName;
    ROUTER_CUSTOM_IKEv2_POLICY0 *customPolicy;
    CRYPT_HASH_BLOB certificateHash; /* thumbprint of that certificate */
} ROUTER_IKEv2_IF_CUSTOM_CONFIG1, *PROUTER_IKEv2_IF_CUSTOM_CONFIG1;

typedef struct _ROUTER_IKEv2_IF_CUSTOM_CONFIG2 {
    DWORD dwSaLifeTime;
    DWORD dwSaDataSize;
    CERT_NAME_BLOB certificateName;
    ROUTER_CUSTOM_IKEv2_POLICY0 *customPolicy;
    CRYPT_HASH_BLOB certificateHash;
    DWORD dwMmSaLifeTime; /* seconds after which the keys of IKE itself are renewed */
    MPR_VPN_TRAFFIC_SELECTORS vpnTrafficSelectors;
} ROUTER_IKEv2_IF_CUSTOM_CONFIG2, *PROUTER_IKEv2_IF_CUSTOM_CONFIG2;

/* dwFlags */
#define MPRAPI_IF_CUSTOM_CONFIG_FOR_IKEV2 0x00000001 /* customIkev2Config counts */

/*
 * Header: revision MPRAPI_IF_CUSTOM_CONFIG_OBJECT_REVISION_* (one more than the number of the type), type
 * MPRAPI_OBJECT_TYPE_IF_CUSTOM_CONFIG_OBJECT.
 */
typedef struct _MPR_IF_CUSTOMINFOEX0 {
    MPRAPI_OBJECT_HEADER Header;
    DWORD dwFlags;
    ROUTER_IKEv2_IF_CUSTOM_CONFIG0 customIkev2Config;
} MPR_IF_CUSTOMINFOEX0, *PMPR_IF_CUSTOMINFOEX0;

typedef struct _MPR_IF_CUSTOMINFOEX1 {
    MPRAPI_OBJECT_HEADER Header;
    DWORD dwFlags;
    ROUTER_IKEv2_IF_CUSTOM_CONFIG1 customIkev2Config;
} MPR_IF_CUSTOMINFOEX1, *PMPR_IF_CUSTOMINFOEX1;

typedef struct _MPR_IF_CUSTOMINFOEX2 {
    MPRAPI_OBJECT_HEADER Header;
    DWORD dwFlags;
    ROUTER_IKEv2_IF_CUSTOM_CONFIG2 customIkev2Config;
} MPR_IF_CUSTOMINFOEX2, *PMPR_IF_CUSTOMINFOEX2;

/* The names of Windows, by the version that the program is for. */
#if OPENRRAS_WINVER >= 0x0A00
#define ROUTER_IKEv2_IF_CUSTOM_CONFIG ROUTER_IKEv2_IF_CUSTOM_CONFIG2
#define MPR_IF_CUSTOMINFOEX           MPR_IF_CUSTOMINFOEX2
#elif OPENRRAS_WINVER >= 0x0603
#define ROUTER_IKEv2_IF_CUSTOM_CONFIG ROUTER_IKEv2_IF_CUSTOM_CONFIG1
#define MPR_IF_CUSTOMINFOEX           MPR_IF_CUSTOMINFOEX1
#else
#define ROUTER_IKEv2_IF_CUSTOM_CONFIG ROUTER_IKEv2_IF_CUSTOM_CONFIG0
#define MPR_IF_CUSTOMINFOEX           MPR_IF_CUSTOMINFOEX0
#endif

typedef ROUTER_IKEv2_IF_CUSTOM_CONFIG *PROUTER_IKEv2_IF_CUSTOM_CONFIG;
typedef MPR_IF_CUSTOMINFOEX *PMPR_IF_CUSTOMINFOEX;

#endif
