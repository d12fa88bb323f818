/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MPR_SERVER_EX and MPR_SERVER_SET_CONFIG_EX (MS-RRASM 2.2.1.2.202 and the following), client side: the answer of opnum
 * 44 taken apart, the request of opnum 47 made. Sans-IO and without allocations. Nothing is copied: what points
 * somewhere points into the answer, or to what the caller wants to send.
 */
#ifndef OPENRRAS_DIMSVC_SERVER_EX_H
#define OPENRRAS_DIMSVC_SERVER_EX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an answer may have at most: a whole list of certificate names is far below it. */
#define DIM_SERVEREX_REPLY_MAX (256u * 1024)
#define DIM_CERTIFICATES_MAX   256u /* names of root certificates: more than a system trusts */
#define DIM_EKUS_MAX           256u
#define DIM_POLICY_DWORDS      6u /* ROUTER_CUSTOM_IKEv2_POLICY_0 */

/* A counted byte array behind a pointer: a name, a hash. None: n is 0. */
struct dim_octets {
    const uint8_t *p;
    uint32_t n;
};

/*
 * CERT_EKU_1. `size` is its dwSize: said to be bytes, but so many 16-bit units travel. `units` are UTF-16LE, n of them,
 * n <= size; what is missing is sent as zeros.
 */
struct dim_eku {
    const uint8_t *units;
    uint32_t n, size;
    bool is_oid;
};

struct dim_policy {
    bool there;
    uint32_t dwords[DIM_POLICY_DWORDS]; /* in the structure's order */
};

/* Times in seconds, amounts of data in KiB. Fields of a later revision than `revision` are zero, and are not sent. */
struct dim_server_ex {
    uint8_t revision; /* 1, 2, 3 */

    uint32_t lan_only, up_time, total_ports, ports_in_use; /* of an answer */
    uint32_t protocols;                                    /* of a request: setConfigForProtocols */

    struct {
        uint32_t ports, flags, has_params;
        uint32_t idle_time, blackout_time, sa_time, sa_data, options;
        uint32_t n_certificates;
        struct dim_octets certificates[DIM_CERTIFICATES_MAX];
        /* revision 2 */
        struct dim_octets machine_certificate;
        uint32_t encryption;
        struct dim_policy policy;
        /* revision 3 */
        uint32_t n_ekus;
        struct dim_eku ekus[DIM_EKUS_MAX];
        struct dim_octets machine_hash;
    } ike;
    struct {
        uint32_t ports, flags;
    } pptp;
    struct {
        uint32_t ports, flags;
        /* revision 3 */
        uint32_t has_params;
        uint32_t idle_time, encryption, sa_time, sa_data;
        struct dim_policy policy;
    } l2tp;
    struct {
        uint32_t ports, flags, use_https, algorithm, is_default;
        struct dim_octets certificate;
    } sstp;
};

/*
 * Takes a whole answer to opnum 44 apart. `revision` is what was asked for. 0, or RPC_X_BAD_STUB_DATA (1783): something
 * does not fit together, or there is more than the limits above allow. *code is the method's return value; *ret holds
 * something only when that is 0. A count without an array counts as 0. `big`: the PDU's integers are big-endian; texts
 * in `stub` are turned in place then, which is why it is not const.
 */
uint32_t dim_server_ex_decode(uint8_t *stub, size_t n, bool big, uint8_t revision, struct dim_server_ex *ret,
                              uint32_t *code);

/* The request of opnum 47; its length, or 0 when it has no room in `cap` bytes. */
size_t dim_req_server_set_ex(uint8_t *buf, size_t cap, const struct dim_server_ex *s);

#endif
