/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protection of PDUs (MS-RPCE 2.2.2.11 and 3.3.1.5.2): privacy with a wrap token in front of what it encrypts,
 * integrity with a MIC. Anything but GSS_S_COMPLETE is a refusal: replays and changes of order are told in bits beside
 * it.
 *
 * Privacy is GSSAPI's for the first PDU each way, and then, with the usual encryption types, seal.h's.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kerberos/private.h"
#include "rpc/limits.h"

#define TRAILER 8u /* sec_trailer */

enum { IOV_TOKEN, IOV_HEADER, IOV_BODY, IOV_TRAILER, IOV_PARTS };

/* The parts of a PDU. What is only signed counts where headers are signed, and is left out elsewhere. */
static void name_parts(gss_iov_buffer_desc iov[static IOV_PARTS], const struct rpc_auth *a, uint8_t *pdu, size_t body,
                       size_t trailer, bool sign_header)
{
    bool privacy = a->level == RPC_AUTH_PRIVACY;
    OM_uint32 aside = privacy ? GSS_IOV_BUFFER_TYPE_SIGN_ONLY : GSS_IOV_BUFFER_TYPE_DATA;
    if (!sign_header)
        aside = GSS_IOV_BUFFER_TYPE_EMPTY;
    iov[IOV_TOKEN].type = privacy ? GSS_IOV_BUFFER_TYPE_HEADER : GSS_IOV_BUFFER_TYPE_MIC_TOKEN;
    iov[IOV_TOKEN].buffer = (gss_buffer_desc)GSS_C_EMPTY_BUFFER;
    iov[IOV_HEADER].type = aside;
    iov[IOV_HEADER].buffer = (gss_buffer_desc){sign_header ? body : 0, pdu};
    iov[IOV_BODY].type = GSS_IOV_BUFFER_TYPE_DATA;
    iov[IOV_BODY].buffer = (gss_buffer_desc){trailer - body, pdu + body};
    iov[IOV_TRAILER].type = aside;
    iov[IOV_TRAILER].buffer = (gss_buffer_desc){sign_header ? TRAILER : 0, pdu + trailer};
}

int kerberos_measure(struct rpc_auth *a)
{
    uint8_t pdu[RPC_CALL_HEADER_SIZE + RPC_HEADER_SIZE + TRAILER] = {0};
    gss_iov_buffer_desc iov[IOV_PARTS];
    OM_uint32 minor, major;
    name_parts(iov, a, pdu, RPC_CALL_HEADER_SIZE, sizeof pdu - TRAILER, true);
    if (a->level == RPC_AUTH_PRIVACY)
        major = gss_wrap_iov_length(&minor, a->ctx, 1, GSS_C_QOP_DEFAULT, NULL, iov, IOV_PARTS);
    else
        major = gss_get_mic_iov_length(&minor, a->ctx, GSS_C_QOP_DEFAULT, iov, IOV_PARTS);
    if (major != GSS_S_COMPLETE) {
        snprintf(a->why, sizeof a->why, "the encryption that was agreed on can't protect calls");
        return -EOPNOTSUPP;
    }
    a->token_size = iov[IOV_TOKEN].buffer.length;
    return 0;
}

size_t kerberos_token_size(const struct rpc_auth *a)
{
    return a->token_size;
}

/* GSSAPI has made or taken a token: the last of them each way say how others go on. */
static void note_token(struct rpc_auth *a, const uint8_t *token, uint8_t last[static SEAL_TOKEN_SIZE], bool *there)
{
    if (a->level != RPC_AUTH_PRIVACY || a->token_size != SEAL_TOKEN_SIZE || a->tried)
        return;
    memcpy(last, token, SEAL_TOKEN_SIZE);
    *there = true;
    if (a->sent && a->received) {
        a->tried = true;
        a->seal = seal_new(a->ctx, a->sent_token, a->received_token);
    }
}

int kerberos_protect(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header, uint8_t *token,
                     size_t token_len)
{
    gss_iov_buffer_desc iov[IOV_PARTS];
    OM_uint32 minor, major;
    int encrypted = a->level != RPC_AUTH_PRIVACY;
    if (a->seal)
        return seal_wrap(a->seal, &(struct seal_pdu){pdu, body, trailer, sign_header}, token);
    name_parts(iov, a, pdu, body, trailer, sign_header);
    iov[IOV_TOKEN].buffer = (gss_buffer_desc){token_len, token};
    if (a->level == RPC_AUTH_PRIVACY)
        major = gss_wrap_iov(&minor, a->ctx, 1, GSS_C_QOP_DEFAULT, &encrypted, iov, IOV_PARTS);
    else
        major = gss_get_mic_iov(&minor, a->ctx, GSS_C_QOP_DEFAULT, iov, IOV_PARTS);
    if (major != GSS_S_COMPLETE || !encrypted || iov[IOV_TOKEN].buffer.length != token_len)
        return -EIO;
    note_token(a, token, a->sent_token, &a->sent);
    return 0;
}

int kerberos_verify(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header,
                    const uint8_t *token, size_t token_len)
{
    gss_iov_buffer_desc iov[IOV_PARTS];
    OM_uint32 minor, major;
    gss_qop_t qop;
    int encrypted = a->level != RPC_AUTH_PRIVACY;
    if (a->seal)
        return seal_unwrap(a->seal, &(struct seal_pdu){pdu, body, trailer, sign_header}, token);
    name_parts(iov, a, pdu, body, trailer, sign_header);
    iov[IOV_TOKEN].buffer = (gss_buffer_desc){token_len, (void *)(uintptr_t)token};
    if (a->level == RPC_AUTH_PRIVACY)
        major = gss_unwrap_iov(&minor, a->ctx, &encrypted, &qop, iov, IOV_PARTS);
    else
        major = gss_verify_mic_iov(&minor, a->ctx, &qop, iov, IOV_PARTS);
    if (major != GSS_S_COMPLETE || !encrypted)
        return -EBADMSG;
    note_token(a, token, a->received_token, &a->received);
    return 0;
}
