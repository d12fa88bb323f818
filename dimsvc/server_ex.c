/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An encapsulated union (C706 14.3.8): the tag, the arm's fixed part, and what its pointers lead to in the order of the
 * fields. So reading and writing go over the structure twice: numbers and referents first, pointees then.
 */
#include "dimsvc/server_ex.h"

#include <string.h>

#include <winerror.h>

#include "dimsvc/client.h"
#include "dimsvc/layout.h"
#include "dimsvc/request.h"
#include "rpc/cursor.h"

#define REVISION_MAX 3u

/* ---- reading ---- */

/* Which pointers of the fixed part are not NULL. Of counted ones the count stands in the result already. */
struct pointers {
    bool certificates, machine_certificate, ike_policy, ekus, machine_hash, l2tp_policy, sstp_certificate;
};

static bool rd_pointer(struct rpc_rd *rd)
{
    return rpc_rd_u32(rd) != 0;
}

static void rd_ike(struct rpc_rd *rd, struct dim_server_ex *s, struct pointers *there)
{
    s->ike.ports = rpc_rd_u32(rd);
    s->ike.flags = rpc_rd_u32(rd);
    s->ike.has_params = rpc_rd_u32(rd);
    s->ike.idle_time = rpc_rd_u32(rd);
    s->ike.blackout_time = rpc_rd_u32(rd);
    s->ike.sa_time = rpc_rd_u32(rd);
    s->ike.sa_data = rpc_rd_u32(rd);
    s->ike.options = rpc_rd_u32(rd);
    s->ike.n_certificates = rpc_rd_u32(rd);
    there->certificates = rd_pointer(rd);
    if (s->revision >= 2) {
        s->ike.machine_certificate.n = rpc_rd_u32(rd);
        there->machine_certificate = rd_pointer(rd);
        s->ike.encryption = rpc_rd_u32(rd);
        there->ike_policy = rd_pointer(rd);
    }
    if (s->revision >= 3) {
        s->ike.n_ekus = rpc_rd_u32(rd);
        there->ekus = rd_pointer(rd);
        s->ike.machine_hash.n = rpc_rd_u32(rd);
        there->machine_hash = rd_pointer(rd);
    }
}

static void rd_others(struct rpc_rd *rd, struct dim_server_ex *s, struct pointers *there)
{
    s->pptp.ports = rpc_rd_u32(rd);
    s->pptp.flags = rpc_rd_u32(rd);
    s->l2tp.ports = rpc_rd_u32(rd);
    s->l2tp.flags = rpc_rd_u32(rd);
    if (s->revision >= 3) {
        s->l2tp.has_params = rpc_rd_u32(rd);
        s->l2tp.idle_time = rpc_rd_u32(rd);
        s->l2tp.encryption = rpc_rd_u32(rd);
        s->l2tp.sa_time = rpc_rd_u32(rd);
        s->l2tp.sa_data = rpc_rd_u32(rd);
        there->l2tp_policy = rd_pointer(rd);
    }
    s->sstp.ports = rpc_rd_u32(rd);
    s->sstp.flags = rpc_rd_u32(rd);
    s->sstp.use_https = rpc_rd_u32(rd);
    s->sstp.algorithm = rpc_rd_u32(rd);
    s->sstp.is_default = rpc_rd_u32(rd);
    s->sstp.certificate.n = rpc_rd_u32(rd);
    there->sstp_certificate = rd_pointer(rd);
}

static void rd_octets(struct rpc_rd *rd, bool there, struct dim_octets *o)
{
    o->p = there ? dim_rd_array(rd, o->n, 1) : NULL;
    if (!o->p)
        o->n = 0;
}

static void rd_policy(struct rpc_rd *rd, bool there, struct dim_policy *p)
{
    p->there = there;
    for (size_t i = 0; there && i < DIM_POLICY_DWORDS; i++) {
        p->dwords[i] = rpc_rd_u32(rd);
    }
}

/* How many elements an array has that is there and of a size that we keep. */
static uint32_t rd_count(struct rpc_rd *rd, bool there, uint32_t n, uint32_t most)
{
    if (!there)
        return 0;
    if (rpc_rd_u32(rd) != n || n > most)
        rpc_rd_fail(rd);
    return rpc_rd_ok(rd) ? n : 0;
}

static void rd_certificates(struct rpc_rd *rd, bool there, struct dim_server_ex *s)
{
    bool has_name[DIM_CERTIFICATES_MAX];
    s->ike.n_certificates = rd_count(rd, there, s->ike.n_certificates, DIM_CERTIFICATES_MAX);
    for (uint32_t i = 0; i < s->ike.n_certificates; i++) {
        s->ike.certificates[i].n = rpc_rd_u32(rd);
        has_name[i] = rd_pointer(rd);
    }
    for (uint32_t i = 0; i < s->ike.n_certificates; i++) {
        rd_octets(rd, has_name[i], &s->ike.certificates[i]);
    }
}

static void rd_ekus(struct rpc_rd *rd, bool there, struct dim_server_ex *s)
{
    bool has_text[DIM_EKUS_MAX];
    s->ike.n_ekus = rd_count(rd, there, s->ike.n_ekus, DIM_EKUS_MAX);
    for (uint32_t i = 0; i < s->ike.n_ekus; i++) {
        s->ike.ekus[i].size = rpc_rd_u32(rd);
        s->ike.ekus[i].is_oid = rpc_rd_u32(rd) != 0;
        has_text[i] = rd_pointer(rd);
    }
    for (uint32_t i = 0; i < s->ike.n_ekus; i++) {
        struct dim_eku *e = &s->ike.ekus[i];
        e->units = has_text[i] ? dim_rd_array(rd, e->size, 2) : NULL;
        if (!e->units)
            e->size = 0;
        e->n = e->size;
    }
}

static void rd_pointees(struct rpc_rd *rd, struct dim_server_ex *s, const struct pointers *there)
{
    rd_certificates(rd, there->certificates, s);
    rd_octets(rd, there->machine_certificate, &s->ike.machine_certificate);
    rd_policy(rd, there->ike_policy, &s->ike.policy);
    rd_ekus(rd, there->ekus, s);
    rd_octets(rd, there->machine_hash, &s->ike.machine_hash);
    rd_policy(rd, there->l2tp_policy, &s->l2tp.policy);
    rd_octets(rd, there->sstp_certificate, &s->sstp.certificate);
}

/* Every text becomes UTF-16LE. Two that lie in the same bytes can't be: the cursor never goes back. */
static void turn_texts(uint8_t *stub, const struct dim_server_ex *s)
{
    for (uint32_t i = 0; i < s->ike.n_ekus; i++) {
        const struct dim_eku *e = &s->ike.ekus[i];
        if (e->n == 0)
            continue;
        uint8_t *units = stub + (e->units - stub); /* where dim_rd_array() has found them */
        for (size_t k = 0; k < 2 * (size_t)e->n; k += 2) {
            uint8_t first = units[k];
            units[k] = units[k + 1];
            units[k + 1] = first;
        }
    }
}

uint32_t dim_server_ex_decode(uint8_t *stub, size_t n, bool big, uint8_t revision, struct dim_server_ex *ret,
                              uint32_t *code)
{
    struct rpc_rd rd = rpc_rd_init(stub, n, big);
    struct pointers there = {0};
    memset(ret, 0, sizeof *ret);
    ret->revision = rpc_rd_u8(&rd);
    if (ret->revision < 1 || ret->revision > REVISION_MAX)
        return RPC_X_BAD_STUB_DATA;
    rpc_rd_align(&rd, 4);
    uint8_t header_revision = rpc_rd_u8(&rd), type = rpc_rd_u8(&rd);
    (void)rpc_rd_u16(&rd); /* size: nobody agrees about it */
    ret->lan_only = rpc_rd_u32(&rd);
    ret->up_time = rpc_rd_u32(&rd);
    ret->total_ports = rpc_rd_u32(&rd);
    ret->ports_in_use = rpc_rd_u32(&rd);
    (void)rpc_rd_u32(&rd); /* reserved */
    rd_ike(&rd, ret, &there);
    rd_others(&rd, ret, &there);
    rd_pointees(&rd, ret, &there);
    *code = rpc_rd_u32(&rd);
    if (!rpc_rd_ok(&rd) || rpc_rd_left(&rd) > DIM_REPLY_PADDING_MAX)
        return RPC_X_BAD_STUB_DATA;
    /* After an error nobody has filled in the header. */
    bool fits = ret->revision == revision && header_revision == revision && type == DIM_OBJECT_SERVER_EX;
    if (*code == ERROR_SUCCESS && !fits)
        return RPC_X_BAD_STUB_DATA;
    if (big)
        turn_texts(stub, ret);
    return 0;
}

/* ---- writing ---- */

struct writer {
    struct rpc_wr w;
    uint32_t referent; /* of the last pointer */
};

static void wr_pointer(struct writer *w, bool there)
{
    if (there)
        w->referent = w->referent == 0 ? DIM_FIRST_REFERENT : w->referent + 4;
    rpc_wr_u32(&w->w, there ? w->referent : 0);
}

static void wr_counted(struct writer *w, uint32_t n)
{
    rpc_wr_u32(&w->w, n);
    wr_pointer(w, n > 0);
}

static void wr_ike(struct writer *w, const struct dim_server_ex *s)
{
    rpc_wr_u32(&w->w, s->ike.ports);
    rpc_wr_u32(&w->w, s->ike.flags);
    rpc_wr_u32(&w->w, s->ike.has_params);
    rpc_wr_u32(&w->w, s->ike.idle_time);
    rpc_wr_u32(&w->w, s->ike.blackout_time);
    rpc_wr_u32(&w->w, s->ike.sa_time);
    rpc_wr_u32(&w->w, s->ike.sa_data);
    rpc_wr_u32(&w->w, s->ike.options);
    wr_counted(w, s->ike.n_certificates);
    if (s->revision >= 2) {
        wr_counted(w, s->ike.machine_certificate.n);
        rpc_wr_u32(&w->w, s->ike.encryption);
        wr_pointer(w, s->ike.policy.there);
    }
    if (s->revision >= 3) {
        wr_counted(w, s->ike.n_ekus);
        wr_counted(w, s->ike.machine_hash.n);
    }
}

static void wr_others(struct writer *w, const struct dim_server_ex *s)
{
    rpc_wr_u32(&w->w, s->pptp.ports);
    rpc_wr_u32(&w->w, s->pptp.flags);
    rpc_wr_u32(&w->w, s->l2tp.ports);
    rpc_wr_u32(&w->w, s->l2tp.flags);
    if (s->revision >= 3) {
        rpc_wr_u32(&w->w, s->l2tp.has_params);
        rpc_wr_u32(&w->w, s->l2tp.idle_time);
        rpc_wr_u32(&w->w, s->l2tp.encryption);
        rpc_wr_u32(&w->w, s->l2tp.sa_time);
        rpc_wr_u32(&w->w, s->l2tp.sa_data);
        wr_pointer(w, s->l2tp.policy.there);
    }
    rpc_wr_u32(&w->w, s->sstp.ports);
    rpc_wr_u32(&w->w, s->sstp.flags);
    rpc_wr_u32(&w->w, s->sstp.use_https);
    rpc_wr_u32(&w->w, s->sstp.algorithm);
    rpc_wr_u32(&w->w, s->sstp.is_default);
    wr_counted(w, s->sstp.certificate.n);
}

static void wr_octets(struct writer *w, const struct dim_octets *o)
{
    if (o->n == 0)
        return;
    rpc_wr_u32(&w->w, o->n);
    rpc_wr_bytes(&w->w, o->p, o->n);
}

static void wr_policy(struct writer *w, const struct dim_policy *p)
{
    for (size_t i = 0; p->there && i < DIM_POLICY_DWORDS; i++) {
        rpc_wr_u32(&w->w, p->dwords[i]);
    }
}

static void wr_certificates(struct writer *w, const struct dim_server_ex *s)
{
    if (s->ike.n_certificates == 0)
        return;
    rpc_wr_u32(&w->w, s->ike.n_certificates);
    for (uint32_t i = 0; i < s->ike.n_certificates; i++) {
        wr_counted(w, s->ike.certificates[i].n);
    }
    for (uint32_t i = 0; i < s->ike.n_certificates; i++) {
        wr_octets(w, &s->ike.certificates[i]);
    }
}

static void wr_ekus(struct writer *w, const struct dim_server_ex *s)
{
    if (s->ike.n_ekus == 0)
        return;
    rpc_wr_u32(&w->w, s->ike.n_ekus);
    for (uint32_t i = 0; i < s->ike.n_ekus; i++) {
        rpc_wr_u32(&w->w, s->ike.ekus[i].size);
        rpc_wr_u32(&w->w, s->ike.ekus[i].is_oid ? 1 : 0);
        wr_pointer(w, s->ike.ekus[i].size > 0);
    }
    for (uint32_t i = 0; i < s->ike.n_ekus; i++) {
        const struct dim_eku *e = &s->ike.ekus[i];
        if (e->size == 0)
            continue;
        rpc_wr_u32(&w->w, e->size);
        rpc_wr_bytes(&w->w, e->units, 2 * (size_t)e->n);
        rpc_wr_zero(&w->w, 2 * ((size_t)e->size - e->n));
    }
}

size_t dim_req_server_set_ex(uint8_t *buf, size_t cap, const struct dim_server_ex *s)
{
    struct writer w = {.w = rpc_wr_init(buf, cap)};
    rpc_wr_u8(&w.w, s->revision);
    rpc_wr_align(&w.w, 4);
    rpc_wr_u8(&w.w, s->revision);
    rpc_wr_u8(&w.w, DIM_OBJECT_SERVER_SET_EX);
    rpc_wr_u16(&w.w, (uint16_t)(DIM_SERVERSET_SIZE(s->revision) - DIM_SERVEREX_HEADER));
    rpc_wr_u32(&w.w, s->protocols);
    wr_ike(&w, s);
    wr_others(&w, s);
    wr_certificates(&w, s);
    if (s->revision >= 2) {
        wr_octets(&w, &s->ike.machine_certificate);
        wr_policy(&w, &s->ike.policy);
    }
    if (s->revision >= 3) {
        wr_ekus(&w, s);
        wr_octets(&w, &s->ike.machine_hash);
        wr_policy(&w, &s->l2tp.policy);
    }
    wr_octets(&w, &s->sstp.certificate);
    return rpc_wr_ok(&w.w) ? w.w.pos : 0;
}
