/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RasAdmin functions of Windows NT 3.5 and 4.0, for programs that were written for them: servers and ports are
 * given by their names, and there is nothing to connect, to keep or to close. New programs are better off with
 * mprapi.h, which names sessions rather than ports.
 *
 *     RAS_PORT_0 *ports;
 *     WORD n;
 *
 *     if (RasAdminPortEnum(NULL, &ports, &n) == ERROR_SUCCESS) {
 *         for (WORD i = 0; i < n; i++)
 *             if (ports[i].Flags & USER_AUTHENTICATED && ...)
 *                 RasAdminPortDisconnect(NULL, ports[i].wszPortName);
 *         RasAdminFreeBuffer(ports);
 *     }
 *
 * Build and link with: pkg-config --cflags --libs librassapi
 *
 * NOT TOGETHER WITH MPRAPI.H. Both have RAS_PORT_0, RAS_USER_0, the conditions of ports and others, each with another
 * meaning; RAS_PORT_LISTENING is 3 there and 4 here. A source file that includes both does not compile. Nor may
 * one program be linked with librassapi and libmprapi-nt4: they have functions of the same names. (librassapi stands on
 * libmprapi, which does no harm: those two share no name.)
 *
 * SERVERS. lpszServer is NULL or u"" for this machine, or u"\\\\host", or any other name that MprAdminServerConnect()
 * in mprapi.h takes. Each call makes a connection of its own and closes it before it returns. None is kept: there is no
 * function that would close it, it would go on with the rights that the caller had when it was made, and over the
 * machine's own socket a new one costs less than the list of ports that nearly every one of these functions reads.
 *
 * PORTS. lpszPort is a port's name as RasAdminPortEnum() gives it. wszPortName has room for 15 characters, names may
 * have 16: such a name is cut in the list, and both the whole and the cut name are taken. Names are compared without
 * regard to the case of A to Z; a port whose name is equal letter by letter comes before one whose name is not. If
 * several fit, as two daemons of the same kind may name their ports alike, nothing is done and the result is
 * ERROR_DUP_NAME (52): it is not guessed who was meant.
 *
 * WHOM A NAME MEANS. A name says nothing of a session: whoever is on the port when the call begins is meant. The
 * library looks the port up, and gives its order with the handle that the port has at that moment. A handle changes
 * whenever a session begins on its port, and a server refuses an order with an earlier one. So if the session ends
 * between looking and ordering and another user takes the port, that user stays connected, and the result is
 * NERR_UserNotFound (2221). What happened between the caller's own look at the list and the call can't be known here:
 * look for the user in the list directly before the call, or use mprapi.h.
 *
 * RESULTS. Every function returns ERROR_SUCCESS or a code; there is no GetLastError(). The codes listed with a function
 * are those that it has of its own. Besides them each that talks to a server may return
 *
 *     ERROR_ACCESS_DENIED (5)          the server does not allow this to the caller, or the socket may not be opened
 *     ERROR_NOT_ENOUGH_MEMORY (8)      here; RPC_S_SERVER_OUT_OF_MEMORY (1130): there
 *     ERROR_DDM_NOT_RUNNING (903)      ports: the server routes between LANs only
 *     RPC_S_INVALID_BINDING (1702)     lpszServer is not the name of a server
 *     RPC_S_UNKNOWN_IF (1717)          something answers, but does not offer this interface
 *     RPC_S_SERVER_UNAVAILABLE (1722)  nothing answers there
 *     RPC_S_SERVER_TOO_BUSY (1723)     try later
 *     RPC_S_CALL_FAILED (1726)         connection lost, or time limit over, while the call was under way
 *     RPC_S_CALL_FAILED_DNE (1727)     the same before anything was sent
 *     RPC_S_PROTOCOL_ERROR (1728), RPC_X_BAD_STUB_DATA (1783)  the answer makes no sense
 *
 * Pointers are checked first: ERROR_INVALID_PARAMETER (87) when one for a result, lpszPort or lpszUser is NULL. On
 * failure a pointer that was to be returned is NULL, a count is 0, and the caller's structures are all zeros. Orders
 * are never sent a second time when the first may have arrived: after 1726 look whether it was carried out.
 *
 * TEXTS are UTF-16 and always end with a NUL; one that is too long for its member is cut on a whole character. CHAR
 * texts are ASCII, with ? for what is not.
 *
 * BUFFERS that are returned belong to the caller and are freed with RasAdminFreeBuffer(), one call each.
 *
 * THREADS. Any function may be called by any number of threads at once. The library starts no threads and no processes,
 * touches no signals, prints nothing and never exits. No call takes longer than 5 s to connect and 30 s for each of its
 * requests, whatever the server does: one to four requests, and sixteen when a port changes hands all the time while
 * RasAdminPortGetInfo() reads it.
 */
#ifndef OPENRRAS_RASSAPI_H
#define OPENRRAS_RASSAPI_H

#if defined(OPENRRAS_MPRAPI_H)
#error "rassapi.h and mprapi.h have the same names for different things: include one of them only"
#endif

#include "wintypes.h"
#include "winerror.h"
#include "raserror.h"
#include "mprerror.h"
#include "rassapi_codes.h"

/* Symbols of the shared library; everything else in it is hidden. */
#ifndef OPENRRAS_RASSAPI_EXPORT
#define OPENRRAS_RASSAPI_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- lengths of texts, in characters ---- */

#ifndef UNLEN
#define UNLEN 256
#endif
#ifndef CNLEN
#define CNLEN 15
#endif
#ifndef DNLEN
#define DNLEN CNLEN
#endif
#ifndef NETBIOS_NAME_LEN
#define NETBIOS_NAME_LEN 16
#endif
/* these with the NUL */
#define RASSAPI_MAX_MEDIA_NAME      16
#define RASSAPI_MAX_PORT_NAME       16
#define RASSAPI_MAX_DEVICE_NAME     128
#define RASSAPI_MAX_DEVICETYPE_NAME 16
#define RASSAPI_MAX_PARAM_KEY_SIZE  32
/* these without */
#define RASSAPI_MAX_PHONENUMBER_SIZE 128
#define RAS_IPADDRESSLEN             15
#define RAS_IPXADDRESSLEN            22
#define RAS_ATADDRESSLEN             32

typedef char CHAR, *PCHAR;

/* ---- servers ---- */

/* RasVersion */
#define RASDOWNLEVEL     10 /* LAN Manager */
#define RASADMIN_35      35 /* Windows NT 3.5 */
#define RASADMIN_CURRENT 40 /* Windows NT 4.0, and this library's own answer for every server */

typedef struct _RAS_SERVER_0 {
    WORD TotalPorts; /* 65535 also when there are more */
    WORD PortsInUse; /* likewise */
    DWORD RasVersion;
} RAS_SERVER_0, *PRAS_SERVER_0;

/*
 * How many ports a server has, and how many are in use. A server that routes between LANs only answers too: 0 and 0.
 */
OPENRRAS_RASSAPI_EXPORT DWORD APIENTRY RasAdminServerGetInfo(const WCHAR *lpszServer, PRAS_SERVER_0 pRasServer0);

/* ---- ports ---- */

/* Flags of RAS_PORT_0 */
#define USER_AUTHENTICATED 0x0001 /* a user is connected on this port */
#define MESSENGER_PRESENT  0x0002 /* who can be sent a message */
#define PPP_CLIENT         0x0004 /* over PPP */
#define GATEWAY_ACTIVE     0x0008 /* NetBIOS gateway: never set */
#define REMOTE_LISTEN      0x0010 /* of that gateway: never set */
#define PORT_MULTILINKED   0x0020 /* the connection has other ports as well */

/* A port, and who is on it: the four members of the user are empty or 0 when nobody is. */
typedef struct _RAS_PORT_0 {
    WCHAR wszPortName[RASSAPI_MAX_PORT_NAME];
    WCHAR wszDeviceType[RASSAPI_MAX_DEVICETYPE_NAME];
    WCHAR wszDeviceName[RASSAPI_MAX_DEVICE_NAME];
    WCHAR wszMediaName[RASSAPI_MAX_MEDIA_NAME];
    DWORD reserved; /* 0 */
    DWORD Flags;
    WCHAR wszUserName[UNLEN + 1];
    WCHAR wszComputer[NETBIOS_NAME_LEN]; /* the user's machine */
    /* Seconds since 1970-01-01 UTC by this machine's clock: now, less the duration that the server tells. The next look
     * at the same session may give a second more or less. */
    DWORD dwStartSessionTime;
    WCHAR wszLogonDomain[DNLEN + 1];
    BOOL fAdvancedServer; /* TRUE: the machine is a server rather than a workstation. Every one is here. */
} RAS_PORT_0, *PRAS_PORT_0;

/* LineCondition of RAS_PORT_1. In mprapi.h the same names are 0 to 6. */
#define RAS_PORT_NON_OPERATIONAL 1 /* out of order, or whatever carries its sessions is away */
#define RAS_PORT_DISCONNECTED    2 /* the session is being ended */
#define RAS_PORT_CALLING_BACK    3
#define RAS_PORT_LISTENING       4 /* free */
#define RAS_PORT_AUTHENTICATING  5
#define RAS_PORT_AUTHENTICATED   6 /* in use */
#define RAS_PORT_INITIALIZING    7

/* HardwareCondition of RAS_PORT_1. A server tells the first and the third only. */
#define RAS_MODEM_OPERATIONAL        1
#define RAS_MODEM_NOT_RESPONDING     2
#define RAS_MODEM_HARDWARE_FAILURE   3
#define RAS_MODEM_INCORRECT_RESPONSE 4
#define RAS_MODEM_UNKNOWN            5 /* something that this library does not know */

/* What the control protocols of PPP have negotiated: the client's addresses. dwError is 0, or the error that ended the
 * protocol. On a port that carries no connection each is ERROR_PORT_NOT_CONNECTED (606). */
typedef struct _RAS_PPP_NBFCP_RESULT {
    DWORD dwError;
    DWORD dwNetBiosError; /* 0: servers do not tell */
    CHAR szName[NETBIOS_NAME_LEN + 1];
    WCHAR wszWksta[NETBIOS_NAME_LEN + 1]; /* the same name */
} RAS_PPP_NBFCP_RESULT;

typedef struct _RAS_PPP_IPCP_RESULT {
    DWORD dwError;
    WCHAR wszAddress[RAS_IPADDRESSLEN + 1];
} RAS_PPP_IPCP_RESULT;

typedef struct _RAS_PPP_IPXCP_RESULT {
    DWORD dwError;
    WCHAR wszAddress[RAS_IPXADDRESSLEN + 1];
} RAS_PPP_IPXCP_RESULT;

typedef struct _RAS_PPP_ATCP_RESULT {
    DWORD dwError;
    WCHAR wszAddress[RAS_ATADDRESSLEN + 1];
} RAS_PPP_ATCP_RESULT;

typedef struct _RAS_PPP_PROJECTION_RESULT {
    RAS_PPP_NBFCP_RESULT nbf;
    RAS_PPP_IPCP_RESULT ip;
    RAS_PPP_IPXCP_RESULT ipx;
    RAS_PPP_ATCP_RESULT at;
} RAS_PPP_PROJECTION_RESULT;

/* A port in detail. */
typedef struct _RAS_PORT_1 {
    RAS_PORT_0 rasport0;
    DWORD LineCondition;     /* RAS_PORT_* */
    DWORD HardwareCondition; /* RAS_MODEM_* */
    DWORD LineSpeed;         /* bits per second, 0: not known */
    WORD NumStatistics;      /* DWORDs in a RAS_PORT_STATISTICS: 28 */
    WORD NumMediaParms;      /* 0: parameters of modems and X.25 pads, which servers no longer tell */
    DWORD SizeMediaParms;    /* 0 */
    RAS_PPP_PROJECTION_RESULT ProjResult;
} RAS_PORT_1, *PRAS_PORT_1;

/*
 * Counters: of the connection, which is all of its ports together, and of the port. All are 0 when nobody is there.
 * Traffic is seen from the server: Xmited is what went to the client. They wrap at 2^32.
 *
 * Servers tell by how many percent traffic was compressed, not what it came to. So the Uncompressed counters are equal
 * to those of bytes, and the Compressed ones are computed from them with that percentage: equal too if nothing is
 * compressed.
 */
typedef struct _RAS_PORT_STATISTICS {
    DWORD dwBytesXmited;
    DWORD dwBytesRcved;
    DWORD dwFramesXmited;
    DWORD dwFramesRcved;
    DWORD dwCrcErr;
    DWORD dwTimeoutErr;
    DWORD dwAlignmentErr;
    DWORD dwHardwareOverrunErr;
    DWORD dwFramingErr;
    DWORD dwBufferOverrunErr;
    DWORD dwBytesXmitedUncompressed;
    DWORD dwBytesRcvedUncompressed;
    DWORD dwBytesXmitedCompressed;
    DWORD dwBytesRcvedCompressed;
    DWORD dwPortBytesXmited;
    DWORD dwPortBytesRcved;
    DWORD dwPortFramesXmited;
    DWORD dwPortFramesRcved;
    DWORD dwPortCrcErr;
    DWORD dwPortTimeoutErr;
    DWORD dwPortAlignmentErr;
    DWORD dwPortHardwareOverrunErr;
    DWORD dwPortFramingErr;
    DWORD dwPortBufferOverrunErr;
    DWORD dwPortBytesXmitedUncompressed;
    DWORD dwPortBytesRcvedUncompressed;
    DWORD dwPortBytesXmitedCompressed;
    DWORD dwPortBytesRcvedCompressed;
} RAS_PORT_STATISTICS, *PRAS_PORT_STATISTICS;

/* A parameter of a port's medium. */
typedef enum _RAS_PARAMS_FORMAT { ParamNumber = 0, ParamString = 1 } RAS_PARAMS_FORMAT;

typedef union _RAS_PARAMS_VALUE {
    DWORD Number;
    struct {
        DWORD Length;
        PCHAR Data;
    } String;
} RAS_PARAMS_VALUE;

typedef struct _RAS_PARAMETERS {
    CHAR P_Key[RASSAPI_MAX_PARAM_KEY_SIZE];
    RAS_PARAMS_FORMAT P_Type;
    BYTE P_Attributes;
    RAS_PARAMS_VALUE P_Value;
} RAS_PARAMETERS, *PRAS_PARAMETERS;

/* Media of ports, of the days of modems. Not used by these functions: wszMediaName says it in words. */
#define MEDIA_UNKNOWN      0
#define MEDIA_SERIAL       1
#define MEDIA_RAS10_SERIAL 2
#define MEDIA_X25          3
#define MEDIA_ISDN         4

/*
 * List the ports of a server: *ppRasPort0 becomes an array of them, *pcEntriesRead their number, idle ones among them.
 *
 * A connection that ends while the list is read leaves a port without a user in it.
 *
 * NERR_ItemNotFound (2115): the server has no ports. ERROR_MORE_DATA (234): it has more than 65535, and the first 65535
 * are in the buffer.
 */
OPENRRAS_RASSAPI_EXPORT DWORD APIENTRY RasAdminPortEnum(const WCHAR *lpszServer, PRAS_PORT_0 *ppRasPort0,
                                                        WORD *pcEntriesRead);

/*
 * One port in detail, the counters, and the parameters of its medium, which are none: *ppRasParams becomes a buffer of
 * pRasPort1->NumMediaParms records, so of none, that is to be freed all the same. All three are of one and the same
 * session, or of nobody.
 *
 * ERROR_DEV_NOT_EXIST (55): no such port. ERROR_DUP_NAME (52): several. RPC_S_SERVER_TOO_BUSY (1723): sessions on the
 * port followed each other so quickly that no picture of one could be had.
 */
OPENRRAS_RASSAPI_EXPORT DWORD APIENTRY RasAdminPortGetInfo(const WCHAR *lpszServer, const WCHAR *lpszPort,
                                                           RAS_PORT_1 *pRasPort1, RAS_PORT_STATISTICS *pRasStats,
                                                           RAS_PARAMETERS **ppRasParams);

/*
 * Let the counters of a port start from zero again, for everybody who looks; those of its connection too, those of the
 * connection's other ports not.
 *
 * ERROR_DEV_NOT_EXIST (55): no such port. ERROR_DUP_NAME (52): several.
 */
OPENRRAS_RASSAPI_EXPORT DWORD APIENTRY RasAdminPortClearStatistics(const WCHAR *lpszServer, const WCHAR *lpszPort);

/*
 * Disconnect the session that is on a port when the call begins; nobody else, see above. A connection of several ports
 * ends when the last of them is disconnected.
 *
 * ERROR_SUCCESS means that the daemon which carries the session has taken the order (or that the session was being
 * disconnected already). The session ends a moment later: the port is listening then.
 *
 *     ERROR_INVALID_PORT (601)         no such port
 *     ERROR_DUP_NAME (52)              several
 *     NERR_UserNotFound (2221)         nobody is on the port, or who was there has gone meanwhile; nothing was done
 *     ERROR_NOT_READY (21)             whatever carries the port's sessions is away; nothing was done
 *     ERROR_GEN_FAILURE (31)           the daemon refuses
 *     ERROR_TIMEOUT (1460)             the daemon has not answered the server in time; the order stands
 *     RPC_S_CALL_FAILED (1726)         the server was lost before it answered: the order may have arrived
 */
OPENRRAS_RASSAPI_EXPORT DWORD APIENTRY RasAdminPortDisconnect(const WCHAR *lpszServer, const WCHAR *lpszPort);

/* ---- users ---- */

/* bfPrivilege: one kind of callback, and the right to dial in */
#define RASPRIV_NoCallback        0x01
#define RASPRIV_AdminSetCallback  0x02
#define RASPRIV_CallerSetCallback 0x04
#define RASPRIV_CallbackType      0x07 /* mask of the three */
#define RASPRIV_DialinPrivilege   0x08

typedef struct _RAS_USER_0 {
    BYTE bfPrivilege;
    WCHAR szPhoneNumber[RASSAPI_MAX_PHONENUMBER_SIZE + 1]; /* where to call back */
} RAS_USER_0, *PRAS_USER_0;

/*
 * The server that holds the accounts of a domain or of a server. This library knows of no domains, so the accounts of a
 * server are its own, and its name comes back. lpszUserAccountServer has room for UNCLEN + 1 = 18 characters, and is
 * empty on failure. For this machine the functions below take NULL.
 *
 * ERROR_INVALID_PARAMETER (87): lpszUserAccountServer is NULL, or lpszDomain and lpszServer are both NULL or empty.
 * ERROR_NO_SUCH_DOMAIN (1355): a domain is given. NERR_InvalidComputer (2351): lpszServer is not two backslashes and 1
 * to 15 characters.
 */
OPENRRAS_RASSAPI_EXPORT DWORD APIENTRY RasAdminGetUserAccountServer(const WCHAR *lpszDomain, const WCHAR *lpszServer,
                                                                    LPWSTR lpszUserAccountServer);

/*
 * A user's right to dial in, and where to call back, as the server has it from where its site keeps users. Of one for
 * whom the site's policy decides, RASPRIV_DialinPrivilege tells what it has decided; setting makes it his own right.
 * pRasUser0 is all zeros when RasAdminUserGetInfo() fails. Setting changes a user that there is, and is never sent
 * twice. Getting takes the right to view, setting that of an administrator.
 *
 *     ERROR_INVALID_PARAMETER (87)     pRasUser0 is NULL; lpszUser is NULL, empty, too long or can't be a name
 *     NERR_BufTooSmall (2123)          setting only: szPhoneNumber does not end with a NUL
 *     ERROR_INVALID_DATA (13)          setting only: bfPrivilege does not have exactly one RASPRIV_CallbackType bit, or
 *                                      has an unknown one
 *     ERROR_INVALID_CALLBACK_NUMBER (751)
 *                                      setting only: szPhoneNumber has characters that no number has
 *     ERROR_NO_SUCH_USER (1317)        nothing is kept of this user
 *     ERROR_ACCESS_DENIED (5)          the caller may not; or the server may not, in its directory
 *     ERROR_NOT_SUPPORTED (50)         the directory can't be changed from here, or the server is an older one
 *     ERROR_TIMEOUT (1460), ERROR_DS_SERVER_DOWN (8250)
 *                                      the server's directory does not answer in time, or can't be reached
 *     ERROR_DS_OPERATIONS_ERROR (8224) it has answered what can't be used: two of this name, values that can't be
 *     RPC_S_SERVER_TOO_BUSY (1723)     too many calls wait for the directory, or the store is full
 */
OPENRRAS_RASSAPI_EXPORT DWORD APIENTRY RasAdminUserGetInfo(const WCHAR *lpszUserAccountServer, const WCHAR *lpszUser,
                                                           PRAS_USER_0 pRasUser0);
OPENRRAS_RASSAPI_EXPORT DWORD APIENTRY RasAdminUserSetInfo(const WCHAR *lpszUserAccountServer, const WCHAR *lpszUser,
                                                           const PRAS_USER_0 pRasUser0);

/* ---- memory and texts ---- */

/*
 * Free a buffer that one of these functions has returned. ERROR_INVALID_PARAMETER (87): Pointer is NULL, was freed
 * already, or is not such a buffer; nothing happens then.
 */
OPENRRAS_RASSAPI_EXPORT DWORD APIENTRY RasAdminFreeBuffer(LPVOID Pointer);

/*
 * The English sentence for a code of raserror.h, without a line end, into a buffer of InBufSize characters (not bytes);
 * 512 are always enough.
 *
 * ERROR_INVALID_PARAMETER (87): lpszString is NULL, or ResourceId is not a code of raserror.h.
 * ERROR_INSUFFICIENT_BUFFER (122): too small; the text is empty then, if there is room for that.
 */
OPENRRAS_RASSAPI_EXPORT DWORD APIENTRY RasAdminGetErrorString(UINT ResourceId, WCHAR *lpszString, DWORD InBufSize);

/* ---- functions of an administration module ---- */

/*
 * A module that Windows NT loaded into its server had these, and the server called them. Later Windows servers do not,
 * and neither does rrasd: they are declared so that the source of such a module compiles.
 */
typedef DWORD IPADDR; /* network byte order */

BOOL APIENTRY RasAdminAcceptNewConnection(RAS_PORT_1 *pRasPort1, RAS_PORT_STATISTICS *pRasStats,
                                          RAS_PARAMETERS *pRasParams);
VOID APIENTRY RasAdminConnectionHangupNotification(RAS_PORT_1 *pRasPort1, RAS_PORT_STATISTICS *pRasStats,
                                                   RAS_PARAMETERS *pRasParams);
DWORD APIENTRY RasAdminGetIpAddressForUser(WCHAR *lpszUserName, WCHAR *lpszPortName, IPADDR *lpipAddress,
                                           BOOL *bNotifyRelease);
VOID APIENTRY RasAdminReleaseIpAddress(WCHAR *lpszUserName, WCHAR *lpszPortName, IPADDR *lpipAddress);

#ifdef __cplusplus
}
#endif

#endif
