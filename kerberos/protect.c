/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protection of PDUs (MS-RPCE 2.2.2.11 and 3.3.1.5.2): privacy with a wrap token in front of what it encrypts,
 * integrity with a MIC. Anything but GSS_S_COMPLETE is a refusal: replays and changes of order are told in bits beside
 * it.
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

int kerberos_protect(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header, uint8_t *token,
                     size_t token_len)
{
    gss_iov_buffer_desc iov[IOV_PARTS];
    OM_uint32 minor, major;
    int encrypted = a->level != RPC_AUTH_PRIVACY;
    name_parts(iov, a, pdu, body, trailer, sign_header);
    iov[IOV_TOKEN].buffer = (gss_buffer_desc){token_len, token};
    if (a->level == RPC_AUTH_PRIVACY)
        major = gss_wrap_iov(&minor, a->ctx, 1, GSS_C_QOP_DEFAULT, &encrypted, iov, IOV_PARTS);
    else
        major = gss_get_mic_iov(&minor, a->ctx, GSS_C_QOP_DEFAULT, iov, IOV_PARTS);
    return major == GSS_S_COMPLETE && encrypted && iov[IOV_TOKEN].buffer.length == token_len ? 0 : -EIO;
}

int kerberos_verify(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header,
                    const uint8_t *token, size_t token_len)
{
    gss_iov_buffer_desc iov[IOV_PARTS];
    OM_uint32 minor, major;
    gss_qop_t qop;
    int encrypted = a->level != RPC_AUTH_PRIVACY;
    name_parts(iov, a, pdu, body, trailer, sign_header);
    iov[IOV_TOKEN].buffer = (gss_buffer_desc){token_len, (void *)(uintptr_t)token};
    if (a->level == RPC_AUTH_PRIVACY)
        major = gss_unwrap_iov(&minor, a->ctx, &encrypted, &qop, iov, IOV_PARTS);
    else
        major = gss_verify_mic_iov(&minor, a->ctx, &qop, iov, IOV_PARTS);
    return major == GSS_S_COMPLETE && encrypted ? 0 : -EBADMSG;
}
