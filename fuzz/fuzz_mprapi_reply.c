/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile server against the whole client library: sockets, PDUs, decoding, conversion, buffers. After an honest bind
 * its bytes are answered to one call; what the caller gets is read to its last byte.
 *
 * Input: a byte that chooses the call (the lower five bits; 32: paged, 64: without resume pointer) and how the rest is
 * meant (128: as the stub of a response, else as PDUs), then the rest.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openrras.h>

#include "fuzz.h"
#include "library_peer.h"

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

static void list(MPR_SERVER_HANDLE h, DWORD level, bool connections, bool paged, bool resumes)
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
}

static void touch(const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)*((const volatile uint8_t *)p + i);
}

static void list_ex(MPR_SERVER_HANDLE h, bool paged, bool resumes)
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
}

static void free_block(void *p, size_t n)
{
    if (!p)
        return;
    touch(p, n);
    FUZZ_CHECK(MprAdminBufferFree(p) == NO_ERROR);
}

/* All that a server may have put behind a pointer, in the revision that has all of it. */
static void server_ex(MPR_SERVER_HANDLE h)
{
    MPR_SERVER_EX_REV3 s = {.Header = {3, MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT, sizeof s}};
    IKEV2_TUNNEL_CONFIG_PARAMS3 *ike = &s.ConfigParams.IkeConfigParams.TunnelConfigParams;
    CRYPT_HASH_BLOB *hash = &s.ConfigParams.SstpConfigParams.sstpCertDetails.certBlob;
    (void)MprAdminServerGetInfoEx(h, (MPR_SERVER_EX *)(void *)&s); /* after a failure all is as it was: NULL */
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
}

static void call_ex(MPR_SERVER_HANDLE h, DWORD which, bool paged, bool resumes)
{
    RAS_CONNECTION_EX c = {.Header = {1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof c}};
    MPR_CREDENTIALSEX_1 key = {0};
    LPBYTE buffer;
    DWORD total = 1, code;
    if (which == 0) {
        list_ex(h, paged, resumes);
    } else if (which == 1) {
        (void)MprAdminConnectionGetInfoEx(h, (HANDLE)1, &c);
    } else if (which == 2) {
        code = MprAdminDeviceEnum(h, 0, &buffer, &total);
        check_result(code == NO_ERROR, buffer, total * sizeof(MPR_DEVICE_0));
    } else if (which == 3) {
        code = MprAdminServerGetCredentials(h, 0, &buffer);
        if (code == NO_ERROR)
            memcpy(&key, buffer, sizeof key);
        touch(key.lpbCredentialsInfo, key.dwSize);
        check_result(code == NO_ERROR, buffer, sizeof key + key.dwSize);
    } else {
        server_ex(h);
    }
}

static void call(MPR_SERVER_HANDLE h, uint8_t choice)
{
    bool paged = choice & 32, resumes = !(choice & 64);
    DWORD which = choice & 31u;
    LPBYTE buffer;
    DWORD code;
    if (which < 5) {
        list(h, which, true, paged, resumes);
    } else if (which < 10) {
        code = MprAdminConnectionGetInfo(h, which - 5, (HANDLE)1, &buffer);
        check_result(code == NO_ERROR, buffer, connection_sizes[which - 5]);
    } else if (which < 13) {
        code = MprAdminServerGetInfo(h, which - 10, &buffer);
        check_result(code == NO_ERROR, buffer, server_sizes[which - 10]);
    } else if (which < 15) {
        code = MprAdminPortGetInfo(h, which - 13, (HANDLE)1, &buffer);
        check_result(code == NO_ERROR, buffer, which == 13 ? sizeof(RAS_PORT_0) : sizeof(RAS_PORT_1));
    } else if (which < 18) {
        (void)MprAdminPortDisconnect(h, (HANDLE)1);
    } else if (which == 18) {
        list(h, 0, false, paged, resumes);
    } else {
        call_ex(h, which - 19, paged, resumes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd;
    if (size == 0)
        return 0;
    MPR_SERVER_HANDLE h = peer_connect(&fd);
    if (data[0] & 128)
        peer_respond(fd, 0, 0, data + 1, size - 1);
    else
        peer_say(fd, data + 1, size - 1);
    peer_finish(fd);
    call(h, data[0]);
    MprAdminServerDisconnect(h);
    close(fd);
    return 0;
}
