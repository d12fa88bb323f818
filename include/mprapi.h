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
 * level or header, and whether the other handle can be one at all. So a mistake in a program looks the same for whoever
 * runs it, and costs no call. What the server checks comes after: rights first, then whether it has ports and
 * connections (903), then what a handle means.
 *
 * ON FAILURE each pointer that a function was to return is set to NULL and each count to 0. A resume handle is left as
 * it was, so that the same page can be asked for again. ERROR_MORE_DATA is no failure.
 *
 * ORDERS AND READS. When a connection to the server turns out to be lost (the server was restarted), reading functions
 * connect again and repeat themselves once. All that changes something (MprAdminPortDisconnect(), MprAdminPortReset(),
 * the functions with Set, Clear, Remove, Update and Send in their names) is never sent a second time when the first may
 * have arrived: the result is 1726, and the caller has to look whether the order was carried out.
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

#ifdef OPENRRAS_RASSAPI_H
#error "mprapi.h and rassapi.h have the same names for different things: include one of them only"
#endif

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
 * more rights than their user has (set-user-id). Over TCP the caller is who his Kerberos ticket says, the server has to
 * prove that it is host/HOST, and calls are encrypted; the port must be given. Looking the host up and asking the KDC
 * may take longer than the time limits of OpenRrasSetDefaultTimeLimits(): they have limits of their own
 * (resolv.conf(5), krb5.conf(5)). OpenRrasServerConnectFd() takes a connection over ssh, for example.
 *
 * *phMprServer is good for all functions that take an MPR_SERVER_HANDLE or a RAS_SERVER_HANDLE, until
 * MprAdminServerDisconnect().
 *
 * RPC_S_INVALID_BINDING (1702): phMprServer is NULL, or the name is not one of the above. RPC_S_SERVER_UNAVAILABLE
 * (1722): no server is there (Windows documents 1717 for that; here 1717 means that something else answers).
 * ERROR_ACCESS_DENIED (5): the socket may not be opened. RPC_S_SEC_PKG_ERROR (1825): no ticket, an expired one, or the
 * server refuses it; RPC_S_UNKNOWN_AUTHN_SERVICE (1747): the server does not offer this, or libmprapi-kerberos.so.0 is
 * not installed here; RPC_S_UNKNOWN_AUTHN_LEVEL (1748): it does not sign the headers of calls. OpenRrasLastDetail()
 * says more.
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

/*
 * Is the server ready? A server that runs may still be finding out which ports and sessions there are.
 * *fIsServiceInitialized becomes FALSE while a driver of this project's server has not yet told all its sessions, or
 * while a server has no port layer to ask; TRUE otherwise. (A daemon that is away does not count: that may last.) Takes
 * 2 s for each step at most.
 *
 * ERROR_INVALID_PARAMETER (87): fIsServiceInitialized is NULL. ERROR_SERVICE_NOT_ACTIVE (1062): no server is there.
 * RPC_S_INVALID_BINDING (1702): not the name of a server.
 *
 * Page: MprAdminIsServiceInitialized.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminIsServiceInitialized(LPWSTR lpwsServerName, BOOL *fIsServiceInitialized);

/*
 * Set the number of ports of each tunnel protocol and what they are for: lpbBuffer is an MPR_SERVER_1 or MPR_SERVER_2
 * for dwLevel 1, 2 (mprapi_server.h says what the numbers mean). The server keeps it; it may take effect later.
 *
 *     ERROR_INVALID_PARAMETER (87)         hMprServer or lpbBuffer is NULL; the server: a number or a flag is wrong
 *     ERROR_INVALID_HANDLE (6)             not a server's handle
 *     ERROR_NOT_SUPPORTED (50)             the level; or the server does not let its ports be set
 *     ERROR_SUCCESS_REBOOT_REQUIRED (3010) done; more ports than there were at its start come after the next one
 *
 * Page: MprAdminServerSetInfo.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminServerSetInfo(MPR_SERVER_HANDLE hMprServer, DWORD dwLevel, LPBYTE lpbBuffer);

/*
 * About the server, with the configuration of its tunnels. pServerInfo is the caller's, and its Header says what it is:
 * revision 1 to 5, type MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT, the size that goes with the revision (mprapi_tunnels.h).
 * On success all of it but Header is written, on failure nothing. Members that exist only from revision 4 on become 0,
 * since the protocol ends with revision 3. Works in LAN-only mode.
 *
 * Pointers in it become NULL or buffers of their own: certificateNames, machineCertificateName.pbData, customPolicy
 * (IKEv2, L2TP), certificateEKUs, machineCertificateHash.pbData and sstpCertDetails.certBlob.pbData. Free each that is
 * not NULL with MprAdminBufferFree(); names and texts that an array points to go with it. Freeing pServerInfo itself,
 * as the page asks for, does nothing. At most 256 certificates and 256 key usages are taken from a server.
 *
 * ERROR_INVALID_PARAMETER (87): pServerInfo is NULL, or its header is wrong. RPC_S_INVALID_BINDING (1702): not a
 * server's handle. ERROR_PROC_NOT_FOUND (127): an older server.
 *
 * Page: MprAdminServerGetInfoEx.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminServerGetInfoEx(MPR_SERVER_HANDLE hMprServer, MPR_SERVER_EX *pServerInfo);

/*
 * Set the configuration of tunnels. Header: revision 1 to 5, type MPRAPI_OBJECT_TYPE_MPR_SERVER_SET_CONFIG_OBJECT, the
 * size that goes with the revision. setConfigForProtocols says which parts of ConfigParams count; what it leaves out is
 * not looked at and may be anything, pointers too. The same holds for TunnelConfigParams without its flag in
 * dwTunnelConfigParamFlags. Members that exist only from revision 4 on are not sent.
 *
 * ERROR_INVALID_PARAMETER (87): pServerInfo is NULL, or its header is wrong; a count without an array; more than 256
 * certificates or key usages, or than 64 KiB in all; the server: a value is out of its range. RPC_S_INVALID_BINDING
 * (1702): not a server's handle. ERROR_NOT_SUPPORTED (50): GRE, which the protocol does not carry; or the server does
 * not let this be set (this project's takes numbers of ports and leaves the rest to the daemons). ERROR_PROC_NOT_FOUND
 * (127): an older server. ERROR_SUCCESS_REBOOT_REQUIRED (3010), ERROR_SUCCESS_RESTART_REQUIRED (3011): done; it counts
 * after the next start.
 *
 * Page: MprAdminServerSetInfoEx.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminServerSetInfoEx(MPR_SERVER_HANDLE hMprServer,
                                                     MPR_SERVER_SET_CONFIG_EX *pServerInfo);

/*
 * The key that a server shares with all who come in over L2TP. dwLevel is 0. *lplpbBuffer becomes an
 * MPR_CREDENTIALSEX_1 and the key in one buffer; dwSize is 0 when there is none. MprAdminBufferFree() overwrites it.
 * The library keeps no copy and writes it nowhere.
 *
 * ERROR_INVALID_PARAMETER (87): lplpbBuffer is NULL. RPC_S_INVALID_BINDING (1702): not a server's handle.
 * ERROR_NOT_SUPPORTED (50): the level, or the server tells nobody its keys, as this project's does.
 *
 * Page: MprAdminServerGetCredentials.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminServerGetCredentials(MPR_SERVER_HANDLE hMprServer, DWORD dwLevel,
                                                          LPBYTE *lplpbBuffer);

/*
 * Set that key: lpbBuffer is an MPR_CREDENTIALSEX_1, dwLevel 0. dwSize 0 deletes it. The key is the caller's, who
 * overwrites it; the library keeps no copy.
 *
 * ERROR_INVALID_PARAMETER (87): lpbBuffer is NULL, dwSize is more than 256, or there is a size and no key.
 * RPC_S_INVALID_BINDING (1702): not a server's handle. ERROR_NOT_SUPPORTED (50): the level, or the server does not let
 * its keys be set.
 *
 * Page: MprAdminServerSetCredentials.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminServerSetCredentials(MPR_SERVER_HANDLE hMprServer, DWORD dwLevel,
                                                          LPBYTE lpbBuffer);

/*
 * The kinds of devices that have ports: *lplpbBuffer becomes an array of MPR_DEVICE_0, *lpdwTotalEntries their number.
 * dwLevel is 0. There are no pages. Works in LAN-only mode.
 *
 * ERROR_INVALID_PARAMETER (87): lplpbBuffer or lpdwTotalEntries is NULL. RPC_S_INVALID_BINDING (1702): not a server's
 * handle. ERROR_NOT_SUPPORTED (50): the level.
 *
 * Page: MprAdminDeviceEnum.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminDeviceEnum(MPR_SERVER_HANDLE hMprServer, DWORD dwLevel, LPBYTE *lplpbBuffer,
                                                LPDWORD lpdwTotalEntries);

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

/*
 * List connections with all that there is to know about them, PPP and IKEv2 each with its own ProjectionInfo:
 * *ppRasConn becomes an array of RAS_CONNECTION_EX. pObjectHeader is revision 1, type
 * MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, size sizeof(RAS_CONNECTION_EX). Pages: see above; one connection more comes
 * than fits into dwPreferedMaxLen. Mind that the counts stand before the buffer here.
 *
 * ERROR_INVALID_PARAMETER (87): lpdwEntriesRead, lpdNumTotalElements or ppRasConn is NULL; or pObjectHeader is NULL or
 * wrong. RPC_S_INVALID_BINDING (1702): not a server's handle. ERROR_PROC_NOT_FOUND (127): an older server.
 * ERROR_MORE_DATA (234).
 *
 * Page: MprAdminConnectionEnumEx.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminConnectionEnumEx(RAS_SERVER_HANDLE hRasServer, PMPRAPI_OBJECT_HEADER pObjectHeader,
                                                      DWORD dwPreferedMaxLen, LPDWORD lpdwEntriesRead,
                                                      LPDWORD lpdNumTotalElements, PRAS_CONNECTION_EX *ppRasConn,
                                                      LPDWORD lpdwResumeHandle);

/*
 * One connection, into the caller's structure, whose Header says what it is (as in MprAdminConnectionEnumEx()). On
 * failure nothing is written. There is nothing to free: MprAdminBufferFree(), which the page asks for, does nothing.
 *
 * ERROR_INVALID_PARAMETER (87): pRasConnection is NULL or its header is wrong. RPC_S_INVALID_BINDING (1702): not a
 * server's handle. ERROR_INTERFACE_NOT_CONNECTED (906): no such connection, or it has ended, or it can't be one (NULL).
 * ERROR_PROC_NOT_FOUND (127): an older server.
 *
 * Page: MprAdminConnectionGetInfoEx.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminConnectionGetInfoEx(RAS_SERVER_HANDLE hRasServer, HANDLE hRasConnection,
                                                         PRAS_CONNECTION_EX pRasConnection);

/*
 * Let a client out of quarantine: the filters that hold it go away, IPv6 ones apart. fIsIpAddress FALSE: hRasConnection
 * is the connection. TRUE: it is the client's IPv4 address inside the tunnel as in_addr has it, in network byte order:
 * (HANDLE)(uintptr_t)inet_addr("10.0.0.7"). Only the low 32 bits count then.
 *
 * ERROR_INVALID_PARAMETER (87): not a server's handle, or no such client. ERROR_NOT_FOUND (1168): it is not in
 * quarantine. Of this project's server also: ERROR_NOT_SUPPORTED (50): its driver says so, but can't change it;
 * ERROR_GEN_FAILURE (31): the driver refuses; ERROR_NOT_READY (21): it is away; ERROR_TIMEOUT (1460): no answer in
 * time.
 *
 * Page: MprAdminConnectionRemoveQuarantine.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminConnectionRemoveQuarantine(HANDLE hRasServer, HANDLE hRasConnection,
                                                                BOOL fIsIpAddress);

/*
 * Tell the server of an IKEv2 connection's new outer addresses (MOBIKE): it moves to the interface dwIfIndex. Header:
 * revision 1, type MPRAPI_OBJECT_TYPE_UPDATE_CONNECTION_OBJECT, size sizeof(RAS_UPDATE_CONNECTION).
 * wszLocalEndpointAddress does not travel: the protocol has no place for it.
 *
 * ERROR_INVALID_PARAMETER (87): pRasUpdateConnection is NULL, its header is wrong, or wszRemoteEndpointAddress has no
 * end. RPC_S_INVALID_BINDING (1702): not a server's handle. ERROR_INTERFACE_NOT_CONNECTED (906): no such connection.
 * ERROR_NOT_SUPPORTED (50): it is not IKEv2, or the server leaves such moves to its IKE daemon, as this project's does.
 * ERROR_PROC_NOT_FOUND (127): an older server.
 *
 * Has no page; the prototype is in the SDK's header.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminUpdateConnection(RAS_SERVER_HANDLE hRasServer, HANDLE hRasConnection,
                                                      PRAS_UPDATE_CONNECTION pRasUpdateConnection);

/*
 * Show a text to the user of a connection whose client can do that (RAS_FLAGS_MESSENGER_PRESENT). At most 4095
 * characters; this project's server takes 4096 bytes of UTF-8, and escapes what a terminal would obey. NO_ERROR: it was
 * handed over to what shows it.
 *
 * ERROR_INVALID_PARAMETER (87): lpwszMessage is NULL or too long. RPC_S_INVALID_BINDING (1702): not a server's handle.
 * ERROR_INTERFACE_NOT_CONNECTED (906): no such connection. ERROR_NOT_SUPPORTED (50): the server has no way to do it.
 * Of this project's server also: ERROR_GEN_FAILURE (31): the driver refuses; ERROR_NOT_READY (21): it is away;
 * ERROR_TIMEOUT (1460): no answer in time, and nobody knows; ERROR_BUSY (170): too many at once.
 *
 * Page: MprAdminSendUserMessage.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminSendUserMessage(MPR_SERVER_HANDLE hMprServer, HANDLE hConnection,
                                                     LPWSTR lpwszMessage);

/* ---- domains ---- */

/*
 * The machine that has the accounts of a server or a domain: lpszPDCServer gets a name with two backslashes in front,
 * UNCLEN + 1 characters at most. This library knows of no domains, so the accounts of a server are its own, and its
 * name comes back. One of lpszDomain and lpszServer (u"\\name") may be NULL or empty.
 *
 * ERROR_INVALID_PARAMETER (87): lpszPDCServer is NULL, or nothing is given. ERROR_NO_SUCH_DOMAIN (1355): a domain is
 * given. NERR_InvalidComputer (2351): lpszServer is not two backslashes and 1 to 15 characters.
 *
 * Page: MprAdminGetPDCServer.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminGetPDCServer(LPCWSTR lpszDomain, LPCWSTR lpszServer, LPWSTR lpszPDCServer);

/*
 * Make a machine a remote access server of a domain, or ask if it is one. This library knows of no domains:
 * ERROR_NO_SUCH_DOMAIN (1355), which the pages have for a machine that belongs to none. *pbIsRasServer becomes FALSE.
 *
 * ERROR_INVALID_PARAMETER (87): pszDomain or pszMachine is NULL or empty, or pbIsRasServer is NULL.
 *
 * Pages: MprAdminEstablishDomainRasServer, MprAdminIsDomainRasServer.
 */
MPRAPI_EXPORT DWORD APIENTRY MprAdminEstablishDomainRasServer(LPWSTR pszDomain, LPWSTR pszMachine, BOOL bEnable);
MPRAPI_EXPORT DWORD APIENTRY MprAdminIsDomainRasServer(LPWSTR pszDomain, LPWSTR pszMachine, PBOOL pbIsRasServer);

/* ---- users ---- */

/*
 * A user's right to dial in, and where to call back, as lpszServer (a name as for MprAdminServerConnect(); NULL: this
 * machine) has it from where the site keeps its users: the server's own store, or a directory. lpbBuffer is the
 * caller's: a RAS_USER_0 or RAS_USER_1, for dwLevel 0, 1. It is untouched on failure. Each call has a connection of its
 * own: who has many users to read or to set takes OpenRrasUserEnum() and OpenRrasUserSet() (openrras.h).
 *
 * bfPrivilege is exactly one kind of callback, and RASPRIV_DialinPrivilege; wszPhoneNumber is where to call back. With
 * RASPRIV2_DialinPolicy in bfPrivilege2 the policy of the server decides, and RASPRIV_DialinPrivilege counts for
 * nothing. Level 0 has no place for that: getting tells as RASPRIV_DialinPrivilege what the policy has decided, and
 * setting makes it the user's own right. Setting changes a user that there is; a mistyped name makes nobody
 * (OPENRRAS_USER_CREATE of OpenRrasUserSet() does). It is never sent twice.
 *
 * Getting takes the right to view, setting that of an administrator.
 *
 *     ERROR_INVALID_PARAMETER (87)     lpszUser is NULL, empty, longer than UNLEN characters or can't be a name;
 *                                      lpbBuffer is NULL
 *     ERROR_INVALID_LEVEL (124)        dwLevel
 *     ERROR_INVALID_DATA (13)          setting only: bfPrivilege has not exactly one RASPRIV_CallbackType bit, there is
 *                                      an unknown bit, or wszPhoneNumber does not end or can't be a number
 *     ERROR_NO_SUCH_USER (1317)        nothing is kept of this user: the policy decides about him
 *     ERROR_ACCESS_DENIED (5)          the caller may not; or the server may not, in its directory
 *     ERROR_NOT_SUPPORTED (50)         the directory can't be changed from here; the server is an older one
 *     ERROR_TIMEOUT (1460), ERROR_DS_SERVER_DOWN (8250)
 *                                      the server's directory does not answer in time, or can't be reached
 *     ERROR_DS_OPERATIONS_ERROR (8224) it has answered what can't be used: two of this name, values that can't be
 *     RPC_S_SERVER_TOO_BUSY (1723)     too many calls wait for the directory, or the store is full
 *
 * and what MprAdminServerConnect() returns. Arguments are checked in the order of this list.
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
