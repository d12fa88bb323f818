/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part of mprapi.h: what a session has negotiated. The structures are members of RAS_CONNECTION_1 to _4 and
 * RAS_CONNECTION_EX.
 */
#ifndef OPENRRAS_MPRAPI_PPP_H
#define OPENRRAS_MPRAPI_PPP_H

#include "mprapi_base.h"

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

/*
 * What a tunnel has negotiated: PPP and IKEv2 have one structure each. Those with a 2 at the end also name the method
 * inside PEAP; RAS_CONNECTION_4 has them, RAS_CONNECTION_EX the others. As above, wszAddress is the server's address
 * and wszRemoteAddress the client's.
 */
#define MPRAPI_PPP_PROJECTION_INFO_TYPE   1
#define MPRAPI_IKEV2_PROJECTION_INFO_TYPE 2

/* dwAuthenticationProtocol of IKEv2 */
#define MPRAPI_IKEV2_AUTH_USING_CERT 1
#define MPRAPI_IKEV2_AUTH_USING_EAP  2

typedef struct _PPP_PROJECTION_INFO {
    DWORD dwIPv4NegotiationError; /* 0: there is an IPv4 address */
    WCHAR wszAddress[IPADDRESSLEN + 1];
    WCHAR wszRemoteAddress[IPADDRESSLEN + 1];
    DWORD dwIPv4Options;
    DWORD dwIPv4RemoteOptions;
    ULONG64 IPv4SubInterfaceIndex; /* on the server, 0: not known */
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
    DWORD dwRemoteEapTypeId;
    DWORD dwCcpError;
    DWORD dwCompressionAlgorithm; /* RASCCPCA_* */
    DWORD dwCcpOptions;           /* PPP_CCP_* */
    DWORD dwRemoteCompressionAlgorithm;
    DWORD dwCcpRemoteOptions;
} PPP_PROJECTION_INFO, *PPPP_PROJECTION_INFO;

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

typedef struct _IKEV2_PROJECTION_INFO {
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
    DWORD dwCompressionAlgorithm;
    DWORD dwEncryptionMethod; /* 2 3DES, 3 AES-128, 4 AES-192, 5 AES-256 */
} IKEV2_PROJECTION_INFO, *PIKEV2_PROJECTION_INFO;

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

#if (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 201112L) && !defined(__cplusplus)
#error "mprapi.h needs C11 or C++ for unions without a name"
#endif

typedef struct _PROJECTION_INFO {
    UCHAR projectionInfoType; /* MPRAPI_*_PROJECTION_INFO_TYPE says which of the two */
    union {
        PPP_PROJECTION_INFO PppProjectionInfo;
        IKEV2_PROJECTION_INFO Ikev2ProjectionInfo;
    };
} PROJECTION_INFO, *PPROJECTION_INFO;

typedef struct _PROJECTION_INFO2 {
    UCHAR projectionInfoType;
    union {
        PPP_PROJECTION_INFO2 PppProjectionInfo;
        IKEV2_PROJECTION_INFO2 Ikev2ProjectionInfo;
    };
} PROJECTION_INFO2, *PPROJECTION_INFO2;

#endif
