/* SPDX-License-Identifier: Apache-2.0 */
#include "ntlm/seal.h"

#include <errno.h>
#include <nettle/arcfour.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/cursor.h"

#define VERSION     1u /* of signatures */
#define CHECKSUM    8u /* bytes of the HMAC that are in one */
#define AT_CHECKSUM 4u
#define AT_SEQUENCE 12u

struct direction {
    uint8_t sign_key[MD5_DIGEST_SIZE];
    struct arcfour_ctx stream; /* of all messages, one behind the other */
    uint32_t sequence;         /* of the next one */
};

struct ntlm_seal {
    struct direction ours, theirs;
};

bool ntlm_is_built(void)
{
    return true;
}

/* MS-NLMP 3.4.5.2, 3.4.5.3: the words count with their NUL. */
static void derive(uint8_t dst[static MD5_DIGEST_SIZE], const uint8_t *key, const char *words)
{
    struct md5_ctx md5;
    md5_init(&md5);
    md5_update(&md5, NTLM_KEY_SIZE, key);
    md5_update(&md5, strlen(words) + 1, (const uint8_t *)words);
    md5_digest(&md5, MD5_DIGEST_SIZE, dst);
}

static void begin(struct direction *d, const uint8_t *key, uint32_t sequence, enum ntlm_end from)
{
    static const char *const sign[] = {"session key to client-to-server signing key magic constant",
                                       "session key to server-to-client signing key magic constant"};
    static const char *const seal[] = {"session key to client-to-server sealing key magic constant",
                                       "session key to server-to-client sealing key magic constant"};
    uint8_t seal_key[MD5_DIGEST_SIZE];
    derive(d->sign_key, key, sign[from]);
    derive(seal_key, key, seal[from]);
    arcfour_set_key(&d->stream, sizeof seal_key, seal_key);
    explicit_bzero(seal_key, sizeof seal_key);
    d->sequence = sequence;
}

struct ntlm_seal *ntlm_seal_new(const uint8_t key[static NTLM_KEY_SIZE], uint32_t sequence, enum ntlm_end end)
{
    struct ntlm_seal *s = malloc(sizeof *s);
    if (!s)
        return NULL;
    begin(&s->ours, key, sequence, end);
    begin(&s->theirs, key, sequence, end == NTLM_CLIENT ? NTLM_SERVER : NTLM_CLIENT);
    return s;
}

void ntlm_seal_free(struct ntlm_seal *s)
{
    if (!s)
        return;
    explicit_bzero(s, sizeof *s);
    free(s);
}

/* MS-NLMP 3.4.4.2; the checksum is still plain. */
static void sign(const struct direction *d, const struct ntlm_part *part, uint8_t *signature)
{
    struct hmac_md5_ctx hmac;
    rpc_put_u32(signature, VERSION);
    rpc_put_u32(signature + AT_SEQUENCE, d->sequence);
    hmac_md5_set_key(&hmac, sizeof d->sign_key, d->sign_key);
    hmac_md5_update(&hmac, 4, signature + AT_SEQUENCE);
    hmac_md5_update(&hmac, part->len, part->bytes);
    hmac_md5_digest(&hmac, CHECKSUM, signature + AT_CHECKSUM);
}

/* Encrypts and decrypts alike. */
static void stream(struct direction *d, uint8_t *bytes, size_t n)
{
    arcfour_crypt(&d->stream, n, bytes, bytes);
}

void ntlm_seal_protect(struct ntlm_seal *s, const struct ntlm_part *part, uint8_t signature[static NTLM_SIGNATURE_SIZE])
{
    struct direction *d = &s->ours;
    sign(d, part, signature);
    stream(d, part->bytes + part->from, part->to - part->from);
    stream(d, signature + AT_CHECKSUM, CHECKSUM);
    d->sequence++;
}

int ntlm_seal_verify(struct ntlm_seal *s, const struct ntlm_part *part,
                     const uint8_t signature[static NTLM_SIGNATURE_SIZE])
{
    struct direction *d = &s->theirs;
    uint8_t right[NTLM_SIGNATURE_SIZE];
    stream(d, part->bytes + part->from, part->to - part->from);
    sign(d, part, right);
    stream(d, right + AT_CHECKSUM, CHECKSUM);
    d->sequence++;
    return memeql_sec(right, signature, sizeof right) ? 0 : -EBADMSG;
}
