/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RAS administration: see and disconnect the users of a remote access server.
 *
 * This is the Windows API of the same name, for Linux. A server has ports; a user who dials or tunnels in occupies one
 * (with multilink: several) and makes a connection. There is no call that disconnects a connection: disconnect each of
 * its ports.
 *
 *     MPR_SERVER_HANDLE server;
 *     LPBYTE buffer;
 *     DWORD read, total, resume = 0;
 *
 *     if (MprAdminServerConnect(NULL, &server) != NO_ERROR)
 *         ...
 *     if (MprAdminPortEnum(server, 0, INVALID_HANDLE_VALUE, &buffer, (DWORD)-1, &read, &total, &resume) == NO_ERROR) {
 *         const RAS_PORT_0 *ports = (const RAS_PORT_0 *)buffer;
 *         for (DWORD i = 0; i < read; i++)
 *             if (...)
 *                 MprAdminPortDisconnect(server, ports[i].hPort);
 *         MprAdminBufferFree(buffer);
 *     }
 *     MprAdminServerDisconnect(server);
 *
 * Build and link with: pkg-config --cflags --libs libmprapi
 *
 * RESULTS. Every function that returns a DWORD returns NO_ERROR or a code of winerror.h, raserror.h or mprerror.h;
 * there is no GetLastError(). MprAdminGetErrorString() gives the sentence. The codes listed with a function are those
 * that it has of its own. Besides them every function that talks to a server may return
 *
 *     ERROR_ACCESS_DENIED (5)          the server does not allow this to the caller, or the socket may not be opened
 *     ERROR_NOT_ENOUGH_MEMORY (8)      here; RPC_S_SERVER_OUT_OF_MEMORY (1130): there
 *     ERROR_DDM_NOT_RUNNING (903)      ports and connections: the server routes between LANs only
 *     RPC_S_UNKNOWN_IF (1717)          something answers, but does not offer this interface
 *     RPC_S_SERVER_UNAVAILABLE (1722)  nothing answers there; the call was not sent
 *     RPC_S_SERVER_TOO_BUSY (1723)     try later
 *     RPC_S_CALL_FAILED (1726)         connection lost, or time limit over, while the call was under way
 *     RPC_S_CALL_FAILED_DNE (1727)     the same before anything was sent: the call was certainly not executed
 *     RPC_S_PROTOCOL_ERROR (1728), RPC_X_BAD_STUB_DATA (1783)  the answer makes no sense
 *
 * Arguments are checked before anything is sent, in this order: pointers for results (87), the server's handle, the
 * level, the other handle. What the server checks comes after: rights first.
 *
 * ON FAILURE each pointer that a function was to return is set to NULL and each count to 0. A resume handle is left as
 * it was, so that the same page can be asked for again. ERROR_MORE_DATA is no failure.
 *
 * ORDERS AND READS. When a connection to the server turns out to be lost (the server was restarted), reading functions
 * connect again and repeat themselves once. MprAdminPortDisconnect(), the ClearStats functions and MprAdminPortReset()
 * are never sent a second time when the first may have arrived: they return 1726, and the caller has to look whether
 * the order was carried out.
 *
 * TIME. No call takes longer than its limit, whatever the server does: 5 s to connect and 30 s for a call unless set
 * otherwise (openrras.h). A call that runs out of time returns RPC_S_CALL_FAILED (RPC_S_SERVER_UNAVAILABLE while
 * connecting). ERROR_TIMEOUT (1460) is not that: it is the server's own word for a daemon that did not answer *it*.
 *
 * HANDLES. Handles of ports and connections are numbers of the server. They fit in 31 bits, may be stored, and are good
 * in another process too. A port's handle changes whenever a session begins on it: so a handle that was read while
 * alice was there can't disconnect carol. Functions that only look at a port take an older handle too and give the
 * current one. A server's handle belongs to this library; one that is NULL, closed, closed twice, of another kind or
 * simply wrong is recognised and refused.
 *
 * BUFFERS that a function returns belong to the caller, may be written to, stay good after MprAdminServerDisconnect(),
 * and are freed with MprAdminBufferFree(), one call each. An empty list comes as a buffer too. Texts of
 * MprAdminGetErrorString() are freed with LocalFree().
 *
 * THREADS. Any function may be called by any number of threads at once, also with the same server handle: up to eight
 * calls of one handle are then under way, each over its own connection, and more wait. A handle may be closed while
 * other threads use it: their calls end normally. The library starts no threads and no processes, touches no signals,
 * prints nothing and never exits. After fork() the child may go on using handles of a parent that had one thread: it
 * makes connections of its own. Every descriptor is close-on-exec.
 *
 * PAGES. Lists come whole or in pages. dwPrefMaxLen is how many bytes of records the caller would like, as they travel;
 * (DWORD)-1: all. At least one record comes, if there is any. *lpdwEntriesRead counts the records in this buffer,
 * *lpdwTotalEntries those from this page to the end, so it becomes smaller from page to page. Begin with
 * *lpdwResumeHandle = 0 and call again, with the value untouched, while the result is ERROR_MORE_DATA (234).
 * lpdwResumeHandle may be NULL: the first page comes, and no other can. Lists are not frozen between pages: what comes
 * and goes meanwhile may or may not be seen, all else is seen exactly once. If a server has more but sends nothing
 * (some do when dwPrefMaxLen is smaller than a record), the result is NO_ERROR with no entries and a total that is not
 * 0, so that no loop runs forever.
 *
 * PROGRAMS FOR WINDOWS that use this API compile for Linux: a small windows.h, and wmain.h for those that begin in
 * wmain(), are in the folder that pkg-config --variable=windows_includedir libmprapi names, and say what such a program
 * has to keep to (TEXT("...") for L"...", above all: WCHAR has 16 bits, wchar_t has not). Events come from
 * OpenRrasNotifyCreate() (openrras.h) instead of CreateEvent().
 */
#ifndef OPENRRAS_MPRAPI_H
#define OPENRRAS_MPRAPI_H

#include "wintypes.h"
#include "winerror.h"
#include "raserror.h"
#include "mprerror.h"
#include "mprapi_types.h"

/* Symbols of the shared library; everything else in it is hidden. */
#ifndef MPRAPI_EXPORT
#define MPRAPI_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- servers ---- */

/*
 * Connect to a server. The connection is made now, so that success means that a server with this interface is there.
 *
 * lpwsServerName is one of
 *
 *     NULL, u""                             this machine: its local socket, /run/rras/rrasd.sock unless built otherwise
 *     u"ncalrpc:[/run/rras/rrasd.sock]"     this machine: that socket, an absolute path
 *     u"host", u"\\\\host"                  another machine
 *     u"ncacn_ip_tcp:host[port]"            another machine, over TCP
 *     u"ncacn_np:host[\\pipe\\router]"      another machine, over SMB
 *
 * The environment variable OPENRRAS_SOCKET names another local socket for the first, except in programs that run with
 * more rights than their user has (set-user-id). The last three are understood, but their transports are not in this
 * version: RPC_S_SERVER_UNAVAILABLE. OpenRrasServerConnectFd() takes a connection over ssh, for example.
 *
 * *phMprServer is good for all functions that take an MPR_SERVER_HANDLE or a RAS_SERVER_HANDLE, until
 * MprAdminServerDisconnect().
 *
 * RPC_S_INVALID_BINDING (1702): phMprServer is NULL, or the name is not one of the above. RPC_S_SERVER_UNAVAILABLE
 * (1722): no server is there (Windows documents 1717 for that; here 1717 means that something else answers).
 * ERROR_ACCESS_DENIED (5): the socket may not be opened.
 *
 * Page: MprAdminServerConnect.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminServerConnect(LPWSTR lpwsServerName, MPR_SERVER_HANDLE *phMprServer);

/*
 * Close a server's handle. Calls of other threads that are under way on it end normally. Buffers stay good. Anything
 * that is not a server's handle is ignored, so closing twice, or passing the handle's address (as a published sample
 * does), does no harm.
 *
 * Page: MprAdminServerDisconnect.
 */
MPRAPI_EXPORT VOID APIENTRY MprAdminServerDisconnect(MPR_SERVER_HANDLE hMprServer);

/*
 * TRUE if a server answers under that name (as in MprAdminServerConnect) and lets this caller ask. FALSE otherwise:
 * connect to learn why. Takes 2 s at most.
 *
 * Page: MprAdminIsServiceRunning.
 */
MPRAPI_EXPORT BOOL APIENTRY MprAdminIsServiceRunning(LPWSTR lpwsServerName);

/*
 * About the server: *lplpbBuffer becomes one MPR_SERVER_0 (up time, ports in all and in use), MPR_SERVER_1 or
 * MPR_SERVER_2 (ports configured by tunnel protocol) for dwLevel 0, 1, 2. Works in LAN-only mode: this is how to learn
 * of it.
 *
 * ERROR_INVALID_PARAMETER (87): lplpbBuffer is NULL. RPC_S_INVALID_BINDING (1702): not a server's handle.
 * ERROR_INVALID_LEVEL (124).
 *
 * Page: MprAdminServerGetInfo.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminServerGetInfo(MPR_SERVER_HANDLE hMprServer, DWORD dwLevel, LPBYTE *lplpbBuffer);

/* ---- ports ---- */

/*
 * List ports: *lplpbBuffer becomes an array of RAS_PORT_0, in the order of the ports, idle ones among them. dwLevel is
 * 0. hRasConnection: the ports of that connection, or INVALID_HANDLE_VALUE: all. Pages: see above.
 *
 * ERROR_INVALID_PARAMETER (87): lplpbBuffer, lpdwEntriesRead or lpdwTotalEntries is NULL. RPC_S_INVALID_BINDING (1702):
 * not a server's handle. ERROR_NOT_SUPPORTED (50): the level. ERROR_INVALID_HANDLE (6): hRasConnection is NULL or no
 * connection. ERROR_MORE_DATA (234).
 *
 * Page: MprAdminPortEnum.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminPortEnum(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, HANDLE hRasConnection,
                                              LPBYTE *lplpbBuffer, DWORD dwPrefMaxLen, LPDWORD lpdwEntriesRead,
                                              LPDWORD lpdwTotalEntries, LPDWORD lpdwResumeHandle);

/*
 * One port: *lplpbBuffer becomes a RAS_PORT_0 or, with counters, a RAS_PORT_1 for dwLevel 0, 1. The handle may be of an
 * earlier session on that port; the one in the buffer is the current one.
 *
 * ERROR_INVALID_PARAMETER (87): lplpbBuffer is NULL. RPC_S_INVALID_BINDING (1702): not a server's handle.
 * ERROR_NOT_SUPPORTED (50): the level. ERROR_INVALID_PORT_HANDLE (601): no such port.
 *
 * Page: MprAdminPortGetInfo.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminPortGetInfo(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, HANDLE hPort,
                                                 LPBYTE *lplpbBuffer);

/*
 * Let the counters of a port start from zero again, for everybody who looks; those of its connection too, those of the
 * connection's other ports not.
 *
 * RPC_S_INVALID_BINDING (1702): not a server's handle, and, odd but documented, no such port.
 *
 * Page: MprAdminPortClearStats.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminPortClearStats(RAS_SERVER_HANDLE hRasServer, HANDLE hPort);

/*
 * "Reset" a port. By the published protocol a server does nothing but check the caller's rights, and neither does this
 * one: the result is NO_ERROR for a port that does not exist as well.
 *
 * ERROR_INVALID_PARAMETER (87): not a server's handle, or a value that can't be a port (NULL, INVALID_HANDLE_VALUE,
 * more than 32 bits).
 *
 * Page: MprAdminPortReset.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminPortReset(RAS_SERVER_HANDLE hRasServer, HANDLE hPort);

/*
 * Disconnect the session that is on a port.
 *
 * hPort must be the port's current handle: one that was read before this session began is refused, so that nobody but
 * the session that the caller has seen can be hit, however quickly ports change hands.
 *
 * NO_ERROR means that the daemon which carries the session has taken the order (or that the session is gone, or was
 * being disconnected already). The session ends a moment later: to see it, read the port until it is listening again or
 * has another handle.
 *
 *     ERROR_INVALID_PARAMETER (87)     not a server's handle; no such port; or the handle is of an earlier session
 *     ERROR_PORT_NOT_CONNECTED (606)   the port is idle
 *     ERROR_NOT_READY (21)             whatever carries the port's sessions is away; nothing was done
 *     ERROR_GEN_FAILURE (31)           the daemon refuses
 *     ERROR_TIMEOUT (1460)             the daemon has not answered the server in time; the order stands
 *     RPC_S_CALL_FAILED (1726)         the server was lost before it answered: the order may or may not have arrived.
 * It is not sent again RPC_S_CALL_FAILED_DNE (1727), RPC_S_SERVER_UNAVAILABLE (1722)  it was not sent
 *
 * Page: MprAdminPortDisconnect. In the NT4 redistributable its name is RasAdminPortDisconnect: mprapi_nt4.h.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminPortDisconnect(RAS_SERVER_HANDLE hRasServer, HANDLE hPort);

/* ---- connections ---- */

/*
 * List connections: *lplpbBuffer becomes an array of RAS_CONNECTION_0, _1, _2, _3 or _4, for dwLevel 0 to 4. Pages: see
 * above. An older Windows server does not know levels 3 and 4: ERROR_INVALID_LEVEL.
 *
 * ERROR_INVALID_PARAMETER (87): lplpbBuffer, lpdwEntriesRead or lpdwTotalEntries is NULL. RPC_S_INVALID_BINDING (1702):
 * not a server's handle. ERROR_INVALID_LEVEL (124). ERROR_MORE_DATA (234).
 *
 * Page: MprAdminConnectionEnum.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminConnectionEnum(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, LPBYTE *lplpbBuffer,
                                                    DWORD dwPrefMaxLen, LPDWORD lpdwEntriesRead,
                                                    LPDWORD lpdwTotalEntries, LPDWORD lpdwResumeHandle);

/*
 * One connection, levels as in MprAdminConnectionEnum(). (On Windows level 4 exists in the list only.)
 *
 * ERROR_INVALID_PARAMETER (87): lplpbBuffer or hRasConnection is NULL. RPC_S_INVALID_BINDING (1702): not a server's
 * handle. ERROR_INVALID_LEVEL (124). ERROR_INTERFACE_NOT_CONNECTED (906): no such connection, or it has ended.
 *
 * Page: MprAdminConnectionGetInfo.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminConnectionGetInfo(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel,
                                                       HANDLE hRasConnection, LPBYTE *lplpbBuffer);

/*
 * Let the counters of a connection start from zero again, for everybody who looks. Its duration goes on.
 *
 * RPC_S_INVALID_BINDING (1702): not a server's handle. ERROR_INVALID_PARAMETER (87): no such connection.
 *
 * Page: MprAdminConnectionClearStats.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminConnectionClearStats(RAS_SERVER_HANDLE hRasServer, HANDLE hRasConnection);

/*
 * Have an event signalled whenever a connection or one of its links comes or goes. Which one, it does not say: list
 * again. Several that come and go at about the same time may be signalled once; none is lost. Nothing is signalled for
 * counters, or while somebody logs on.
 *
 * hEventNotification comes from OpenRrasNotifyCreate() (openrras.h), where it is said how to wait. The library has no
 * thread: sockets are driven by whoever waits for the event, also from several threads. One event may be registered
 * with several servers, a server's handle with several events. The registration belongs to both handles, and ends with
 * MprAdminDeregisterConnectionNotification(), MprAdminServerDisconnect() or OpenRrasNotifyClose(), which any thread may
 * call, also while another waits: it goes on waiting for what else is registered. Whatever was signalled before stays
 * so. To register twice is to register once.
 *
 * Registering talks to the server and says what is wrong: RPC_S_INVALID_BINDING (1702): not a server's handle.
 * ERROR_INVALID_PARAMETER (87): not an event. ERROR_ACCESS_DENIED (5), ERROR_DDM_NOT_RUNNING (903).
 * ERROR_NOT_SUPPORTED (50): the server has no interface for this, as only OpenRRAS servers have it. There is nothing to
 * wait for then: call MprAdminConnectionEnum() every few seconds and compare.
 *
 * Each registration has a connection to the server of its own, besides those for calls; rrasd allows a user 64 unless
 * configured otherwise. When it is lost, because the
 * server was restarted, say, it is made again while somebody waits, after 100 ms at first and 10 s at most. Then the
 * server tells what has happened meanwhile, and the event is signalled if something has, or if nobody can tell: the
 * server has been started again, or has forgotten. When a server that is there again does not want to tell any more,
 * the event is signalled once, and it is asked again and again: see what MprAdminConnectionEnum() says.
 *
 * A handle of OpenRrasServerConnectFd() has one connection, and a registration occupies it: all other calls return
 * ERROR_BUSY (170), so use two descriptors and two handles. When this connection is lost the event is signalled a last
 * time. It ends with the registration too, since a question is under way on it: the handle returns
 * RPC_S_SERVER_UNAVAILABLE (1722) from then on.
 *
 * Deregistering does not talk to the server. ERROR_INVALID_PARAMETER (87): not an event, or not registered with this
 * server.
 *
 * Page: MprAdminRegisterConnectionNotification.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminRegisterConnectionNotification(MPR_SERVER_HANDLE hMprServer,
                                                                    HANDLE hEventNotification);
MPRAPI_EXPORT DWORD APIENTRY MprAdminDeregisterConnectionNotification(MPR_SERVER_HANDLE hMprServer,
                                                                      HANDLE hEventNotification);

/* ---- users ---- */

/*
 * A user's right to dial in, and where to call back: not in this version. Arguments are checked, then the result is
 * ERROR_NOT_SUPPORTED (50). lpbBuffer is the caller's: a RAS_USER_0 or RAS_USER_1, for dwLevel 0, 1.
 *
 * ERROR_INVALID_PARAMETER (87): lpszUser is NULL or empty, or lpbBuffer is NULL. ERROR_INVALID_LEVEL (124).
 * ERROR_INVALID_DATA (13), setting only: bfPrivilege does not have exactly one RASPRIV_CallbackType bit, or has an
 * unknown one.
 *
 * Pages: MprAdminUserGetInfo, MprAdminUserSetInfo.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminUserGetInfo(LPCWSTR lpszServer, LPCWSTR lpszUser, DWORD dwLevel, LPBYTE lpbBuffer);
MPRAPI_EXPORT DWORD APIENTRY MprAdminUserSetInfo(LPCWSTR lpszServer, LPCWSTR lpszUser, DWORD dwLevel,
                                                 const LPBYTE lpbBuffer);

/* ---- memory and texts ---- */

/*
 * Free what a function of this library has returned in a buffer. ERROR_INVALID_PARAMETER (87): pBuffer is NULL, was
 * freed already, or is not such a buffer; nothing happens then.
 *
 * Page: MprAdminBufferFree.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminBufferFree(LPVOID pBuffer);

/*
 * The English sentence for a code of winerror.h, raserror.h or mprerror.h, without a line end. *lplpwsErrorString is to
 * be freed with LocalFree().
 *
 * ERROR_INVALID_PARAMETER (87): lplpwsErrorString is NULL. ERROR_MR_MID_NOT_FOUND (317): no text for this number.
 *
 * Page: MprAdminGetErrorString.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminGetErrorString(DWORD dwError, LPWSTR *lplpwsErrorString);

/*
 * Free a text of MprAdminGetErrorString(). NULL when done or when hMem is NULL; hMem itself when it is not such a text:
 * nothing happens then. (The Win32 function of this name frees all kinds of memory; this one only what comes from
 * here.)
 */
MPRAPI_EXPORT HLOCAL WINAPI LocalFree(HLOCAL hMem);

#ifdef __cplusplus
}
#endif

#endif
