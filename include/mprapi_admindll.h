/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part of mprapi.h: the functions of a RAS administration DLL, a plug-in of the server that accepts or refuses users,
 * chooses their addresses and keeps account of sessions. This is what Windows declares, with its rules; the rrasd of
 * this version does not load plug-ins.
 *
 * The server calls MprAdminInitializeDllEx() of the plug-in with a table for it to fill in. Structures that a function
 * gets belong to the server and are good during the call only. Calls are not made at the same time, with one exception:
 * the four functions about addresses may run while one of the others does. None of them may call a function of
 * mprapi.h: on Windows that call never returns.
 *
 * The order for one user: address, new connection, new link (for each of the links), link gone (for each), connection
 * gone, address released.
 */
#ifndef OPENRRAS_MPRAPI_ADMINDLL_H
#define OPENRRAS_MPRAPI_ADMINDLL_H

#include "mprapi_base.h"
#include "mprapi_sessions.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- addresses. One plug-in chooses them: the first that has these functions ---- */

/*
 * Which IPv4 address a user gets. *lpdwIpAddress is what the server would give, or 0, and becomes what the user gets;
 * in network byte order. *bNotifyRelease TRUE: tell when the user has left. Any result but NO_ERROR ends the
 * connection; so does an address of 0.
 */
typedef DWORD(APIENTRY *PMPRADMINGETIPADDRESSFORUSER)(WCHAR *lpwszUserName, WCHAR *lpwszPortName, DWORD *lpdwIpAddress,
                                                      BOOL *bNotifyRelease);
typedef VOID(APIENTRY *PMPRADMINRELEASEIPADRESS)(WCHAR *lpszUserName, WCHAR *lpszPortName, DWORD *lpdwIpAddress);

/* The same for IPv6. Only the last 64 bits, the interface identifier, count. */
typedef DWORD(APIENTRY *PMPRADMINGETIPV6ADDRESSFORUSER)(WCHAR *lpwszUserName, WCHAR *lpwszPortName,
                                                        IN6_ADDR *lpdwIpv6Address, BOOL *bNotifyRelease);
typedef VOID(APIENTRY *PMPRADMINRELEASEIPV6ADDRESSFORUSER)(WCHAR *lpszUserName, WCHAR *lpszPortName,
                                                           IN6_ADDR *lpdwIpv6Address);

/* ---- connections and links ---- */

/*
 * A user has proved who he is. TRUE: he may come in, FALSE: not. A user comes in when every plug-in says TRUE. The
 * server calls one of the four, depending on which a plug-in has.
 */
typedef BOOL(APIENTRY *PMPRADMINACCEPTNEWCONNECTION)(RAS_CONNECTION_0 *pRasConnection0,
                                                     RAS_CONNECTION_1 *pRasConnection1);
typedef BOOL(APIENTRY *PMPRADMINACCEPTNEWCONNECTION2)(RAS_CONNECTION_0 *pRasConnection0,
                                                      RAS_CONNECTION_1 *pRasConnection1,
                                                      RAS_CONNECTION_2 *pRasConnection2);
typedef BOOL(APIENTRY *PMPRADMINACCEPTNEWCONNECTION3)(RAS_CONNECTION_0 *pRasConnection0,
                                                      RAS_CONNECTION_1 *pRasConnection1,
                                                      RAS_CONNECTION_2 *pRasConnection2,
                                                      RAS_CONNECTION_3 *pRasConnection3);
typedef BOOL(APIENTRY *PMPRADMINACCEPTNEWCONNECTIONEX)(RAS_CONNECTION_EX *pRasConnection);

/* A link of a connection is up, the first too. FALSE: drop this link, and with the only link the connection. */
typedef BOOL(APIENTRY *PMPRADMINACCEPTNEWLINK)(RAS_PORT_0 *pRasPort0, RAS_PORT_1 *pRasPort1);

/* A link is gone; counters are the last ones. */
typedef VOID(APIENTRY *PMPRADMINLINKHANGUPNOTIFICATION)(RAS_PORT_0 *pRasPort0, RAS_PORT_1 *pRasPort1);

/* A connection is gone, after its last link. */
typedef VOID(APIENTRY *PMPRADMINCONNECTIONHANGUPNOTIFICATION)(RAS_CONNECTION_0 *pRasConnection0,
                                                              RAS_CONNECTION_1 *pRasConnection1);
typedef VOID(APIENTRY *PMPRADMINCONNECTIONHANGUPNOTIFICATION2)(RAS_CONNECTION_0 *pRasConnection0,
                                                               RAS_CONNECTION_1 *pRasConnection1,
                                                               RAS_CONNECTION_2 *pRasConnection2);
/* (A header of Windows takes the last argument of this one by value; that is an error there.) */
typedef VOID(APIENTRY *PMPRADMINCONNECTIONHANGUPNOTIFICATION3)(RAS_CONNECTION_0 *pRasConnection0,
                                                               RAS_CONNECTION_1 *pRasConnection1,
                                                               RAS_CONNECTION_2 *pRasConnection2,
                                                               RAS_CONNECTION_3 *pRasConnection3);
typedef VOID(APIENTRY *PMPRADMINCONNECTIONHANGUPNOTIFICATIONEX)(RAS_CONNECTION_EX *pRasConnection);

/* The quarantine of a connection has changed: its rasQuarState is the new one. TRUE: it may stay. */
typedef BOOL(APIENTRY *PMPRADMINACCEPTREAUTHENTICATION)(RAS_CONNECTION_0 *pRasConnection0,
                                                        RAS_CONNECTION_1 *pRasConnection1,
                                                        RAS_CONNECTION_2 *pRasConnection2,
                                                        RAS_CONNECTION_3 *pRasConnection3);
typedef BOOL(APIENTRY *PMPRADMINACCEPTREAUTHENTICATIONEX)(RAS_CONNECTION_EX *pRasConnection);

/* An IKEv2 client has moved to another outer address, which is in the structure. TRUE: it may stay. */
typedef BOOL(APIENTRY *PMPRADMINACCEPTTUNNELENDPOINTCHANGEEX)(RAS_CONNECTION_EX *pRasConnection);

/*
 * An SSTP client wants to come in without the authentication of PPP. Header: revision 1, type
 * MPRAPI_OBJECT_TYPE_AUTH_VALIDATION_OBJECT. The structure is as long as AuthInfoSize says.
 */
typedef struct _AUTH_VALIDATION_EX {
    MPRAPI_OBJECT_HEADER Header;
    HANDLE hRasConnection;
    WCHAR wszUserName[UNLEN + 1];
    WCHAR wszLogonDomain[DNLEN + 1];
    DWORD AuthInfoSize; /* bytes of AuthInfo */
    BYTE AuthInfo[1];   /* what the client has sent: AuthInfoSize bytes, not one */
} AUTH_VALIDATION_EX, *PAUTH_VALIDATION_EX;

/* the result of it */
#define DO_NOT_ALLOW_NO_AUTH 0 /* no: it has to authenticate */
#define ALLOW_NO_AUTH        1

typedef DWORD(APIENTRY *PMPRADMINRASVALIDATEPREAUTHENTICATEDCONNECTIONEX)(AUTH_VALIDATION_EX *pAuthValidation);

/* ---- the plug-in itself ---- */

/* The server stops. The result does not matter. */
typedef DWORD(APIENTRY *PMPRADMINTERMINATEDLL)(VOID);

/* MPRAPI_ADMIN_DLL_CALLBACKS.revision */
#define MPRAPI_ADMIN_DLL_VERSION_1 0x1 /* without the functions that take an ..._EX */
#define MPRAPI_ADMIN_DLL_VERSION_2 0x2

/* The functions that a plug-in has, NULL: it has not. Each pair (get and release, new and gone) is there or is not. */
typedef struct _MPRAPI_ADMIN_DLL_CALLBACKS {
    UCHAR revision;
    PMPRADMINGETIPADDRESSFORUSER lpfnMprAdminGetIpAddressForUser;
    PMPRADMINRELEASEIPADRESS lpfnMprAdminReleaseIpAddress;
    PMPRADMINGETIPV6ADDRESSFORUSER lpfnMprAdminGetIpv6AddressForUser;
    PMPRADMINRELEASEIPV6ADDRESSFORUSER lpfnMprAdminReleaseIpV6AddressForUser;
    PMPRADMINACCEPTNEWLINK lpfnRasAdminAcceptNewLink;
    PMPRADMINLINKHANGUPNOTIFICATION lpfnRasAdminLinkHangupNotification;
    PMPRADMINTERMINATEDLL lpfnRasAdminTerminateDll;
    PMPRADMINACCEPTNEWCONNECTIONEX lpfnRasAdminAcceptNewConnectionEx;
    PMPRADMINACCEPTTUNNELENDPOINTCHANGEEX lpfnRasAdminAcceptEndpointChangeEx;
    PMPRADMINACCEPTREAUTHENTICATIONEX lpfnRasAdminAcceptReauthenticationEx;
    PMPRADMINCONNECTIONHANGUPNOTIFICATIONEX lpfnRasAdminConnectionHangupNotificationEx;
    PMPRADMINRASVALIDATEPREAUTHENTICATEDCONNECTIONEX lpfnRASValidatePreAuthenticatedConnectionEx;
} MPRAPI_ADMIN_DLL_CALLBACKS, *PMPRAPI_ADMIN_DLL_CALLBACKS;

#ifdef __cplusplus
}
#endif

#endif
