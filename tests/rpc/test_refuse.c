/* SPDX-License-Identifier: Apache-2.0 */
/* bind and alter_context: what is refused and how, and what a refusal leaves. */
#include "peer.h"

static void make_bind(struct bytes *in, unsigned xmit, unsigned recv, uint32_t group)
{
    begin_bind(in, BIND, FIRST | LAST, 0x80000001u, xmit, recv, group, 1);
    put_context(in, 0, IF_A, NDR20, NULL);
    end_pdu(in, 0);
}

/* Each of these gets bind_nak with the reason, and the connection ends. */
static void refuse_bind(void (*make)(struct bytes *in), unsigned reason)
{
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    make(&in);
    assert_int_equal(say(&w, &in), -EPROTO);
    expect_nak(&w, &pos, 0x80000001u, reason);
    expect_end(&w, pos);
    assert_false(rpc_server_is_bound(w.server));
    put_plain_bind(&in, 0); /* more input is ignored */
    assert_int_equal(say(&w, &in), -EPROTO);
    expect_end(&w, pos);
    world_close(&w);
}

static void no_elements(struct bytes *in)
{
    begin_bind(in, BIND, FIRST | LAST, 0x80000001u, 5840, 5840, 0, 0);
    end_pdu(in, 0);
}

static void no_elements_nor_reserved_bytes(struct bytes *in)
{
    no_elements(in);
    in->n -= 3;
    end_pdu(in, 0);
}

static void shorter_than_any_bind(struct bytes *in)
{
    no_elements(in);
    in->n -= 4;
    end_pdu(in, 0);
}

static void no_transfer_syntaxes(struct bytes *in)
{
    begin_bind(in, BIND, FIRST | LAST, 0x80000001u, 5840, 5840, 0, 2);
    put_context(in, 0, IF_A, NDR20, NULL);
    put_context(in, 1, IF_A, NULL);
    end_pdu(in, 0);
}

static void two_features(struct bytes *in)
{
    begin_bind(in, BIND, FIRST | LAST, 0x80000001u, 5840, 5840, 0, 3);
    put_context(in, 0, IF_A, NDR20, NULL);
    put_context(in, 1, IF_A, FEATURES, NULL);
    put_context(in, 2, IF_A, FEATURES, NULL);
    end_pdu(in, 0);
}

static void two_definitions(struct bytes *in)
{
    begin_bind(in, BIND, FIRST | LAST, 0x80000001u, 5840, 5840, 0, 2);
    put_context(in, 0, IF_A, NDR20, NULL);
    put_context(in, 0, IF_B, NDR20, NULL);
    end_pdu(in, 0);
}

static void too_many_elements(struct bytes *in)
{
    begin_bind(in, BIND, FIRST | LAST, 0x80000001u, 5840, 5840, 0, RPC_BIND_ELEMENTS_MAX + 1);
    for (unsigned i = 0; i < RPC_BIND_ELEMENTS_MAX + 1; i++)
        put_context(in, 0, IF_A, NDR20, NULL);
    end_pdu(in, 0);
}

static void too_many_syntaxes(struct bytes *in)
{
    begin_bind(in, BIND, FIRST | LAST, 0x80000001u, 5840, 5840, 0, 1);
    put_context(in, 0, IF_A, NDR64, NDR64, NDR64, NDR64, NDR64, NDR64, NDR64, NDR64, NDR20, NULL);
    end_pdu(in, 0);
}

static void ends_early(struct bytes *in)
{
    make_bind(in, 5840, 5840, 0);
    in->n--;
    end_pdu(in, 0);
}

static void fewer_elements_than_said(struct bytes *in)
{
    make_bind(in, 5840, 5840, 0);
    in->p[24] = 2;
}

static void version_5_1(struct bytes *in)
{
    make_bind(in, 5840, 5840, 0);
    in->p[1] = 1;
}

static void version_4(struct bytes *in)
{
    make_bind(in, 5840, 5840, 0);
    in->p[0] = 4;
}

static void ebcdic(struct bytes *in)
{
    make_bind(in, 5840, 5840, 0);
    in->p[4] = 0x11;
}

static void vax_floats(struct bytes *in)
{
    make_bind(in, 5840, 5840, 0);
    in->p[5] = 1;
}

static void another_group(struct bytes *in)
{
    make_bind(in, 5840, 5840, 0x12346);
}

static void auth_length_without_token(struct bytes *in)
{
    make_bind(in, 5840, 5840, 0);
    in->p[10] = 8; /* 72 bytes: 8 + 8 more than the fixed part, but they are the contexts */
    in->p[8] = 28 + 15;
    in->n = 28 + 15;
}

static void auth_length_beyond_the_bind(struct bytes *in)
{
    make_bind(in, 5840, 5840, 0);
    rpc_put_u16(in->p + 10, 0xfff0);
}

static void auth_padding_over_contexts(struct bytes *in)
{
    begin_bind(in, BIND, FIRST | LAST, 0x80000001u, 5840, 5840, 0, 1);
    put_context(in, 0, IF_A, NDR20, NULL);
    end_pdu_auth(in, 0, 9, 6, 49, 1, "token", 5); /* 44 bytes of contexts, and 4 that a request has not */
}

static void bad_binds_are_refused_with_their_reason(void **state)
{
    (void)state;
    refuse_bind(no_elements, 0);
    refuse_bind(no_elements_nor_reserved_bytes, 0);
    refuse_bind(shorter_than_any_bind, 4);
    refuse_bind(no_transfer_syntaxes, 0);
    refuse_bind(two_features, 0);
    refuse_bind(two_definitions, 0);
    refuse_bind(another_group, 0);
    refuse_bind(too_many_elements, 2);
    refuse_bind(too_many_syntaxes, 2);
    refuse_bind(ends_early, 4);
    refuse_bind(fewer_elements_than_said, 4);
    refuse_bind(version_5_1, 4);
    refuse_bind(version_4, 4);
    refuse_bind(ebcdic, 4);
    refuse_bind(vax_floats, 4);
    refuse_bind(auth_length_without_token, 4);
    refuse_bind(auth_length_beyond_the_bind, 4);
    refuse_bind(auth_padding_over_contexts, 4);
}

static void refuse_alter(void (*make)(struct bytes *in))
{
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, 0);
    make(&in);
    in.p[2] = ALTER;
    assert_int_equal(say(&w, &in), -EPROTO);
    expect_fault(&w, &pos, 0x80000001u, 0, RPC_FAULT_PROTO_ERROR, true);
    expect_end(&w, pos);
    world_close(&w);
}

static void other_interface(struct bytes *in)
{
    begin_bind(in, ALTER, FIRST | LAST, 0x80000001u, 0, 0, 0, 1);
    put_context(in, 0, IF_B, NDR20, NULL);
    end_pdu(in, 0);
}

static void other_unknown_interface(struct bytes *in)
{
    begin_bind(in, ALTER, FIRST | LAST, 0x80000001u, 0, 0, 0, 1);
    put_context(in, 0, IF_UNKNOWN, NDR20, NULL);
    end_pdu(in, 0);
}

static void one_more_known_syntax(struct bytes *in)
{
    begin_bind(in, ALTER, FIRST | LAST, 0x80000001u, 0, 0, 0, 1);
    put_context(in, 0, IF_A, NDR20, NDR64, NULL);
    end_pdu(in, 0);
}

static void other_known_syntax(struct bytes *in)
{
    begin_bind(in, ALTER, FIRST | LAST, 0x80000001u, 0, 0, 0, 1);
    put_context(in, 0, IF_A, NOBODYS, NDR64, NULL);
    end_pdu(in, 0);
}

static void bad_alters_get_a_fault_and_the_end(void **state)
{
    (void)state;
    refuse_alter(no_elements);
    refuse_alter(no_transfer_syntaxes);
    refuse_alter(two_features);
    refuse_alter(too_many_elements);
    refuse_alter(too_many_syntaxes);
    refuse_alter(ends_early);
    refuse_alter(fewer_elements_than_said);
    refuse_alter(auth_padding_over_contexts);
    refuse_alter(other_interface);
    refuse_alter(other_unknown_interface);
    refuse_alter(other_known_syntax);
    refuse_alter(one_more_known_syntax);
    refuse_alter(version_5_1);
    refuse_alter(ebcdic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_binds_are_refused_with_their_reason),
        cmocka_unit_test(bad_alters_get_a_fault_and_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
