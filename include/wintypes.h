/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Win32 types that mprapi.h needs, with the sizes that they have on 64-bit Windows.
 *
 * WCHAR is 16 bits wide here as there: write strings as u"...", never as L"..." (wchar_t has 32 bits on Linux).
 * DWORD is 32 bits wide, not an unsigned long.
 */
#ifndef OPENRRAS_WINTYPES_H
#define OPENRRAS_WINTYPES_H

#include <stdint.h>

#ifndef __cplusplus
#include <uchar.h>
#endif

typedef void VOID;
typedef void *HANDLE, *HLOCAL;
typedef void *LPVOID;
typedef int32_t BOOL, *PBOOL, *LPBOOL;
typedef uint8_t BYTE, UCHAR, UINT8, *PBYTE, *LPBYTE;
typedef uint16_t WORD, USHORT, UINT16;
typedef uint32_t DWORD, ULONG, UINT, *PDWORD, *LPDWORD;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG, ULONG64, DWORD64;
typedef char16_t WCHAR, *PWCHAR, *LPWSTR, *PWSTR;
typedef const char16_t *LPCWSTR, *PCWSTR;

typedef struct _FILETIME {
    DWORD dwLowDateTime;  /* 100 ns units since 1601-01-01 UTC, the low half */
    DWORD dwHighDateTime; /* and the high half */
} FILETIME, *PFILETIME, *LPFILETIME;

typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID;

/* Internet addresses, in network byte order. Same bytes as struct in_addr and struct in6_addr of <netinet/in.h>. */
typedef struct _IN_ADDR {
    union {
        struct {
            UCHAR s_b1, s_b2, s_b3, s_b4;
        } S_un_b;
        struct {
            USHORT s_w1, s_w2;
        } S_un_w;
        ULONG S_addr;
    } S_un;
} IN_ADDR, *PIN_ADDR;

typedef struct _IN6_ADDR {
    union {
        UCHAR Byte[16];
        USHORT Word[8];
    } u;
} IN6_ADDR, *PIN6_ADDR;

/* Bytes of a certificate: its subject (CERT_NAME_BLOB, an encoded X.509 name) or its thumbprint (CRYPT_HASH_BLOB). */
typedef struct _CRYPTOAPI_BLOB {
    DWORD cbData; /* bytes at pbData, 0: none */
    BYTE *pbData;
} CERT_NAME_BLOB, *PCERT_NAME_BLOB, CRYPT_HASH_BLOB, *PCRYPT_HASH_BLOB;

#ifndef CALG_SHA_256
#define CALG_SHA_256 0x0000800C /* how a thumbprint was made */
#endif

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

#define INVALID_HANDLE_VALUE ((HANDLE)(intptr_t)-1)

/* Calling convention and direction marks of Windows headers: nothing here. */
#define APIENTRY
#define WINAPI
#define CALLBACK
#define IN
#define OUT
#define OPTIONAL

#endif
