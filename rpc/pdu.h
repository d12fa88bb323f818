/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PDUs of connection-oriented DCE/RPC (C706 12.6, MS-RPCE 2.2.2): names of their fields, the one function that judges a
 * header, and the encoding of headers. Private to rpc/.
 */
#ifndef OPENRRAS_RPC_PDU_H
#define OPENRRAS_RPC_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rpc/cursor.h"
#include "rpc/limits.h"
#include "rpc/uuid.h"

enum rpc_ptype {
    RPC_PTYPE_REQUEST = 0,
    RPC_PTYPE_RESPONSE = 2,
    RPC_PTYPE_FAULT = 3,
    RPC_PTYPE_BIND = 11,
    RPC_PTYPE_BIND_ACK = 12,
    RPC_PTYPE_BIND_NAK = 13,
    RPC_PTYPE_ALTER_CONTEXT = 14,
    RPC_PTYPE_ALTER_CONTEXT_RESP = 15,
    RPC_PTYPE_AUTH3 = 16,
    RPC_PTYPE_SHUTDOWN = 17,
    RPC_PTYPE_CO_CANCEL = 18,
    RPC_PTYPE_ORPHANED = 19,
    RPC_PTYPES,
};

#define RPC_PFC_FIRST 0x01u
#define RPC_PFC_LAST  0x02u
/* On bind, alter_context, their answers and auth3. On others the same bit is PENDING_CANCEL, which we ignore. */
#define RPC_PFC_HEADER_SIGN     0x04u
#define RPC_PFC_CONC_MPX        0x10u
#define RPC_PFC_DID_NOT_EXECUTE 0x20u
#define RPC_PFC_OBJECT_UUID     0x80u

/* p_provider_reason_t and the results of presentation negotiation. */
enum rpc_nak_reason {
    RPC_NAK_NOT_SPECIFIED = 0,
    RPC_NAK_LOCAL_LIMIT = 2,
    RPC_NAK_PROTOCOL = 4,
    RPC_NAK_AUTH_TYPE = 8,
    RPC_NAK_CHECKSUM = 9,
};
enum rpc_context_result {
    RPC_RESULT_ACCEPT = 0,
    RPC_RESULT_USER_REJECT = 1,
    RPC_RESULT_PROVIDER_REJECT = 2,
    RPC_RESULT_NEGOTIATE_ACK = 3,
};
enum rpc_reject_reason {
    RPC_REJECT_NOT_SPECIFIED = 0,
    RPC_REJECT_ABSTRACT_SYNTAX = 1,
    RPC_REJECT_TRANSFER_SYNTAXES = 2,
    RPC_REJECT_LOCAL_LIMIT = 3,
};

#define RPC_BIND_FIXED 28u /* bind and alter_context up to the first context element */
/* Without any element some clients leave out the reserved bytes before it, and should be told what is wrong with no
 * element. */
#define RPC_BIND_LEAST     25u
#define RPC_AUTH3_FIXED    20u
#define RPC_BIND_NAK_SIZE  24u
#define RPC_OBJECT_SIZE    16u /* object UUID after the header of a request */
#define RPC_TRAILER_SIZE   8u  /* sec_trailer, before the token */
#define RPC_SYNTAX_SIZE    20u
#define RPC_RESULT_SIZE    24u
#define RPC_AUTH_PAD_ALIGN 16u /* the stub of a protected PDU is padded to this */

extern const struct rpc_syntax rpc_ndr20;
extern const struct rpc_syntax rpc_ndr64;

/*
 * Bind-time features (MS-RPCE 3.3.1.5.3): this prefix in the place of a transfer syntax, bits in the bytes behind it.
 * Servers leave out bits that they don't know. Protected faults are our own: servers of Windows send all faults without
 * protection, and their clients take a protected one for an unprotected one, and lose step with the context; but a
 * client that is to know who refuses a call has to have them protected.
 */
extern const uint8_t rpc_feature_prefix[8];
#define RPC_FEATURE_MANY_SECURITIES  0x0001u
#define RPC_FEATURE_KEEP_ON_ORPHAN   0x0002u
#define RPC_FEATURE_PROTECTED_FAULTS 0x8000u

struct rpc_pdu {
    const uint8_t *bytes; /* set once the PDU is complete: frag_length of them */
    uint8_t type;         /* enum rpc_ptype */
    uint8_t flags;
    bool big;
    uint8_t drep[4];
    uint16_t frag_length;
    uint16_t auth_length;
    uint32_t call_id;
};

enum rpc_verdict {
    RPC_VERDICT_OK,
    RPC_VERDICT_VERSION, /* not 5.0 */
    RPC_VERDICT_DREP,    /* EBCDIC, not IEEE, or an unknown byte order */
    RPC_VERDICT_TYPE,    /* not a type that this side receives */
    RPC_VERDICT_LENGTH,  /* frag_length below what the type needs, or above what we accept */
    RPC_VERDICT_AUTH,    /* auth_length does not fit into frag_length */
};

/* Which side reads, and how long a fragment it accepts (bind-type PDUs: RPC_BIND_MAX). */
struct rpc_reader {
    bool server;
    uint16_t max_frag;
};

/*
 * Judge a header before anything else is done with the PDU; *ret is filled as far as that makes sense, so that even a
 * bad PDU can be answered with its call_id. After RPC_VERDICT_OK the fixed part of the type and the whole auth verifier
 * are known to be inside frag_length.
 */
enum rpc_verdict rpc_pdu_judge(const uint8_t header[static RPC_HEADER_SIZE], const struct rpc_reader *reader,
                               struct rpc_pdu *ret);
const char *rpc_verdict_text(enum rpc_verdict v);

/* Write a common header, little-endian. */
void rpc_pdu_put_header(uint8_t *dst, enum rpc_ptype type, unsigned flags, size_t frag_length, size_t auth_length,
                        uint32_t call_id);

/* ---- the auth verifier at the end of a PDU ---- */

struct rpc_verifier {
    uint8_t type;
    uint8_t level; /* as on the wire */
    uint8_t pad;   /* bytes of padding before the trailer */
    uint32_t context_id;
    size_t trailer; /* where sec_trailer begins */
    const uint8_t *token;
    size_t token_len;
};

/* Read the verifier of a complete PDU with auth_length > 0 whose padded part begins at `body`. 0, or -EBADMSG when
 * there is less than auth_pad_length before it. */
int rpc_pdu_verifier(const struct rpc_pdu *pdu, size_t body, struct rpc_verifier *ret);

/* Where the fixed part of a complete request ends: 24, or 40 with an object UUID. */
size_t rpc_pdu_request_body(const struct rpc_pdu *pdu);

#endif
