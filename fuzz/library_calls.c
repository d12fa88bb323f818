/* SPDX-License-Identifier: Apache-2.0 */
#include "library_calls.h"

#include <stddef.h>
#include <string.h>

#include "fuzz.h"

/* Whatever is asked about: the server does not look at it. */
#define SOME ((HANDLE)(uintptr_t)7)

/* A result is there exactly when the code says so; all of it can be read, and freed once. ERROR_MORE_DATA comes with a
 * result from the lists only: from anything else it is one of the codes that a server may invent. */
static void check_result(bool expected, LPBYTE buffer, size_t bytes)
{
    if (!expected) {
        FUZZ_CHECK(buffer == NULL);
        return;
    }
    FUZZ_CHECK(buffer != NULL);
    for (size_t i = 0; i < bytes; i++)
        (void)*(const volatile uint8_t *)(buffer + i);
    FUZZ_CHECK(MprAdminBufferFree(buffer) == NO_ERROR);
    FUZZ_CHECK(MprAdminBufferFree(buffer) == ERROR_INVALID_PARAMETER);
}

static const size_t connection_sizes[] = {sizeof(RAS_CONNECTION_0), sizeof(RAS_CONNECTION_1), sizeof(RAS_CONNECTION_2),
                                          sizeof(RAS_CONNECTION_3), sizeof(RAS_CONNECTION_4)};
static const size_t server_sizes[] = {sizeof(MPR_SERVER_0), sizeof(MPR_SERVER_1), sizeof(MPR_SERVER_2)};

static DWORD list(MPR_SERVER_HANDLE h, DWORD level, bool connections, bool paged, bool resumes)
{
    LPBYTE buffer;
    DWORD read = 1, total = 1, resume = 0, pref = paged ? 1000 : (DWORD)-1, code;
    LPDWORD resume_at = resumes ? &resume : NULL;
    if (connections)
        code = MprAdminConnectionEnum(h, level, &buffer, pref, &read, &total, resume_at);
    else
        code = MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &buffer, pref, &read, &total, resume_at);
    FUZZ_CHECK(read <= total);
    FUZZ_CHECK(code == NO_ERROR || code == ERROR_MORE_DATA || total == 0);
    FUZZ_CHECK(code != ERROR_MORE_DATA || read > 0);
    check_result(code == NO_ERROR || code == ERROR_MORE_DATA, buffer,
                 read * (connections ? connection_sizes[level] : sizeof(RAS_PORT_0)));
    return code;
}

static void touch(const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)*((const volatile uint8_t *)p + i);
}

static DWORD list_ex(MPR_SERVER_HANDLE h, bool paged, bool resumes)
{
    MPRAPI_OBJECT_HEADER header = {1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof(RAS_CONNECTION_EX)};
    PRAS_CONNECTION_EX connections;
    DWORD read = 1, total = 1, resume = 0;
    DWORD code = MprAdminConnectionEnumEx(h, &header, paged ? 1000 : (DWORD)-1, &read, &total, &connections,
                                          resumes ? &resume : NULL);
    FUZZ_CHECK(read <= total);
    FUZZ_CHECK(code == NO_ERROR || code == ERROR_MORE_DATA || total == 0);
    FUZZ_CHECK(code != ERROR_MORE_DATA || read > 0);
    check_result(code == NO_ERROR || code == ERROR_MORE_DATA, (LPBYTE)connections, read * sizeof *connections);
    return code;
}

static void free_block(void *p, size_t n)
{
    if (!p)
        return;
    touch(p, n);
    FUZZ_CHECK(MprAdminBufferFree(p) == NO_ERROR);
}

/* All that a server may have put behind a pointer, in the revision that has all of it. */
static DWORD server_ex(MPR_SERVER_HANDLE h)
{
    MPR_SERVER_EX_REV3 s = {.Header = {3, MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT, sizeof s}};
    IKEV2_TUNNEL_CONFIG_PARAMS3 *ike = &s.ConfigParams.IkeConfigParams.TunnelConfigParams;
    CRYPT_HASH_BLOB *hash = &s.ConfigParams.SstpConfigParams.sstpCertDetails.certBlob;
    DWORD code = MprAdminServerGetInfoEx(h, (MPR_SERVER_EX *)(void *)&s); /* after a failure all is as it was: NULL */
    for (DWORD i = 0; i < ike->dwTotalCertificates; i++)
        touch(ike->certificateNames[i].pbData, ike->certificateNames[i].cbData);
    for (DWORD i = 0; i < ike->dwTotalEkus; i++) {
        const WCHAR *text = ike->certificateEKUs[i].pwszEKU;
        while (*text)
            text++;
        FUZZ_CHECK(text <= ike->certificateEKUs[i].pwszEKU + ike->certificateEKUs[i].dwSize);
    }
    free_block(ike->certificateNames, ike->dwTotalCertificates * sizeof(CERT_NAME_BLOB));
    free_block(ike->certificateEKUs, ike->dwTotalEkus * sizeof(MPR_CERT_EKU));
    free_block(ike->machineCertificateName.pbData, ike->machineCertificateName.cbData);
    free_block(ike->machineCertificateHash.pbData, ike->machineCertificateHash.cbData);
    free_block(ike->customPolicy, sizeof *ike->customPolicy);
    free_block(s.ConfigParams.L2tpConfigParams.TunnelConfigParams.customPolicy, sizeof *ike->customPolicy);
    free_block(hash->pbData, hash->cbData);
    return code;
}

static DWORD get_ex(MPR_SERVER_HANDLE h)
{
    RAS_CONNECTION_EX c = {.Header = {1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof c}};
    DWORD code = MprAdminConnectionGetInfoEx(h, SOME, &c);
    FUZZ_CHECK(code == NO_ERROR || c.dwConnectDuration == 0);
    touch(&c, sizeof c);
    return code;
}

static DWORD devices(MPR_SERVER_HANDLE h)
{
    LPBYTE buffer;
    DWORD total = 1;
    DWORD code = MprAdminDeviceEnum(h, 0, &buffer, &total);
    FUZZ_CHECK(code == NO_ERROR || total == 0);
    check_result(code == NO_ERROR, buffer, total * sizeof(MPR_DEVICE_0));
    return code;
}

static DWORD key(MPR_SERVER_HANDLE h)
{
    MPR_CREDENTIALSEX_1 k = {0};
    LPBYTE buffer;
    DWORD code = MprAdminServerGetCredentials(h, 0, &buffer);
    if (code == NO_ERROR)
        memcpy(&k, buffer, sizeof k);
    touch(k.lpbCredentialsInfo, k.dwSize);
    check_result(code == NO_ERROR, buffer, sizeof k + k.dwSize);
    return code;
}

static DWORD one(MPR_SERVER_HANDLE h, uint16_t opnum, DWORD level)
{
    LPBYTE buffer;
    DWORD code;
    if (opnum == 0) {
        code = MprAdminServerGetInfo(h, level, &buffer);
        check_result(code == NO_ERROR, buffer, server_sizes[level]);
    } else if (opnum == 2) {
        code = MprAdminConnectionGetInfo(h, level, SOME, &buffer);
        check_result(code == NO_ERROR, buffer, connection_sizes[level]);
    } else {
        code = MprAdminPortGetInfo(h, level, SOME, &buffer);
        check_result(code == NO_ERROR, buffer, level == 0 ? sizeof(RAS_PORT_0) : sizeof(RAS_PORT_1));
    }
    return code;
}

/* ---- those that get a code only ---- */

static DWORD set_server(MPR_SERVER_HANDLE h, bool ex)
{
    MPR_SERVER_1 ports = {.dwNumPptpPorts = 1, .dwPptpPortFlags = 1, .dwNumL2tpPorts = 1, .dwL2tpPortFlags = 1};
    MPR_SERVER_SET_CONFIG_EX_REV1 s = {.Header = {1, MPRAPI_OBJECT_TYPE_MPR_SERVER_SET_CONFIG_OBJECT, sizeof s},
                                       .setConfigForProtocols = 1};
    s.ConfigParams.PptpConfigParams.dwNumPorts = 1;
    if (ex)
        return MprAdminServerSetInfoEx(h, (MPR_SERVER_SET_CONFIG_EX *)(void *)&s);
    return MprAdminServerSetInfo(h, 1, (LPBYTE)&ports);
}

static DWORD update(MPR_SERVER_HANDLE h)
{
    RAS_UPDATE_CONNECTION u = {.Header = {1, MPRAPI_OBJECT_TYPE_UPDATE_CONNECTION_OBJECT, sizeof u}};
    return MprAdminUpdateConnection(h, SOME, &u);
}

static DWORD set_key(MPR_SERVER_HANDLE h)
{
    BYTE secret[] = "secret";
    MPR_CREDENTIALSEX_1 k = {.dwSize = sizeof secret, .lpbCredentialsInfo = secret};
    return MprAdminServerSetCredentials(h, 0, (LPBYTE)&k);
}

static DWORD order(MPR_SERVER_HANDLE h, uint16_t opnum)
{
    static WCHAR text[] = {'H', 'i', 0};
    switch (opnum) {
    case 3:
        return MprAdminConnectionClearStats(h, SOME);
    case 6:
        return MprAdminPortClearStats(h, SOME);
    case 7:
        return MprAdminPortReset(h, SOME);
    case 8:
        return MprAdminPortDisconnect(h, SOME);
    case 35:
        return MprAdminSendUserMessage(h, SOME, text);
    case 40:
        return set_key(h);
    case 42:
        return MprAdminConnectionRemoveQuarantine(h, SOME, FALSE);
    case 48:
        return update(h);
    default:
        return set_server(h, opnum == 47);
    }
}

bool library_has(uint16_t opnum)
{
    return opnum <= 8 || opnum == 35 || opnum == 36 || (opnum >= 40 && opnum <= 48);
}

bool library_orders(uint16_t opnum)
{
    bool asks = opnum <= 2 || opnum == 4 || opnum == 5 || opnum == 36 || opnum == 41 || (opnum >= 44 && opnum <= 46);
    return library_has(opnum) && !asks;
}

DWORD library_call(MPR_SERVER_HANDLE h, const struct library_call *c)
{
    FUZZ_CHECK(library_has(c->opnum));
    switch (c->opnum) {
    case 0:
    case 2:
    case 5:
        return one(h, c->opnum, c->level);
    case 1:
        return list(h, c->level, true, c->paged, c->resumes);
    case 4:
        return list(h, 0, false, c->paged, c->resumes);
    case 36:
        return devices(h);
    case 41:
        return key(h);
    case 44:
        return server_ex(h);
    case 45:
        return list_ex(h, c->paged, c->resumes);
    case 46:
        return get_ex(h);
    default:
        return order(h, c->opnum);
    }
}
