/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What OpenRRAS adds to the functions of mprapi.h: connecting over a given descriptor, time limits, and the reason why
 * a connection failed in plain words. In the same library; the same rules for handles and threads.
 */
#ifndef OPENRRAS_OPENRRAS_H
#define OPENRRAS_OPENRRAS_H

#include <stddef.h>

#include "mprapi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Connect to the server at the other end of `fd`: a connected stream socket, of any family (a socket pair whose other
 * end an ssh process holds, for example). Whoever holds the other end is taken as the server.
 *
 * On success the library owns fd, and closes it when the server's handle is closed or the connection is lost; it sets
 * close-on-exec, blocking mode and its own time-outs on it. On failure fd stays the caller's (with these settings, and
 * bytes of the attempt may have been sent). There is this one connection and no other: calls of several threads go one
 * after another, and once it is lost every call returns RPC_S_SERVER_UNAVAILABLE. A child of fork() can't use the
 * handle.
 *
 * ERROR_INVALID_PARAMETER (87): fd is not a stream socket. Else as MprAdminServerConnect().
 */
MPRAPI_EXPORT DWORD OpenRrasServerConnectFd(int fd, MPR_SERVER_HANDLE *phMprServer);

/*
 * Time limits, in milliseconds, 1 to OPENRRAS_LIMIT_MAX_MS; 0 stands for the default.
 *
 *     connect  from the first step of connecting to the end of the binding
 *     call     one call from its start to the end of its answer, however many bytes that has; waiting for one of the
 * eight connections of a handle and connecting again are in it
 *
 * A call may overrun its limit by an eighth, when a server sends its answer in very small portions.
 */
#define OPENRRAS_CONNECT_LIMIT_MS 5000u
#define OPENRRAS_CALL_LIMIT_MS    30000u
#define OPENRRAS_LIMIT_MAX_MS     86400000u /* a day */

/*
 * Of one handle. They hold for calls that begin afterwards. RPC_S_INVALID_BINDING (1702): not a server's handle.
 * ERROR_INVALID_PARAMETER (87): out of range, nothing changes. Pointers of Get may be NULL.
 */
MPRAPI_EXPORT DWORD OpenRrasServerSetTimeLimits(MPR_SERVER_HANDLE hMprServer, DWORD dwConnectMs, DWORD dwCallMs);
MPRAPI_EXPORT DWORD OpenRrasServerGetTimeLimits(MPR_SERVER_HANDLE hMprServer, LPDWORD lpdwConnectMs,
                                                LPDWORD lpdwCallMs);

/* Of handles that are made afterwards, in the whole process: so also of the connecting itself. ERROR_INVALID_PARAMETER
 * (87). */
MPRAPI_EXPORT DWORD OpenRrasSetDefaultTimeLimits(DWORD dwConnectMs, DWORD dwCallMs);

/*
 * Why the last call of this thread failed, where that is more than its code says: "connect /run/rras/rrasd.sock: No
 * such file or directory", "no answer within 30000 ms". UTF-8, escaped so that it can be shown on a terminal. Writes at
 * most `size` bytes with the NUL and returns the length of the whole sentence; 0 and "" when there is nothing to say. A
 * call that succeeds forgets it.
 */
MPRAPI_EXPORT size_t OpenRrasLastDetail(char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
