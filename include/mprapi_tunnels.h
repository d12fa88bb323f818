/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part of mprapi.h: ports and protection of each kind of tunnel, ConfigParams of MPR_SERVER_EX and
 * MPR_SERVER_SET_CONFIG_EX (mprapi_server.h).
 *
 * REVISIONS. These structures have grown with Windows, under names that stayed: on Windows MPR_SERVER_EX, and even
 * MPR_SERVER_EX0, has another layout in each program, depending on the version of Windows that it was compiled for. All
 * that tells them apart is revision and size in their MPRAPI_OBJECT_HEADER. So here every layout is a type of its own,
 * with _REV and the revision of the header behind its name:
 *
 *     revision  since             IKEv2 parameters             L2TP               GRE   sizeof MPR_SERVER_EX
 *     1         Server 2008 R2    IKEV2_TUNNEL_..._PARAMS1     ports only         no    128
 *     2         Server 2012       IKEV2_TUNNEL_..._PARAMS2     ports only         no    160
 *     3, 4      Server 2012 R2    IKEV2_TUNNEL_..._PARAMS3     L2TP_TUNNEL_...1   no    224
 *     5         Server 2016       IKEV2_TUNNEL_..._PARAMS4     L2TP_TUNNEL_...2   yes   248
 *
 * The names of Windows are macros for these types, by the version that the program means (OPENRRAS_WINVER in
 * mprapi_base.h), so that a program for Windows compiles with the layout that it expects. Names with a 0 are the newest
 * revision of that version that has no GRE, names with a 1 that have one are revision 5. A program that fills in
 * MPR_SERVER_EX has to fill in the revision that goes with it:
 *
 *     MPR_SERVER_EX_REV3 info = {0};
 *     info.Header.revision = MPRAPI_MPR_SERVER_OBJECT_REVISION_3;
 *     info.Header.type = MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT;
 *     info.Header.size = sizeof info;
 *
 * POINTERS in these structures are the caller's when something is set: only read, and only during the call. When
 * something is got, each points to a block of its own from the library, or is NULL.
 */
#ifndef OPENRRAS_MPRAPI_TUNNELS_H
#define OPENRRAS_MPRAPI_TUNNELS_H

#include "mprapi_base.h"

/* ---- algorithms ---- */

/* The algorithms of IKE and IPsec, in place of the built-in choice. Main mode protects IKE itself, quick mode data. */
typedef struct _ROUTER_CUSTOM_IKEv2_POLICY0 {
    DWORD dwIntegrityMethod;         /* main mode: 0 MD5, 1 SHA-1, 2 SHA-256, 3 SHA-384 */
    DWORD dwEncryptionMethod;        /* main mode: 0 DES, 1 3DES, 2 AES-128, 3 AES-192, 4 AES-256 */
    DWORD dwCipherTransformConstant; /* quick mode: 1 DES, 2 3DES, 3/4/5 AES-128/192/256, 6/7/8 the same with GCM */
    DWORD dwAuthTransformConstant;   /* quick mode: 0 MD5, 1 SHA-1, 2 SHA-256, 3/4/5 AES-128/192/256 with GCM */
    DWORD dwPfsGroup; /* quick mode: 0 none, 1, 2, 3 group 2048, 4 ECP-256, 5 ECP-384, 6 as main mode, 7 group 24 */
    DWORD dwDhGroup;  /* main mode: 0 none, 1, 2, 3 group 14, 4 ECP-256, 5 ECP-384, 6 group 24 */
} ROUTER_CUSTOM_IKEv2_POLICY0, *PROUTER_CUSTOM_IKEv2_POLICY0, ROUTER_CUSTOM_L2TP_POLICY0, *PROUTER_CUSTOM_L2TP_POLICY0;

#define ROUTER_CUSTOM_IKEv2_POLICY ROUTER_CUSTOM_IKEv2_POLICY0
#define ROUTER_CUSTOM_L2TP_POLICY  ROUTER_CUSTOM_L2TP_POLICY0
typedef ROUTER_CUSTOM_IKEv2_POLICY *PROUTER_CUSTOM_IKEv2_POLICY;
typedef ROUTER_CUSTOM_L2TP_POLICY *PROUTER_CUSTOM_L2TP_POLICY;

/* A use of certificates (extended key usage) that is accepted. */
typedef struct _MPR_CERT_EKU {
    DWORD dwSize;   /* characters at pwszEKU: Windows says bytes, but its protocol counts 16-bit units */
    BOOL IsEKUOID;  /* TRUE: pwszEKU is an object identifier, FALSE: a name */
    WCHAR *pwszEKU; /* "1.3.6.1.5.5.7.3.2" */
} MPR_CERT_EKU, *PMPR_CERT_EKU;

/* ---- IKEv2 ---- */

/*
 * Ranges, in all revisions. Times: 300 to 17279999 seconds, the blackout time 120 or more. Sizes: kilobytes, 1024 or
 * more. dwEncryptionType (here only; MPR_ET_* is another numbering): 0 none, 1 if the other side wants it, 2 required,
 * 3 the strongest required.
 */
typedef struct _IKEV2_TUNNEL_CONFIG_PARAMS1 {
    DWORD dwIdleTimeout;                /* seconds without traffic after which a session ends */
    DWORD dwNetworkBlackoutTime;        /* seconds without an answer from the peer after which it ends */
    DWORD dwSaLifeTime;                 /* seconds after which keys are renewed */
    DWORD dwSaDataSizeForRenegotiation; /* kilobytes after which they are */
    DWORD dwConfigOptions;              /* 0 */
    DWORD dwTotalCertificates;
    CERT_NAME_BLOB *certificateNames; /* dwTotalCertificates subjects of certificates */
} IKEV2_TUNNEL_CONFIG_PARAMS1, *PIKEV2_TUNNEL_CONFIG_PARAMS1;

typedef struct _IKEV2_TUNNEL_CONFIG_PARAMS2 {
    DWORD dwIdleTimeout;
    DWORD dwNetworkBlackoutTime;
    DWORD dwSaLifeTime;
    DWORD dwSaDataSizeForRenegotiation;
    DWORD dwConfigOptions;
    DWORD dwTotalCertificates;
    CERT_NAME_BLOB *certificateNames;
    CERT_NAME_BLOB machineCertificateName; /* subject of the server's own certificate */
    DWORD dwEncryptionType;
    PROUTER_CUSTOM_IKEv2_POLICY0 customPolicy; /* NULL: the built-in choice */
} IKEV2_TUNNEL_CONFIG_PARAMS2, *PIKEV2_TUNNEL_CONFIG_PARAMS2;

typedef struct _IKEV2_TUNNEL_CONFIG_PARAMS3 {
    DWORD dwIdleTimeout;
    DWORD dwNetworkBlackoutTime;
    DWORD dwSaLifeTime;
    DWORD dwSaDataSizeForRenegotiation;
    DWORD dwConfigOptions;
    DWORD dwTotalCertificates;
    CERT_NAME_BLOB *certificateNames;
    CERT_NAME_BLOB machineCertificateName;
    DWORD dwEncryptionType;
    PROUTER_CUSTOM_IKEv2_POLICY0 customPolicy;
    DWORD dwTotalEkus;
    PMPR_CERT_EKU certificateEKUs; /* dwTotalEkus of them */
    CRYPT_HASH_BLOB machineCertificateHash;
} IKEV2_TUNNEL_CONFIG_PARAMS3, *PIKEV2_TUNNEL_CONFIG_PARAMS3;

typedef struct _IKEV2_TUNNEL_CONFIG_PARAMS4 {
    DWORD dwIdleTimeout;
    DWORD dwNetworkBlackoutTime;
    DWORD dwSaLifeTime;
    DWORD dwSaDataSizeForRenegotiation;
    DWORD dwConfigOptions;
    DWORD dwTotalCertificates;
    CERT_NAME_BLOB *certificateNames;
    CERT_NAME_BLOB machineCertificateName;
    DWORD dwEncryptionType;
    PROUTER_CUSTOM_IKEv2_POLICY0 customPolicy;
    DWORD dwTotalEkus;
    PMPR_CERT_EKU certificateEKUs;
    CRYPT_HASH_BLOB machineCertificateHash;
    DWORD dwMmSaLifeTime; /* seconds after which the keys of IKE itself are renewed */
} IKEV2_TUNNEL_CONFIG_PARAMS4, *PIKEV2_TUNNEL_CONFIG_PARAMS4;

/*
 * Ports. dwNumPorts: how many, never 0; up to 30000, PPTP 16384. dwPortFlags: MPR_ENABLE_*_ON_DEVICE, IKEv2 and SSTP
 * MPR_ENABLE_RAS_ON_DEVICE only. dwTunnelConfigParamFlags says that TunnelConfigParams is filled in.
 */
#define MPRAPI_IKEV2_SET_TUNNEL_CONFIG_PARAMS 0x00000001
#define MPRAPI_L2TP_SET_TUNNEL_CONFIG_PARAMS  0x00000001

typedef struct _IKEV2_CONFIG_PARAMS_REV1 {
    DWORD dwNumPorts;
    DWORD dwPortFlags;
    DWORD dwTunnelConfigParamFlags;
    IKEV2_TUNNEL_CONFIG_PARAMS1 TunnelConfigParams;
} IKEV2_CONFIG_PARAMS_REV1;

typedef struct _IKEV2_CONFIG_PARAMS_REV2 {
    DWORD dwNumPorts;
    DWORD dwPortFlags;
    DWORD dwTunnelConfigParamFlags;
    IKEV2_TUNNEL_CONFIG_PARAMS2 TunnelConfigParams;
} IKEV2_CONFIG_PARAMS_REV2;

typedef struct _IKEV2_CONFIG_PARAMS_REV3 {
    DWORD dwNumPorts;
    DWORD dwPortFlags;
    DWORD dwTunnelConfigParamFlags;
    IKEV2_TUNNEL_CONFIG_PARAMS3 TunnelConfigParams;
} IKEV2_CONFIG_PARAMS_REV3;

typedef struct _IKEV2_CONFIG_PARAMS_REV5 {
    DWORD dwNumPorts;
    DWORD dwPortFlags;
    DWORD dwTunnelConfigParamFlags;
    IKEV2_TUNNEL_CONFIG_PARAMS4 TunnelConfigParams;
} IKEV2_CONFIG_PARAMS_REV5;

/* ---- PPTP, L2TP, SSTP, GRE ---- */

typedef struct _PPTP_CONFIG_PARAMS {
    DWORD dwNumPorts;
    DWORD dwPortFlags;
} PPTP_CONFIG_PARAMS, *PPPTP_CONFIG_PARAMS;

/* L2TP over IPsec. Ranges as for IKEv2. */
typedef struct _L2TP_TUNNEL_CONFIG_PARAMS1 {
    DWORD dwIdleTimeout;
    DWORD dwEncryptionType;
    DWORD dwSaLifeTime;
    DWORD dwSaDataSizeForRenegotiation;
    PROUTER_CUSTOM_L2TP_POLICY0 customPolicy; /* NULL: the built-in choice */
} L2TP_TUNNEL_CONFIG_PARAMS1, *PL2TP_TUNNEL_CONFIG_PARAMS1;

typedef struct _L2TP_TUNNEL_CONFIG_PARAMS2 {
    DWORD dwIdleTimeout;
    DWORD dwEncryptionType;
    DWORD dwSaLifeTime;
    DWORD dwSaDataSizeForRenegotiation;
    PROUTER_CUSTOM_L2TP_POLICY0 customPolicy;
    DWORD dwMmSaLifeTime;
} L2TP_TUNNEL_CONFIG_PARAMS2, *PL2TP_TUNNEL_CONFIG_PARAMS2;

/* Revisions 1 and 2. */
typedef struct _L2TP_CONFIG_PARAMS0 {
    DWORD dwNumPorts;
    DWORD dwPortFlags;
} L2TP_CONFIG_PARAMS0, *PL2TP_CONFIG_PARAMS0;

typedef struct _L2TP_CONFIG_PARAMS_REV3 {
    DWORD dwNumPorts;
    DWORD dwPortFlags;
    DWORD dwTunnelConfigParamFlags;
    L2TP_TUNNEL_CONFIG_PARAMS1 TunnelConfigParams;
} L2TP_CONFIG_PARAMS_REV3;

typedef struct _L2TP_CONFIG_PARAMS_REV5 {
    DWORD dwNumPorts;
    DWORD dwPortFlags;
    DWORD dwTunnelConfigParamFlags;
    L2TP_TUNNEL_CONFIG_PARAMS2 TunnelConfigParams;
} L2TP_CONFIG_PARAMS_REV5;

#define MAX_SSTP_HASH_SIZE 32 /* bytes */

typedef struct _SSTP_CERT_INFO {
    BOOL isDefault;           /* TRUE: nobody has chosen a certificate, the service has; FALSE when setting */
    CRYPT_HASH_BLOB certBlob; /* MAX_SSTP_HASH_SIZE bytes at most; setting none (cbData 0): let the service choose */
} SSTP_CERT_INFO, *PSSTP_CERT_INFO;

typedef struct _SSTP_CONFIG_PARAMS {
    DWORD dwNumPorts;
    DWORD dwPortFlags;
    BOOL isUseHttps;     /* TRUE: listens with HTTPS, FALSE: with HTTP, behind something that does HTTPS for it */
    DWORD certAlgorithm; /* CALG_SHA_256 */
    SSTP_CERT_INFO sstpCertDetails;
} SSTP_CONFIG_PARAMS, *PSSTP_CONFIG_PARAMS;

typedef struct _GRE_CONFIG_PARAMS0 {
    DWORD dwNumPorts;
    DWORD dwPortFlags;
} GRE_CONFIG_PARAMS0, *PGRE_CONFIG_PARAMS0;

#define GRE_CONFIG_PARAMS GRE_CONFIG_PARAMS0
typedef GRE_CONFIG_PARAMS *PGRE_CONFIG_PARAMS;

/* ---- all of them together ---- */

typedef struct _MPRAPI_TUNNEL_CONFIG_PARAMS_REV1 {
    IKEV2_CONFIG_PARAMS_REV1 IkeConfigParams;
    PPTP_CONFIG_PARAMS PptpConfigParams;
    L2TP_CONFIG_PARAMS0 L2tpConfigParams;
    SSTP_CONFIG_PARAMS SstpConfigParams;
} MPRAPI_TUNNEL_CONFIG_PARAMS_REV1;

typedef struct _MPRAPI_TUNNEL_CONFIG_PARAMS_REV2 {
    IKEV2_CONFIG_PARAMS_REV2 IkeConfigParams;
    PPTP_CONFIG_PARAMS PptpConfigParams;
    L2TP_CONFIG_PARAMS0 L2tpConfigParams;
    SSTP_CONFIG_PARAMS SstpConfigParams;
} MPRAPI_TUNNEL_CONFIG_PARAMS_REV2;

typedef struct _MPRAPI_TUNNEL_CONFIG_PARAMS_REV3 {
    IKEV2_CONFIG_PARAMS_REV3 IkeConfigParams;
    PPTP_CONFIG_PARAMS PptpConfigParams;
    L2TP_CONFIG_PARAMS_REV3 L2tpConfigParams;
    SSTP_CONFIG_PARAMS SstpConfigParams;
} MPRAPI_TUNNEL_CONFIG_PARAMS_REV3;

typedef struct _MPRAPI_TUNNEL_CONFIG_PARAMS_REV5 {
    IKEV2_CONFIG_PARAMS_REV5 IkeConfigParams;
    PPTP_CONFIG_PARAMS PptpConfigParams;
    L2TP_CONFIG_PARAMS_REV5 L2tpConfigParams;
    SSTP_CONFIG_PARAMS SstpConfigParams;
    GRE_CONFIG_PARAMS0 GREConfigParams;
} MPRAPI_TUNNEL_CONFIG_PARAMS_REV5;

/* ---- the names of Windows ---- */

#if OPENRRAS_WINVER >= 0x0A00
#define IKEV2_TUNNEL_CONFIG_PARAMS IKEV2_TUNNEL_CONFIG_PARAMS4
#define IKEV2_CONFIG_PARAMS        IKEV2_CONFIG_PARAMS_REV5
#define L2TP_TUNNEL_CONFIG_PARAMS  L2TP_TUNNEL_CONFIG_PARAMS2
#define L2TP_CONFIG_PARAMS1        L2TP_CONFIG_PARAMS_REV5
#else
#define L2TP_TUNNEL_CONFIG_PARAMS L2TP_TUNNEL_CONFIG_PARAMS1
#define L2TP_CONFIG_PARAMS1       L2TP_CONFIG_PARAMS_REV3
#if OPENRRAS_WINVER >= 0x0603
#define IKEV2_TUNNEL_CONFIG_PARAMS IKEV2_TUNNEL_CONFIG_PARAMS3
#define IKEV2_CONFIG_PARAMS        IKEV2_CONFIG_PARAMS_REV3
#elif OPENRRAS_WINVER >= 0x0602
#define IKEV2_TUNNEL_CONFIG_PARAMS IKEV2_TUNNEL_CONFIG_PARAMS2
#define IKEV2_CONFIG_PARAMS        IKEV2_CONFIG_PARAMS_REV2
#else
#define IKEV2_TUNNEL_CONFIG_PARAMS IKEV2_TUNNEL_CONFIG_PARAMS1
#define IKEV2_CONFIG_PARAMS        IKEV2_CONFIG_PARAMS_REV1
#endif
#endif

#if OPENRRAS_WINVER >= 0x0603
#define L2TP_CONFIG_PARAMS           L2TP_CONFIG_PARAMS1
#define MPRAPI_TUNNEL_CONFIG_PARAMS0 MPRAPI_TUNNEL_CONFIG_PARAMS_REV3
#elif OPENRRAS_WINVER >= 0x0602
#define L2TP_CONFIG_PARAMS           L2TP_CONFIG_PARAMS0
#define MPRAPI_TUNNEL_CONFIG_PARAMS0 MPRAPI_TUNNEL_CONFIG_PARAMS_REV2
#else
#define L2TP_CONFIG_PARAMS           L2TP_CONFIG_PARAMS0
#define MPRAPI_TUNNEL_CONFIG_PARAMS0 MPRAPI_TUNNEL_CONFIG_PARAMS_REV1
#endif

#define MPRAPI_TUNNEL_CONFIG_PARAMS1 MPRAPI_TUNNEL_CONFIG_PARAMS_REV5
#if OPENRRAS_WINVER >= 0x0A00
#define MPRAPI_TUNNEL_CONFIG_PARAMS MPRAPI_TUNNEL_CONFIG_PARAMS1
#else
#define MPRAPI_TUNNEL_CONFIG_PARAMS MPRAPI_TUNNEL_CONFIG_PARAMS0
#endif

typedef IKEV2_TUNNEL_CONFIG_PARAMS *PIKEV2_TUNNEL_CONFIG_PARAMS;
typedef IKEV2_CONFIG_PARAMS *PIKEV2_CONFIG_PARAMS;
typedef L2TP_TUNNEL_CONFIG_PARAMS *PL2TP_TUNNEL_CONFIG_PARAMS;
typedef L2TP_CONFIG_PARAMS1 *PL2TP_CONFIG_PARAMS1;
typedef L2TP_CONFIG_PARAMS *PL2TP_CONFIG_PARAMS;
typedef MPRAPI_TUNNEL_CONFIG_PARAMS0 *PMPRAPI_TUNNEL_CONFIG_PARAMS0;
typedef MPRAPI_TUNNEL_CONFIG_PARAMS1 *PMPRAPI_TUNNEL_CONFIG_PARAMS1;
typedef MPRAPI_TUNNEL_CONFIG_PARAMS *PMPRAPI_TUNNEL_CONFIG_PARAMS;

#endif
