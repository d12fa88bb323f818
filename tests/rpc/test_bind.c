/* SPDX-License-Identifier: Apache-2.0 */
/* bind and alter_context: what is accepted, and how it is answered. */
#include "peer.h"

struct result {
    unsigned result, reason;
    bool ndr20;
};

/* The PDU at `pos` is an ack of this kind with these results, and nothing more. */
static void expect_results(const struct world *w, size_t *pos, unsigned type, const struct result *want, size_t n)
{
    struct seen s = next_pdu(&w->out, pos);
    assert_int_equal(s.type, type);
    size_t at = 26 + get16(s.p + 24);
    at = (at + 3) & ~(size_t)3;
    assert_int_equal(get32(s.p + at), n);
    assert_int_equal(s.frag_length, at + 4 + n * 24);
    struct bytes ndr = {0};
    put_hex(&ndr, NDR20);
    for (size_t i = 0; i < n; i++) {
        static const uint8_t zero[20];
        const uint8_t *p = s.p + at + 4 + i * 24;
        assert_int_equal(get16(p), want[i].result);
        assert_int_equal(get16(p + 2), want[i].reason);
        assert_memory_equal(p + 4, want[i].ndr20 ? ndr.p : zero, 20);
    }
    drop(&ndr);
}

static const struct result accepted = {0, 0, true}, unknown_interface = {2, 1, false}, unknown_syntax = {2, 2, false},
                           features = {3, 2, false}; /* the connection stays when a call is orphaned */

static void contexts_are_answered_one_by_one(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    begin_bind(&in, BIND, FIRST | LAST, 1, 5840, 5840, 0, 8);
    put_context(&in, 7, IF_UNKNOWN, NDR20, NULL);
    put_context(&in, 8, IF_A, NDR64, NULL);
    put_context(&in, 9, IF_A, NDR64, NOBODYS, NDR20, NULL); /* several syntaxes: one is enough */
    put_context(&in, 300, IF_B, NDR20, NULL);
    put_context(&in, 11, IF_MGMT, NDR20, NULL);
    put_context(&in, 12, IF_A, FEATURES, NDR20, NULL); /* features: what follows is ignored */
    put_context(&in, 13, IF_A, NDR64, FEATURES, NULL); /* in a later place just a syntax that nobody knows */
    put_context(&in, 14, IF_A, NOBODYS, NULL);
    end_pdu(&in, 0);
    assert_int_equal(say(&w, &in), 0);
    const struct result want[] = {unknown_interface, unknown_syntax, accepted,       accepted,
                                  accepted,          features,       unknown_syntax, unknown_syntax};
    expect_results(&w, &pos, BIND_ACK, want, ARRAY_SIZE(want));
    expect_alive(&w, pos);
    put_request(&in, FIRST | LAST, 2, 300, 1, "b", 1);
    assert_int_equal(say(&w, &in), 0);
    assert_ptr_equal(w.interface, &w.b);
    (void)expect_response(&w, &pos, 2);
    put_request(&in, FIRST | LAST, 3, 12, 1, "b", 1); /* a feature element is no context */
    assert_int_equal(say(&w, &in), 0);
    expect_fault(&w, &pos, 3, 0, RPC_FAULT_UNKNOWN_IF, true);
    expect_alive(&w, pos);
    world_close(&w);
}

static void an_interface_is_accepted_once_in_a_bind(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    begin_bind(&in, BIND, FIRST | LAST, 1, 5840, 5840, 0, 4);
    put_context(&in, 3, IF_A, NDR20, NULL);
    put_context(&in, 4, IF_A, NDR20, NULL);
    put_context(&in, 5, IF_B, NDR20, NULL);
    put_context(&in, 3, IF_A, NDR20, NULL); /* the same again */
    end_pdu(&in, 0);
    assert_int_equal(say(&w, &in), 0);
    const struct result want[] = {accepted, unknown_syntax, accepted, unknown_syntax};
    expect_results(&w, &pos, BIND_ACK, want, ARRAY_SIZE(want));
    begin_bind(&in, ALTER, FIRST | LAST, 2, 0, 0, 0, 2);
    put_context(&in, 4, IF_A, NDR20, NULL); /* now it is the first */
    put_context(&in, 3, IF_A, NDR20, NULL);
    end_pdu(&in, 0);
    assert_int_equal(say(&w, &in), 0);
    expect_results(&w, &pos, ALTER_RESP, want, 2);
    for (unsigned id = 3; id <= 5; id++) { /* a refused repetition leaves what there was */
        put_request(&in, FIRST | LAST, id, id, 1, NULL, 0);
        assert_int_equal(say(&w, &in), 0);
        (void)expect_response(&w, &pos, id);
    }
    expect_alive(&w, pos);
    world_close(&w);
}

static void nothing_accepted_is_still_an_ack(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    begin_bind(&in, BIND, FIRST | LAST, 1, 5840, 5840, 0, 1);
    put_context(&in, 1, IF_UNKNOWN, NDR20, NULL);
    end_pdu(&in, 0);
    assert_int_equal(say(&w, &in), 0);
    expect_results(&w, &pos, BIND_ACK, &unknown_interface, 1);
    assert_false(rpc_server_is_bound(w.server));
    put_request(&in, FIRST | LAST, 2, 1, 0, NULL, 0);
    assert_int_equal(say(&w, &in), 0);
    expect_fault(&w, &pos, 2, 0, RPC_FAULT_UNKNOWN_IF, true);
    size_t start = in.n;
    begin_bind(&in, ALTER, FIRST | LAST, 3, 0, 0, 0, 1);
    put_context(&in, 1, IF_A, NDR20, NULL); /* never accepted, so free to be defined */
    end_pdu(&in, start);
    assert_int_equal(say(&w, &in), 0);
    expect_results(&w, &pos, ALTER_RESP, &accepted, 1);
    assert_true(rpc_server_is_bound(w.server));
    expect_alive(&w, pos);
    world_close(&w);
}

/* IF_B is offered as 2.3. */
static void interface_versions_match_by_rule(void **state)
{
    (void)state;
    static const struct {
        unsigned major, minor;
        bool ok;
    } rows[] = {{2, 3, true}, {2, 0, true}, {2, 2, true}, {2, 4, false}, {1, 3, false}, {3, 0, false}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct world w;
        struct bytes in = {0};
        size_t pos = 0;
        char id[64];
        snprintf(id, sizeof id, "aaaaaaaa bbbbcccc dddddddd dddddddd %02x00%02x00", rows[i].major, rows[i].minor);
        world_open(&w);
        begin_bind(&in, BIND, FIRST | LAST, 1, 5840, 5840, 0, 1);
        put_context(&in, 0, id, NDR20, NULL);
        end_pdu(&in, 0);
        assert_int_equal(say(&w, &in), 0);
        expect_results(&w, &pos, BIND_ACK, rows[i].ok ? &accepted : &unknown_interface, 1);
        world_close(&w);
    }
}

static void mgmt_is_only_there_when_offered(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open_with(&w, 5840);
    w.config.offer_mgmt = false;
    world_start(&w);
    begin_bind(&in, BIND, FIRST | LAST, 1, 5840, 5840, 0, 1);
    put_context(&in, 0, IF_MGMT, NDR20, NULL);
    end_pdu(&in, 0);
    assert_int_equal(say(&w, &in), 0);
    expect_results(&w, &pos, BIND_ACK, &unknown_interface, 1);
    world_close(&w);
}

static void make_bind(struct bytes *in, unsigned xmit, unsigned recv, uint32_t group)
{
    begin_bind(in, BIND, FIRST | LAST, 0x80000001u, xmit, recv, group, 1);
    put_context(in, 0, IF_A, NDR20, NULL);
    end_pdu(in, 0);
}

static void largest_bind_is_taken(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    world_open(&w);
    begin_bind(&in, BIND, FIRST | LAST, 1, 5840, 5840, 0, RPC_BIND_ELEMENTS_MAX);
    for (unsigned i = 0; i < RPC_BIND_ELEMENTS_MAX; i++)
        put_context(&in, i % RPC_CONTEXTS_MAX, IF_A, NDR64, NDR64, NDR64, NDR64, NDR64, NDR64, NDR64, NDR20, NULL);
    end_pdu(&in, 0);
    assert_true(in.n > w.config.max_frag); /* bind-type PDUs may be longer than fragments */
    assert_int_equal(say(&w, &in), 0);
    size_t pos = 0;
    assert_int_equal(next_pdu(&w.out, &pos).type, BIND_ACK);
    expect_alive(&w, pos);
    world_close(&w);
}

static void second_bind_is_refused(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, 0);
    put_plain_bind(&in, 0);
    assert_int_equal(say(&w, &in), -EPROTO);
    expect_nak(&w, &pos, 1, 0);
    expect_end(&w, pos);
    world_close(&w);
}

static void first_pdu_must_be_a_bind(void **state)
{
    (void)state;
    static const unsigned types[] = {REQUEST, RESPONSE, FAULT,     BIND_ACK, BIND_NAK, ALTER, ALTER_RESP,
                                     AUTH3,   SHUTDOWN, CO_CANCEL, ORPHANED, 1,        20,    255};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        struct world w;
        struct bytes in = {0};
        world_open(&w);
        begin_bind(&in, types[i], FIRST | LAST, 1, 5840, 5840, 0, 1);
        put_context(&in, 0, IF_A, NDR20, NULL);
        end_pdu(&in, 0);
        assert_int_equal(say(&w, &in), -EPROTO);
        expect_end(&w, 0); /* closed without a word */
        world_close(&w);
    }
}

/* The answer's flags and fragment sizes. */
static void expect_ack(struct world *w, size_t *pos, unsigned type, unsigned flags, unsigned size)
{
    struct seen s = next_pdu(&w->out, pos);
    assert_int_equal(s.type, type);
    assert_int_equal(s.flags, flags);
    assert_int_equal(get16(s.p + 16), size);
    assert_int_equal(get16(s.p + 18), size);
    assert_int_equal(get32(s.p + 20), 0x12345);
}

static void flags_of_bind_are_answered_by_rule(void **state)
{
    (void)state;
    static const struct {
        unsigned in, bind_ack, alter_resp;
    } rows[] = {
        {0, FIRST | LAST, FIRST | LAST},      {FIRST, FIRST | LAST, FIRST | LAST},
        {LAST, FIRST | LAST, FIRST | LAST},   {HDR_SIGN, FIRST | LAST | HDR_SIGN, FIRST | LAST | HDR_SIGN},
        {0x08, FIRST | LAST, FIRST | LAST},   {MPX, FIRST | LAST | MPX, FIRST | LAST},
        {DNE, FIRST | LAST, FIRST | LAST},    {0x40, FIRST | LAST, FIRST | LAST},
        {OBJECT, FIRST | LAST, FIRST | LAST}, {0xff, FIRST | LAST | HDR_SIGN | MPX, FIRST | LAST | HDR_SIGN},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct world w;
        struct bytes in = {0};
        size_t pos = 0;
        world_open(&w);
        begin_bind(&in, BIND, rows[i].in, 0, 5840, 5840, 0, 1);
        put_context(&in, 1, IF_A, NDR20, NULL);
        end_pdu(&in, 0);
        assert_int_equal(say(&w, &in), 0);
        expect_ack(&w, &pos, BIND_ACK, rows[i].bind_ack, 5840);
        begin_bind(&in, ALTER, rows[i].in, 0, 5840, 5840, 0, 1);
        put_context(&in, 1, IF_A, NDR20, NULL);
        end_pdu(&in, 0);
        put_request(&in, FIRST | LAST, 1, 1, 0, "x", 1);
        assert_int_equal(say(&w, &in), 0);
        expect_ack(&w, &pos, ALTER_RESP, rows[i].alter_resp, 5840);
        (void)expect_response(&w, &pos, 1);
        expect_alive(&w, pos);
        world_close(&w);
    }
}

static void fragment_sizes_are_the_smaller_ones(void **state)
{
    (void)state;
    static const struct {
        unsigned xmit, recv, ours, ack_xmit, ack_recv;
    } rows[] = {
        {0xffff, 0xffff, 5840, 5840, 5840},
        {5840, 5840, 5840, 5840, 5840},
        {4280, 4280, 5840, 4280, 4280},
        {3199, 0xffff, 5840, 3192, 3192},
        {0xffff, 3199, 5840, 3192, 3192},
        {1432, 1432, 5840, 1432, 1432},
        {0, 0xffff, 5840, 2048, 2048}, /* less than anybody may have: as from Windows */
        {1431, 1431, 5840, 2048, 2048},
        {0, 0, 1432, 1432, 1432},
        {0xffff, 0xffff, RPC_FRAG_MAX_LOCAL, RPC_FRAG_MAX_LOCAL, RPC_FRAG_MAX_LOCAL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct world w;
        struct bytes in = {0};
        size_t pos = 0;
        world_open_with(&w, rows[i].ours);
        world_start(&w);
        make_bind(&in, rows[i].xmit, rows[i].recv, 0);
        /* in alter_context sizes and group are ignored */
        size_t start = in.n;
        begin_bind(&in, ALTER, FIRST | LAST, 2, 1, 2, 0xedcba987, 1);
        put_context(&in, 0, IF_A, NDR20, NULL);
        end_pdu(&in, start);
        assert_int_equal(say(&w, &in), 0);
        for (int k = 0; k < 2; k++) {
            struct seen s = next_pdu(&w.out, &pos);
            assert_int_equal(get16(s.p + 16), rows[i].ack_xmit);
            assert_int_equal(get16(s.p + 18), rows[i].ack_recv);
            assert_int_equal(get32(s.p + 20), 0x12345);
        }
        expect_alive(&w, pos);
        world_close(&w);
    }
}

static void fragments_must_be_as_large_as_every_peer_accepts(void **state)
{
    (void)state;
    struct world w;
    world_open_with(&w, RPC_FRAG_MIN - 1);
    assert_null(rpc_server_new(&w.config, &w));
    world_open_with(&w, RPC_FRAG_MIN);
    world_start(&w);
    world_close(&w);
    rpc_server_free(NULL);
}

/* The group that a new association gets when it asks for one; 0: it is refused. */
static uint32_t ask_for_group(const struct world *w, uint32_t group, struct rpc_server **ret)
{
    struct bytes in = {0};
    size_t n;
    struct rpc_server *s = rpc_server_new(&w->config, NULL);
    assert_non_null(s);
    make_bind(&in, 5840, 5840, group);
    int rc = rpc_server_input(s, in.p, in.n);
    const uint8_t *p = rpc_server_output(s, &n);
    uint32_t got = rc == 0 ? get32(p + 20) : 0;
    assert_int_equal(p[2], rc == 0 ? BIND_ACK : BIND_NAK);
    drop(&in);
    *ret = s;
    return got;
}

static void a_group_is_there_as_long_as_it_has_a_member(void **state)
{
    (void)state;
    struct world w;
    struct rpc_server *s[5];
    world_open(&w);
    assert_int_equal(ask_for_group(&w, 0, &s[0]), 0x12345);
    assert_int_equal(ask_for_group(&w, 0, &s[1]), 0x12346);
    assert_int_equal(ask_for_group(&w, 0x12345, &s[2]), 0x12345);
    rpc_server_free(s[0]);
    assert_int_equal(ask_for_group(&w, 0x12345, &s[3]), 0x12345); /* by the other member */
    rpc_server_free(s[2]);
    rpc_server_free(s[3]);
    assert_int_equal(ask_for_group(&w, 0x12345, &s[4]), 0);
    rpc_server_free(s[4]);
    w.groups.last = 0x12345; /* ids come round, and those that are taken are not given again */
    assert_int_equal(ask_for_group(&w, 0, &s[0]), 0x12347);
    w.groups.last = UINT32_MAX;
    assert_int_equal(ask_for_group(&w, 0, &s[2]), 1);
    rpc_server_free(s[0]);
    rpc_server_free(s[1]);
    rpc_server_free(s[2]);
    world_close(&w);
}

static void without_groups_each_association_is_alone(void **state)
{
    (void)state;
    struct world w;
    struct rpc_server *s[2];
    world_open(&w);
    w.config.groups = NULL;
    uint32_t group = ask_for_group(&w, 0, &s[0]);
    assert_int_not_equal(group, 0);
    assert_int_equal(ask_for_group(&w, group, &s[1]), 0);
    rpc_server_free(s[0]);
    rpc_server_free(s[1]);
    w.config.groups = &w.groups;
    world_close(&w);
}

static void secondary_address_is_padded(void **state)
{
    (void)state;
    static const char *const addr[] = {"", "135", "1024", "49152", "/run/rras/rrasd.sock"};
    for (size_t i = 0; i < ARRAY_SIZE(addr); i++) {
        struct world w;
        struct bytes in = {0};
        size_t pos = 0;
        world_open_with(&w, 5840);
        w.config.sec_addr = addr[i];
        world_start(&w);
        make_bind(&in, 5840, 5840, 0);
        assert_int_equal(say(&w, &in), 0);
        expect_results(&w, &pos, BIND_ACK, &accepted, 1);
        size_t n = strlen(addr[i]) ? strlen(addr[i]) + 1 : 0;
        assert_int_equal(get16(w.out.p + 24), n);
        assert_memory_equal(w.out.p + 26, addr[i], n);
        world_close(&w);
    }
}

static void big_endian_is_read_and_answered_little_endian(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    put_hex(&in, "05000b03 00000000 0074 0000 00000009 16d0 0ff0 00000000 02000000 0007 0100"
                 "8f09f000 b7ed 11ce bbd200001a181cad 00000000 8a885d04 1ceb 11c9 9fe808002b104860 00000002"
                 "0008 0100 8f09f000 b7ed 11ce bbd200001a181cad 00000000 6cb71c2c 9812 4540 0300000000000000 00000001");
    assert_int_equal(in.n, 116);
    put_hex(&in, "05000003 00000000 001c 0000 0000000a 00000004 0007 0008 01020304");
    assert_int_equal(say(&w, &in), 0);
    struct seen s = next_pdu(&w.out, &pos);
    assert_int_equal(s.type, BIND_ACK);
    assert_int_equal(s.call_id, 9);
    assert_int_equal(get16(s.p + 16), 0xff0);
    assert_memory_equal(s.p + s.frag_length - 24, "\3\0\2\0", 4); /* bits of features are those of bytes */
    assert_true(w.big);
    assert_int_equal(w.opnum, 8);
    s = expect_response(&w, &pos, 10);
    assert_int_equal(s.context, 7);
    assert_int_equal(s.stub_len, 4);
    expect_alive(&w, pos);
    world_close(&w);
}

/* ---- alter_context ---- */

static void alter_adds_and_repeats_contexts(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, 0);
    begin_bind(&in, ALTER, FIRST | LAST, 2, 0, 0, 0, 4);
    put_context(&in, 0, IF_A, NDR20, NULL);    /* as it is */
    put_context(&in, 5, IF_MGMT, NDR20, NULL); /* new */
    put_context(&in, 6, IF_UNKNOWN, NDR20, NULL);
    put_context(&in, 1, IF_B, NOBODYS, NULL); /* syntaxes that nobody knows: refused, and the old definition stays */
    end_pdu(&in, 0);
    assert_int_equal(say(&w, &in), 0);
    const struct result want[] = {accepted, accepted, unknown_interface, unknown_syntax};
    expect_results(&w, &pos, ALTER_RESP, want, ARRAY_SIZE(want));
    put_request(&in, FIRST | LAST, 3, 1, 1, NULL, 0);
    put_request(&in, FIRST | LAST, 4, 5, 0, NULL, 0);
    assert_int_equal(say(&w, &in), 0);
    (void)expect_response(&w, &pos, 3);
    (void)expect_response(&w, &pos, 4);
    expect_alive(&w, pos);
    world_close(&w);
}

static void contexts_beyond_the_limit_are_refused_one_by_one(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, 0); /* two contexts */
    for (unsigned i = 2; i < RPC_CONTEXTS_MAX + 2; i++) {
        const struct result want = i < RPC_CONTEXTS_MAX ? accepted : (struct result){2, 3, false};
        begin_bind(&in, ALTER, FIRST | LAST, i, 0, 0, 0, 1);
        put_context(&in, 100 + i, IF_A, NDR20, NULL);
        end_pdu(&in, 0);
        assert_int_equal(say(&w, &in), 0);
        expect_results(&w, &pos, ALTER_RESP, &want, 1);
    }
    expect_alive(&w, pos);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contexts_are_answered_one_by_one),
        cmocka_unit_test(an_interface_is_accepted_once_in_a_bind),
        cmocka_unit_test(nothing_accepted_is_still_an_ack),
        cmocka_unit_test(interface_versions_match_by_rule),
        cmocka_unit_test(mgmt_is_only_there_when_offered),
        cmocka_unit_test(largest_bind_is_taken),
        cmocka_unit_test(second_bind_is_refused),
        cmocka_unit_test(first_pdu_must_be_a_bind),
        cmocka_unit_test(flags_of_bind_are_answered_by_rule),
        cmocka_unit_test(fragment_sizes_are_the_smaller_ones),
        cmocka_unit_test(fragments_must_be_as_large_as_every_peer_accepts),
        cmocka_unit_test(a_group_is_there_as_long_as_it_has_a_member),
        cmocka_unit_test(without_groups_each_association_is_alone),
        cmocka_unit_test(secondary_address_is_padded),
        cmocka_unit_test(big_endian_is_read_and_answered_little_endian),
        cmocka_unit_test(alter_adds_and_repeats_contexts),
        cmocka_unit_test(contexts_beyond_the_limit_are_refused_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
