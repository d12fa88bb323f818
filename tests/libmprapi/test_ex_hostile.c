/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of test_ex.c and test_server_ex.c against servers that are old, go away, or send what makes no sense.
 */
#include "dimsvc/client.h"
#include "dimsvc/run.h"
#include "dimsvc/server_ex.h"
#include "fake_backend.h"
#include "fixture.h"
#include "rpc/fault.h"

#define ANSWER_MAX (16u * 1024)

/* ---- a call of each function; outputs are as documented, or the test fails ---- */

static bool is_good(DWORD code)
{
    return code == NO_ERROR || code == ERROR_MORE_DATA;
}

static DWORD enum_ex(void)
{
    MPRAPI_OBJECT_HEADER header = {1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof(RAS_CONNECTION_EX)};
    DWORD read = 7, total = 7, resume = 0;
    PRAS_CONNECTION_EX list = (PRAS_CONNECTION_EX)1;
    DWORD code = MprAdminConnectionEnumEx(h, &header, (DWORD)-1, &read, &total, &list, &resume);

    if (is_good(code)) {
        assert_true(read <= total);
        assert_true(code != ERROR_MORE_DATA || read > 0);
        assert_int_equal(MprAdminBufferFree(list), NO_ERROR);
    } else {
        assert_null(list);
        assert_int_equal(read + total, 0);
    }
    return code;
}

static DWORD get_ex(void)
{
    RAS_CONNECTION_EX c = {.Header = {1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof c}};
    DWORD code = MprAdminConnectionGetInfoEx(h, (HANDLE)(uintptr_t)fake_connection_handle(1), &c);

    assert_true(code == NO_ERROR || c.dwConnectDuration == 0);
    return code;
}

static DWORD device_enum(void)
{
    LPBYTE b = (LPBYTE)1;
    DWORD total = 7;
    DWORD code = MprAdminDeviceEnum(h, 0, &b, &total);

    if (code == NO_ERROR) {
        assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    } else {
        assert_null(b);
        assert_int_equal(total, 0);
    }
    return code;
}

static DWORD server_get_ex(void)
{
    MPR_SERVER_EX_REV1 s = {.Header = {1, MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT, sizeof s}};
    DWORD code = MprAdminServerGetInfoEx(h, (MPR_SERVER_EX *)(void *)&s);

    if (s.ConfigParams.IkeConfigParams.TunnelConfigParams.certificateNames) {
        assert_int_equal(code, NO_ERROR);
        MprAdminBufferFree(s.ConfigParams.IkeConfigParams.TunnelConfigParams.certificateNames);
    }
    if (s.ConfigParams.SstpConfigParams.sstpCertDetails.certBlob.pbData) {
        assert_int_equal(code, NO_ERROR);
        MprAdminBufferFree(s.ConfigParams.SstpConfigParams.sstpCertDetails.certBlob.pbData);
    }
    return code;
}

static DWORD get_credentials(void)
{
    LPBYTE b = (LPBYTE)1;
    DWORD code = MprAdminServerGetCredentials(h, 0, &b);

    if (code == NO_ERROR)
        assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    else
        assert_null(b);
    return code;
}

static DWORD server_set(void)
{
    MPR_SERVER_1 s = {1, 1, 1, 1};
    return MprAdminServerSetInfo(h, 1, (LPBYTE)&s);
}

static DWORD server_set_ex(void)
{
    MPR_SERVER_SET_CONFIG_EX_REV1 c = {.Header = {1, MPRAPI_OBJECT_TYPE_MPR_SERVER_SET_CONFIG_OBJECT, sizeof c},
                                       .setConfigForProtocols = MPRAPI_SET_CONFIG_PROTOCOL_FOR_PPTP,
                                       .ConfigParams.PptpConfigParams = {1, 1}};
    return MprAdminServerSetInfoEx(h, (MPR_SERVER_SET_CONFIG_EX *)(void *)&c);
}

static DWORD set_credentials(void)
{
    BYTE key[] = {'a', 'b', 'c'};
    MPR_CREDENTIALSEX_1 c = {sizeof key, key};
    return MprAdminServerSetCredentials(h, 0, (LPBYTE)&c);
}

static DWORD remove_quarantine(void)
{
    return MprAdminConnectionRemoveQuarantine(h, (HANDLE)(uintptr_t)fake_connection_handle(1), FALSE);
}

static DWORD update_connection(void)
{
    RAS_UPDATE_CONNECTION u = {.Header = {1, MPRAPI_OBJECT_TYPE_UPDATE_CONNECTION_OBJECT, sizeof u}};
    return MprAdminUpdateConnection(h, (HANDLE)(uintptr_t)fake_connection_handle(1), &u);
}

static DWORD send_message(void)
{
    WCHAR text[] = u"Hi";
    return MprAdminSendUserMessage(h, (HANDLE)(uintptr_t)fake_connection_handle(1), text);
}

/* What each says for the rows of the error matrix. */
static const struct function {
    const char *name;
    DWORD (*call)(void);
    bool order;       /* never sent twice */
    bool may_be_new;  /* an older server does not have it: 127 */
    DWORD no_handle;  /* NULL instead of a server */
    DWORD bad_handle; /* something else than a server's handle */
    DWORD lan_only, denied;
} functions[] = {
    {"ServerSetInfo", server_set, true, false, ERROR_INVALID_PARAMETER, ERROR_INVALID_HANDLE, ERROR_NOT_SUPPORTED, 5},
    {"ServerGetInfoEx", server_get_ex, false, true, RPC_S_INVALID_BINDING, RPC_S_INVALID_BINDING, NO_ERROR, 5},
    {"ServerSetInfoEx", server_set_ex, true, true, RPC_S_INVALID_BINDING, RPC_S_INVALID_BINDING, ERROR_NOT_SUPPORTED,
     5},
    {"ServerGetCredentials", get_credentials, false, false, RPC_S_INVALID_BINDING, RPC_S_INVALID_BINDING,
     ERROR_NOT_SUPPORTED, 5},
    {"ServerSetCredentials", set_credentials, true, false, RPC_S_INVALID_BINDING, RPC_S_INVALID_BINDING,
     ERROR_NOT_SUPPORTED, 5},
    {"ConnectionEnumEx", enum_ex, false, true, RPC_S_INVALID_BINDING, RPC_S_INVALID_BINDING, ERROR_DDM_NOT_RUNNING, 5},
    {"ConnectionGetInfoEx", get_ex, false, true, RPC_S_INVALID_BINDING, RPC_S_INVALID_BINDING, ERROR_DDM_NOT_RUNNING,
     5},
    {"ConnectionRemoveQuarantine", remove_quarantine, true, false, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER,
     ERROR_NOT_FOUND, 5},
    {"UpdateConnection", update_connection, true, true, RPC_S_INVALID_BINDING, RPC_S_INVALID_BINDING,
     ERROR_NOT_SUPPORTED, 5},
    {"DeviceEnum", device_enum, false, false, RPC_S_INVALID_BINDING, RPC_S_INVALID_BINDING, NO_ERROR, 5},
    {"SendUserMessage", send_message, true, false, RPC_S_INVALID_BINDING, RPC_S_INVALID_BINDING, ERROR_DDM_NOT_RUNNING,
     5},
};
#define N_FUNCTIONS (sizeof functions / sizeof functions[0])

/* ---- the matrix ---- */

static void codes_are_the_documented_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        const struct function *f = &functions[i];
        h = NULL;
        assert_int_equal(f->call(), f->no_handle);
        h = (MPR_SERVER_HANDLE)&server;
        assert_int_equal(f->call(), f->bad_handle);
        open_server(&(struct fake_config){.n_connections = 3, .n_devices = 1, .deny = true});
        assert_int_equal(f->call(), f->denied);
        close_server();
        open_server(&(struct fake_config){.n_connections = 3, .n_devices = 1, .lan_only = true});
        assert_int_equal(f->call(), f->lan_only);
        close_server();
        assert_int_equal(f->call(), f->bad_handle); /* closed */
    }
}

static void an_older_server_does_not_have_the_newer_functions(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        open_server(&(struct fake_config){.fault = RPC_FAULT_OP_RANGE});
        assert_int_equal(functions[i].call(),
                         functions[i].may_be_new ? ERROR_PROC_NOT_FOUND : RPC_S_PROCNUM_OUT_OF_RANGE);
        close_server();
    }
}

static void orders_are_never_sent_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        open_server(&(struct fake_config){
            .script = {CLOSES_ON_REQUEST, POLITE}, .n_script = 2, .n_connections = 3, .n_devices = 1});
        DWORD code = functions[i].call();
        assert_int_equal(fake_requests(server), functions[i].order ? 1 : 2);
        assert_int_equal(code == RPC_S_CALL_FAILED, functions[i].order);
        close_server();
    }
}

/* ---- answers that make no sense ---- */

/* What a good server says: the real operation over the fake backend, without a network. */
static size_t good_answer(uint16_t opnum, const uint8_t *request, size_t n, uint8_t *answer)
{
    static const struct fake_config config = {.n_connections = 3, .n_devices = 2, .ikev2 = true};
    struct fake_backend *backend = fake_backend_new(&config);
    struct dim_run run;
    struct rpc_rd rd = rpc_rd_init(request, n, false);
    size_t len = 0;

    assert_true(dim_prepare(&run, fake_backend_ops(backend), NULL, opnum, &rd));
    dim_carry_out(&run);
    if (run.outcome == DIM_OUT_SOURCE) {
        while (len < run.source.size)
            len += run.source.pull(run.source.ctx, answer + len, ANSWER_MAX - len);
        run.source.destroy(run.source.ctx);
    } else {
        assert_int_equal(run.outcome, DIM_OUT_STUB);
        len = run.out.pos;
        memcpy(answer, run.out.base, len);
    }
    free(run.heap);
    fake_backend_free(backend);
    return len;
}

static size_t answer_of(DWORD (*call)(void), uint8_t *answer)
{
    static const uint8_t key[] = "\x0b\0\0\0\0\0\2\0\x0b\0\0\0\3\0\0\0\x08\0\0\0abc\0\0\0\0";
    uint8_t request[DIM_REQUEST_MAX];
    uint32_t zero = 0;

    if (call == enum_ex)
        return good_answer(45, request, dim_req_connection_enum_ex(request, UINT32_MAX, &zero), answer);
    if (call == get_ex)
        return good_answer(46, request, dim_req_connection_get_ex(request, fake_connection_handle(3)), answer);
    if (call == device_enum)
        return good_answer(36, request, dim_req_device_enum(request, 0), answer);
    if (call == server_get_ex)
        return good_answer(44, request, dim_req_server_get_ex(request, 1), answer);
    if (call == get_credentials) {
        memcpy(answer, key, 28);
        return 28;
    }
    memset(answer, 0, 4);
    return 4;
}

/* The same server says one thing after the other: config.raw_answer is looked at for each call. */
static void answers_cut_anywhere_are_1783(void **state)
{
    static uint8_t answer[ANSWER_MAX];

    (void)state;
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        size_t n = answer_of(functions[i].call, answer);
        size_t step = n / 40 + 1;
        for (size_t cut = 0; cut <= n; cut = cut < n && cut + step > n ? n : cut + step) {
            open_server(&(struct fake_config){.raw_answer = answer, .raw_len = cut});
            assert_int_equal(functions[i].call(), cut < n ? RPC_X_BAD_STUB_DATA : NO_ERROR);
            close_server();
        }
    }
}

static void an_endless_answer_of_a_server_is_refused(void **state)
{
    static uint8_t answer[DIM_SERVEREX_REPLY_MAX + 1];

    (void)state;
    (void)answer_of(server_get_ex, answer);
    open_server(&(struct fake_config){.raw_answer = answer, .raw_len = sizeof answer});
    assert_int_equal(server_get_ex(), RPC_X_BAD_STUB_DATA);
    close_server();
}

/* Texts that have no end get one. */
static void texts_without_an_end_get_one(void **state)
{
    static uint8_t answer[ANSWER_MAX];
    RAS_CONNECTION_EX c = {.Header = {1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof c}};
    LPBYTE b;
    DWORD total;

    (void)state;
    size_t n = answer_of(get_ex, answer);
    memset(answer + DIM_CONNEX_TAG_SIZE + DIM_CONNEX_FLAGS, 'x', DIM_CONNEX_PROJECTION - DIM_CONNEX_FLAGS);
    memset(answer + DIM_CONNEX_TAG_SIZE + DIM_CONNEX_PROJECTION_ARM, 'x', DIM_PROJ_IKE1_SIZE);
    open_server(&(struct fake_config){.raw_answer = answer, .raw_len = n});
    assert_int_equal(MprAdminConnectionGetInfoEx(h, (HANDLE)1, &c), NO_ERROR);
    assert_int_equal(c.wszInterfaceName[MAX_INTERFACE_NAME_LEN], 0);
    assert_int_equal(c.wszUserName[UNLEN], 0);
    assert_int_equal(c.wszLogonDomain[DNLEN], 0);
    assert_int_equal(c.wszRemoteComputer[NETBIOS_NAME_LEN], 0);
    assert_int_equal(c.wszRemoteEndpointAddress[MAXIPADRESSLEN], 0);
    assert_int_equal(c.wszLocalEndpointAddress[MAXIPADRESSLEN], 0);
    assert_int_equal(c.ProjectionInfo.Ikev2ProjectionInfo.wszAddress[IPADDRESSLEN], 0);
    assert_int_equal(c.ProjectionInfo.Ikev2ProjectionInfo.wszRemoteAddress[IPADDRESSLEN], 0);
    assert_int_equal(c.wszUserName[0], 0x7878);
    close_server();
    n = answer_of(device_enum, answer);
    memset(answer + 12, 'x', 2 * DIM_DEVICE0_SIZE);
    open_server(&(struct fake_config){.raw_answer = answer, .raw_len = n});
    assert_int_equal(MprAdminDeviceEnum(h, 0, &b, &total), NO_ERROR);
    const MPR_DEVICE_0 *devices = (const void *)b;
    assert_int_equal(total, 2);
    assert_int_equal(devices[1].szDeviceType[MPR_MaxDeviceType], 0);
    assert_int_equal(devices[1].szDeviceName[MPR_MaxDeviceName], 0);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    close_server();
}

/* Another server may send nothing and say that there is more: whoever loops while there is more must come to an end. */
static void more_without_entries_is_the_end(void **state)
{
    static const uint8_t stub[] = "\0\0\0\0\x09\0\0\0\0\0\0\0\1\0\0\0\7\0\0\0\xea\0\0";

    (void)state;
    open_server(&(struct fake_config){.raw_answer = stub, .raw_len = sizeof stub});
    assert_int_equal(enum_ex(), NO_ERROR);
    close_server();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_the_documented_ones),
        cmocka_unit_test(an_older_server_does_not_have_the_newer_functions),
        cmocka_unit_test(orders_are_never_sent_twice),
        cmocka_unit_test(answers_cut_anywhere_are_1783),
        cmocka_unit_test(an_endless_answer_of_a_server_is_refused),
        cmocka_unit_test(texts_without_an_end_get_one),
        cmocka_unit_test(more_without_entries_is_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
