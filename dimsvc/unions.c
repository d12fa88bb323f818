/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The encapsulated unions of opnums 44, 47, 48, 51 and 52 (MS-RRASM 2.2.1.2.208 and the following; NDR: C706 14.3.8): a
 * byte that selects the arm, a gap up to the arm's alignment of 4, the arm, and then what its pointers lead to, in the
 * order of the fields. This server keeps little of it, but must know that it is well formed before it answers.
 */
#include "dimsvc/request.h"

#include "dimsvc/layout.h"

#define POLICY_SIZE 24u /* ROUTER_CUSTOM_IKEv2_POLICY_0: six DWORDs */

/* A counted pointer as it stands in the fixed part. */
struct counted {
    uint32_t n, referent;
};

/* The pointers of a structure with tunnel parameters, in the order in which their pointees come. */
struct tunnel_pointers {
    struct counted certificates, machine_certificate, ekus, machine_hash, sstp_certificate;
    uint32_t ike_policy, l2tp_policy;
};

static struct counted rd_counted(struct rpc_rd *rd)
{
    struct counted c = {.n = rpc_rd_u32(rd)};
    c.referent = rpc_rd_u32(rd);
    return c;
}

static void skip_dwords(struct rpc_rd *rd, size_t n)
{
    rpc_rd_align(rd, 4);
    (void)rpc_rd_bytes(rd, 4 * n);
}

static void rd_blob(struct rpc_rd *rd, struct counted c)
{
    if (c.referent != 0)
        (void)dim_rd_array(rd, c.n, 1);
}

static void rd_policy(struct rpc_rd *rd, uint32_t referent)
{
    if (referent != 0)
        skip_dwords(rd, POLICY_SIZE / 4);
}

/*
 * An array of structures that end with a counted pointer, then the pointees. `before` is how far the count is from the
 * pointer: {n, p} or {n, flag, p}. The second cursor walks through the array while the first goes through the pointees.
 */
static void rd_pointer_array(struct rpc_rd *rd, struct counted c, size_t dwords, size_t width)
{
    if (c.referent == 0)
        return;
    struct rpc_rd array = *rd;
    if (!dim_rd_array(rd, c.n, 4 * dwords))
        return;
    (void)rpc_rd_u32(&array); /* the count, checked just now */
    for (uint32_t i = 0; i < c.n && rpc_rd_ok(rd); i++) {
        uint32_t n = rpc_rd_u32(&array);
        skip_dwords(&array, dwords - 2);
        if (rpc_rd_u32(&array) != 0)
            (void)dim_rd_array(rd, n, width);
    }
}

static void rd_ports(struct rpc_rd *rd, struct dim_tunnel_args *t)
{
    t->ports = rpc_rd_u32(rd);
    t->flags = rpc_rd_u32(rd);
}

/* Here nothing says whether what stands behind the ports is meant: it is unless it is all zero. */
static void rd_sstp(struct rpc_rd *rd, struct dim_tunnel_args *t, struct tunnel_pointers *p)
{
    rd_ports(rd, t);
    uint32_t https = rpc_rd_u32(rd), algorithm = rpc_rd_u32(rd), is_default = rpc_rd_u32(rd);
    p->sstp_certificate = rd_counted(rd);
    t->others = https || algorithm || is_default || p->sstp_certificate.n || p->sstp_certificate.referent;
}

/* The fixed part: IKEv2, PPTP, L2TP, SSTP in this order; later revisions have more fields in the middle. */
static struct tunnel_pointers rd_tunnels(struct rpc_rd *rd, struct dim_args *a)
{
    struct tunnel_pointers p = {0};
    uint8_t revision = a->revision;
    struct dim_tunnel_args *ike = &a->tunnels[DIM_TUNNEL_IKEV2], *l2tp = &a->tunnels[DIM_TUNNEL_L2TP];
    rd_ports(rd, ike);
    ike->others = rpc_rd_u32(rd) != 0; /* says whether all that follows means anything */
    skip_dwords(rd, 5);                /* limits and options */
    p.certificates = rd_counted(rd);
    if (revision >= 2) {
        p.machine_certificate = rd_counted(rd);
        skip_dwords(rd, 1); /* encryption type */
        p.ike_policy = rpc_rd_u32(rd);
    }
    if (revision >= 3) {
        p.ekus = rd_counted(rd);
        p.machine_hash = rd_counted(rd);
    }
    rd_ports(rd, &a->tunnels[DIM_TUNNEL_PPTP]);
    rd_ports(rd, l2tp);
    if (revision >= 3) {
        l2tp->others = rpc_rd_u32(rd) != 0;
        skip_dwords(rd, 4); /* idle time, encryption, SA limits */
        p.l2tp_policy = rpc_rd_u32(rd);
    }
    rd_sstp(rd, &a->tunnels[DIM_TUNNEL_SSTP], &p);
    return p;
}

static void rd_tunnel_pointees(struct rpc_rd *rd, const struct tunnel_pointers *p)
{
    rd_pointer_array(rd, p->certificates, 2, 1);
    rd_blob(rd, p->machine_certificate);
    rd_policy(rd, p->ike_policy);
    /* The count of a CERT_EKU_1 is called a size in bytes but stands before 16-bit units: so many units travel. */
    rd_pointer_array(rd, p->ekus, 3, 2);
    rd_blob(rd, p->machine_hash);
    rd_policy(rd, p->l2tp_policy);
    rd_blob(rd, p->sstp_certificate);
}

/* Tag and the arm's own header. False when there is no such arm or nothing left. */
static bool rd_tag(struct rpc_rd *rd, struct dim_args *a, uint8_t revisions, bool *bad_tag)
{
    a->revision = rpc_rd_u8(rd);
    if (!rpc_rd_ok(rd))
        return false;
    if (a->revision == 0 || a->revision > revisions) {
        *bad_tag = true;
        rpc_rd_fail(rd);
        return false;
    }
    rpc_rd_align(rd, 4);
    a->revision_agrees = rpc_rd_u8(rd) == a->revision;
    a->object_type = rpc_rd_u8(rd);
    (void)rpc_rd_u16(rd);
    return rpc_rd_ok(rd);
}

void dim_rd_server_ex(struct rpc_rd *rd, struct dim_args *a, bool *bad_tag)
{
    if (!rd_tag(rd, a, 3, bad_tag))
        return;
    skip_dwords(rd, 5); /* LAN only, up time, ports, ports in use, reserved */
    struct tunnel_pointers p = rd_tunnels(rd, a);
    rd_tunnel_pointees(rd, &p);
}

void dim_rd_server_set_ex(struct rpc_rd *rd, struct dim_args *a, bool *bad_tag)
{
    if (!rd_tag(rd, a, 3, bad_tag))
        return;
    a->protocols = rpc_rd_u32(rd);
    struct tunnel_pointers p = rd_tunnels(rd, a);
    rd_tunnel_pointees(rd, &p);
}

void dim_rd_update_connection(struct rpc_rd *rd, struct dim_args *a, bool *bad_tag)
{
    if (!rd_tag(rd, a, 1, bad_tag))
        return;
    skip_dwords(rd, 1); /* local interface index */
    (void)rpc_rd_bytes(rd, DIM_TEXT_SIZE(DIM_UNITS_ENDPOINT));
}

void dim_rd_custom_info(struct rpc_rd *rd, struct dim_args *a, bool *bad_tag)
{
    if (!rd_tag(rd, a, 2, bad_tag))
        return;
    skip_dwords(rd, 3); /* flags, SA life time, SA data size */
    struct counted name = rd_counted(rd);
    uint32_t policy = rpc_rd_u32(rd);
    struct counted hash = {0};
    if (a->revision >= 2)
        hash = rd_counted(rd);
    rd_blob(rd, name);
    rd_policy(rd, policy);
    rd_blob(rd, hash);
}
