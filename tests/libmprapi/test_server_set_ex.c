/* SPDX-License-Identifier: Apache-2.0 */
/* Setting a server's tunnels, in every revision: what travels, and what is not looked at. */
#include "dimsvc/client.h"
#include "fixture.h"
#include "rpc/limits.h"
#include "server_sample.h"

#define GARBAGE ((void *)8) /* whoever follows it dies */

static CERT_NAME_BLOB names[DIM_CERTIFICATES_MAX + 1];
static MPR_CERT_EKU ekus[DIM_EKUS_MAX + 1];
static ROUTER_CUSTOM_IKEv2_POLICY0 policies[2] = {{1, 2, 3, 4, 5, 6}, {7, 8, 9, 10, 11, 12}};
static WCHAR oid[] = u"1.2";
static BYTE abc[] = "abc", machine[] = "machine", hash[] = "h", sstp_hash[] = "sstp";

/* The same as sample_server(), in the API's words. */
static MPR_SERVER_SET_CONFIG_EX_REV5 full(void)
{
    MPR_SERVER_SET_CONFIG_EX_REV5 c = {
        .Header = {5, MPRAPI_OBJECT_TYPE_MPR_SERVER_SET_CONFIG_OBJECT, sizeof c},
        .setConfigForProtocols = 15,
    };
    IKEV2_CONFIG_PARAMS_REV5 *ike = &c.ConfigParams.IkeConfigParams;
    L2TP_CONFIG_PARAMS_REV5 *l2tp = &c.ConfigParams.L2tpConfigParams;

    memset(names, 0, sizeof names);
    memset(ekus, 0, sizeof ekus);
    names[0] = (CERT_NAME_BLOB){3, abc};
    ekus[0] = (MPR_CERT_EKU){3, TRUE, oid};
    *ike = (IKEV2_CONFIG_PARAMS_REV5){.dwNumPorts = 1, .dwPortFlags = 2, .dwTunnelConfigParamFlags = 1};
    ike->TunnelConfigParams =
        (IKEV2_TUNNEL_CONFIG_PARAMS4){4, 5, 6, 7, 8, 2, names, {7, machine}, 15, &policies[0], 1, ekus, {1, hash}, 99};
    c.ConfigParams.PptpConfigParams = (PPTP_CONFIG_PARAMS){9, 10};
    *l2tp = (L2TP_CONFIG_PARAMS_REV5){.dwNumPorts = 11, .dwPortFlags = 12, .dwTunnelConfigParamFlags = 1};
    l2tp->TunnelConfigParams = (L2TP_TUNNEL_CONFIG_PARAMS2){17, 18, 19, 20, &policies[1], 99};
    c.ConfigParams.SstpConfigParams = (SSTP_CONFIG_PARAMS){13, 14, TRUE, 0x800c, {TRUE, {4, sstp_hash}}};
    c.ConfigParams.GREConfigParams = (GRE_CONFIG_PARAMS0){99, 99};
    return c;
}

/* A structure of that revision with the same in it. */
static void *narrowed(UCHAR revision)
{
    const MPR_SERVER_SET_CONFIG_EX_REV5 c = full();
    const MPRAPI_TUNNEL_CONFIG_PARAMS_REV5 *t = &c.ConfigParams;
    void *p = sample_structure(revision, MPRAPI_OBJECT_TYPE_MPR_SERVER_SET_CONFIG_OBJECT, sample_set_sizes[revision]);
    MPR_SERVER_SET_CONFIG_EX_REV1 *one = p;
    MPR_SERVER_SET_CONFIG_EX_REV2 *two = p;
    MPR_SERVER_SET_CONFIG_EX_REV3 *three = p;

    one->setConfigForProtocols = c.setConfigForProtocols;
#define NARROW(to)                                                                                                     \
    do {                                                                                                               \
        memcpy(&(to)->ConfigParams.IkeConfigParams, &t->IkeConfigParams, sizeof(to)->ConfigParams.IkeConfigParams);    \
        (to)->ConfigParams.PptpConfigParams = t->PptpConfigParams;                                                     \
        memcpy(&(to)->ConfigParams.L2tpConfigParams, &t->L2tpConfigParams, sizeof(to)->ConfigParams.L2tpConfigParams); \
        (to)->ConfigParams.SstpConfigParams = t->SstpConfigParams;                                                     \
    } while (0)
    if (revision == 1)
        NARROW(one);
    else if (revision == 2)
        NARROW(two);
    else if (revision < 5)
        NARROW(three);
    else
        memcpy(p, &c, sizeof c);
    return p;
}

static void check_set(const struct dim_server_ex *expected)
{
    static uint8_t sent[RPC_REQUEST_STUB_MAX], bytes[RPC_REQUEST_STUB_MAX];
    size_t n = dim_req_server_set_ex(bytes, sizeof bytes, expected);

    assert_int_equal(fake_last_request(server, sent, sizeof sent), n);
    assert_memory_equal(sent, bytes, n);
}

static void every_revision_travels(void **state)
{
    static struct dim_server_ex expected;

    (void)state;
    open_server(&(struct fake_config){.raw_answer = "\0\0\0", .raw_len = 4});
    for (UCHAR revision = 1; revision <= 5; revision++) {
        void *c = narrowed(revision);
        assert_int_equal(MprAdminServerSetInfoEx(h, c), NO_ERROR);
        sample_server(&expected, revision < 3 ? revision : 3);
        check_set(&expected);
        free(c);
    }
    close_server();
}

/* Each part alone, with garbage in all the others. */
static void parts_that_are_not_meant_are_not_looked_at(void **state)
{
    static struct dim_server_ex all, expected;

    (void)state;
    open_server(&(struct fake_config){.raw_answer = "\0\0\0", .raw_len = 4});
    sample_server(&all, 3);
    for (DWORD part = 0; part <= 8; part = part ? part * 2 : 1) {
        const MPR_SERVER_SET_CONFIG_EX_REV5 good = full();
        MPR_SERVER_SET_CONFIG_EX_REV5 c;
        memset(&c, 0xff, sizeof c);
        c.Header = good.Header;
        c.setConfigForProtocols = part;
        memset(&expected, 0, sizeof expected);
        expected.revision = 3;
        expected.protocols = part;
        if (part == MPRAPI_SET_CONFIG_PROTOCOL_FOR_PPTP) {
            c.ConfigParams.PptpConfigParams = good.ConfigParams.PptpConfigParams;
            expected.pptp = all.pptp;
        } else if (part == MPRAPI_SET_CONFIG_PROTOCOL_FOR_L2TP) {
            c.ConfigParams.L2tpConfigParams = good.ConfigParams.L2tpConfigParams;
            expected.l2tp = all.l2tp;
        } else if (part == MPRAPI_SET_CONFIG_PROTOCOL_FOR_SSTP) {
            c.ConfigParams.SstpConfigParams = good.ConfigParams.SstpConfigParams;
            expected.sstp = all.sstp;
        } else if (part == MPRAPI_SET_CONFIG_PROTOCOL_FOR_IKEV2) {
            c.ConfigParams.IkeConfigParams = good.ConfigParams.IkeConfigParams;
            expected.ike = all.ike;
        }
        assert_int_equal(MprAdminServerSetInfoEx(h, &c), NO_ERROR);
        check_set(&expected);
    }
    close_server();
}

static void parameters_without_their_flag_are_not_looked_at(void **state)
{
    static struct dim_server_ex expected;
    MPR_SERVER_SET_CONFIG_EX_REV5 c = full();

    (void)state;
    open_server(&(struct fake_config){.raw_answer = "\0\0\0", .raw_len = 4});
    c.setConfigForProtocols = MPRAPI_SET_CONFIG_PROTOCOL_FOR_IKEV2 | MPRAPI_SET_CONFIG_PROTOCOL_FOR_L2TP;
    c.ConfigParams.IkeConfigParams.dwTunnelConfigParamFlags = 0;
    c.ConfigParams.IkeConfigParams.TunnelConfigParams.certificateNames = GARBAGE;
    c.ConfigParams.IkeConfigParams.TunnelConfigParams.customPolicy = GARBAGE;
    c.ConfigParams.L2tpConfigParams.dwTunnelConfigParamFlags = 0;
    c.ConfigParams.L2tpConfigParams.TunnelConfigParams.customPolicy = GARBAGE;
    assert_int_equal(MprAdminServerSetInfoEx(h, &c), NO_ERROR);
    memset(&expected, 0, sizeof expected);
    expected.revision = 3;
    expected.protocols = c.setConfigForProtocols;
    expected.ike.ports = 1;
    expected.ike.flags = 2;
    expected.l2tp.ports = 11;
    expected.l2tp.flags = 12;
    check_set(&expected);
    close_server();
}

static void what_makes_no_sense_is_not_sent(void **state)
{
    (void)state;
    open_server(&(struct fake_config){.raw_answer = "\0\0\0", .raw_len = 4});
    for (unsigned i = 0;; i++) {
        MPR_SERVER_SET_CONFIG_EX_REV5 c = full();
        IKEV2_TUNNEL_CONFIG_PARAMS4 *t = &c.ConfigParams.IkeConfigParams.TunnelConfigParams;
        DWORD code = ERROR_INVALID_PARAMETER;
        if (i == 0)
            t->certificateNames = NULL;
        else if (i == 1)
            t->dwTotalCertificates = DIM_CERTIFICATES_MAX + 1;
        else if (i == 2)
            names[1].cbData = 1;
        else if (i == 3)
            t->certificateEKUs = NULL;
        else if (i == 4)
            t->dwTotalEkus = DIM_EKUS_MAX + 1;
        else if (i == 5)
            ekus[0].pwszEKU = NULL;
        else if (i == 6)
            t->machineCertificateName.pbData = NULL;
        else if (i == 7)
            t->machineCertificateHash.pbData = NULL;
        else if (i == 8)
            c.ConfigParams.SstpConfigParams.sstpCertDetails.certBlob.pbData = NULL;
        else if (i == 9)
            ekus[0].dwSize = RPC_REQUEST_STUB_MAX; /* all of it would have to travel */
        else if (i == 10)
            c.setConfigForProtocols |= MPRAPI_SET_CONFIG_PROTOCOL_FOR_GRE;
        else
            break;
        if (i == 10)
            code = ERROR_NOT_SUPPORTED;
        assert_int_equal(MprAdminServerSetInfoEx(h, &c), code);
    }
    assert_int_equal(fake_requests(server), 0);
    close_server();
}

/* Whoever takes dwSize for bytes says twice as much as there is. */
static void a_text_ends_at_its_nul(void **state)
{
    static struct dim_server_ex expected;
    MPR_SERVER_SET_CONFIG_EX_REV5 c = full();

    (void)state;
    open_server(&(struct fake_config){.raw_answer = "\0\0\0", .raw_len = 4});
    ekus[0].pwszEKU = malloc(4 * sizeof(WCHAR)); /* of its own size, for a sanitizer */
    assert_non_null(ekus[0].pwszEKU);
    memcpy(ekus[0].pwszEKU, oid, 4 * sizeof(WCHAR));
    ekus[0].dwSize = 8;
    assert_int_equal(MprAdminServerSetInfoEx(h, &c), NO_ERROR);
    sample_server(&expected, 3);
    expected.ike.ekus[0].size = 8;
    check_set(&expected);
    free(ekus[0].pwszEKU);
    close_server();
}

static void success_with_a_remark_is_passed_on(void **state)
{
    static const DWORD codes[] = {NO_ERROR, ERROR_SUCCESS_REBOOT_REQUIRED, ERROR_SUCCESS_RESTART_REQUIRED};
    MPR_SERVER_SET_CONFIG_EX_REV5 c = full();
    MPR_SERVER_1 ports = {1, 1, 1, 1};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        open_server(&(struct fake_config){.raw_answer = &codes[i], .raw_len = sizeof codes[i]});
        assert_int_equal(MprAdminServerSetInfoEx(h, &c), codes[i]);
        assert_int_equal(MprAdminServerSetInfo(h, 1, (LPBYTE)&ports), codes[i]);
        close_server();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_revision_travels),
        cmocka_unit_test(parts_that_are_not_meant_are_not_looked_at),
        cmocka_unit_test(parameters_without_their_flag_are_not_looked_at),
        cmocka_unit_test(what_makes_no_sense_is_not_sent),
        cmocka_unit_test(a_text_ends_at_its_nul),
        cmocka_unit_test(success_with_a_remark_is_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
