/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What OpenRRAS adds to the functions of mprapi.h, in the same library, with the same rules for results, handles,
 * buffers and threads: connecting over a given descriptor, time limits, the reason why something failed in plain words,
 * and events; and what MS-RRASM has no words for: watching what happens, disconnecting by selection, keeping users out,
 * and the drivers' health. The latter travel over an interface of our own (docs/rrasx.md), which only OpenRRAS servers
 * have: against any other they return ERROR_NOT_SUPPORTED (50), and the caller falls back to mprapi.h.
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
 * A call may overrun its limit by an eighth, when a server sends its answer in very small portions. Connecting over TCP
 * may overrun it by more, for the library has no thread that could be left waiting: each name that is looked up in the
 * DNS has the limit for itself, and other sources of names, and KDCs that don't answer, take the time of
 * nsswitch.conf(5) and krb5.conf(5).
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

/* ---- events ---- */

/*
 * Events for MprAdminRegisterConnectionNotification(): what CreateEvent() and WaitForMultipleObjects() are on Windows.
 * An event is signalled until a wait takes the signal (auto-reset): of several threads that wait for it one goes on.
 * Whatever happens after the signal was taken signals it again, so list after the wait and nothing is missed.
 *
 * The handle is the library's: what is none, or was closed, is recognised and refused with ERROR_INVALID_HANDLE (6). An
 * event takes three descriptors, and one more for each registration; all are close-on-exec. A child of fork() can close
 * its parent's events and do nothing else with them.
 */
MPRAPI_EXPORT DWORD OpenRrasNotifyCreate(HANDLE *phEvent);

/* Also ends its registrations. Threads that wait for it, alone or among others, return with ERROR_INVALID_HANDLE (6).
 */
MPRAPI_EXPORT DWORD OpenRrasNotifyClose(HANDLE hEvent);

#define OPENRRAS_NOTIFY_WAIT_MAX 256u
#define OPENRRAS_WAIT_FOREVER    0xffffffffu

/*
 * Wait until one of the events is signalled, and take its signal. *lpdwSignalled is where it stands in phEvents: the
 * first one, if several are; all others stay signalled. It may be NULL. WAIT_TIMEOUT (258): dwWaitMs are over; 0 only
 * handles what there is to be handled now. ERROR_INVALID_PARAMETER (87): dwCount is not 1 to OPENRRAS_NOTIFY_WAIT_MAX.
 * ERROR_INVALID_HANDLE (6): one of them is not an event, or was closed while this waited; no signal is taken then.
 *
 * This is where registrations live: answers are read, questions asked and lost connections made again in here, and only
 * here. Never blocks longer than dwWaitMs, whatever the servers do. Goes on waiting after a signal handler has run. An
 * event without any registration is never signalled, but may get one from another thread.
 */
MPRAPI_EXPORT DWORD OpenRrasNotifyWait(DWORD dwCount, const HANDLE *phEvents, DWORD dwWaitMs, LPDWORD lpdwSignalled);

/*
 * For programs with a loop of their own: a descriptor that is readable (poll(), select(), epoll without EPOLLET) while
 * the event is signalled or there is something to be handled. Call OpenRrasNotifyWait() with a time of 0 then:
 * NO_ERROR is a signal, WAIT_TIMEOUT was only traffic. It stays the same until the event is closed, and belongs to the
 * library: don't read from it or close it, and take it out of your own set before OpenRrasNotifyClose().
 */
MPRAPI_EXPORT DWORD OpenRrasNotifyGetFd(HANDLE hEvent, int *pfd);

/* ---- the server ---- */

/*
 * Texts in what follows are UTF-8, never NULL, and hold no control characters that were not there before: escape them
 * before they go to a terminal. A user name that is not UTF-8 is shown with \xNN escapes.
 *
 * A user name is the daemon's, whole: "bob", "CORP\bob", "bob@corp.example". It has a domain if it has exactly one
 * backslash, with 1 to 15 UTF-16 units (DNLEN) in front of it and something behind it that does not look like an escape
 * (\xNN with digits 0-9a-f, \u{): then structures of mprapi.h have the domain in wszLogonDomain and the rest in
 * wszUserName. Any other name, also "\bob" and "a\b\c", is a user of no domain, whole, with an empty wszLogonDomain.
 *
 * Times are seconds since 1970 UTC; durations are in the unit of their name. Counters have all 64 bits, seen from the
 * server: out is to the client. Each function that gives a list gives one buffer with everything in it, to be freed
 * with MprAdminBufferFree().
 */

/* A process that wanted to be a driver and was turned away; the same again is counted. */
typedef struct OPENRRAS_REFUSED_DRIVER {
    ULONGLONG ullCount;
    LONGLONG llFirst, llLast;
    DWORD dwUid, dwPid;  /* as the kernel says; the process is that of the last time */
    const char *pszCode; /* "denied": its user may not be this driver; "busy": another process is this driver;
                          * "version", "protocol", "limit", or another one of a newer server */
    const char *pszDriver, *pszInstance; /* who it said it was; "": it did not come to that */
    const char *pszReason;               /* of the last time, in words */
} OPENRRAS_REFUSED_DRIVER;

typedef struct OPENRRAS_SERVER {
    const char *pszVersion; /* "0.1.0" */
    GUID guidRun;           /* another one each time the server starts */
    LONGLONG llStarted;
    ULONGLONG ullLastEvent;  /* number of the newest event, 0: none yet */
    ULONGLONG ullFirstEvent; /* number of the oldest that is still kept; ullLastEvent + 1: none */
    DWORD dwFeatures;        /* OPENRRAS_FEATURE_*, as far as this server has them */
    DWORD dwRights;          /* OPENRRAS_RIGHT_* of the caller */
    DWORD dwPorts, dwPortsInUse, dwConnections;
    ULONGLONG ullSessionsStarted, ullSessionsRefused, ullOrders, ullOrdersConfirmed, ullOrdersFailed;
    DWORD dwRefusedDrivers; /* since the server has started, the latest first: a bounded number, and none that was taken
                             * later. Older servers tell of none */
    OPENRRAS_REFUSED_DRIVER *pRefusedDrivers;
} OPENRRAS_SERVER;

#define OPENRRAS_FEATURE_EVENTS       0x1u
#define OPENRRAS_FEATURE_SESSIONS     0x2u
#define OPENRRAS_FEATURE_DISCONNECT   0x4u
#define OPENRRAS_FEATURE_KEEP_OUT     0x8u
#define OPENRRAS_FEATURE_DRIVERS      0x10u
#define OPENRRAS_FEATURE_FORGET_FORCE 0x20u /* OPENRRAS_FORGET_FORCE */
#define OPENRRAS_FEATURE_USERS        0x40u
#define OPENRRAS_FEATURE_QUARANTINE   0x80u
#define OPENRRAS_FEATURE_LIMITS       0x100u

#define OPENRRAS_RIGHT_VIEW           0x1u
#define OPENRRAS_RIGHT_DISCONNECT     0x2u
#define OPENRRAS_RIGHT_ADMIN          0x4u

/* Right: view, as for all that only reads. */
MPRAPI_EXPORT DWORD OpenRrasServerGetInfo(MPR_SERVER_HANDLE hMprServer, OPENRRAS_SERVER **ppServer);

/* ---- selecting ---- */

/*
 * Which sessions. All criteria that are given must hold; at least one must be given, or fAll. NULL, "" and 0 are "not
 * given". User and driver names are compared byte by byte, with what sessions show. A user without domain is meant in
 * every domain and in none: "bob" matches bob and CORP\bob; "CORP\bob" matches that one only.
 */
typedef struct OPENRRAS_SELECTOR {
    BOOL fAll;
    DWORD dwPort;       /* handle, of the session that is there now (as MprAdminPortDisconnect) */
    DWORD dwConnection; /* handle: all its links */
    const char *pszUser;
    const char *pszAddress; /* an address inside the tunnel, or a prefix: "10.8.0.7", "10.8.0.0/24", "2001:db8::/64" */
    const char *pszDriver;  /* "openvpn", or "openvpn:main" */
    const char *pszDeviceType; /* "pppoe" */
} OPENRRAS_SELECTOR;

/* ---- sessions ---- */

#define OPENRRAS_SESSION_QUARANTINED    0x1u /* its user reaches a few places only */
#define OPENRRAS_SESSION_CAN_MESSAGE    0x2u /* MprAdminSendUserMessage() reaches its user */
#define OPENRRAS_SESSION_CAN_QUARANTINE 0x4u /* its driver can put him into quarantine */

typedef struct OPENRRAS_SESSION {
    DWORD dwPort, dwConnection; /* handles; connection 0: not connected yet */
    DWORD dwCondition;          /* RAS_PORT_CONDITION */
    DWORD dwConnectSeconds;
    LONGLONG llStart;
    ULONGLONG ullLineSpeed; /* bits per second, 0: not known */
    ULONGLONG ullBytesOut, ullBytesIn, ullFramesOut, ullFramesIn;
    BOOL fFailed;       /* the last order to disconnect failed; pszLastError says why */
    DWORD dwFlags;      /* OPENRRAS_SESSION_*; older servers have none */
    ULONGLONG ullOrder; /* to disconnect it, that stands; 0: none */
    const char *pszPort, *pszDeviceType, *pszDriver, *pszInstance, *pszId;
    const char *pszUser, *pszAuth, *pszCaller, *pszClientAddress, *pszServerAddress;
    const char *pszTunnelAddress4, *pszTunnelAddress6, *pszTunnelServer4, *pszInterface, *pszBundle, *pszLastError;
} OPENRRAS_SESSION;

typedef struct OPENRRAS_SESSION_LIST {
    DWORD dwCount;
    OPENRRAS_SESSION *pSessions; /* in port order */
} OPENRRAS_SESSION_LIST;

/* Sessions that match; pSelector NULL: all. However many there are, in pages that the library puts together; the list
 * is not frozen meanwhile. An empty list is no failure. */
MPRAPI_EXPORT DWORD OpenRrasSessionEnum(MPR_SERVER_HANDLE hMprServer, const OPENRRAS_SELECTOR *pSelector,
                                        OPENRRAS_SESSION_LIST **ppList);

/* ---- watching ---- */

typedef enum OPENRRAS_EVENT_TYPE {
    OPENRRAS_EVENT_SESSION_UP = 1,
    OPENRRAS_EVENT_SESSION_CHANGED = 2, /* also: there, but not connected yet */
    OPENRRAS_EVENT_SESSION_GONE = 3,    /* or no longer known: dwOutcome */
    OPENRRAS_EVENT_CONNECTION_UP = 4,
    OPENRRAS_EVENT_CONNECTION_GONE = 5,
    OPENRRAS_EVENT_ORDER = 6,   /* a driver is asked to disconnect a session */
    OPENRRAS_EVENT_OUTCOME = 7, /* what became of it */
    OPENRRAS_EVENT_DRIVER_UP = 8,
    OPENRRAS_EVENT_DRIVER_DOWN = 9,
    OPENRRAS_EVENT_DRIVER_HEALTH = 10, /* its words have changed */
    OPENRRAS_EVENT_KEEP_OUT = 11,      /* added */
    OPENRRAS_EVENT_KEEP_OUT_END = 12,  /* lifted, or over */
    OPENRRAS_EVENT_KEPT_OUT = 13,      /* a user was turned away */
    /* A disconnect by selection has begun (dwOutcome is OPENRRAS_OUTCOME_NONE) or ended (_GONE: all are gone; else
     * _FAILED). */
    OPENRRAS_EVENT_JOB = 14,
    /* A user who may not dial in was turned away at log-on, or is to be disconnected: pszReason says why. */
    OPENRRAS_EVENT_USER_REFUSED = 15,
    OPENRRAS_EVENT_QUARANTINE = 16, /* a session was put into quarantine, or released: fQuarantined */
} OPENRRAS_EVENT_TYPE;

#define OPENRRAS_EVENT_MASK(type) (1u << (type))
#define OPENRRAS_EVENT_MASK_ALL   0xffffffffu

/* OPENRRAS_EVENT.dwOutcome */
#define OPENRRAS_OUTCOME_NONE       0u
#define OPENRRAS_OUTCOME_GONE       1u /* confirmed by the daemon */
#define OPENRRAS_OUTCOME_NO_SESSION 2u /* it was gone before the order came */
#define OPENRRAS_OUTCOME_REFUSED    3u /* by the daemon; pszReason says why */
#define OPENRRAS_OUTCOME_FAILED     4u /* not gone in time */
/* Nobody knows: its driver was forgotten with it (OPENRRAS_FORGET_FORCE). Also of OPENRRAS_EVENT_SESSION_GONE, which
 * has _NONE else: the session is no longer known to the server, but may still be up. */
#define OPENRRAS_OUTCOME_LOST 5u

/* OPENRRAS_EVENT.dwTold: did the client hear that it was disconnected? */
#define OPENRRAS_TOLD_UNKNOWN 0u
#define OPENRRAS_TOLD_YES     1u
#define OPENRRAS_TOLD_NO      2u

/* Members that do not belong to the type are 0 or "". */
typedef struct OPENRRAS_EVENT {
    ULONGLONG ullNumber; /* 1, 2, 3, ... without a gap while the server runs */
    LONGLONG llTimeMs;   /* milliseconds since 1970 */
    DWORD dwType;
    DWORD dwPort, dwConnection;
    BOOL fQuarantined; /* of OPENRRAS_EVENT_QUARANTINE */
    LONGLONG llStart;
    ULONGLONG ullBytesOut, ullBytesIn; /* of a session that is gone: its last counters */
    BOOL fCountersFinal;
    ULONGLONG ullOrder;
    DWORD dwOutcome, dwTold, dwTookMs;
    BOOL fHard;
    DWORD dwKeepOut;
    DWORD dwJob; /* that begins or ends; of an order and its outcome, the one that gave the order, 0: none did */
    const char *pszPort, *pszDeviceType, *pszDriver, *pszInstance, *pszId, *pszUser;
    const char *pszClientAddress, *pszTunnelAddress4, *pszTunnelAddress6;
    const char
        *pszReason;    /* why it ended or failed; the words of a driver's health; of an order, the administrator's */
    const char *pszBy; /* who has ordered it, or forgotten the driver: "uid 0", "alice"; "" : the server itself */
} OPENRRAS_EVENT;

typedef struct OPENRRAS_EVENT_LIST {
    GUID guidRun;
    ULONGLONG ullLast;   /* ask for those after this one next */
    ULONGLONG ullMissed; /* so many events after the one asked for had been dropped before they could be read */
    BOOL fRestarted;     /* the server is another run than was asked of: nobody knows what was missed. List anew */
    DWORD dwCount;       /* 0: the time is over */
    OPENRRAS_EVENT *pEvents;
} OPENRRAS_EVENT_LIST;

#define OPENRRAS_EVENT_WAIT_MAX_MS 60000u
#define OPENRRAS_EVENTS_MAX        1024u /* of one answer */

/*
 * What has happened since event ullAfter of the run *pRun, waiting up to dwWaitMs (at most OPENRRAS_EVENT_WAIT_MAX_MS)
 * for something to happen; 0: doesn't wait. pRun NULL: whichever run. ullAfter beyond the newest: waits for what comes
 * next, so (ULONGLONG)-1 with pRun NULL asks for the next event from now on. dwMask selects types. The server keeps a
 * bounded number of events and does not wait for slow readers: they are told how many they have missed.
 *
 * The call's own time limit is added to dwWaitMs. It occupies one of the eight connections of the handle while it
 * waits.
 */
MPRAPI_EXPORT DWORD OpenRrasEventWait(MPR_SERVER_HANDLE hMprServer, const GUID *pRun, ULONGLONG ullAfter, DWORD dwMask,
                                      DWORD dwWaitMs, OPENRRAS_EVENT_LIST **ppList);

/* ---- disconnecting by selection ---- */

#define OPENRRAS_DISCONNECT_HARD    0x1u /* leave out the polite try */
#define OPENRRAS_DISCONNECT_DRY_RUN 0x2u /* only count what matches */

#define OPENRRAS_RATE_DEFAULT       200u /* sessions a second */
#define OPENRRAS_RATE_UNLIMITED     0xffffffffu

typedef struct OPENRRAS_DISCONNECT {
    OPENRRAS_SELECTOR Selector;
    DWORD dwFlags;
    DWORD dwRate;          /* sessions a second; 0: OPENRRAS_RATE_DEFAULT */
    const char *pszReason; /* for the client, the log and the audit; NULL: none. At most 256 bytes */
    DWORD
    dwKeepOutSeconds; /* also keep the user out for so long; only with pszUser, dwPort or dwConnection. 0: don't */
} OPENRRAS_DISCONNECT;

typedef enum OPENRRAS_JOB_STATE {
    OPENRRAS_JOB_RUNNING = 1,
    OPENRRAS_JOB_DONE = 2,      /* every order has its outcome */
    OPENRRAS_JOB_CANCELLED = 3, /* no more orders were given; those that were have their outcome */
} OPENRRAS_JOB_STATE;

typedef struct OPENRRAS_FAILURE {
    DWORD dwPort;
    DWORD dwCode; /* as MprAdminPortDisconnect() would say: 21, 31, 1460, ... */
    const char *pszPort, *pszUser, *pszReason;
} OPENRRAS_FAILURE;

#define OPENRRAS_FAILURES_MAX 1000u /* kept of one job; dwFailed counts all */

typedef struct OPENRRAS_JOB {
    DWORD dwJob;
    DWORD dwState;     /* OPENRRAS_JOB_STATE */
    DWORD dwMatched;   /* sessions that matched when it began: these and no others are ended */
    DWORD dwAsked;     /* orders given so far */
    DWORD dwConfirmed; /* of these, gone; also those that had gone by themselves */
    DWORD dwFailed;
    DWORD dwKeepOut;             /* number of the keep-out that was asked for with it, 0: none */
    LONGLONG llStarted, llEnded; /* ended 0: it still runs */
    DWORD dwFailures;
    OPENRRAS_FAILURE *pFailures;
    const char *pszReason, *pszBy;
} OPENRRAS_JOB;

/*
 * Disconnect all sessions that match, in port order, dwRate a second. The sessions that match now are noted with their
 * identity: whoever comes later is not hit. Returns when it is done, or after dwWaitMs (at most
 * OPENRRAS_EVENT_WAIT_MAX_MS), with how far it has come; OpenRrasJobWait() waits on. Once begun it goes on without the
 * caller, until it is done or cancelled. The result of the job is in *ppJob, not in the return value: NO_ERROR says
 * that the server has taken it. With OPENRRAS_DISCONNECT_DRY_RUN nothing begins, dwJob is 0 and dwMatched says how
 * many.
 *
 * Right: disconnect. ERROR_INVALID_PARAMETER (87): no criterion, an address that is none, a reason that is too long, a
 * keep-out for a selection that names no user. RPC_S_SERVER_TOO_BUSY (1723): too many jobs at once. Never sent twice.
 */
MPRAPI_EXPORT DWORD OpenRrasDisconnect(MPR_SERVER_HANDLE hMprServer, const OPENRRAS_DISCONNECT *pDisconnect,
                                       DWORD dwWaitMs, OPENRRAS_JOB **ppJob);

/*
 * How far a job has come, once that differs from dwAsked and dwConfirmed + dwFailed as seen before (pSeen; NULL: don't
 * wait), or it has ended, or dwWaitMs are over. Progress is told at most ten times a second. The server remembers ended
 * jobs for ten minutes. ERROR_NOT_FOUND (1168): no such job.
 */
MPRAPI_EXPORT DWORD OpenRrasJobWait(MPR_SERVER_HANDLE hMprServer, DWORD dwJob, const OPENRRAS_JOB *pSeen,
                                    DWORD dwWaitMs, OPENRRAS_JOB **ppJob);

/* Give no more orders. What was given stands; the job ends when its last order has its outcome. Right: disconnect.
 * 1168: no such job. A job that has ended: NO_ERROR. */
MPRAPI_EXPORT DWORD OpenRrasJobCancel(MPR_SERVER_HANDLE hMprServer, DWORD dwJob);

/* ---- keeping users out ---- */

/* What one driver can do about a keep-out. */
typedef struct OPENRRAS_KEEP_OUT_DRIVER {
    BOOL fRefuses; /* it turns the user away at log-on; else the server ends his sessions as they come */
    const char *pszDriver, *pszInstance;
    const char *pszText; /* how, or why it can't */
} OPENRRAS_KEEP_OUT_DRIVER;

typedef struct OPENRRAS_KEEP_OUT {
    DWORD dwKeepOut; /* its number */
    LONGLONG llSince, llUntil;
    ULONGLONG ullTurnedAway; /* so many attempts to come back were refused at log-on or ended on arrival */
    LONGLONG llLastAttempt;  /* 0: none */
    DWORD dwDrivers;
    OPENRRAS_KEEP_OUT_DRIVER *pDrivers; /* those that are there now and that it is meant for */
    const char *pszUser;
    const char *pszDriver; /* only sessions of this driver ("openvpn" or "openvpn:main"); "": of any */
    const char *pszReason, *pszBy;
} OPENRRAS_KEEP_OUT;

typedef struct OPENRRAS_KEEP_OUT_LIST {
    DWORD dwCount;
    OPENRRAS_KEEP_OUT *pKeepOuts; /* oldest first */
} OPENRRAS_KEEP_OUT_LIST;

#define OPENRRAS_KEEP_OUT_MAX_SECONDS 31622400u /* 366 days */

/*
 * From now on, for so many seconds, this user is refused: at log-on where the daemon can do that, else by being
 * disconnected on arrival. Sessions that are there already are left alone: see OPENRRAS_DISCONNECT.dwKeepOutSeconds. It
 * survives restarts of the server. The same user and driver again: the end and reason are replaced, the number stays.
 * A user without domain is kept out in every domain, as a selector means him. lpdwKeepOut, which gets the number, may
 * be NULL. Right: disconnect. 87: no user, or seconds out of range. 1723: there are too many, or too many that could
 * not be stored yet (a full disk).
 */
MPRAPI_EXPORT DWORD OpenRrasKeepOutAdd(MPR_SERVER_HANDLE hMprServer, const char *pszUser, const char *pszDriver,
                                       DWORD dwSeconds, const char *pszReason, LPDWORD lpdwKeepOut);
MPRAPI_EXPORT DWORD OpenRrasKeepOutEnum(MPR_SERVER_HANDLE hMprServer, OPENRRAS_KEEP_OUT_LIST **ppList);
/* Right: disconnect. 1168: there is none with this number. */
MPRAPI_EXPORT DWORD OpenRrasKeepOutRemove(MPR_SERVER_HANDLE hMprServer, DWORD dwKeepOut);

/* ---- drivers ---- */

typedef enum OPENRRAS_DRIVER_STATE {
    OPENRRAS_DRIVER_AWAY = 1,     /* no driver is there */
    OPENRRAS_DRIVER_DOWN = 2,     /* it is there, but can't reach its daemon; pszText says why */
    OPENRRAS_DRIVER_DEGRADED = 3, /* it works, but not everything can be seen or done */
    OPENRRAS_DRIVER_STARTING = 4, /* it has not yet told all its sessions */
    OPENRRAS_DRIVER_UP = 5,
} OPENRRAS_DRIVER_STATE;

/* What a driver can do. */
#define OPENRRAS_CAN_DISCONNECT 0x1u
#define OPENRRAS_CAN_HARD       0x2u
#define OPENRRAS_CAN_STATS      0x4u
#define OPENRRAS_CAN_MESSAGE    0x8u
#define OPENRRAS_CAN_KEEP_OUT   0x10u
#define OPENRRAS_CAN_LIMIT      0x20u /* turns clients away while there are as many as their device type may have */
#define OPENRRAS_CAN_ADMISSION  0x40u /* asks at log-on whether the user may dial in */
#define OPENRRAS_CAN_QUARANTINE 0x80u /* lets users reach a few places only */

typedef struct OPENRRAS_DRIVER {
    DWORD dwState; /* OPENRRAS_DRIVER_STATE */
    BOOL fSession; /* each session has a process of its own (pppd); the numbers are of the whole pool */
    DWORD dwCapabilities;
    DWORD dwPid, dwUid;     /* of the driver, 0: away; of a pool, of the last that came */
    LONGLONG llSince;       /* in this state */
    LONGLONG llLastContact; /* something was heard of it last; 0: never */
    LONGLONG llLastError;   /* 0: never */
    DWORD dwPorts, dwPortsInUse;
    ULONGLONG ullConnections; /* how often a driver process has connected */
    ULONGLONG ullProtocolErrors, ullHung, ullSessionsStarted, ullSessionsRefused, ullOrders, ullOrdersConfirmed,
        ullOrdersFailed;
    const char *pszDriver, *pszInstance, *pszDeviceType, *pszDeviceName;
    const char *pszText;      /* about the present state, or "" */
    const char *pszLastError; /* the last trouble that it told, or that there was with it, or "" */
} OPENRRAS_DRIVER;

typedef struct OPENRRAS_DRIVER_LIST {
    DWORD dwCount;
    OPENRRAS_DRIVER *pDrivers;
} OPENRRAS_DRIVER_LIST;

MPRAPI_EXPORT DWORD OpenRrasDriverEnum(MPR_SERVER_HANDLE hMprServer, OPENRRAS_DRIVER_LIST **ppList);

/* Forget a driver that is away and has no session any more: its ports are not listed any longer. It may come back as a
 * new one. Right: administrator. ERROR_NOT_FOUND (1168): there is none. ERROR_BUSY (170): it is there, or has sessions.
 */
MPRAPI_EXPORT DWORD OpenRrasDriverForget(MPR_SERVER_HANDLE hMprServer, const char *pszDriver, const char *pszInstance);

#define OPENRRAS_FORGET_FORCE 0x1u /* also if it still has sessions */

/*
 * As OpenRrasDriverForget(), with flags. A driver that went away while it had sessions keeps them in the server's books
 * until it comes back and says what became of them. OPENRRAS_FORGET_FORCE is for one that never will: its sessions are
 * forgotten with it, *lpdwSessions of them (NULL: the caller does not want to know). Nothing is done to them. Whether
 * they are still up only their daemon knows, and nobody sees or disconnects them from here any more. Each has its
 * OPENRRAS_EVENT_SESSION_GONE, and each order that stood for one its OPENRRAS_EVENT_OUTCOME, with
 * OPENRRAS_OUTCOME_LOST; in a job it is a failure with the code 21. If the driver comes back after all, what it tells
 * are new sessions.
 *
 * Right: administrator. ERROR_BUSY (170): the driver is there, which no flag changes; without OPENRRAS_FORGET_FORCE
 * also: it has sessions. ERROR_NOT_FOUND (1168): there is none. ERROR_NOT_SUPPORTED (50): OPENRRAS_FORGET_FORCE, and
 * the server is an older one (no OPENRRAS_FEATURE_FORGET_FORCE); nothing was done. ERROR_INVALID_PARAMETER (87):
 * another flag. Never sent twice.
 */
MPRAPI_EXPORT DWORD OpenRrasDriverForgetEx(MPR_SERVER_HANDLE hMprServer, const char *pszDriver, const char *pszInstance,
                                           DWORD dwFlags, LPDWORD lpdwSessions);

/* ---- users ---- */

/*
 * What the site keeps of a user, in the server's own store or in a directory: rrasd.conf(5), [users].
 * MprAdminUserGetInfo() and MprAdminUserSetInfo() are the same for a name in UTF-16 and without a handle.
 */
typedef struct OPENRRAS_USER {
    const char *pszUser;   /* whole, as the source has it */
    BOOL fPermitted;       /* he may dial in */
    BOOL fByPolicy;        /* the site's policy decides about that; fPermitted counts for nothing */
    DWORD dwCallback;      /* RASPRIV_NoCallback, RASPRIV_AdminSetCallback or RASPRIV_CallerSetCallback */
    const char *pszNumber; /* where to call back; "": none. At most MAX_PHONE_NUMBER_LEN UTF-16 units */
    BOOL fAdmitted;        /* what comes of it now: he may dial in. Only told, and not looked at when it is set */
} OPENRRAS_USER;

typedef struct OPENRRAS_USER_LIST {
    DWORD dwCount;
    OPENRRAS_USER *pUsers; /* by name, byte by byte */
} OPENRRAS_USER_LIST;

/*
 * Right: view. The names are compared as the source compares them; the server's own store does it byte by byte, so
 * CORP\bob and bob are two.
 *
 * In all four: ERROR_ACCESS_DENIED (5) also when the server may not do that in its directory. ERROR_NOT_SUPPORTED (50):
 * the source can't be written, or listed; or the server is an older one. ERROR_INVALID_PARAMETER (87): a name or
 * setting that can't be. ERROR_NO_SUCH_USER (1317). ERROR_TIMEOUT (1460) and ERROR_DS_SERVER_DOWN (8250): the directory
 * does not answer, or can't be reached; ERROR_DS_OPERATIONS_ERROR (8224): it has answered what can't be
 * used, two of this name or values that can't be; the server's log says more of these. RPC_S_SERVER_TOO_BUSY (1723):
 * too many wait for the source, or there is no room for one more user.
 */
MPRAPI_EXPORT DWORD OpenRrasUserGet(MPR_SERVER_HANDLE hMprServer, const char *pszUser, OPENRRAS_USER **ppUser);
/* However many there are. A directory may refuse to be listed (50). */
MPRAPI_EXPORT DWORD OpenRrasUserEnum(MPR_SERVER_HANDLE hMprServer, OPENRRAS_USER_LIST **ppList);

#define OPENRRAS_USER_CREATE 0x1u /* also one of whom nothing is kept yet; else that is ERROR_NO_SUCH_USER */

/*
 * All members of pUser at once. It is kept before this returns, and over a crash. Where the site wants it ([users]
 * end_sessions), live sessions of a user who may not dial in any more are ended. Right: administrator. Never sent
 * twice.
 */
MPRAPI_EXPORT DWORD OpenRrasUserSet(MPR_SERVER_HANDLE hMprServer, const OPENRRAS_USER *pUser, DWORD dwFlags);
/* Nothing is kept of this user any more: the policy decides about him. Right: administrator. Never sent twice. */
MPRAPI_EXPORT DWORD OpenRrasUserRemove(MPR_SERVER_HANDLE hMprServer, const char *pszUser);

/* ---- quarantine ---- */

/*
 * Let the user of a connection reach a few places only, or (fOn FALSE) everything again, as the site's rules have it.
 * Which places those are the driver's configuration says. NO_ERROR: the driver has done it for every link of the
 * connection. What it is now is in OPENRRAS_SESSION.dwFlags, and in rasQuarState of the structures of mprapi.h. It ends
 * with the session, and outlives restarts of the server. The site's own rules may put users into quarantine as they
 * come; MprAdminConnectionRemoveQuarantine() releases by handle or address.
 *
 * Right: administrator. ERROR_INTERFACE_NOT_CONNECTED (906): no such connection. ERROR_NOT_FOUND (1168): to be
 * released, and not in quarantine. ERROR_NOT_SUPPORTED (50): the driver of a link can't filter, or the server is an
 * older one; nothing was done. ERROR_GEN_FAILURE (31): the driver refuses. ERROR_NOT_READY (21): it is away.
 * ERROR_TIMEOUT (1460): no answer in time; the session's flags tell. Never sent twice.
 */
MPRAPI_EXPORT DWORD OpenRrasQuarantineSet(MPR_SERVER_HANDLE hMprServer, DWORD dwConnection, BOOL fOn);

/* ---- limits of ports ---- */

/* How many ports a type of device may have, all its drivers together. */
typedef struct OPENRRAS_PORT_LIMIT {
    DWORD dwPorts;
    DWORD dwUse;   /* MPR_ENABLE_RAS_ON_DEVICE, MPR_ENABLE_ROUTING_ON_DEVICE; without the first no user may come */
    DWORD dwInUse; /* sessions of this type now; may be more than dwPorts */
    const char *pszDeviceType; /* "l2tp" */
} OPENRRAS_PORT_LIMIT;

typedef struct OPENRRAS_PORT_LIMIT_LIST {
    DWORD dwCount;
    OPENRRAS_PORT_LIMIT *pLimits;
} OPENRRAS_PORT_LIMIT_LIST;

/* The types that have a limit: set here, or by MprAdminServerSetInfo() and MprAdminServerSetInfoEx(). */
MPRAPI_EXPORT DWORD OpenRrasLimitEnum(MPR_SERVER_HANDLE hMprServer, OPENRRAS_PORT_LIMIT_LIST **ppList);

/*
 * The same for any type of device ("openvpn"), or dwPorts 0: the type has no limit any more. It is stored first, and
 * never ends a session: *lpdwAbove (or NULL) is how many there are more than that, which go on until they end by
 * themselves.
 *
 * Right: administrator. ERROR_INVALID_PARAMETER (87): no type that a driver can have, or more ports than the server has
 * at all. ERROR_NOT_FOUND (1168): it had no limit. ERROR_BUSY (170): too many changes at once. RPC_S_SERVER_TOO_BUSY
 * (1723): 64 other types have a limit. ERROR_NOT_SUPPORTED (50): an older server. Never sent twice.
 */
MPRAPI_EXPORT DWORD OpenRrasLimitSet(MPR_SERVER_HANDLE hMprServer, const char *pszDeviceType, DWORD dwPorts,
                                     DWORD dwUse, LPDWORD lpdwAbove);

#ifdef __cplusplus
}
#endif

#endif
