/* SPDX-License-Identifier: Apache-2.0 */
/* A server and its tunnels in every revision: what comes, and who owns it. */
#include "dimsvc/client.h"
#include "fixture.h"
#include "rpc/limits.h"
#include "server_sample.h"

static uint8_t raw[RPC_REQUEST_STUB_MAX];

static void *new_server(UCHAR revision)
{
    return sample_structure(revision, MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT, sample_server_sizes[revision]);
}

/* The answer of opnum 44 is the request of opnum 47 with another beginning and a code behind it. */
static size_t make_answer(uint8_t revision)
{
    static struct dim_server_ex s;
    static uint8_t request[RPC_REQUEST_STUB_MAX];

    sample_server(&s, revision);
    size_t n = dim_req_server_set_ex(request, sizeof request, &s);
    struct rpc_wr w = rpc_wr_init(raw, sizeof raw);
    rpc_wr_bytes(&w, request, 8);
    raw[5] = DIM_OBJECT_SERVER_EX;
    for (uint32_t i = 0; i < 5; i++)
        rpc_wr_u32(&w, i ? 100 + i : 1);
    rpc_wr_bytes(&w, request + DIM_SERVERSET_TUNNELS, n - DIM_SERVERSET_TUNNELS);
    rpc_wr_u32(&w, NO_ERROR);
    assert_true(rpc_wr_ok(&w));
    return w.pos;
}

/* ---- getting ---- */

static void check_ike(const IKEV2_CONFIG_PARAMS_REV1 *ike)
{
    const CERT_NAME_BLOB *names = ike->TunnelConfigParams.certificateNames;

    assert_int_equal(ike->dwNumPorts, 1);
    assert_int_equal(ike->dwPortFlags, 2);
    assert_int_equal(ike->dwTunnelConfigParamFlags, 1);
    assert_int_equal(ike->TunnelConfigParams.dwIdleTimeout, 4);
    assert_int_equal(ike->TunnelConfigParams.dwNetworkBlackoutTime, 5);
    assert_int_equal(ike->TunnelConfigParams.dwSaLifeTime, 6);
    assert_int_equal(ike->TunnelConfigParams.dwSaDataSizeForRenegotiation, 7);
    assert_int_equal(ike->TunnelConfigParams.dwTotalCertificates, 2);
    assert_int_equal(names[0].cbData, 3);
    assert_memory_equal(names[0].pbData, "abc", 3);
    assert_int_equal(names[1].cbData, 0);
    assert_null(names[1].pbData);
    assert_int_equal(MprAdminBufferFree(names[0].pbData), ERROR_INVALID_PARAMETER); /* goes with the array */
    assert_int_equal(MprAdminBufferFree(ike->TunnelConfigParams.certificateNames), NO_ERROR);
}

static void check_sstp(const SSTP_CONFIG_PARAMS *sstp)
{
    assert_int_equal(sstp->dwNumPorts, 13);
    assert_int_equal(sstp->isUseHttps, TRUE);
    assert_int_equal(sstp->certAlgorithm, 0x800c);
    assert_int_equal(sstp->sstpCertDetails.isDefault, TRUE);
    assert_int_equal(sstp->sstpCertDetails.certBlob.cbData, 4);
    assert_memory_equal(sstp->sstpCertDetails.certBlob.pbData, "sstp", 4);
    assert_int_equal(MprAdminBufferFree(sstp->sstpCertDetails.certBlob.pbData), NO_ERROR);
}

static void check_ike2(const IKEV2_TUNNEL_CONFIG_PARAMS2 *t)
{
    assert_int_equal(t->machineCertificateName.cbData, 7);
    assert_memory_equal(t->machineCertificateName.pbData, "machine", 7);
    assert_int_equal(t->dwEncryptionType, 15);
    assert_int_equal(t->customPolicy->dwIntegrityMethod, 1);
    assert_int_equal(t->customPolicy->dwDhGroup, 6);
    assert_int_equal(MprAdminBufferFree(t->machineCertificateName.pbData), NO_ERROR);
    assert_int_equal(MprAdminBufferFree(t->customPolicy), NO_ERROR);
}

static void check_ike3(const IKEV2_TUNNEL_CONFIG_PARAMS3 *t)
{
    assert_int_equal(t->dwTotalEkus, 1);
    assert_int_equal(t->certificateEKUs[0].dwSize, 3);
    assert_int_equal(t->certificateEKUs[0].IsEKUOID, TRUE);
    assert_memory_equal(t->certificateEKUs[0].pwszEKU, u"1.2", 4 * sizeof(WCHAR)); /* with a NUL */
    assert_int_equal(t->machineCertificateHash.cbData, 1);
    assert_int_equal(MprAdminBufferFree(t->certificateEKUs), NO_ERROR);
    assert_int_equal(MprAdminBufferFree(t->machineCertificateHash.pbData), NO_ERROR);
}

static void check_l2tp3(const L2TP_TUNNEL_CONFIG_PARAMS1 *t)
{
    assert_int_equal(t->dwIdleTimeout, 17);
    assert_int_equal(t->dwSaDataSizeForRenegotiation, 20);
    assert_int_equal(t->customPolicy->dwIntegrityMethod, 7);
    assert_int_equal(MprAdminBufferFree(t->customPolicy), NO_ERROR);
}

static void check_revision1(const MPR_SERVER_EX_REV1 *s)
{
    check_ike(&s->ConfigParams.IkeConfigParams);
    assert_int_equal(s->ConfigParams.PptpConfigParams.dwPortFlags, 10);
    assert_int_equal(s->ConfigParams.L2tpConfigParams.dwNumPorts, 11);
    check_sstp(&s->ConfigParams.SstpConfigParams);
}

static void check_revision2(const MPR_SERVER_EX_REV2 *s)
{
    IKEV2_CONFIG_PARAMS_REV1 ike;

    memcpy(&ike, &s->ConfigParams.IkeConfigParams, sizeof ike);
    check_ike(&ike);
    check_ike2(&s->ConfigParams.IkeConfigParams.TunnelConfigParams);
    assert_int_equal(s->ConfigParams.PptpConfigParams.dwNumPorts, 9);
    assert_int_equal(s->ConfigParams.L2tpConfigParams.dwPortFlags, 12);
    check_sstp(&s->ConfigParams.SstpConfigParams);
}

static void check_revision3(const MPR_SERVER_EX_REV3 *s)
{
    IKEV2_CONFIG_PARAMS_REV1 ike;
    IKEV2_TUNNEL_CONFIG_PARAMS2 params;

    memcpy(&ike, &s->ConfigParams.IkeConfigParams, sizeof ike);
    memcpy(&params, &s->ConfigParams.IkeConfigParams.TunnelConfigParams, sizeof params);
    check_ike(&ike);
    check_ike2(&params);
    check_ike3(&s->ConfigParams.IkeConfigParams.TunnelConfigParams);
    assert_int_equal(s->ConfigParams.PptpConfigParams.dwNumPorts, 9);
    assert_int_equal(s->ConfigParams.L2tpConfigParams.dwNumPorts, 11);
    check_l2tp3(&s->ConfigParams.L2tpConfigParams.TunnelConfigParams);
    check_sstp(&s->ConfigParams.SstpConfigParams);
}

/* What only revision 5 has is not on the wire. */
static void check_revision5(const MPR_SERVER_EX_REV5 *s)
{
    MPR_SERVER_EX_REV3 three;

    memset(&three, 0, sizeof three);
    memcpy(&three.ConfigParams.IkeConfigParams, &s->ConfigParams.IkeConfigParams,
           sizeof three.ConfigParams.IkeConfigParams);
    three.ConfigParams.PptpConfigParams = s->ConfigParams.PptpConfigParams;
    memcpy(&three.ConfigParams.L2tpConfigParams, &s->ConfigParams.L2tpConfigParams,
           sizeof three.ConfigParams.L2tpConfigParams);
    three.ConfigParams.SstpConfigParams = s->ConfigParams.SstpConfigParams;
    check_revision3(&three);
    assert_int_equal(s->ConfigParams.IkeConfigParams.TunnelConfigParams.dwMmSaLifeTime, 0);
    assert_int_equal(s->ConfigParams.L2tpConfigParams.TunnelConfigParams.dwMmSaLifeTime, 0);
    assert_int_equal(s->ConfigParams.GREConfigParams.dwNumPorts, 0);
    assert_int_equal(s->ConfigParams.GREConfigParams.dwPortFlags, 0);
}

static void every_revision_is_filled_in(void **state)
{
    (void)state;
    for (UCHAR revision = 1; revision <= 5; revision++) {
        uint8_t wire = revision < 3 ? revision : 3, sent[DIM_REQUEST_MAX], expected[DIM_REQUEST_MAX];
        size_t n = make_answer(wire);
        open_server(&(struct fake_config){.raw_answer = raw, .raw_len = n});
        MPR_SERVER_EX_REV1 *s = new_server(revision);
        assert_int_equal(MprAdminServerGetInfoEx(h, (MPR_SERVER_EX *)(void *)s), NO_ERROR);
        assert_int_equal(fake_last_request(server, sent, sizeof sent), dim_req_server_get_ex(expected, wire));
        assert_memory_equal(sent, expected, DIM_SERVEREX_SIZE(wire));
        assert_int_equal(s->Header.revision, revision);
        assert_int_equal(s->Header.size, sample_server_sizes[revision]);
        assert_int_equal(s->fLanOnlyMode, TRUE);
        assert_int_equal(s->dwUpTime, 101);
        assert_int_equal(s->dwPortsInUse, 103);
        assert_int_equal(s->Reserved, 0);
        if (revision == 1)
            check_revision1(s);
        else if (revision == 2)
            check_revision2((const void *)s);
        else if (revision < 5)
            check_revision3((const void *)s);
        else
            check_revision5((const void *)s);
        free(s);
        close_server();
    }
}

static void this_projects_server_has_no_pointers(void **state)
{
    (void)state;
    open_server(&(struct fake_config){.n_ports = 5, .n_connections = 2});
    for (UCHAR revision = 1; revision <= 5; revision++) {
        MPR_SERVER_EX_REV1 *s = new_server(revision);
        assert_int_equal(MprAdminServerGetInfoEx(h, (MPR_SERVER_EX *)(void *)s), NO_ERROR);
        assert_int_equal(s->dwUpTime, 42);
        assert_int_equal(s->dwTotalPorts, 5);
        assert_null(s->ConfigParams.IkeConfigParams.TunnelConfigParams.certificateNames);
        free(s);
    }
    MPR_SERVER_EX_REV5 s = {.Header = {5, MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT, sizeof s}};
    assert_int_equal(MprAdminServerGetInfoEx(h, &s), NO_ERROR);
    assert_int_equal(s.ConfigParams.PptpConfigParams.dwNumPorts, 1);
    assert_int_equal(s.ConfigParams.L2tpConfigParams.dwNumPorts, 3);
    assert_int_equal(s.ConfigParams.SstpConfigParams.dwNumPorts, 5);
    assert_null(s.ConfigParams.L2tpConfigParams.TunnelConfigParams.customPolicy);
    assert_null(s.ConfigParams.SstpConfigParams.sstpCertDetails.certBlob.pbData);
    assert_int_equal(MprAdminBufferFree(&s), ERROR_INVALID_PARAMETER);
    close_server();
}

static void failure_leaves_the_structure_alone(void **state)
{
    (void)state;
    open_server(&(struct fake_config){.deny = true});
    for (UCHAR revision = 1; revision <= 5; revision++) {
        void *s = new_server(revision), *before = new_server(revision);
        assert_int_equal(MprAdminServerGetInfoEx(h, s), ERROR_ACCESS_DENIED);
        assert_memory_equal(s, before, sample_server_sizes[revision]);
        free(s);
        free(before);
    }
    close_server();
}

static void headers_must_be_right_before_anything_is_sent(void **state)
{
    (void)state;
    open_server(&(struct fake_config){0});
    MPR_SERVER_EX_REV5 s = {0};
    MPR_SERVER_SET_CONFIG_EX_REV5 c = {0};
    for (unsigned revision = 0; revision <= 7; revision++) {
        for (unsigned kind = 0; kind < 4; kind++) {
            for (unsigned other = 1; other <= 5; other++) {
                s.Header = (MPRAPI_OBJECT_HEADER){(UCHAR)revision, (UCHAR)kind, (USHORT)sample_server_sizes[other]};
                c.Header = (MPRAPI_OBJECT_HEADER){(UCHAR)revision, (UCHAR)kind, (USHORT)sample_set_sizes[other]};
                bool fits =
                    revision >= 1 && revision <= 5 && sample_server_sizes[revision] == sample_server_sizes[other];
                if (!fits || kind != MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT)
                    assert_int_equal(MprAdminServerGetInfoEx(h, &s), ERROR_INVALID_PARAMETER);
                if (!fits || kind != MPRAPI_OBJECT_TYPE_MPR_SERVER_SET_CONFIG_OBJECT)
                    assert_int_equal(MprAdminServerSetInfoEx(h, &c), ERROR_INVALID_PARAMETER);
            }
        }
    }
    assert_int_equal(MprAdminServerGetInfoEx(h, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminServerSetInfoEx(h, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(fake_requests(server), 0);
    close_server();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_revision_is_filled_in),
        cmocka_unit_test(this_projects_server_has_no_pointers),
        cmocka_unit_test(failure_leaves_the_structure_alone),
        cmocka_unit_test(headers_must_be_right_before_anything_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
