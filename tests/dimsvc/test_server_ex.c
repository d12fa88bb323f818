/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side of opnums 44 and 47: requests as the server reads them, answers of servers good and hostile. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include <winerror.h>

#include "dimsvc/client.h"
#include "dimsvc/server_ex.h"
#include "examples.h"
#include "rpc/fault.h"
#include "rpc/limits.h"
#include "server_ex_sample.h"

#define REPLY_MAX 1024u

static struct dim_server_ex got; /* too large for comfort on a stack */

/* With flags that are more than one bit, and arrays with holes. */
static void fill(struct dim_server_ex *s, uint8_t revision)
{
    sample_server(s, revision);
    s->ike.has_params = 3;
    s->ike.n_certificates = 3;
    s->ike.certificates[2] = sample_octets("12345");
    if (revision >= 3) {
        s->ike.n_ekus = 2;
        s->ike.ekus[0] = (struct dim_eku){(const uint8_t *)"1\0.\0", 2, 4, true};
        s->l2tp.has_params = 16;
    }
}

/* A request of opnum 47 as the answer of 44 that has the same in it: only what stands before the tunnels differs. */
static struct bytes as_answer(const struct dim_server_ex *s, uint32_t code)
{
    uint8_t request[REPLY_MAX];
    size_t n = dim_req_server_set_ex(request, sizeof request, s);
    struct bytes b = {.p = calloc(1, REPLY_MAX)};
    assert_true(n > 0);
    assert_non_null(b.p);
    struct rpc_wr w = rpc_wr_init(b.p, REPLY_MAX);
    rpc_wr_u8(&w, s->revision);
    rpc_wr_align(&w, 4);
    rpc_wr_u8(&w, s->revision);
    rpc_wr_u8(&w, DIM_OBJECT_SERVER_EX);
    rpc_wr_u16(&w, 4);
    for (uint32_t i = 0; i < 5; i++) {
        rpc_wr_u32(&w, 100 + i);
    }
    rpc_wr_bytes(&w, request + DIM_SERVERSET_TUNNELS, n - DIM_SERVERSET_TUNNELS);
    rpc_wr_u32(&w, code);
    assert_true(rpc_wr_ok(&w));
    b.n = w.pos;
    return b;
}

/* In a block of its own size, so that a sanitizer sees every step beyond it. The block stays for what points into it.
 */
static uint32_t decode(struct bytes b, bool big, uint8_t revision, uint32_t *code, uint8_t **block)
{
    free(*block);
    *block = malloc(b.n + 1);
    assert_non_null(*block);
    uint8_t *p = *block + 1; /* an odd address: nothing may lean on alignment */
    memcpy(p, b.p, b.n);
    return dim_server_ex_decode(p, b.n, big, revision, &got, code);
}

static void assert_octets(struct dim_octets a, struct dim_octets b)
{
    assert_int_equal(a.n, b.n);
    if (a.n > 0)
        assert_memory_equal(a.p, b.p, a.n);
}

static void assert_policy(struct dim_policy a, struct dim_policy b)
{
    assert_int_equal(a.there, b.there);
    assert_memory_equal(a.dwords, b.dwords, sizeof a.dwords);
}

static void assert_same_tunnels(const struct dim_server_ex *a, const struct dim_server_ex *b)
{
    assert_memory_equal(&a->ike, &b->ike,
                        offsetof(struct dim_server_ex, ike.certificates) - offsetof(struct dim_server_ex, ike));
    for (uint32_t i = 0; i < a->ike.n_certificates; i++) {
        assert_octets(a->ike.certificates[i], b->ike.certificates[i]);
    }
    assert_octets(a->ike.machine_certificate, b->ike.machine_certificate);
    assert_int_equal(a->ike.encryption, b->ike.encryption);
    assert_policy(a->ike.policy, b->ike.policy);
    assert_int_equal(a->ike.n_ekus, b->ike.n_ekus);
    assert_octets(a->ike.machine_hash, b->ike.machine_hash);
    assert_memory_equal(&a->pptp, &b->pptp, sizeof a->pptp);
    assert_memory_equal(&a->l2tp, &b->l2tp,
                        offsetof(struct dim_server_ex, l2tp.policy) - offsetof(struct dim_server_ex, l2tp));
    assert_policy(a->l2tp.policy, b->l2tp.policy);
    assert_memory_equal(&a->sstp, &b->sstp,
                        offsetof(struct dim_server_ex, sstp.certificate) - offsetof(struct dim_server_ex, sstp));
    assert_octets(a->sstp.certificate, b->sstp.certificate);
}

static void the_example_is_read(void **state)
{
    struct bytes b = bytes_from_hex(EX_SERVER_EX_1);
    uint8_t *block = NULL;
    uint32_t code = 1;
    (void)state;
    assert_int_equal(decode(b, false, 1, &code, &block), 0);
    assert_int_equal(code, 0);
    assert_int_equal(got.revision, 1);
    assert_int_equal(got.up_time, 0x01010101);
    assert_int_equal(got.total_ports, 0x02020202);
    assert_int_equal(got.ports_in_use, 0x03030303);
    assert_int_equal(got.ike.ports, 0x04040404);
    assert_int_equal(got.ike.flags, 0x05050505);
    assert_int_equal(got.ike.has_params, 0x06060606);
    assert_int_equal(got.ike.idle_time, 0x07070707);
    assert_int_equal(got.pptp.ports, 0x08080808);
    assert_int_equal(got.l2tp.ports, 0x09090909);
    assert_int_equal(got.sstp.ports, 0x0a0a0a0a);
    assert_int_equal(got.sstp.algorithm, 0x800c);
    assert_int_equal(got.ike.n_certificates, 1);
    assert_octets(got.ike.certificates[0], sample_octets("abc"));
    free(block);
    bytes_free(&b);
}

static void what_is_set_is_what_is_got(void **state)
{
    static struct dim_server_ex s;
    uint8_t *block = NULL;
    (void)state;
    for (uint8_t revision = 1; revision <= 3; revision++) {
        uint32_t code = 1;
        fill(&s, revision);
        struct bytes b = as_answer(&s, 0);
        assert_int_equal(decode(b, false, revision, &code, &block), 0);
        assert_int_equal(code, 0);
        assert_int_equal(got.lan_only, 100);
        assert_int_equal(got.ports_in_use, 103);
        assert_same_tunnels(&got, &s);
        if (revision >= 3) {
            assert_int_equal(got.ike.ekus[0].n, 4); /* the units that were missing have come as zeros */
            assert_memory_equal(got.ike.ekus[0].units, "1\0.\0\0\0\0\0", 8);
            assert_true(got.ike.ekus[0].is_oid);
            assert_int_equal(got.ike.ekus[1].n, 0);
        }
        bytes_free(&b);
    }
    free(block);
}

static const enum dim_tunnel kinds[] = {DIM_TUNNEL_PPTP, DIM_TUNNEL_L2TP, DIM_TUNNEL_SSTP, DIM_TUNNEL_IKEV2};

/* What the server answers to this; UINT32_MAX: it asks its backend. */
static uint32_t set_ex(struct fake *f, const struct dim_server_ex *s)
{
    uint8_t request[REPLY_MAX];
    size_t n = dim_req_server_set_ex(request, sizeof request, s);
    f->limits.op = NULL;
    struct bytes b = answer(f, DIM_SERVER_SET_INFO_EX, request, n);
    uint32_t code = b.n == 0 ? UINT32_MAX : last_u32(b);
    assert_int_equal(f->limits.op == dim_op(DIM_SERVER_SET_INFO_EX), b.n == 0);
    bytes_free(&b);
    return code;
}

/* Ports and flags of every kind, and nothing else. */
static void fill_ports(struct dim_server_ex *s, uint8_t revision, uint32_t protocols)
{
    memset(s, 0, sizeof *s);
    s->revision = revision;
    s->protocols = protocols;
    s->pptp.ports = 16384;
    s->pptp.flags = 3;
    s->l2tp.ports = 30000;
    s->l2tp.flags = 2;
    s->sstp.ports = 12;
    s->sstp.flags = 1;
    s->ike.ports = 30000;
    s->ike.flags = 0;
}

static void the_backend_is_asked_for_the_parts_that_are_meant(void **state)
{
    static struct dim_server_ex s;
    static const struct dim_limit want[] = {{true, 16384, 3}, {true, 30000, 2}, {true, 12, 1}, {true, 30000, 0}};
    struct fake f;
    (void)state;
    fake_init(&f);
    for (uint8_t revision = 1; revision <= 3; revision++) {
        for (uint32_t protocols = 1; protocols < 16; protocols++) {
            fill_ports(&s, revision, protocols);
            assert_int_equal(set_ex(&f, &s), UINT32_MAX);
            for (size_t i = 0; i < DIM_TUNNEL_KINDS; i++) {
                const struct dim_limit *l = &f.limits.of[kinds[i]];
                assert_int_equal(l->set, (protocols >> i & 1) != 0);
                assert_true(!l->set || (l->ports == want[i].ports && l->flags == want[i].flags));
            }
        }
        fill_ports(&s, revision, 0);
        assert_int_equal(set_ex(&f, &s), 0); /* nothing to do */
    }
}

static void what_can_not_be_set_is_refused(void **state)
{
    static struct dim_server_ex s;
    struct fake f;
    (void)state;
    fake_init(&f);
    for (uint8_t revision = 1; revision <= 3; revision++) {
        fill_ports(&s, revision, 16);
        assert_int_equal(set_ex(&f, &s), ERROR_NOT_SUPPORTED); /* GRE */
        s.protocols = 32;
        assert_int_equal(set_ex(&f, &s), ERROR_INVALID_PARAMETER);
        fill_ports(&s, revision, 8);
        s.ike.has_params = 1;
        assert_int_equal(set_ex(&f, &s), ERROR_NOT_SUPPORTED);
        s.protocols = 7; /* that part is not meant */
        assert_int_equal(set_ex(&f, &s), UINT32_MAX);
        uint32_t *const sstp[] = {&s.sstp.use_https, &s.sstp.algorithm, &s.sstp.is_default};
        for (size_t i = 0; i < 3; i++) {
            fill_ports(&s, revision, 4);
            *sstp[i] = 1;
            assert_int_equal(set_ex(&f, &s), ERROR_NOT_SUPPORTED);
        }
        fill_ports(&s, revision, 4);
        s.sstp.certificate = sample_octets("sstp");
        assert_int_equal(set_ex(&f, &s), ERROR_NOT_SUPPORTED);
        s.sstp.flags = 2; /* and a wrong parameter comes first */
        assert_int_equal(set_ex(&f, &s), ERROR_INVALID_PARAMETER);
        fill_ports(&s, revision, 8);
        s.ike.flags = 3;
        assert_int_equal(set_ex(&f, &s), ERROR_INVALID_PARAMETER);
        fill_ports(&s, revision, 1);
        s.pptp.ports = 0;
        assert_int_equal(set_ex(&f, &s), ERROR_INVALID_PARAMETER);
    }
    fill_ports(&s, 3, 2);
    s.l2tp.has_params = 1;
    assert_int_equal(set_ex(&f, &s), ERROR_NOT_SUPPORTED);
}

/* Our own server reads every byte of it, and what it can't do it says. */
static void the_server_understands_what_is_set(void **state)
{
    static struct dim_server_ex s;
    struct fake f;
    (void)state;
    fake_init(&f);
    for (uint8_t revision = 1; revision <= 3; revision++) {
        uint8_t request[REPLY_MAX];
        fill(&s, revision);
        size_t n = dim_req_server_set_ex(request, sizeof request, &s);
        struct rpc_rd rd = rpc_rd_init(request, n, false);
        struct dim_args args;
        assert_int_equal(dim_request_decode(&rd, "y", &args), 0);
        assert_int_equal(rpc_rd_left(&rd), 0);
        assert_int_equal(args.revision, revision);
        assert_true(args.revision_agrees);
        assert_int_equal(args.object_type, DIM_OBJECT_SERVER_SET_EX);
        assert_int_equal(args.protocols, 15);
        const uint32_t ports[] = {9, 11, 13, 1};
        for (size_t i = 0; i < DIM_TUNNEL_KINDS; i++) {
            assert_int_equal(args.tunnels[kinds[i]].ports, ports[i]);
            assert_int_equal(args.tunnels[kinds[i]].flags, ports[i] + 1);
            assert_int_equal(args.tunnels[kinds[i]].others, i >= 2 || (i == 1 && revision == 3));
        }
        assert_int_equal(set_ex(&f, &s), ERROR_INVALID_PARAMETER); /* such flags there are not */
        /* What has no room is not made. */
        for (size_t cap = 0; cap < n; cap++) {
            assert_int_equal(dim_req_server_set_ex(request, cap, &s), 0);
        }
    }
}

static void the_server_answers_what_is_asked(void **state)
{
    struct fake f;
    uint8_t *block = NULL;
    (void)state;
    fake_init(&f);
    f.server =
        (struct dim_server){.up_seconds = 5, .total_ports = 6, .sstp_ports = 7, .sstp_flags = 1, .ikev2_ports = 8};
    for (uint8_t revision = 1; revision <= 3; revision++) {
        uint8_t request[DIM_REQUEST_MAX];
        uint32_t code = 1;
        size_t n = dim_req_server_get_ex(request, revision);
        assert_int_equal(n, DIM_SERVEREX_SIZE(revision));
        struct bytes b = answer(&f, 44, request, n);
        assert_int_equal(decode(b, false, revision, &code, &block), 0);
        assert_int_equal(code, 0);
        assert_int_equal(got.up_time, 5);
        assert_int_equal(got.total_ports, 6);
        assert_int_equal(got.sstp.ports, 7);
        assert_int_equal(got.sstp.flags, 1);
        assert_int_equal(got.ike.ports, 8);
        bytes_free(&b);
        f.deny = true;
        b = answer(&f, 44, request, n);
        assert_int_equal(decode(b, false, revision, &code, &block), 0);
        assert_int_equal(code, ERROR_ACCESS_DENIED);
        f.deny = false;
        bytes_free(&b);
    }
    free(block);
}

static void big_endian_answers_are_understood(void **state)
{
    uint8_t *block = NULL;
    uint32_t code = 1;
    (void)state;
    struct bytes b =
        bytes_from_hex("03000000 03020004 00000000 00000001 00000002 00000003 00000000"
                       "00000004 00000001 00000001 0000012c 00000078 0000012c 00000400 00000000 00000000 00000000"
                       "00000000 00000000 00000002 00000001 00000001 00000002 00000000 00000000"
                       "00000005 00000003 00000006 00000003 00000000 00000000 00000000 00000000 00000000 00000000"
                       "00000007 00000001 00000001 0000800c 00000000 00000003 00000003"
                       "00000001 00000002 00000003 00000004 00000005 00000006"
                       "00000001 00000002 00000001 00000004 00000002 0031 002e"
                       "00000003 616263 00 00000000");
    assert_int_equal(decode(b, true, 3, &code, &block), 0);
    assert_int_equal(code, 0);
    assert_int_equal(got.total_ports, 2);
    assert_int_equal(got.ike.sa_data, 1024);
    assert_int_equal(got.ike.policy.dwords[5], 6);
    assert_memory_equal(got.ike.ekus[0].units, "1\0.\0", 4);
    assert_octets(got.sstp.certificate, sample_octets("abc"));
    free(block);
    bytes_free(&b);
}

static void an_answer_cut_anywhere_is_1783(void **state)
{
    static struct dim_server_ex s;
    uint8_t *block = NULL;
    uint32_t code;
    (void)state;
    for (uint8_t revision = 1; revision <= 3; revision++) {
        fill(&s, revision);
        struct bytes b = as_answer(&s, 0), part = b;
        for (part.n = 0; part.n < b.n; part.n++) {
            assert_int_equal(decode(part, false, revision, &code, &block), RPC_X_BAD_STUB_DATA);
        }
        for (part.n = b.n; part.n <= b.n + 16; part.n++) { /* zeros behind it */
            assert_int_equal(decode(part, false, revision, &code, &block), part.n < b.n + 16 ? 0 : RPC_X_BAD_STUB_DATA);
        }
        bytes_free(&b);
    }
    free(block);
}

/* Reads all that the result points to: a sanitizer sees what lies outside. */
static unsigned touch(void)
{
    unsigned sum = 0;
    const struct dim_octets *all[] = {&got.ike.machine_certificate, &got.ike.machine_hash, &got.sstp.certificate};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        for (uint32_t k = 0; k < all[i]->n; k++)
            sum += all[i]->p[k];
    }
    assert_true(got.ike.n_certificates <= DIM_CERTIFICATES_MAX && got.ike.n_ekus <= DIM_EKUS_MAX);
    for (uint32_t i = 0; i < got.ike.n_certificates; i++) {
        for (uint32_t k = 0; k < got.ike.certificates[i].n; k++)
            sum += got.ike.certificates[i].p[k];
    }
    for (uint32_t i = 0; i < got.ike.n_ekus; i++) {
        for (size_t k = 0; k < 2 * (size_t)got.ike.ekus[i].n; k++)
            sum += got.ike.ekus[i].units[k];
    }
    return sum;
}

static void turned_bits_do_no_harm(void **state)
{
    static struct dim_server_ex s;
    uint8_t *block = NULL;
    unsigned sum = 0;
    (void)state;
    fill(&s, 3);
    struct bytes b = as_answer(&s, 0);
    for (size_t bit = 0; bit < b.n * 8; bit++) {
        uint32_t code = 0;
        b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        for (int big = 0; big < 2; big++) {
            uint32_t result = decode(b, big, 3, &code, &block);
            if (result == 0 && code == 0)
                sum += touch();
            else if (result != 0)
                assert_int_equal(result, RPC_X_BAD_STUB_DATA);
        }
        b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(sum > 0);
    bytes_free(&b);
    free(block);
}

/* What a hostile server may write into the DWORD at an offset of a good answer, and what comes of it. */
static void lies_are_noticed(void **state)
{
    static struct dim_server_ex s;
    const size_t tunnels = DIM_SERVEREX_TUNNELS, deferred = DIM_SERVEREX_SIZE(3);
    const struct {
        size_t at;
        uint32_t value, code;
    } lies[] = {
        {0, 4, RPC_X_BAD_STUB_DATA},                     /* a tag without an arm */
        {0, 0, RPC_X_BAD_STUB_DATA},                     /* the same */
        {4, 0x00040202, RPC_X_BAD_STUB_DATA},            /* tag and header have different revisions */
        {4, 0x00040103, RPC_X_BAD_STUB_DATA},            /* another type of object */
        {tunnels + 32, 4, RPC_X_BAD_STUB_DATA},          /* one certificate more than the array has */
        {deferred, 4, RPC_X_BAD_STUB_DATA},              /* the array has one more */
        {deferred, 0xffffffff, RPC_X_BAD_STUB_DATA},     /* far more */
        {deferred + 4, 0xffffffff, RPC_X_BAD_STUB_DATA}, /* a name that is longer than the answer */
        {deferred + 28, 4, RPC_X_BAD_STUB_DATA},         /* a name whose length is said twice differently */
        {tunnels + 132, 0xffffffff, RPC_X_BAD_STUB_DATA},
    };
    uint8_t *block = NULL;
    uint32_t code;
    (void)state;
    fill(&s, 3);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct bytes b = as_answer(&s, 0);
        assert_int_equal(decode(b, false, 3, &code, &block), 0);
        rpc_put_u32(b.p + lies[i].at, lies[i].value);
        assert_int_equal(decode(b, false, 3, &code, &block), lies[i].code);
        bytes_free(&b);
    }
    /* Revision 2 is not what was asked for; of an answer that says no, nobody minds. */
    fill(&s, 2);
    for (uint32_t said = 0; said < 2; said++) {
        struct bytes b = as_answer(&s, said);
        assert_int_equal(decode(b, false, 3, &code, &block), said == 0 ? RPC_X_BAD_STUB_DATA : 0);
        bytes_free(&b);
    }
    free(block);
}

/* Counts whose product with the size of an element would fit into 32 bits, and arrays just over our limits. */
static void arrays_have_limits(void **state)
{
    const size_t base = DIM_SERVEREX_SIZE(1);
    static uint8_t stub[DIM_SERVEREX_SIZE(1) + 4 + 8 * (DIM_CERTIFICATES_MAX + 1) + 4];
    uint8_t *block = NULL;
    uint32_t code;
    (void)state;
    for (uint32_t n = DIM_CERTIFICATES_MAX; n <= DIM_CERTIFICATES_MAX + 1; n++) {
        memset(stub, 0, sizeof stub);
        stub[0] = stub[4] = 1;
        stub[5] = DIM_OBJECT_SERVER_EX;
        rpc_put_u32(stub + DIM_SERVEREX_TUNNELS + 32, n);
        rpc_put_u32(stub + DIM_SERVEREX_TUNNELS + 36, 1);
        rpc_put_u32(stub + base, n);
        uint32_t result = decode((struct bytes){stub, base + 4 + 8 * (size_t)n + 4}, false, 1, &code, &block);
        assert_int_equal(result, n <= DIM_CERTIFICATES_MAX ? 0 : RPC_X_BAD_STUB_DATA);
    }
    free(block);
}

static void a_count_without_an_array_is_nothing(void **state)
{
    uint8_t stub[DIM_SERVEREX_SIZE(3) + 4] = {3, 0, 0, 0, 3, DIM_OBJECT_SERVER_EX};
    uint8_t *block = NULL;
    uint32_t code = 1;
    (void)state;
    rpc_put_u32(stub + DIM_SERVEREX_TUNNELS + 32, 7);  /* certificates */
    rpc_put_u32(stub + DIM_SERVEREX_TUNNELS + 40, 7);  /* machine certificate */
    rpc_put_u32(stub + DIM_SERVEREX_TUNNELS + 56, 7);  /* EKUs */
    rpc_put_u32(stub + DIM_SERVEREX_TUNNELS + 132, 7); /* SSTP */
    assert_int_equal(decode((struct bytes){stub, sizeof stub}, false, 3, &code, &block), 0);
    assert_int_equal(code, 0);
    assert_int_equal(got.ike.n_certificates + got.ike.n_ekus, 0);
    assert_int_equal(got.ike.machine_certificate.n + got.sstp.certificate.n, 0);
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_is_read),
        cmocka_unit_test(arrays_have_limits),
        cmocka_unit_test(what_is_set_is_what_is_got),
        cmocka_unit_test(the_server_understands_what_is_set),
        cmocka_unit_test(the_backend_is_asked_for_the_parts_that_are_meant),
        cmocka_unit_test(what_can_not_be_set_is_refused),
        cmocka_unit_test(the_server_answers_what_is_asked),
        cmocka_unit_test(big_endian_answers_are_understood),
        cmocka_unit_test(an_answer_cut_anywhere_is_1783),
        cmocka_unit_test(turned_bits_do_no_harm),
        cmocka_unit_test(lies_are_noticed),
        cmocka_unit_test(a_count_without_an_array_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
