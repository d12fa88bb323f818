/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layout of the records that dimsvc carries (MS-RRASM 2.2.1): offsets and sizes in bytes, all integers little-endian in
 * the containers, all text UTF-16LE in fields of fixed size with a NUL.
 *
 * Names: DIM_<record>_<field> is the field's offset from the start of the record (or part), DIM_<record>_SIZE the size
 * of a record with its trailing padding, DIM_UNITS_* the size of a text field in UTF-16 units, its NUL included.
 *
 * Two kinds of records. Those of opnums 0 to 5, 36 and 43 are memory images: what a Windows compiler makes of the C
 * structure, array elements at the stride of SIZE, without any NDR inside. Those of opnums 44 to 46 are NDR structures.
 *
 * Two variants. PPP_IPXCP_INFO.wszAddress has 23 units in the SDK header and 16 in the specification's text, which
 * moves what comes after it. This server sends 23; a client must take both and tells them apart by the size of the
 * item. Macros that depend on it have the number of units as their argument.
 */
#ifndef OPENRRAS_DIMSVC_LAYOUT_H
#define OPENRRAS_DIMSVC_LAYOUT_H

#include <stdint.h>

/* Pointers that are not NULL: these are numbered from here in steps of 4, as Windows does it. */
#define DIM_FIRST_REFERENT 0x00020000u

/* Text fields. */
#define DIM_UNITS_SHORT    17u  /* port, media, device type, computer: 16 characters */
#define DIM_UNITS_DEVICE   129u /* device name */
#define DIM_UNITS_NAME     257u /* interface and user name */
#define DIM_UNITS_DOMAIN   16u  /* logon domain: 15 characters */
#define DIM_UNITS_IPV4     16u  /* dotted text */
#define DIM_UNITS_ENDPOINT 65u  /* outer address, IPv4 or IPv6 text */
#define DIM_UNITS_ATALK    33u
#define DIM_IPX_SDK        23u /* IPX address as in the SDK header: sent */
#define DIM_IPX_SPEC       16u /* as in the specification's text: taken as well */

/* ---- twelve counters, in this order wherever they occur ---- */
#define DIM_STATS_BYTES_OUT        0u
#define DIM_STATS_BYTES_IN         4u
#define DIM_STATS_FRAMES_OUT       8u
#define DIM_STATS_FRAMES_IN        12u
#define DIM_STATS_CRC              16u
#define DIM_STATS_TIMEOUT          20u
#define DIM_STATS_ALIGNMENT        24u
#define DIM_STATS_HARDWARE_OVERRUN 28u
#define DIM_STATS_FRAMING          32u
#define DIM_STATS_BUFFER_OVERRUN   36u
#define DIM_STATS_RATIO_IN         40u
#define DIM_STATS_RATIO_OUT        44u
#define DIM_STATS_SIZE             48u

/* ---- RASI_PORT_0: opnum 4; opnum 5 level 0 ---- */
#define DIM_PORT0_PORT       0u
#define DIM_PORT0_CONNECTION 4u /* 0: none */
#define DIM_PORT0_CONDITION  8u /* RAS_PORT_CONDITION */
#define DIM_PORT0_CALLS      12u
#define DIM_PORT0_DURATION   16u  /* seconds */
#define DIM_PORT0_NAME       20u  /* DIM_UNITS_SHORT */
#define DIM_PORT0_MEDIA      54u  /* DIM_UNITS_SHORT */
#define DIM_PORT0_DEVICE     88u  /* DIM_UNITS_DEVICE */
#define DIM_PORT0_TYPE       346u /* DIM_UNITS_SHORT */
#define DIM_PORT0_SIZE       380u

/* ---- RASI_PORT_1: opnum 5 level 1 ---- */
#define DIM_PORT1_PORT       0u
#define DIM_PORT1_CONNECTION 4u
#define DIM_PORT1_HARDWARE   8u  /* 0 operational, 1 failure */
#define DIM_PORT1_SPEED      12u /* bits per second */
#define DIM_PORT1_STATS      16u
#define DIM_PORT1_SIZE       64u

/* ---- parts of PPP_INFO, PPP_INFO_2 and PPP_INFO_3 ---- */
/* PPP_NBFCP_INFO */
#define DIM_NBFCP_ERROR       0u
#define DIM_NBFCP_WORKSTATION 4u /* DIM_UNITS_SHORT */
#define DIM_NBFCP_SIZE        40u
/* PPP_IPCP_INFO, and PPP_IPCP_INFO2, which has options at its end */
#define DIM_IPCP_ERROR           0u
#define DIM_IPCP_ADDRESS         4u  /* the server's; DIM_UNITS_IPV4 */
#define DIM_IPCP_REMOTE_ADDRESS  36u /* the client's; DIM_UNITS_IPV4 */
#define DIM_IPCP_SIZE            68u
#define DIM_IPCP2_OPTIONS        68u
#define DIM_IPCP2_REMOTE_OPTIONS 72u
#define DIM_IPCP2_SIZE           76u
/* PPP_IPXCP_INFO */
#define DIM_IPXCP_ERROR     0u
#define DIM_IPXCP_ADDRESS   4u
#define DIM_IPXCP_SIZE(ipx) ((4u + 2u * (ipx) + 3u) & ~3u)
/* PPP_ATCP_INFO */
#define DIM_ATCP_ERROR   0u
#define DIM_ATCP_ADDRESS 4u /* DIM_UNITS_ATALK */
#define DIM_ATCP_SIZE    72u
/* PPP_IPV6_CP_INFO */
#define DIM_IPV6CP_VERSION          0u
#define DIM_IPV6CP_LENGTH           4u /* dwSize */
#define DIM_IPV6CP_ERROR            8u
#define DIM_IPV6CP_INTERFACE        12u /* 8 bytes, the server's */
#define DIM_IPV6CP_REMOTE_INTERFACE 20u /* 8 bytes, the client's */
#define DIM_IPV6CP_OPTIONS          28u
#define DIM_IPV6CP_REMOTE_OPTIONS   32u
#define DIM_IPV6CP_PREFIX           36u /* 8 bytes */
#define DIM_IPV6CP_PREFIX_LENGTH    44u /* bits */
#define DIM_IPV6CP_SIZE             48u
/* PPP_CCP_INFO */
#define DIM_CCP_ERROR            0u
#define DIM_CCP_ALGORITHM        4u
#define DIM_CCP_OPTIONS          8u
#define DIM_CCP_REMOTE_ALGORITHM 12u
#define DIM_CCP_REMOTE_OPTIONS   16u
#define DIM_CCP_SIZE             20u
/* PPP_LCP_INFO */
#define DIM_LCP_ERROR                   0u
#define DIM_LCP_AUTH_PROTOCOL           4u
#define DIM_LCP_AUTH_DATA               8u
#define DIM_LCP_REMOTE_AUTH_PROTOCOL    12u /* what authenticated the client */
#define DIM_LCP_REMOTE_AUTH_DATA        16u
#define DIM_LCP_TERMINATE_REASON        20u
#define DIM_LCP_REMOTE_TERMINATE_REASON 24u
#define DIM_LCP_OPTIONS                 28u
#define DIM_LCP_REMOTE_OPTIONS          32u
#define DIM_LCP_EAP                     36u
#define DIM_LCP_REMOTE_EAP              40u
#define DIM_LCP_SIZE                    44u

/* PPP_INFO */
#define DIM_PPP_NBFCP     0u
#define DIM_PPP_IPCP      40u
#define DIM_PPP_IPXCP     108u
#define DIM_PPP_ATCP(ipx) (DIM_PPP_IPXCP + DIM_IPXCP_SIZE(ipx))
#define DIM_PPP_SIZE(ipx) (DIM_PPP_ATCP(ipx) + DIM_ATCP_SIZE)
/* PPP_INFO_2 */
#define DIM_PPP2_NBFCP     0u
#define DIM_PPP2_IPCP      40u
#define DIM_PPP2_IPXCP     116u
#define DIM_PPP2_ATCP(ipx) (DIM_PPP2_IPXCP + DIM_IPXCP_SIZE(ipx))
#define DIM_PPP2_CCP(ipx)  (DIM_PPP2_ATCP(ipx) + DIM_ATCP_SIZE)
#define DIM_PPP2_LCP(ipx)  (DIM_PPP2_CCP(ipx) + DIM_CCP_SIZE)
#define DIM_PPP2_SIZE(ipx) (DIM_PPP2_LCP(ipx) + DIM_LCP_SIZE)
/* PPP_INFO_3 */
#define DIM_PPP3_NBFCP  0u
#define DIM_PPP3_IPCP   40u
#define DIM_PPP3_IPV6CP 116u
#define DIM_PPP3_CCP    164u
#define DIM_PPP3_LCP    184u
#define DIM_PPP3_SIZE   228u

/* ---- RASI_CONNECTION_0: opnums 1 and 2, level 0 ---- */
#define DIM_CONN0_CONNECTION     0u
#define DIM_CONN0_INTERFACE      4u
#define DIM_CONN0_DURATION       8u
#define DIM_CONN0_INTERFACE_TYPE 12u
#define DIM_CONN0_FLAGS          16u
#define DIM_CONN0_INTERFACE_NAME 20u   /* DIM_UNITS_NAME */
#define DIM_CONN0_USER           534u  /* DIM_UNITS_NAME */
#define DIM_CONN0_DOMAIN         1048u /* DIM_UNITS_DOMAIN */
#define DIM_CONN0_COMPUTER       1080u /* DIM_UNITS_SHORT, 2 bytes of padding */
#define DIM_CONN0_SIZE           1116u

/* ---- RASI_CONNECTION_1: level 1 ---- */
#define DIM_CONN1_CONNECTION 0u
#define DIM_CONN1_INTERFACE  4u
#define DIM_CONN1_PPP        8u
#define DIM_CONN1_STATS(ipx) (DIM_CONN1_PPP + DIM_PPP_SIZE(ipx))
#define DIM_CONN1_SIZE(ipx)  (DIM_CONN1_STATS(ipx) + DIM_STATS_SIZE)

/* ---- RASI_CONNECTION_2: level 2 ---- */
#define DIM_CONN2_CONNECTION     0u
#define DIM_CONN2_USER           4u /* DIM_UNITS_NAME, 2 bytes of padding */
#define DIM_CONN2_INTERFACE_TYPE 520u
#define DIM_CONN2_GUID           524u
#define DIM_CONN2_PPP2           540u
#define DIM_CONN2_SIZE(ipx)      (DIM_CONN2_PPP2 + DIM_PPP2_SIZE(ipx))

/* ---- RASI_CONNECTION_3: level 3 ---- */
#define DIM_CONN3_VERSION        0u /* 1 */
#define DIM_CONN3_LENGTH         4u /* dwSize: 788 */
#define DIM_CONN3_CONNECTION     8u
#define DIM_CONN3_USER           12u /* DIM_UNITS_NAME, 2 bytes of padding */
#define DIM_CONN3_INTERFACE_TYPE 528u
#define DIM_CONN3_GUID           532u
#define DIM_CONN3_PPP3           548u
#define DIM_CONN3_QUARANTINE     776u
#define DIM_CONN3_TIMER          780u /* FILETIME */
#define DIM_CONN3_SIZE           788u

/* ---- RAS_CONNECTION_4_IDL as a memory image: level 4 ---- */
#define DIM_CONN4_DURATION        0u
#define DIM_CONN4_INTERFACE_TYPE  4u
#define DIM_CONN4_FLAGS           8u
#define DIM_CONN4_INTERFACE_NAME  12u   /* DIM_UNITS_NAME */
#define DIM_CONN4_USER            526u  /* DIM_UNITS_NAME */
#define DIM_CONN4_DOMAIN          1040u /* DIM_UNITS_DOMAIN */
#define DIM_CONN4_COMPUTER        1072u /* DIM_UNITS_SHORT, 2 bytes of padding */
#define DIM_CONN4_GUID            1108u
#define DIM_CONN4_QUARANTINE      1124u
#define DIM_CONN4_PROBATION       1128u /* FILETIME */
#define DIM_CONN4_START           1136u /* FILETIME */
#define DIM_CONN4_STATS           1144u
#define DIM_CONN4_SWITCHOVERS     1192u
#define DIM_CONN4_REMOTE_ENDPOINT 1196u /* DIM_UNITS_ENDPOINT */
#define DIM_CONN4_LOCAL_ENDPOINT  1326u /* DIM_UNITS_ENDPOINT */
#define DIM_CONN4_PROJECTION      1456u /* one byte: DIM_PROJECTION_* */
#define DIM_CONN4_PROJECTION_ARM  1464u /* DIM_PROJ_* with DIM_PROJ_PPP2_*, or DIM_PROJ_IKE2_* */
#define DIM_CONN4_CONNECTION      1664u
#define DIM_CONN4_INTERFACE       1668u
#define DIM_CONN4_DEVICE_TYPE     1672u
#define DIM_CONN4_SIZE            1680u

/* ---- projections: inside RAS_CONNECTION_4_IDL (revision 2) and RAS_CONNECTION_EX (revision 1) ---- */
#define DIM_PROJECTION_PPP   1u
#define DIM_PROJECTION_IKEV2 2u
/* all of them begin with these */
#define DIM_PROJ_ERROR4         0u
#define DIM_PROJ_ADDRESS        4u  /* the server's; DIM_UNITS_IPV4 */
#define DIM_PROJ_REMOTE_ADDRESS 36u /* the client's; DIM_UNITS_IPV4 */
/* PPP_PROJECTION_INFO_1 and _2 */
#define DIM_PROJ_PPP_OPTIONS4                    68u
#define DIM_PROJ_PPP_REMOTE_OPTIONS4             72u
#define DIM_PROJ_PPP_SUBINTERFACE4               80u /* 8 bytes */
#define DIM_PROJ_PPP_ERROR6                      88u
#define DIM_PROJ_PPP_INTERFACE6                  92u  /* 8 bytes */
#define DIM_PROJ_PPP_REMOTE_INTERFACE6           100u /* 8 bytes */
#define DIM_PROJ_PPP_PREFIX6                     108u /* 8 bytes */
#define DIM_PROJ_PPP_PREFIX_LENGTH6              116u
#define DIM_PROJ_PPP_SUBINTERFACE6               120u /* 8 bytes */
#define DIM_PROJ_PPP_LCP_ERROR                   128u
#define DIM_PROJ_PPP_AUTH_PROTOCOL               132u
#define DIM_PROJ_PPP_AUTH_DATA                   136u
#define DIM_PROJ_PPP_REMOTE_AUTH_PROTOCOL        140u
#define DIM_PROJ_PPP_REMOTE_AUTH_DATA            144u
#define DIM_PROJ_PPP_LCP_TERMINATE_REASON        148u
#define DIM_PROJ_PPP_LCP_REMOTE_TERMINATE_REASON 152u
#define DIM_PROJ_PPP_LCP_OPTIONS                 156u
#define DIM_PROJ_PPP_LCP_REMOTE_OPTIONS          160u
#define DIM_PROJ_PPP_EAP                         164u
#define DIM_PROJ_PPP1_REMOTE_EAP                 168u
#define DIM_PROJ_PPP1_CCP                        172u /* DIM_CCP_* */
#define DIM_PROJ_PPP1_SIZE                       192u
#define DIM_PROJ_PPP2_EMBEDDED_EAP               168u
#define DIM_PROJ_PPP2_REMOTE_EAP                 172u
#define DIM_PROJ_PPP2_CCP                        176u /* DIM_CCP_* */
#define DIM_PROJ_PPP2_SIZE                       200u
/* IKEV2_PROJECTION_INFO_1 and _2 */
#define DIM_PROJ_IKE_SUBINTERFACE4     72u /* 8 bytes */
#define DIM_PROJ_IKE_ERROR6            80u
#define DIM_PROJ_IKE_INTERFACE6        84u  /* 8 bytes */
#define DIM_PROJ_IKE_REMOTE_INTERFACE6 92u  /* 8 bytes */
#define DIM_PROJ_IKE_PREFIX6           100u /* 8 bytes */
#define DIM_PROJ_IKE_PREFIX_LENGTH6    108u
#define DIM_PROJ_IKE_SUBINTERFACE6     112u /* 8 bytes */
#define DIM_PROJ_IKE_OPTIONS           120u
#define DIM_PROJ_IKE_AUTH_PROTOCOL     124u /* 1 machine certificate, 2 EAP */
#define DIM_PROJ_IKE_EAP               128u
#define DIM_PROJ_IKE1_COMPRESSION      132u
#define DIM_PROJ_IKE1_ENCRYPTION       136u
#define DIM_PROJ_IKE1_SIZE             140u /* as NDR sends it; 144 in memory */
#define DIM_PROJ_IKE2_EMBEDDED_EAP     132u
#define DIM_PROJ_IKE2_COMPRESSION      136u
#define DIM_PROJ_IKE2_ENCRYPTION       140u
#define DIM_PROJ_IKE2_SIZE             144u

/* ---- RAS_CONNECTION_EX_1_IDL as NDR sends it, from the start of the arm (a multiple of 8): opnums 45 and 46 ---- */
#define DIM_CONNEX_HEADER          0u /* MPRAPI_OBJECT_HEADER_IDL */
#define DIM_CONNEX_DURATION        4u
#define DIM_CONNEX_INTERFACE_TYPE  8u /* 16 bits, 2 bytes of padding */
#define DIM_CONNEX_FLAGS           12u
#define DIM_CONNEX_INTERFACE_NAME  16u   /* DIM_UNITS_NAME */
#define DIM_CONNEX_USER            530u  /* DIM_UNITS_NAME */
#define DIM_CONNEX_DOMAIN          1044u /* DIM_UNITS_DOMAIN */
#define DIM_CONNEX_COMPUTER        1076u /* DIM_UNITS_SHORT, 2 bytes of padding */
#define DIM_CONNEX_GUID            1112u
#define DIM_CONNEX_QUARANTINE      1128u /* 16 bits, 2 bytes of padding */
#define DIM_CONNEX_PROBATION       1132u /* FILETIME */
#define DIM_CONNEX_STATS           1140u
#define DIM_CONNEX_SWITCHOVERS     1188u
#define DIM_CONNEX_REMOTE_ENDPOINT 1192u /* DIM_UNITS_ENDPOINT */
#define DIM_CONNEX_LOCAL_ENDPOINT  1322u /* DIM_UNITS_ENDPOINT */
/*
 * The union inside the structure. C706 14.3.8 read literally: the tag is aligned as what it is (a byte), the arm as the
 * arm. Whether Windows does it so has not been seen; this is the one place to change if it does not.
 */
#define DIM_CONNEX_PROJECTION     1452u /* one byte: DIM_PROJECTION_* */
#define DIM_CONNEX_PROJECTION_ARM 1456u /* DIM_PROJ_* with DIM_PROJ_PPP1_*, or DIM_PROJ_IKE1_* */
/* the connection's handle and the interface's follow the arm */
#define DIM_CONNEX_PPP_CONNECTION 1648u
#define DIM_CONNEX_PPP_INTERFACE  1652u
#define DIM_CONNEX_PPP_SIZE       1656u
#define DIM_CONNEX_IKE_CONNECTION 1596u
#define DIM_CONNEX_IKE_INTERFACE  1600u
#define DIM_CONNEX_IKE_SIZE       1604u
#define DIM_CONNEX_TAG_SIZE       8u /* tag of the outer union and its gap */

/* MPRAPI_OBJECT_HEADER_IDL */
#define DIM_OBJECT_REVISION          0u
#define DIM_OBJECT_TYPE              1u
#define DIM_OBJECT_LENGTH            2u /* 16 bits, not to be relied upon */
#define DIM_OBJECT_SIZE              4u
#define DIM_OBJECT_CONNECTION_EX     1u
#define DIM_OBJECT_SERVER_EX         2u
#define DIM_OBJECT_SERVER_SET_EX     3u
#define DIM_OBJECT_UPDATE_CONNECTION 5u
#define DIM_OBJECT_IF_CUSTOM_EX      6u

/* ---- MPR_SERVER_0, _1, _2: opnum 0; opnum 43 levels 1 and 2 ---- */
#define DIM_SERVER0_LAN_ONLY     0u
#define DIM_SERVER0_UP_TIME      4u /* seconds */
#define DIM_SERVER0_TOTAL_PORTS  8u
#define DIM_SERVER0_PORTS_IN_USE 12u
#define DIM_SERVER0_SIZE         16u
#define DIM_SERVER1_PPTP_PORTS   0u
#define DIM_SERVER1_PPTP_FLAGS   4u
#define DIM_SERVER1_L2TP_PORTS   8u
#define DIM_SERVER1_L2TP_FLAGS   12u
#define DIM_SERVER1_SIZE         16u
#define DIM_SERVER2_SSTP_PORTS   16u /* after what MPR_SERVER_1 has */
#define DIM_SERVER2_SSTP_FLAGS   20u
#define DIM_SERVER2_SIZE         24u

/* ---- MPR_CREDENTIALSEX_1: opnums 40 and 41; as large as its offset and size say, at least SIZE ---- */
#define DIM_CREDENTIALS_LENGTH 0u /* dwSize: of the key */
#define DIM_CREDENTIALS_OFFSET 4u /* dwOffset: where the key begins, from the start of the structure */
#define DIM_CREDENTIALS_DATA   8u /* the first place where it may */
#define DIM_CREDENTIALS_SIZE   12u
#define DIM_KEY_MAX            256u /* bytes of a key: fewer than 257 */

/* ---- RAS_UPDATE_CONNECTION_IDL as NDR sends it, from the start of the arm: opnum 48 ---- */
#define DIM_UPDATE_HEADER          0u /* MPRAPI_OBJECT_HEADER_IDL */
#define DIM_UPDATE_INTERFACE_INDEX 4u
#define DIM_UPDATE_REMOTE_ENDPOINT 8u   /* DIM_UNITS_ENDPOINT */
#define DIM_UPDATE_SIZE            140u /* in memory; 2 bytes of padding do not travel */

/* ---- MPR_SERVER_EX_n as NDR sends it, from the start of the stub, tag included: opnum 44 ---- */
#define DIM_SERVEREX_TAG          0u
#define DIM_SERVEREX_HEADER       4u /* MPRAPI_OBJECT_HEADER_IDL */
#define DIM_SERVEREX_LAN_ONLY     8u
#define DIM_SERVEREX_UP_TIME      12u
#define DIM_SERVEREX_TOTAL_PORTS  16u
#define DIM_SERVEREX_PORTS_IN_USE 20u
#define DIM_SERVEREX_TUNNELS      28u /* after a reserved DWORD: the tunnel parameters */
#define DIM_SERVEREX_SIZE(rev)    (DIM_SERVEREX_TUNNELS + DIM_TUNNELS_SIZE(rev))
/* ---- MPR_SERVER_SET_CONFIG_EX_n, likewise: opnum 47 ---- */
#define DIM_SERVERSET_PROTOCOLS 8u /* which parts count: bits */
#define DIM_SERVERSET_TUNNELS   12u
#define DIM_SERVERSET_SIZE(rev) (DIM_SERVERSET_TUNNELS + DIM_TUNNELS_SIZE(rev))
/* Tunnel parameters, from their start. Of revision 1, 2 or 3. */
#define DIM_TUNNELS_IKEV2     0u
#define DIM_TUNNELS_PPTP(rev) ((rev) == 1 ? 40u : (rev) == 2 ? 56u : 72u)
#define DIM_TUNNELS_L2TP(rev) (DIM_TUNNELS_PPTP(rev) + 8u)
#define DIM_TUNNELS_SSTP(rev) ((rev) == 1 ? 56u : (rev) == 2 ? 72u : 112u)
#define DIM_TUNNELS_SIZE(rev) (DIM_TUNNELS_SSTP(rev) + 28u)
/* each begins with these two DWORDs */
#define DIM_TUNNEL_PORTS 0u
#define DIM_TUNNEL_FLAGS 4u

/* ---- MPR_IF_CUSTOMINFOEX_IDL with the union's tag, as NDR sends it without what its pointers lead to: opnums 51 and
 * 52 ---- */
#define DIM_CUSTOMEX_SIZE(rev) ((rev) == 1 ? 32u : 40u)

/* ---- MPR_DEVICE_0: opnum 36 ---- */
#define DIM_DEVICE0_TYPE 0u  /* DIM_UNITS_SHORT */
#define DIM_DEVICE0_NAME 34u /* DIM_UNITS_DEVICE */
#define DIM_DEVICE0_SIZE 292u

/* ---- MPRI_INTERFACE_0: opnum 20; only its size matters to a server without router interfaces ---- */
#define DIM_INTERFACE0_SIZE 540u

/* ---- the sums ---- */
#define DIM_TEXT_SIZE(units)                    (2u * (units))
#define DIM_LAYOUT_FOLLOWS(field, before, size) _Static_assert((field) == (before) + (size), #field " follows " #before)

DIM_LAYOUT_FOLLOWS(DIM_PORT0_MEDIA, DIM_PORT0_NAME, DIM_TEXT_SIZE(DIM_UNITS_SHORT));
DIM_LAYOUT_FOLLOWS(DIM_PORT0_DEVICE, DIM_PORT0_MEDIA, DIM_TEXT_SIZE(DIM_UNITS_SHORT));
DIM_LAYOUT_FOLLOWS(DIM_PORT0_TYPE, DIM_PORT0_DEVICE, DIM_TEXT_SIZE(DIM_UNITS_DEVICE));
DIM_LAYOUT_FOLLOWS(DIM_PORT0_SIZE, DIM_PORT0_TYPE, DIM_TEXT_SIZE(DIM_UNITS_SHORT));
DIM_LAYOUT_FOLLOWS(DIM_PORT1_SIZE, DIM_PORT1_STATS, DIM_STATS_SIZE);

DIM_LAYOUT_FOLLOWS(DIM_NBFCP_SIZE, DIM_NBFCP_WORKSTATION, DIM_TEXT_SIZE(DIM_UNITS_SHORT) + 2u);
DIM_LAYOUT_FOLLOWS(DIM_IPCP_REMOTE_ADDRESS, DIM_IPCP_ADDRESS, DIM_TEXT_SIZE(DIM_UNITS_IPV4));
DIM_LAYOUT_FOLLOWS(DIM_IPCP_SIZE, DIM_IPCP_REMOTE_ADDRESS, DIM_TEXT_SIZE(DIM_UNITS_IPV4));
_Static_assert(DIM_IPXCP_SIZE(DIM_IPX_SDK) == 52 && DIM_IPXCP_SIZE(DIM_IPX_SPEC) == 36, "PPP_IPXCP_INFO");
DIM_LAYOUT_FOLLOWS(DIM_ATCP_SIZE, DIM_ATCP_ADDRESS, DIM_TEXT_SIZE(DIM_UNITS_ATALK) + 2u);
DIM_LAYOUT_FOLLOWS(DIM_PPP_IPCP, DIM_PPP_NBFCP, DIM_NBFCP_SIZE);
DIM_LAYOUT_FOLLOWS(DIM_PPP_IPXCP, DIM_PPP_IPCP, DIM_IPCP_SIZE);
_Static_assert(DIM_PPP_SIZE(DIM_IPX_SDK) == 232 && DIM_PPP_SIZE(DIM_IPX_SPEC) == 216, "PPP_INFO");
DIM_LAYOUT_FOLLOWS(DIM_PPP2_IPXCP, DIM_PPP2_IPCP, DIM_IPCP2_SIZE);
_Static_assert(DIM_PPP2_SIZE(DIM_IPX_SDK) == 304 && DIM_PPP2_SIZE(DIM_IPX_SPEC) == 288, "PPP_INFO_2");
DIM_LAYOUT_FOLLOWS(DIM_PPP3_IPV6CP, DIM_PPP3_IPCP, DIM_IPCP2_SIZE);
DIM_LAYOUT_FOLLOWS(DIM_PPP3_CCP, DIM_PPP3_IPV6CP, DIM_IPV6CP_SIZE);
DIM_LAYOUT_FOLLOWS(DIM_PPP3_LCP, DIM_PPP3_CCP, DIM_CCP_SIZE);
DIM_LAYOUT_FOLLOWS(DIM_PPP3_SIZE, DIM_PPP3_LCP, DIM_LCP_SIZE);

DIM_LAYOUT_FOLLOWS(DIM_CONN0_USER, DIM_CONN0_INTERFACE_NAME, DIM_TEXT_SIZE(DIM_UNITS_NAME));
DIM_LAYOUT_FOLLOWS(DIM_CONN0_DOMAIN, DIM_CONN0_USER, DIM_TEXT_SIZE(DIM_UNITS_NAME));
DIM_LAYOUT_FOLLOWS(DIM_CONN0_COMPUTER, DIM_CONN0_DOMAIN, DIM_TEXT_SIZE(DIM_UNITS_DOMAIN));
DIM_LAYOUT_FOLLOWS(DIM_CONN0_SIZE, DIM_CONN0_COMPUTER, DIM_TEXT_SIZE(DIM_UNITS_SHORT) + 2u);
_Static_assert(DIM_CONN1_SIZE(DIM_IPX_SDK) == 288 && DIM_CONN1_SIZE(DIM_IPX_SPEC) == 272, "RASI_CONNECTION_1");
DIM_LAYOUT_FOLLOWS(DIM_CONN2_INTERFACE_TYPE, DIM_CONN2_USER, DIM_TEXT_SIZE(DIM_UNITS_NAME) + 2u);
DIM_LAYOUT_FOLLOWS(DIM_CONN2_PPP2, DIM_CONN2_GUID, 16u);
_Static_assert(DIM_CONN2_SIZE(DIM_IPX_SDK) == 844 && DIM_CONN2_SIZE(DIM_IPX_SPEC) == 828, "RASI_CONNECTION_2");
DIM_LAYOUT_FOLLOWS(DIM_CONN3_INTERFACE_TYPE, DIM_CONN3_USER, DIM_TEXT_SIZE(DIM_UNITS_NAME) + 2u);
DIM_LAYOUT_FOLLOWS(DIM_CONN3_PPP3, DIM_CONN3_GUID, 16u);
DIM_LAYOUT_FOLLOWS(DIM_CONN3_QUARANTINE, DIM_CONN3_PPP3, DIM_PPP3_SIZE);
DIM_LAYOUT_FOLLOWS(DIM_CONN3_SIZE, DIM_CONN3_TIMER, 8u);
DIM_LAYOUT_FOLLOWS(DIM_CONN4_USER, DIM_CONN4_INTERFACE_NAME, DIM_TEXT_SIZE(DIM_UNITS_NAME));
DIM_LAYOUT_FOLLOWS(DIM_CONN4_DOMAIN, DIM_CONN4_USER, DIM_TEXT_SIZE(DIM_UNITS_NAME));
DIM_LAYOUT_FOLLOWS(DIM_CONN4_GUID, DIM_CONN4_COMPUTER, DIM_TEXT_SIZE(DIM_UNITS_SHORT) + 2u);
DIM_LAYOUT_FOLLOWS(DIM_CONN4_SWITCHOVERS, DIM_CONN4_STATS, DIM_STATS_SIZE);
DIM_LAYOUT_FOLLOWS(DIM_CONN4_LOCAL_ENDPOINT, DIM_CONN4_REMOTE_ENDPOINT, DIM_TEXT_SIZE(DIM_UNITS_ENDPOINT));
DIM_LAYOUT_FOLLOWS(DIM_CONN4_PROJECTION, DIM_CONN4_LOCAL_ENDPOINT, DIM_TEXT_SIZE(DIM_UNITS_ENDPOINT));
DIM_LAYOUT_FOLLOWS(DIM_CONN4_CONNECTION, DIM_CONN4_PROJECTION_ARM, DIM_PROJ_PPP2_SIZE);
DIM_LAYOUT_FOLLOWS(DIM_PROJ_PPP1_SIZE, DIM_PROJ_PPP1_CCP, DIM_CCP_SIZE);
DIM_LAYOUT_FOLLOWS(DIM_PROJ_PPP2_SIZE, DIM_PROJ_PPP2_CCP, DIM_CCP_SIZE + 4u);

DIM_LAYOUT_FOLLOWS(DIM_CONNEX_USER, DIM_CONNEX_INTERFACE_NAME, DIM_TEXT_SIZE(DIM_UNITS_NAME));
DIM_LAYOUT_FOLLOWS(DIM_CONNEX_GUID, DIM_CONNEX_COMPUTER, DIM_TEXT_SIZE(DIM_UNITS_SHORT) + 2u);
DIM_LAYOUT_FOLLOWS(DIM_CONNEX_SWITCHOVERS, DIM_CONNEX_STATS, DIM_STATS_SIZE);
DIM_LAYOUT_FOLLOWS(DIM_CONNEX_PROJECTION, DIM_CONNEX_LOCAL_ENDPOINT, DIM_TEXT_SIZE(DIM_UNITS_ENDPOINT));
DIM_LAYOUT_FOLLOWS(DIM_CONNEX_PPP_CONNECTION, DIM_CONNEX_PROJECTION_ARM, DIM_PROJ_PPP1_SIZE);
DIM_LAYOUT_FOLLOWS(DIM_CONNEX_IKE_CONNECTION, DIM_CONNEX_PROJECTION_ARM, DIM_PROJ_IKE1_SIZE);
_Static_assert(DIM_SERVEREX_SIZE(1) == 112 && DIM_SERVEREX_SIZE(2) == 128 && DIM_SERVEREX_SIZE(3) == 168,
               "MPR_SERVER_EX");
_Static_assert(DIM_SERVERSET_SIZE(1) == 96 && DIM_SERVERSET_SIZE(2) == 112 && DIM_SERVERSET_SIZE(3) == 152,
               "MPR_SERVER_SET_CONFIG_EX");
DIM_LAYOUT_FOLLOWS(DIM_UPDATE_SIZE, DIM_UPDATE_REMOTE_ENDPOINT, DIM_TEXT_SIZE(DIM_UNITS_ENDPOINT) + 2u);
DIM_LAYOUT_FOLLOWS(DIM_DEVICE0_NAME, DIM_DEVICE0_TYPE, DIM_TEXT_SIZE(DIM_UNITS_SHORT));
DIM_LAYOUT_FOLLOWS(DIM_DEVICE0_SIZE, DIM_DEVICE0_NAME, DIM_TEXT_SIZE(DIM_UNITS_DEVICE));

#endif
