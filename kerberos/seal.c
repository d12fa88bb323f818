/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/seal.h"

#include <errno.h>
#include <gssapi/gssapi_ext.h>
#include <nettle/memops.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "kerberos/aes_sha1.h"

/*
 * A token of Wrap (RFC 4121 4.2.6.2), which ends with the beginning of the ciphertext:
 *
 *     header 16 | filler 16, header 16: encrypted | checksum 12 | confounder 16: encrypted
 *
 * and the body follows where it was. What is encrypted is confounder, body, filler, and a copy of the header; what is
 * behind the body there stands before the confounder on the wire, which is the rotation that the header tells.
 */
#define HEADER        16u
#define CONFOUNDER    AES_SHA1_BLOCK
#define FILLER        AES_SHA1_BLOCK
#define TAIL          (FILLER + HEADER)
#define TRAILER       8u /* sec_trailer */

#define AT_TAIL       HEADER
#define AT_CHECKSUM   (AT_TAIL + TAIL)
#define AT_CONFOUNDER (AT_CHECKSUM + AES_SHA1_CHECKSUM)
_Static_assert(AT_CONFOUNDER + CONFOUNDER == SEAL_TOKEN_SIZE, "the parts of a token");

/* The header, in which numbers are big-endian. */
#define AT_FLAGS    2u
#define AT_ROTATION 6u
#define AT_SEQUENCE 8u
#define BY_ACCEPTOR 0x01u
#define ENCRYPTED   0x02u
/* The extra count is the filler; the rotation, by MS-KILE, what is behind that. */
#define ROTATION (HEADER + AES_SHA1_CHECKSUM)

/* Uses of keys (RFC 4121 section 2). */
#define USAGE_ACCEPTOR_SEAL  22u
#define USAGE_INITIATOR_SEAL 24u

/* Of which length the key of an encryption type is: those that are done here. */
#define ENCTYPE_AES128_SHA1 17u
#define ENCTYPE_AES256_SHA1 18u

struct direction {
    struct aes_sha1 crypt;
    uint8_t flags;
    uint64_t sequence; /* of the next PDU */
};

struct seal {
    struct direction out, in;
    uint8_t *text; /* what is encrypted, in one piece; wiped after use */
    size_t room;
};

/* ---- life ---- */

static uint64_t get_u64(const uint8_t *p)
{
    uint64_t v = 0;
    for (size_t i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}

static void put_u64(uint8_t *p, uint64_t v)
{
    for (size_t i = 8; i-- > 0; v >>= 8)
        p[i] = (uint8_t)v;
}

static void begin(struct direction *d, const gss_buffer_desc *key, const uint8_t *token, enum aes_sha1_way way)
{
    d->flags = token[AT_FLAGS];
    d->sequence = get_u64(token + AT_SEQUENCE) + 1;
    aes_sha1_init(&d->crypt, key->value, key->length,
                  d->flags & BY_ACCEPTOR ? USAGE_ACCEPTOR_SEAL : USAGE_INITIATOR_SEAL, way);
}

/* The key of a context as the library gives it: with an object identifier that ends with the encryption type. */
static bool is_ours(const gss_buffer_set_t set)
{
    if (set->count < 2 || set->elements[1].length == 0)
        return false;
    const uint8_t *oid = set->elements[1].value;
    unsigned enctype = oid[set->elements[1].length - 1];
    size_t len = set->elements[0].length;
    return (enctype == ENCTYPE_AES128_SHA1 && len == AES128_KEY_SIZE) ||
           (enctype == ENCTYPE_AES256_SHA1 && len == AES256_KEY_SIZE);
}

static void put_header(const struct direction *d, unsigned rotation, uint8_t header[static HEADER])
{
    static const uint8_t beginning[HEADER] = {0x05, 0x04, 0, 0xff, 0, FILLER};
    memcpy(header, beginning, HEADER);
    header[AT_FLAGS] = d->flags;
    header[AT_ROTATION + 1] = (uint8_t)rotation;
    put_u64(header + AT_SEQUENCE, d->sequence);
}

/* Does a token lie as ours do? Others may rotate and fill up in their own way, which GSSAPI understands. */
static bool is_laid_out_as_ours(const uint8_t *token)
{
    struct direction d = {.flags = token[AT_FLAGS], .sequence = get_u64(token + AT_SEQUENCE)};
    uint8_t header[HEADER];
    put_header(&d, ROTATION, header);
    return memcmp(token, header, HEADER) == 0;
}

struct seal *seal_new(gss_ctx_id_t ctx, const uint8_t sent[static SEAL_TOKEN_SIZE],
                      const uint8_t received[static SEAL_TOKEN_SIZE])
{
    OM_uint32 minor;
    gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
    struct seal *s = NULL;
    if (GSS_ERROR(gss_inquire_sec_context_by_oid(&minor, ctx, GSS_C_INQ_SSPI_SESSION_KEY, &set)))
        return NULL;
    if (is_ours(set) && is_laid_out_as_ours(sent) && is_laid_out_as_ours(received))
        s = calloc(1, sizeof *s);
    if (s) {
        begin(&s->out, &set->elements[0], sent, AES_SHA1_ENCRYPTS);
        begin(&s->in, &set->elements[0], received, AES_SHA1_DECRYPTS);
    }
    (void)gss_release_buffer_set(&minor, &set);
    return s;
}

void seal_free(struct seal *s)
{
    if (!s)
        return;
    free(s->text);
    explicit_bzero(s, sizeof *s);
    free(s);
}

/* ---- PDUs ---- */

/* Room for the text of a body of n bytes. 0 or -ENOMEM. */
static int reserve(struct seal *s, size_t n)
{
    size_t need = CONFOUNDER + n + TAIL;
    if (need <= s->room)
        return 0;
    uint8_t *text = malloc(need);
    if (!text)
        return -ENOMEM;
    free(s->text);
    s->text = text;
    s->room = need;
    return 0;
}

/* Over all that is encrypted, and what is only signed around the body. */
static void checksum(struct seal *s, struct direction *d, const struct seal_pdu *pdu,
                     uint8_t sum[static AES_SHA1_CHECKSUM])
{
    size_t n = pdu->trailer - pdu->body;
    aes_sha1_add(&d->crypt, s->text, CONFOUNDER);
    if (pdu->sign_header)
        aes_sha1_add(&d->crypt, pdu->bytes, pdu->body);
    aes_sha1_add(&d->crypt, s->text + CONFOUNDER, n);
    if (pdu->sign_header)
        aes_sha1_add(&d->crypt, pdu->bytes + pdu->trailer, TRAILER);
    aes_sha1_add(&d->crypt, s->text + CONFOUNDER + n, TAIL);
    aes_sha1_sum(&d->crypt, sum);
}

int seal_wrap(struct seal *s, const struct seal_pdu *pdu, uint8_t token[static SEAL_TOKEN_SIZE])
{
    struct direction *d = &s->out;
    uint8_t *body = pdu->bytes + pdu->body;
    size_t n = pdu->trailer - pdu->body;
    if (reserve(s, n) < 0)
        return -ENOMEM;
    uint8_t *tail = s->text + CONFOUNDER + n;
    if (getrandom(s->text, CONFOUNDER, 0) != CONFOUNDER)
        return -EIO;
    memcpy(s->text + CONFOUNDER, body, n);
    memset(tail, 0xff, FILLER);
    put_header(d, 0, tail + FILLER); /* the copy knows of no rotation */
    checksum(s, d, pdu, token + AT_CHECKSUM);
    aes_sha1_encrypt(&d->crypt, s->text, CONFOUNDER + n + TAIL);
    put_header(d, ROTATION, token);
    memcpy(token + AT_TAIL, tail, TAIL);
    memcpy(token + AT_CONFOUNDER, s->text, CONFOUNDER);
    memcpy(body, s->text + CONFOUNDER, n);
    d->sequence++;
    return 0;
}

int seal_unwrap(struct seal *s, const struct seal_pdu *pdu, const uint8_t token[static SEAL_TOKEN_SIZE])
{
    struct direction *d = &s->in;
    uint8_t *body = pdu->bytes + pdu->body, header[HEADER], sum[AES_SHA1_CHECKSUM];
    size_t n = pdu->trailer - pdu->body;
    put_header(d, ROTATION, header);
    if (memcmp(token, header, HEADER) != 0) /* of another number, too: a replay, or one that is missing before it */
        return -EBADMSG;
    if (reserve(s, n) < 0)
        return -ENOMEM;
    uint8_t *tail = s->text + CONFOUNDER + n;
    memcpy(s->text, token + AT_CONFOUNDER, CONFOUNDER);
    memcpy(s->text + CONFOUNDER, body, n);
    memcpy(tail, token + AT_TAIL, TAIL);
    aes_sha1_decrypt(&d->crypt, s->text, CONFOUNDER + n + TAIL);
    checksum(s, d, pdu, sum);
    put_header(d, 0, header);
    bool right = memeql_sec(sum, token + AT_CHECKSUM, sizeof sum) & memeql_sec(tail + FILLER, header, HEADER);
    if (right) {
        memcpy(body, s->text + CONFOUNDER, n);
        d->sequence++;
    }
    explicit_bzero(s->text, CONFOUNDER + n + TAIL);
    return right ? 0 : -EBADMSG;
}
