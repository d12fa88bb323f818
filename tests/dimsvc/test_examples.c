/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that other implementations made, both ways: decoded and carried out, encoded and compared. */
#include "support.h"

#include <string.h>

#include <mprerror.h>
#include <raserror.h>
#include <winerror.h>

#include "dimsvc/client.h"
#include "examples.h"

static const struct dim_port two_ports[] = {
    {.handle = 1,
     .connection = 7,
     .condition = DIM_PORT_AUTHENTICATED,
     .calls = 3,
     .connect_seconds = 754,
     .name = "VPN3-1",
     .media = "rastapi",
     .device_name = "WAN Miniport (PPTP)",
     .device_type = "Vpn",
     .line_speed = 100000000,
     .stats = {.bytes_out = 123456,
               .bytes_in = 654321,
               .frames_out = 1000,
               .frames_in = 1200,
               .ratio_in = 100,
               .ratio_out = 100}},
    {.handle = 2,
     .condition = DIM_PORT_LISTENING,
     .name = "VPN3-0",
     .media = "rastapi",
     .device_name = "WAN Miniport (PPTP)",
     .device_type = "Vpn"},
};

static void example_server(struct fake *f)
{
    static const struct dim_connection seven = {.handle = 7};
    fake_init(f);
    f->ports = two_ports;
    f->n_ports = 2;
    f->connections = &seven;
    f->n_connections = 1;
    f->server = (struct dim_server){.up_seconds = 3600, .total_ports = 128, .ports_in_use = 1};
}

static void assert_answer(struct fake *f, uint16_t opnum, const char *request, const char *reply)
{
    struct bytes b = answer_hex(f, opnum, request);
    assert_bytes(b, reply);
    bytes_free(&b);
}

static void assert_request(const uint8_t *buf, size_t n, const char *hex)
{
    uint8_t copy[DIM_CREDENTIALS_REQUEST_MAX];
    assert_true(n <= sizeof copy);
    memcpy(copy, buf, n);
    assert_bytes((struct bytes){copy, n}, hex);
}

static void requests_of_the_other_operations_are_encoded_as_in_the_examples(void **state)
{
    static uint8_t message[DIM_MESSAGE_REQUEST_MAX];
    static char16_t text[DIM_MESSAGE_UNITS_MAX + 1];
    const uint32_t ports[] = {128, 1, 128, 3}; /* an MPR_SERVER_1 */
    uint8_t buf[DIM_CREDENTIALS_REQUEST_MAX];
    (void)state;
    assert_request(message, dim_req_user_message(message, 7, u"Hi"), EX_SEND_USER_MESSAGE);
    assert_request(message, dim_req_user_message(message, 7, u""), "07000000 01000000 00000000 01000000 0000");
    assert_request(buf, dim_req_server_set(buf, 1, ports, sizeof ports), EX_SERVER_SET_1);
    assert_request(buf, dim_req_device_enum(buf, 0), "00000000 00000000 00000000 00000000");
    assert_request(buf, dim_req_remove_quarantine(buf, 0x0100000a, true), "0a000001 01000000");
    assert_request(buf, dim_req_remove_quarantine(buf, 7, false), "07000000 00000000");
    assert_request(buf, dim_req_connection_enum_ex(buf, 5000, &(uint32_t){9}), "01010400 88130000 00000200 09000000");
    assert_request(buf, dim_req_connection_enum_ex(buf, 0xffffffff, NULL), "01010400 ffffffff 00000000");
    assert_request(buf, dim_req_connection_get_ex(buf, 7), "07000000 01010400");
    assert_request(buf, dim_req_credentials_get(buf, 2, 0), "02000000 00000000 00000000 00000000");
    assert_request(buf, dim_req_credentials_set(buf, 2, 0, (const uint8_t *)"abcde", 5),
                   "02000000 0d000000 00000200 0d000000 05000000 08000000 6162636465 000000 00000000");
    assert_request(buf, dim_req_credentials_set(buf, 2, 0, NULL, 0),
                   "02000000 0c000000 00000200 0c000000 00000000 08000000 00000000 00000000");
    for (size_t i = 0; i < DIM_MESSAGE_UNITS_MAX; i++) {
        text[i] = u'x';
    }
    assert_int_equal(dim_req_user_message(message, 7, text), 0);
    text[DIM_MESSAGE_UNITS_MAX - 1] = 0;
    assert_int_equal(dim_req_user_message(message, 7, text), DIM_MESSAGE_REQUEST_MAX);
}

/* An address that is followed by something behind its NUL, which must not travel. */
static void an_update_carries_only_the_address(void **state)
{
    char16_t remote[DIM_UNITS_ENDPOINT] = u"::1\0secret";
    uint8_t buf[DIM_REQUEST_MAX];
    (void)state;
    size_t n = dim_req_update_connection(buf, 7, 3, remote);
    assert_int_equal(n, 146);
    assert_request(buf, 24, "07000000 01000000 01058c00 03000000 3a003a00 31000000");
    for (size_t i = 24; i < n; i++) {
        assert_int_equal(buf[i], 0);
    }
}

static void the_longest_key_has_room(void **state)
{
    uint8_t buf[DIM_CREDENTIALS_REQUEST_MAX], key[DIM_KEY_MAX];
    (void)state;
    memset(key, 'k', sizeof key);
    size_t n = dim_req_credentials_set(buf, 2, 0, key, sizeof key);
    assert_int_equal(n, DIM_CREDENTIALS_REQUEST_MAX);
    assert_memory_equal(buf + 24, key, sizeof key);
}

static void requests_are_encoded_as_in_the_examples(void **state)
{
    uint8_t buf[DIM_REQUEST_MAX];
    const uint32_t zero = 0;
    (void)state;
    assert_request(buf, dim_req_port_enum(buf, 0, DIM_ALL_PORTS, 0xffffffff, &zero), EX_PORT_ENUM);
    assert_request(buf, dim_req_port_enum(buf, 0, DIM_ALL_PORTS, 0xffffffff, NULL), EX_PORT_ENUM_NO_RESUME);
    assert_request(buf, dim_req_get_info(buf, 0, 1), EX_PORT_GET_INFO);
    assert_request(buf, dim_req_get_info(buf, 1, 1), EX_PORT_GET_INFO_1);
    assert_request(buf, dim_req_handle(buf, 1), EX_HANDLE_1);
    assert_request(buf, dim_req_server_get(buf, 2), "02000000");
    /* ConnectionEnum is PortEnum without the handle. */
    assert_request(buf, dim_req_connection_enum(buf, 3, 5000, &(uint32_t){9}),
                   "03000000 00000000 00000000 88130000 00000200 09000000");
    assert_request(buf, dim_req_connection_enum(buf, 0, 0, NULL), "00000000 00000000 00000000 00000000 00000000");
}

static void answers_are_encoded_as_in_the_examples(void **state)
{
    struct fake f;
    (void)state;
    example_server(&f);
    assert_answer(&f, 0, "00000000", EX_SERVER_GET_0);
    assert_answer(&f, 4, EX_PORT_ENUM, EX_PORT_ENUM_REPLY);
    assert_answer(&f, 5, EX_PORT_GET_INFO, EX_PORT_GET_INFO_REPLY);
    assert_answer(&f, 5, EX_PORT_GET_INFO_1, EX_PORT_GET_INFO_1_REPLY);
    assert_answer(&f, 5, "00000000 09000000", EX_PORT_GET_INFO_FAILED);
    assert_answer(&f, 6, EX_HANDLE_1, EX_SUCCESS);
    assert_answer(&f, 35, EX_SEND_USER_MESSAGE, "32000000");
    assert_answer(&f, 43, EX_SERVER_SET_1, ""); /* comes later */
    assert_int_equal(f.limits.of[DIM_TUNNEL_PPTP].ports, 128);
    assert_int_equal(f.limits.of[DIM_TUNNEL_PPTP].flags, 1);
    assert_int_equal(f.limits.of[DIM_TUNNEL_L2TP].ports, 128);
    assert_int_equal(f.limits.of[DIM_TUNNEL_L2TP].flags, 3);
    assert_false(f.limits.of[DIM_TUNNEL_SSTP].set || f.limits.of[DIM_TUNNEL_IKEV2].set);
    f.lan_only = true;
    assert_answer(&f, 4, EX_PORT_ENUM, EX_PORT_ENUM_FAILED);
}

static void answer_without_resume_pointer_has_one_zero_in_its_place(void **state)
{
    struct fake f;
    (void)state;
    example_server(&f);
    struct bytes b = answer_hex(&f, 4, EX_PORT_ENUM_NO_RESUME);
    struct bytes want = bytes_from_hex(EX_PORT_ENUM_REPLY);
    memmove(want.p + 0x310, want.p + 0x314, 4);
    memset(want.p + 0x30c, 0, 4);
    want.n -= 4;
    assert_same(b, want);
    bytes_free(&b);
    bytes_free(&want);
}

static void first_page_is_encoded_as_in_the_example(void **state)
{
    struct fake f;
    uint8_t request[DIM_REQUEST_MAX];
    (void)state;
    example_server(&f);
    size_t n = dim_req_port_enum(request, 0, DIM_ALL_PORTS, 380, &(uint32_t){0});
    struct bytes b = answer(&f, 4, request, n);
    struct bytes whole = bytes_from_hex(EX_PORT_ENUM_REPLY);
    assert_int_equal(b.n, 412);
    assert_int_equal(u32_at(b, 0), 380);
    assert_int_equal(u32_at(b, 8), 380);
    assert_memory_equal(b.p + 12, whole.p + 12, 380);
    assert_bytes((struct bytes){b.p + 0x188, 20}, EX_PORT_ENUM_PAGE_TAIL);
    bytes_free(&whole);
    bytes_free(&b);
}

static uint32_t collect(void *ctx, const uint8_t *p, size_t n)
{
    struct bytes *b = ctx;
    memcpy(b->p + b->n, p, n);
    b->n += n;
    return 0;
}

static void answers_are_decoded_as_in_the_examples(void **state)
{
    (void)state;
    struct bytes reply = bytes_from_hex(EX_PORT_ENUM_REPLY);
    uint8_t room[760];
    struct bytes got = {.p = room};
    struct dim_decoder d = {
        .kind = DIM_ANSWER_LIST, .sizes = {DIM_PORT0_SIZE}, .resume = true, .bytes = collect, .ctx = &got};
    assert_int_equal(dim_decoder_data(&d, reply.p, reply.n, false), 0);
    assert_int_equal(dim_decoder_end(&d), 0);
    assert_int_equal(d.code, 0);
    assert_int_equal(d.read, 2);
    assert_int_equal(d.total, 2);
    assert_int_equal(d.resume_out, 0);
    assert_int_equal(got.n, 760);
    assert_memory_equal(room, reply.p + 12, 760);
    bytes_free(&reply);

    reply = bytes_from_hex(EX_PORT_ENUM_FAILED);
    d = (struct dim_decoder){.kind = DIM_ANSWER_LIST, .sizes = {DIM_PORT0_SIZE}, .resume = true};
    assert_int_equal(dim_decoder_data(&d, reply.p, reply.n, false), 0);
    assert_int_equal(dim_decoder_end(&d), 0);
    assert_int_equal(d.code, ERROR_DDM_NOT_RUNNING);
    bytes_free(&reply);

    reply = bytes_from_hex(EX_PORT_GET_INFO_FAILED);
    d = (struct dim_decoder){.kind = DIM_ANSWER_CONTAINER, .sizes = {DIM_PORT0_SIZE}};
    assert_int_equal(dim_decoder_data(&d, reply.p, reply.n, false), 0);
    assert_int_equal(dim_decoder_end(&d), 0);
    assert_int_equal(d.code, ERROR_INVALID_PORT_HANDLE);
    bytes_free(&reply);
}

static void server_ex_with_a_certificate_is_decoded_to_its_end(void **state)
{
    (void)state;
    struct bytes b = bytes_from_hex(EX_SERVER_EX_1);
    struct dim_args a;
    struct rpc_rd rd = rpc_rd_init(b.p, b.n, false);
    assert_int_equal(dim_request_decode(&rd, "x", &a), 0);
    assert_int_equal(a.revision, 1);
    assert_true(a.revision_agrees);
    assert_int_equal(rd.pos, b.n - 4 - 1); /* up to the gap behind "abc" and the return value */
    bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_encoded_as_in_the_examples),
        cmocka_unit_test(requests_of_the_other_operations_are_encoded_as_in_the_examples),
        cmocka_unit_test(an_update_carries_only_the_address),
        cmocka_unit_test(the_longest_key_has_room),
        cmocka_unit_test(answers_are_encoded_as_in_the_examples),
        cmocka_unit_test(answer_without_resume_pointer_has_one_zero_in_its_place),
        cmocka_unit_test(first_page_is_encoded_as_in_the_example),
        cmocka_unit_test(answers_are_decoded_as_in_the_examples),
        cmocka_unit_test(server_ex_with_a_certificate_is_decoded_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
