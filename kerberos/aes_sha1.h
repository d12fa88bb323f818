/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encryption of Kerberos with AES and HMAC-SHA1 (RFC 3961 and 3962), the two parts of it by themselves: AES in CBC with
 * ciphertext stealing, and the checksum. By nettle. Private to kerberos/.
 */
#ifndef OPENRRAS_KERBEROS_AES_SHA1_H
#define OPENRRAS_KERBEROS_AES_SHA1_H

#include <nettle/aes.h>
#include <nettle/hmac.h>
#include <nettle/nettle-meta.h>
#include <stddef.h>
#include <stdint.h>

#define AES_SHA1_BLOCK    16u
#define AES_SHA1_CHECKSUM 12u /* of the 20 bytes of the HMAC */

union aes_sha1_key {
    struct aes128_ctx aes128;
    struct aes256_ctx aes256;
};

/* For one direction: it encrypts or decrypts. Holds keys: wipe it. */
struct aes_sha1 {
    const struct nettle_cipher *aes;
    union aes_sha1_key key;
    struct hmac_sha1_ctx mac;
};

/* The keys for one use of a base key (RFC 3961 5.3), which has 16 or 32 bytes. */
enum aes_sha1_way {
    AES_SHA1_ENCRYPTS,
    AES_SHA1_DECRYPTS,
};
void aes_sha1_init(struct aes_sha1 *c, const uint8_t *base, size_t len, uint32_t usage, enum aes_sha1_way way);

/* In place, with an initial vector of zeros. More than one block: n > AES_SHA1_BLOCK. */
void aes_sha1_encrypt(const struct aes_sha1 *c, uint8_t *bytes, size_t n);
void aes_sha1_decrypt(const struct aes_sha1 *c, uint8_t *bytes, size_t n);

/* The checksum of all that was added since the last one. */
void aes_sha1_add(struct aes_sha1 *c, const uint8_t *bytes, size_t n);
void aes_sha1_sum(struct aes_sha1 *c, uint8_t sum[static AES_SHA1_CHECKSUM]);

#endif
