/* SPDX-License-Identifier: Apache-2.0 */
#include "ntlm/offer.h"

#include "rpc/cursor.h"

/* Tags of DER that a NegTokenInit begins with. */
#define OID           0x06u
#define SEQUENCE      0x30u
#define CONTEXT_0     0xa0u
#define APPLICATION_0 0x60u

#define LENGTH_LONG   0x80u /* the length has so many bytes as the other bits say */
#define LENGTH_BYTES  2u    /* enough for the largest token */

struct oid {
    const uint8_t *bytes;
    size_t n;
};

static const uint8_t spnego[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};                       /* 1.3.6.1.5.5.2 */
static const uint8_t ntlm[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a}; /* 1.3.6.1.4.1.311.2.2.10 */
static const uint8_t krb5[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};       /* 1.2.840.113554.1.2.2 */
static const uint8_t krb5_wrong[] = {0x2a, 0x86, 0x48, 0x82, 0xf7,
                                     0x12, 0x01, 0x02, 0x02};     /* Microsoft's misprint of it */
static const uint8_t krb5_old[] = {0x2b, 0x05, 0x01, 0x05, 0x02}; /* 1.3.5.1.5.2 */
static const uint8_t krb5_user[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x03}; /* user to user */
static const uint8_t krb5_through[] = {0x2b, 0x06, 0x01, 0x05, 0x02, 0x05};                      /* IAKERB */

static size_t read_length(struct rpc_rd *r)
{
    size_t n = rpc_rd_u8(r);
    if (!(n & LENGTH_LONG))
        return n;
    size_t bytes = n & ~(size_t)LENGTH_LONG;
    if (bytes == 0 || bytes > LENGTH_BYTES)
        rpc_rd_fail(r);
    for (n = 0; rpc_rd_ok(r) && bytes > 0; bytes--)
        n = n << 8 | rpc_rd_u8(r);
    return n;
}

/* What is in the next element, which must have this tag. */
static struct rpc_rd inside(struct rpc_rd *r, uint8_t tag)
{
    if (rpc_rd_u8(r) != tag)
        rpc_rd_fail(r);
    size_t n = read_length(r);
    const uint8_t *p = rpc_rd_bytes(r, n);
    struct rpc_rd in = rpc_rd_init(p, p ? n : 0, false);
    if (!p)
        rpc_rd_fail(&in);
    return in;
}

static bool is(const struct rpc_rd *oid, const uint8_t *bytes, size_t n)
{
    return oid->len == n && memcmp(oid->base, bytes, n) == 0;
}

static bool is_kerberos(const struct rpc_rd *oid)
{
    static const struct oid kinds[] = {{krb5, sizeof krb5},
                                       {krb5_wrong, sizeof krb5_wrong},
                                       {krb5_old, sizeof krb5_old},
                                       {krb5_user, sizeof krb5_user},
                                       {krb5_through, sizeof krb5_through}};
    bool any = false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        any |= is(oid, kinds[i].bytes, kinds[i].n);
    return any;
}

bool ntlm_is_all_offered(const uint8_t *token, size_t n)
{
    struct rpc_rd all = rpc_rd_init(token, n, false);
    struct rpc_rd whole = inside(&all, APPLICATION_0);
    struct rpc_rd mech = inside(&whole, OID), choice = inside(&whole, CONTEXT_0), init = inside(&choice, SEQUENCE);
    struct rpc_rd types = inside(&init, CONTEXT_0), list = inside(&types, SEQUENCE);
    bool has_ntlm = false, has_kerberos = false;
    if (!rpc_rd_ok(&mech) || !is(&mech, spnego, sizeof spnego))
        return false;
    while (rpc_rd_left(&list)) {
        struct rpc_rd oid = inside(&list, OID);
        if (!rpc_rd_ok(&oid))
            return false;
        has_ntlm |= is(&oid, ntlm, sizeof ntlm);
        has_kerberos |= is_kerberos(&oid);
    }
    return rpc_rd_ok(&list) && has_ntlm && !has_kerberos;
}
