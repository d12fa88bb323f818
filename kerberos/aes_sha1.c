/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/aes_sha1.h"

#include <nettle/cbc.h>
#include <nettle/memxor.h>
#include <string.h>

#define BLOCK AES_SHA1_BLOCK

/* What a key is derived for (RFC 3961 5.3). */
#define FOR_ENCRYPTION 0xaau
#define FOR_INTEGRITY  0x55u

/* ---- keys ---- */

#define CONSTANT_BITS 40u /* of what a key is derived from: four bytes of usage, and one */

/* n-fold (RFC 3961 5.1) of such a constant to a block: it is written one after the other, each time turned by 13 bits
 * to the right, until whole blocks are full, and these are added with their carries at the other end. */
static void fold(uint64_t constant, uint8_t block[static BLOCK])
{
    enum { COPIES = BLOCK, BYTES = CONSTANT_BITS / 8 }; /* 16 times 5 bytes are 5 blocks */
    unsigned sum[BLOCK] = {0};
    for (size_t i = 0; i < COPIES * BYTES; i++) {
        sum[i % BLOCK] += (uint8_t)(constant >> (CONSTANT_BITS - 8 - i % BYTES * 8));
        if (i % BYTES == BYTES - 1)
            constant = (constant >> 13 | constant << (CONSTANT_BITS - 13)) & ((UINT64_C(1) << CONSTANT_BITS) - 1);
    }
    unsigned carry = 0;
    do {
        for (size_t i = BLOCK; i-- > 0;) {
            sum[i] += carry;
            carry = sum[i] >> 8;
            sum[i] &= 0xff;
        }
    } while (carry);
    for (size_t i = 0; i < BLOCK; i++)
        block[i] = (uint8_t)sum[i];
}

static uint64_t constant_for(uint32_t usage, unsigned purpose)
{
    return (uint64_t)usage << 8 | purpose;
}

/* DR and DK (RFC 3961 5.1): as many blocks of the constant, encrypted over and over, as the key is long. */
static void derive(const struct nettle_cipher *aes, const uint8_t *base, uint64_t constant, uint8_t *key)
{
    union aes_sha1_key with;
    uint8_t block[BLOCK];
    fold(constant, block);
    aes->set_encrypt_key(&with, base);
    for (size_t done = 0; done < aes->key_size; done += BLOCK) {
        aes->encrypt(&with, BLOCK, block, block);
        memcpy(key + done, block, BLOCK);
    }
    explicit_bzero(&with, sizeof with);
    explicit_bzero(block, sizeof block);
}

void aes_sha1_init(struct aes_sha1 *c, const uint8_t *base, size_t len, uint32_t usage, enum aes_sha1_way way)
{
    uint8_t key[AES256_KEY_SIZE];
    c->aes = len == AES256_KEY_SIZE ? &nettle_aes256 : &nettle_aes128;
    derive(c->aes, base, constant_for(usage, FOR_ENCRYPTION), key);
    if (way == AES_SHA1_ENCRYPTS)
        c->aes->set_encrypt_key(&c->key, key);
    else
        c->aes->set_decrypt_key(&c->key, key);
    derive(c->aes, base, constant_for(usage, FOR_INTEGRITY), key);
    hmac_sha1_set_key(&c->mac, len, key);
    explicit_bzero(key, sizeof key);
}

/* ---- ciphertext stealing (RFC 3962 section 5): the last two blocks change places, and the one that is then the last
 * is cut to the length of the text ---- */

/* What is before the last two blocks, the second of which may be in part. */
static size_t head_of(size_t n)
{
    return ((n - 1) / BLOCK - 1) * BLOCK;
}

void aes_sha1_encrypt(const struct aes_sha1 *c, uint8_t *bytes, size_t n)
{
    size_t head = head_of(n), left = n - head - BLOCK;
    uint8_t iv[BLOCK] = {0}, last[2 * BLOCK] = {0};
    cbc_encrypt(&c->key, c->aes->encrypt, BLOCK, iv, head, bytes, bytes);
    memcpy(last, bytes + head, BLOCK + left);
    cbc_encrypt(&c->key, c->aes->encrypt, BLOCK, iv, sizeof last, last, last);
    memcpy(bytes + head, last + BLOCK, BLOCK);
    memcpy(bytes + head + BLOCK, last, left);
}

void aes_sha1_decrypt(const struct aes_sha1 *c, uint8_t *bytes, size_t n)
{
    size_t head = head_of(n), left = n - head - BLOCK;
    uint8_t iv[BLOCK] = {0}, last[2 * BLOCK];
    cbc_decrypt(&c->key, c->aes->decrypt, BLOCK, iv, head, bytes, bytes);
    /* The block that was encrypted last: what it was made of has the end of the one before it, where that was cut. */
    c->aes->decrypt(&c->key, BLOCK, last + BLOCK, bytes + head);
    memcpy(last, bytes + head + BLOCK, left);
    memcpy(last + left, last + BLOCK + left, BLOCK - left);
    memxor(last + BLOCK, last, left);
    c->aes->decrypt(&c->key, BLOCK, last, last);
    memxor(last, iv, BLOCK);
    memcpy(bytes + head, last, BLOCK + left);
}

/* ---- checksums ---- */

void aes_sha1_add(struct aes_sha1 *c, const uint8_t *bytes, size_t n)
{
    hmac_sha1_update(&c->mac, n, bytes);
}

void aes_sha1_sum(struct aes_sha1 *c, uint8_t sum[static AES_SHA1_CHECKSUM])
{
    hmac_sha1_digest(&c->mac, AES_SHA1_CHECKSUM, sum);
}
