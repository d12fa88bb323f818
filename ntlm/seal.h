/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NTLM's session security (MS-NLMP 3.4) with extended session security, 128 bits and a key that was exchanged, which is
 * the only kind that is taken: signatures by HMAC-MD5, sealing by RC4. Both directions of one context.
 */
#ifndef OPENRRAS_NTLM_SEAL_H
#define OPENRRAS_NTLM_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NTLM_KEY_SIZE       16u
#define NTLM_SIGNATURE_SIZE 16u

enum ntlm_end {
    NTLM_CLIENT,
    NTLM_SERVER,
};

struct ntlm_seal;

/* Was this program built with the library that it needs? Without it ntlm_seal_new() gives NULL. */
bool ntlm_is_built(void);

/*
 * As `end`, from the exported session key. `sequence`: of the first message in each direction, 0, or 1 when SPNEGO has
 * signed its list of mechanisms before. NULL: no memory.
 */
struct ntlm_seal *ntlm_seal_new(const uint8_t key[static NTLM_KEY_SIZE], uint32_t sequence, enum ntlm_end end);
void ntlm_seal_free(struct ntlm_seal *s); /* NULL is allowed; the keys are wiped */

/* What is signed, and the part of it that is encrypted as well, in place: [0, 0) for none. */
struct ntlm_part {
    uint8_t *bytes;
    size_t len;
    size_t from, to;
};

/* The next message of this end. */
void ntlm_seal_protect(struct ntlm_seal *s, const struct ntlm_part *part,
                       uint8_t signature[static NTLM_SIGNATURE_SIZE]);
/* The next message of the other one. 0, or -EBADMSG: it is not the next, or was changed. */
int ntlm_seal_verify(struct ntlm_seal *s, const struct ntlm_part *part,
                     const uint8_t signature[static NTLM_SIGNATURE_SIZE]);

#endif
