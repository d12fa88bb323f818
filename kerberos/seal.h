/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packet privacy with AES and HMAC-SHA1, the encryption types 17 and 18, as RFC 4121 and MS-RPCE 3.3.1.5.2 have it in
 * DCE style. Byte for byte what gss_wrap_iov() and gss_unwrap_iov() do, with nettle's AES and SHA-1, which take the
 * processor's own instructions for them; MIT's as Debian builds it do not, and were more than a third of a call's time.
 *
 * Who has proved what, the keys, and the first PDU each way are MIT's: that tells the numbers of those that follow.
 * Other encryption types stay MIT's. Private to kerberos/.
 */
#ifndef OPENRRAS_KERBEROS_SEAL_H
#define OPENRRAS_KERBEROS_SEAL_H

#include <gssapi/gssapi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_TOKEN_SIZE 76u

struct seal;

/* One PDU, as rpc/auth.h describes it. */
struct seal_pdu {
    uint8_t *bytes;
    size_t body, trailer; /* the body, which is encrypted, is from one to the other; 8 bytes of trailer follow */
    bool sign_header;     /* header and trailer are signed as well */
};

/* What protects the PDUs of `ctx` after these two, whose tokens MIT's library has made and taken. NULL: it has to go on
 * itself, for it is another encryption type, the other end lays its tokens out in another way, or there is no memory.
 */
struct seal *seal_new(gss_ctx_id_t ctx, const uint8_t sent[static SEAL_TOKEN_SIZE],
                      const uint8_t received[static SEAL_TOKEN_SIZE]);
void seal_free(struct seal *s); /* NULL is allowed; the keys are wiped */

/* Encrypts the body in place, and writes the token. 0, -ENOMEM, or -EIO without random numbers. */
int seal_wrap(struct seal *s, const struct seal_pdu *pdu, uint8_t token[static SEAL_TOKEN_SIZE]);
/* The reverse, for the PDU that has to come next. -EBADMSG: it is another one, or was changed; -ENOMEM. */
int seal_unwrap(struct seal *s, const struct seal_pdu *pdu, const uint8_t token[static SEAL_TOKEN_SIZE]);

#endif
