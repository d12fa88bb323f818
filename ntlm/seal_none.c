/* SPDX-License-Identifier: Apache-2.0 */
/* In the place of seal.c where nettle was not there when this was built: nobody is let in by NTLM. */
#include <errno.h>

#include "ntlm/seal.h"

bool ntlm_is_built(void)
{
    return false;
}

struct ntlm_seal *ntlm_seal_new(const uint8_t key[static NTLM_KEY_SIZE], uint32_t sequence, enum ntlm_end end)
{
    (void)key;
    (void)sequence;
    (void)end;
    return NULL;
}

void ntlm_seal_free(struct ntlm_seal *s)
{
    (void)s;
}

void ntlm_seal_protect(struct ntlm_seal *s, const struct ntlm_part *part, uint8_t signature[static NTLM_SIGNATURE_SIZE])
{
    (void)s;
    (void)part;
    (void)signature;
}

int ntlm_seal_verify(struct ntlm_seal *s, const struct ntlm_part *part,
                     const uint8_t signature[static NTLM_SIGNATURE_SIZE])
{
    (void)s;
    (void)part;
    (void)signature;
    return -EBADMSG;
}
