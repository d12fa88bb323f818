/* SPDX-License-Identifier: Apache-2.0 */
/* Users and texts of libmprapi, for those who can't include mprapi.h (see ports.h). The results are Win32 codes. */
#ifndef OPENRRAS_LIBRASSAPI_USER_H
#define OPENRRAS_LIBRASSAPI_USER_H

#include <stddef.h>

#include <wintypes.h>

/* RAS_USER_0 is the same in both APIs: so many bytes, the privilege first, the telephone number at its even place. */
#define USER_RECORD_SIZE  260u
#define USER_PHONE_OFFSET 2u

/* `account_server` has room for UNCLEN + 1 characters. */
DWORD user_account_server(LPCWSTR domain, LPCWSTR server, LPWSTR account_server);
DWORD user_get(LPCWSTR server, LPCWSTR user, LPBYTE record);
DWORD user_set(LPCWSTR server, LPCWSTR user, LPBYTE record);

/* The sentence for a code of raserror.h into a buffer of `units` characters, empty on failure. */
DWORD error_sentence(UINT code, WCHAR *text, size_t units);

#endif
