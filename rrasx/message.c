/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of messages. docs/rrasx.md has the same in words. */
#include "rrasx/message.h"

/* The place of a member, which must have that size: a compile-time error else. */
#define AT(type, member, bytes)                                                                                        \
    (offsetof(type, member) + 0 * sizeof(char[sizeof(((type *)0)->member) == (bytes) ? 1 : -1]))
#define ALSO(type, member) offsetof(type, member)

#define BOOLEAN(tag, name, type, member)                                                                               \
    {                                                                                                                  \
        tag, RRASX_BOOL, name, 0, AT(type, member, 4), RRASX_NOWHERE, NULL                                             \
    }
#define U32(tag, name, type, member)                                                                                   \
    {                                                                                                                  \
        tag, RRASX_U32, name, 0, AT(type, member, 4), RRASX_NOWHERE, NULL                                              \
    }
#define U64(tag, name, type, member)                                                                                   \
    {                                                                                                                  \
        tag, RRASX_U64, name, 0, AT(type, member, 8), RRASX_NOWHERE, NULL                                              \
    }
#define I64(tag, name, type, member)                                                                                   \
    {                                                                                                                  \
        tag, RRASX_I64, name, 0, AT(type, member, 8), RRASX_NOWHERE, NULL                                              \
    }
#define TEXT(tag, name, limit, type, member)                                                                           \
    {                                                                                                                  \
        tag, RRASX_TEXT, name, limit, AT(type, member, sizeof(char *)), RRASX_NOWHERE, NULL                            \
    }
#define UUID(tag, name, type, member)                                                                                  \
    {                                                                                                                  \
        tag, RRASX_GUID, name, 0, AT(type, member, 16), RRASX_NOWHERE, NULL                                            \
    }
#define UUID_IF(tag, name, type, member, has)                                                                          \
    {                                                                                                                  \
        tag, RRASX_GUID, name, 0, AT(type, member, 16), ALSO(type, has), NULL                                          \
    }
#define RECORD(tag, name, of, type, member)                                                                            \
    {                                                                                                                  \
        tag, RRASX_RECORD, name, 0, ALSO(type, member), RRASX_NOWHERE, of                                              \
    }
#define RECORD_IF(tag, name, of, type, member, has)                                                                    \
    {                                                                                                                  \
        tag, RRASX_RECORD, name, 0, ALSO(type, member), ALSO(type, has), of                                            \
    }
#define LIST(tag, name, limit, of, type, member, count)                                                                \
    {                                                                                                                  \
        tag, RRASX_LIST, name, limit, AT(type, member, sizeof(void *)), AT(type, count, 4), of                         \
    }

#define MESSAGE(var, name, type)                                                                                       \
    const struct rrasx_message var = {name, var##_attrs, sizeof var##_attrs / sizeof var##_attrs[0], sizeof(type)}

const struct rrasx_message rrasx_nothing = {"nothing", NULL, 0, 0};

/* clang-format off */

/* ---- the server ---- */

#define T OPENRRAS_REFUSED_DRIVER
static const struct rrasx_attr rrasx_refused_driver_attrs[] = {
    U64(1, "count", T, ullCount),
    I64(2, "first", T, llFirst),
    I64(3, "last", T, llLast),
    U32(4, "uid", T, dwUid),
    U32(5, "pid", T, dwPid),
    TEXT(6, "code", RRASX_NAME_MAX, T, pszCode),
    TEXT(7, "driver", RRASX_NAME_MAX, T, pszDriver),
    TEXT(8, "instance", RRASX_NAME_MAX, T, pszInstance),
    TEXT(9, "reason", RRASX_TEXT_MAX, T, pszReason),
};
MESSAGE(rrasx_refused_driver, "refused-driver", T);
#undef T

#define T OPENRRAS_SERVER
static const struct rrasx_attr rrasx_server_attrs[] = {
    TEXT(1, "version", RRASX_NAME_MAX, T, pszVersion),
    UUID(2, "run", T, guidRun),
    I64(3, "started", T, llStarted),
    U64(4, "last-event", T, ullLastEvent),
    U64(5, "first-event", T, ullFirstEvent),
    U32(6, "features", T, dwFeatures),
    U32(7, "rights", T, dwRights),
    U32(8, "ports", T, dwPorts),
    U32(9, "ports-in-use", T, dwPortsInUse),
    U32(10, "connections", T, dwConnections),
    U64(11, "sessions-started", T, ullSessionsStarted),
    U64(12, "sessions-refused", T, ullSessionsRefused),
    U64(13, "orders", T, ullOrders),
    U64(14, "orders-confirmed", T, ullOrdersConfirmed),
    U64(15, "orders-failed", T, ullOrdersFailed),
    LIST(16, "refused-driver", RRASX_REFUSED_MAX, &rrasx_refused_driver, T, pRefusedDrivers, dwRefusedDrivers),
};
MESSAGE(rrasx_server, "server", T);
#undef T

/* ---- sessions ---- */

#define T OPENRRAS_SELECTOR
static const struct rrasx_attr rrasx_selector_attrs[] = {
    BOOLEAN(1, "all", T, fAll),
    U32(2, "port", T, dwPort),
    U32(3, "connection", T, dwConnection),
    TEXT(4, "user", RRASX_USER_MAX, T, pszUser),
    TEXT(5, "address", RRASX_NAME_MAX, T, pszAddress),
    TEXT(6, "driver", RRASX_ID_MAX, T, pszDriver),
    TEXT(7, "device-type", RRASX_NAME_MAX, T, pszDeviceType),
};
MESSAGE(rrasx_selector, "selector", T);
#undef T

#define T struct rrasx_session_request
static const struct rrasx_attr rrasx_session_request_attrs[] = {
    RECORD_IF(1, "selector", &rrasx_selector, T, selector, has_selector),
    U32(2, "after", T, after),
};
MESSAGE(rrasx_session_request, "session-request", T);
#undef T

#define T OPENRRAS_SESSION
static const struct rrasx_attr rrasx_session_attrs[] = {
    U32(1, "port", T, dwPort),
    U32(2, "connection", T, dwConnection),
    U32(3, "condition", T, dwCondition),
    U32(4, "connect-seconds", T, dwConnectSeconds),
    I64(5, "start", T, llStart),
    U64(6, "line-speed", T, ullLineSpeed),
    U64(7, "bytes-out", T, ullBytesOut),
    U64(8, "bytes-in", T, ullBytesIn),
    U64(9, "frames-out", T, ullFramesOut),
    U64(10, "frames-in", T, ullFramesIn),
    BOOLEAN(11, "failed", T, fFailed),
    U64(12, "order", T, ullOrder),
    TEXT(13, "port-name", RRASX_NAME_MAX, T, pszPort),
    TEXT(14, "device-type", RRASX_NAME_MAX, T, pszDeviceType),
    TEXT(15, "driver", RRASX_NAME_MAX, T, pszDriver),
    TEXT(16, "instance", RRASX_NAME_MAX, T, pszInstance),
    TEXT(17, "id", RRASX_ID_MAX, T, pszId),
    TEXT(18, "user", RRASX_USER_MAX, T, pszUser),
    TEXT(19, "auth", RRASX_TEXT_MAX, T, pszAuth),
    TEXT(20, "caller", RRASX_TEXT_MAX, T, pszCaller),
    TEXT(21, "client-address", RRASX_TEXT_MAX, T, pszClientAddress),
    TEXT(22, "server-address", RRASX_TEXT_MAX, T, pszServerAddress),
    TEXT(23, "tunnel-address4", RRASX_TEXT_MAX, T, pszTunnelAddress4),
    TEXT(24, "tunnel-address6", RRASX_TEXT_MAX, T, pszTunnelAddress6),
    TEXT(25, "tunnel-server4", RRASX_TEXT_MAX, T, pszTunnelServer4),
    TEXT(26, "interface", RRASX_TEXT_MAX, T, pszInterface),
    TEXT(27, "bundle", RRASX_TEXT_MAX, T, pszBundle),
    TEXT(28, "last-error", RRASX_TEXT_MAX, T, pszLastError),
    U32(29, "flags", T, dwFlags),
};
MESSAGE(rrasx_session, "session", T);
#undef T

#define T struct rrasx_sessions
static const struct rrasx_attr rrasx_sessions_attrs[] = {
    LIST(RRASX_TAG_ITEM, "session", RRASX_PAGE_ITEMS, &rrasx_session, T, list.pSessions, list.dwCount),
    U32(RRASX_TAG_NEXT, "next", T, next),
};
MESSAGE(rrasx_sessions, "sessions", T);
#undef T

/* ---- events ---- */

#define T struct rrasx_event_request
static const struct rrasx_attr rrasx_event_request_attrs[] = {
    UUID_IF(1, "run", T, run, has_run),
    U64(2, "after", T, after),
    U32(3, "mask", T, mask),
    U32(4, "wait-ms", T, wait_ms),
    BOOLEAN(5, "newest", T, newest),
    U32(6, "gather-ms", T, gather_ms),
};
MESSAGE(rrasx_event_request, "event-request", T);
#undef T

#define T OPENRRAS_EVENT
static const struct rrasx_attr rrasx_event_attrs[] = {
    U64(1, "number", T, ullNumber),
    I64(2, "time-ms", T, llTimeMs),
    U32(3, "type", T, dwType),
    U32(4, "port", T, dwPort),
    U32(5, "connection", T, dwConnection),
    I64(6, "start", T, llStart),
    U64(7, "bytes-out", T, ullBytesOut),
    U64(8, "bytes-in", T, ullBytesIn),
    BOOLEAN(9, "counters-final", T, fCountersFinal),
    U64(10, "order", T, ullOrder),
    U32(11, "outcome", T, dwOutcome),
    U32(12, "told", T, dwTold),
    U32(13, "took-ms", T, dwTookMs),
    BOOLEAN(14, "hard", T, fHard),
    U32(15, "keep-out", T, dwKeepOut),
    U32(16, "job", T, dwJob),
    TEXT(17, "port-name", RRASX_NAME_MAX, T, pszPort),
    TEXT(18, "device-type", RRASX_NAME_MAX, T, pszDeviceType),
    TEXT(19, "driver", RRASX_NAME_MAX, T, pszDriver),
    TEXT(20, "instance", RRASX_NAME_MAX, T, pszInstance),
    TEXT(21, "id", RRASX_ID_MAX, T, pszId),
    TEXT(22, "user", RRASX_USER_MAX, T, pszUser),
    TEXT(23, "client-address", RRASX_TEXT_MAX, T, pszClientAddress),
    TEXT(24, "tunnel-address4", RRASX_TEXT_MAX, T, pszTunnelAddress4),
    TEXT(25, "tunnel-address6", RRASX_TEXT_MAX, T, pszTunnelAddress6),
    TEXT(26, "reason", RRASX_TEXT_MAX, T, pszReason),
    TEXT(27, "by", RRASX_TEXT_MAX, T, pszBy),
    BOOLEAN(28, "quarantined", T, fQuarantined),
};
MESSAGE(rrasx_event, "event", T);
#undef T

#define T OPENRRAS_EVENT_LIST
static const struct rrasx_attr rrasx_events_attrs[] = {
    UUID(1, "run", T, guidRun),
    U64(2, "last", T, ullLast),
    U64(3, "missed", T, ullMissed),
    BOOLEAN(4, "restarted", T, fRestarted),
    LIST(RRASX_TAG_EVENT, "event", OPENRRAS_EVENTS_MAX, &rrasx_event, T, pEvents, dwCount),
};
MESSAGE(rrasx_events, "events", T);
#undef T

/* ---- disconnecting ---- */

#define T struct rrasx_disconnect_request
static const struct rrasx_attr rrasx_disconnect_request_attrs[] = {
    RECORD(1, "selector", &rrasx_selector, T, disconnect.Selector),
    U32(2, "flags", T, disconnect.dwFlags),
    U32(3, "rate", T, disconnect.dwRate),
    TEXT(4, "reason", RRASX_TEXT_MAX, T, disconnect.pszReason),
    U32(5, "keep-out-seconds", T, disconnect.dwKeepOutSeconds),
    U32(6, "wait-ms", T, wait_ms),
};
MESSAGE(rrasx_disconnect_request, "disconnect-request", T);
#undef T

#define T OPENRRAS_FAILURE
static const struct rrasx_attr rrasx_failure_attrs[] = {
    U32(1, "port", T, dwPort),
    U32(2, "code", T, dwCode),
    TEXT(3, "port-name", RRASX_NAME_MAX, T, pszPort),
    TEXT(4, "user", RRASX_USER_MAX, T, pszUser),
    TEXT(5, "reason", RRASX_TEXT_MAX, T, pszReason),
};
MESSAGE(rrasx_failure, "failure", T);
#undef T

#define T OPENRRAS_JOB
static const struct rrasx_attr rrasx_job_attrs[] = {
    U32(1, "job", T, dwJob),
    U32(2, "state", T, dwState),
    U32(3, "matched", T, dwMatched),
    U32(4, "asked", T, dwAsked),
    U32(5, "confirmed", T, dwConfirmed),
    U32(6, "failed", T, dwFailed),
    U32(7, "keep-out", T, dwKeepOut),
    I64(8, "started", T, llStarted),
    I64(9, "ended", T, llEnded),
    LIST(10, "failure", OPENRRAS_FAILURES_MAX, &rrasx_failure, T, pFailures, dwFailures),
    TEXT(11, "reason", RRASX_TEXT_MAX, T, pszReason),
    TEXT(12, "by", RRASX_TEXT_MAX, T, pszBy),
};
MESSAGE(rrasx_job, "job", T);
#undef T

#define T struct rrasx_job_request
static const struct rrasx_attr rrasx_job_seen_attrs[] = {
    U32(1, "asked", T, seen_asked),
    U32(2, "ended", T, seen_ended),
};
MESSAGE(rrasx_job_seen, "job-seen", T);

static const struct rrasx_attr rrasx_job_request_attrs[] = {
    U32(1, "job", T, job),
    U32(2, "wait-ms", T, wait_ms),
    {3, RRASX_RECORD, "seen", 0, 0, ALSO(T, has_seen), &rrasx_job_seen}, /* a record on the wire, members of the whole in C */
};
MESSAGE(rrasx_job_request, "job-request", T);
#undef T

#define T struct rrasx_number
static const struct rrasx_attr rrasx_number_attrs[] = {
    U32(1, "number", T, number),
};
MESSAGE(rrasx_number, "number", T);
#undef T

/* ---- keeping out ---- */

#define T struct rrasx_keep_out_request
static const struct rrasx_attr rrasx_keep_out_request_attrs[] = {
    TEXT(1, "user", RRASX_USER_MAX, T, user),
    TEXT(2, "driver", RRASX_ID_MAX, T, driver),
    U32(3, "seconds", T, seconds),
    TEXT(4, "reason", RRASX_TEXT_MAX, T, reason),
};
MESSAGE(rrasx_keep_out_request, "keep-out-request", T);
#undef T

#define T OPENRRAS_KEEP_OUT_DRIVER
static const struct rrasx_attr rrasx_keep_out_driver_attrs[] = {
    BOOLEAN(1, "refuses", T, fRefuses),
    TEXT(2, "driver", RRASX_NAME_MAX, T, pszDriver),
    TEXT(3, "instance", RRASX_NAME_MAX, T, pszInstance),
    TEXT(4, "text", RRASX_TEXT_MAX, T, pszText),
};
MESSAGE(rrasx_keep_out_driver, "keep-out-driver", T);
#undef T

#define T OPENRRAS_KEEP_OUT
static const struct rrasx_attr rrasx_keep_out_attrs[] = {
    U32(1, "number", T, dwKeepOut),
    I64(2, "since", T, llSince),
    I64(3, "until", T, llUntil),
    U64(4, "turned-away", T, ullTurnedAway),
    I64(5, "last-attempt", T, llLastAttempt),
    LIST(6, "keep-out-driver", RRASX_DRIVERS_MAX, &rrasx_keep_out_driver, T, pDrivers, dwDrivers),
    TEXT(7, "user", RRASX_USER_MAX, T, pszUser),
    TEXT(8, "driver", RRASX_ID_MAX, T, pszDriver),
    TEXT(9, "reason", RRASX_TEXT_MAX, T, pszReason),
    TEXT(10, "by", RRASX_TEXT_MAX, T, pszBy),
};
MESSAGE(rrasx_keep_out, "keep-out", T);
#undef T

#define T struct rrasx_keep_outs
static const struct rrasx_attr rrasx_keep_outs_attrs[] = {
    LIST(RRASX_TAG_ITEM, "keep-out", RRASX_PAGE_ITEMS, &rrasx_keep_out, T, list.pKeepOuts, list.dwCount),
    U32(RRASX_TAG_NEXT, "next", T, next),
};
MESSAGE(rrasx_keep_outs, "keep-outs", T);
#undef T

#define T struct rrasx_page_request
static const struct rrasx_attr rrasx_page_request_attrs[] = {
    U32(1, "after", T, after),
};
MESSAGE(rrasx_page_request, "page-request", T);
#undef T

/* ---- drivers ---- */

#define T OPENRRAS_DRIVER
static const struct rrasx_attr rrasx_driver_attrs[] = {
    U32(1, "state", T, dwState),
    BOOLEAN(2, "session", T, fSession),
    U32(3, "capabilities", T, dwCapabilities),
    U32(4, "pid", T, dwPid),
    U32(5, "uid", T, dwUid),
    I64(6, "since", T, llSince),
    I64(7, "last-contact", T, llLastContact),
    I64(8, "last-error-time", T, llLastError),
    U32(9, "ports", T, dwPorts),
    U32(10, "ports-in-use", T, dwPortsInUse),
    U64(11, "connections", T, ullConnections),
    U64(12, "protocol-errors", T, ullProtocolErrors),
    U64(13, "hung", T, ullHung),
    U64(14, "sessions-started", T, ullSessionsStarted),
    U64(15, "sessions-refused", T, ullSessionsRefused),
    U64(16, "orders", T, ullOrders),
    U64(17, "orders-confirmed", T, ullOrdersConfirmed),
    U64(18, "orders-failed", T, ullOrdersFailed),
    TEXT(19, "driver", RRASX_NAME_MAX, T, pszDriver),
    TEXT(20, "instance", RRASX_NAME_MAX, T, pszInstance),
    TEXT(21, "device-type", RRASX_NAME_MAX, T, pszDeviceType),
    TEXT(22, "device-name", RRASX_DEVICE_MAX, T, pszDeviceName),
    TEXT(23, "text", RRASX_TEXT_MAX, T, pszText),
    TEXT(24, "last-error", RRASX_TEXT_MAX, T, pszLastError),
};
MESSAGE(rrasx_driver, "driver", T);
#undef T

#define T struct rrasx_drivers
static const struct rrasx_attr rrasx_drivers_attrs[] = {
    LIST(RRASX_TAG_ITEM, "driver", RRASX_PAGE_ITEMS, &rrasx_driver, T, list.pDrivers, list.dwCount),
    U32(RRASX_TAG_NEXT, "next", T, next),
};
MESSAGE(rrasx_drivers, "drivers", T);
#undef T

#define T struct rrasx_forget_request
static const struct rrasx_attr rrasx_forget_request_attrs[] = {
    TEXT(1, "driver", RRASX_NAME_MAX, T, driver),
    TEXT(2, "instance", RRASX_NAME_MAX, T, instance),
    U32(3, "flags", T, flags),
};
MESSAGE(rrasx_forget_request, "forget-request", T);
#undef T

#define T struct rrasx_forgotten
static const struct rrasx_attr rrasx_forgotten_attrs[] = {
    U32(1, "sessions", T, sessions),
};
MESSAGE(rrasx_forgotten, "forgotten", T);
#undef T

/* ---- users ---- */

#define T struct rrasx_user_request
static const struct rrasx_attr rrasx_user_request_attrs[] = {
    TEXT(1, "user", RRASX_USER_MAX, T, user),
};
MESSAGE(rrasx_user_request, "user-request", T);
#undef T

#define T struct rrasx_user_page_request
static const struct rrasx_attr rrasx_user_page_request_attrs[] = {
    TEXT(1, "after", RRASX_USER_MAX, T, after),
};
MESSAGE(rrasx_user_page_request, "user-page-request", T);
#undef T

#define T struct rrasx_user_set_request
static const struct rrasx_attr rrasx_user_set_request_attrs[] = {
    TEXT(1, "user", RRASX_USER_MAX, T, user),
    BOOLEAN(2, "permitted", T, permitted),
    BOOLEAN(3, "by-policy", T, by_policy),
    U32(4, "callback", T, callback),
    TEXT(5, "number", RRASX_NUMBER_MAX, T, number),
    U32(6, "flags", T, flags),
};
MESSAGE(rrasx_user_set_request, "user-set-request", T);
#undef T

#define T OPENRRAS_USER
static const struct rrasx_attr rrasx_user_attrs[] = {
    TEXT(1, "user", RRASX_USER_MAX, T, pszUser),
    BOOLEAN(2, "permitted", T, fPermitted),
    BOOLEAN(3, "by-policy", T, fByPolicy),
    U32(4, "callback", T, dwCallback),
    TEXT(5, "number", RRASX_NUMBER_MAX, T, pszNumber),
    BOOLEAN(6, "admitted", T, fAdmitted),
};
MESSAGE(rrasx_user, "user", T);
#undef T

#define T struct rrasx_users
static const struct rrasx_attr rrasx_users_attrs[] = {
    LIST(RRASX_TAG_ITEM, "user", RRASX_PAGE_ITEMS, &rrasx_user, T, list.pUsers, list.dwCount),
    TEXT(RRASX_TAG_NEXT, "next", RRASX_USER_MAX, T, next),
};
MESSAGE(rrasx_users, "users", T);
#undef T

/* ---- quarantine ---- */

#define T struct rrasx_quarantine_request
static const struct rrasx_attr rrasx_quarantine_request_attrs[] = {
    U32(1, "connection", T, connection),
    BOOLEAN(2, "on", T, on),
};
MESSAGE(rrasx_quarantine_request, "quarantine-request", T);
#undef T

/* ---- limits ---- */

#define T OPENRRAS_PORT_LIMIT
static const struct rrasx_attr rrasx_limit_attrs[] = {
    U32(1, "ports", T, dwPorts),
    U32(2, "use", T, dwUse),
    U32(3, "in-use", T, dwInUse),
    TEXT(4, "device-type", RRASX_NAME_MAX, T, pszDeviceType),
};
MESSAGE(rrasx_limit, "limit", T);
#undef T

#define T struct rrasx_limits
static const struct rrasx_attr rrasx_limits_attrs[] = {
    LIST(RRASX_TAG_ITEM, "limit", RRASX_PAGE_ITEMS, &rrasx_limit, T, list.pLimits, list.dwCount),
    U32(RRASX_TAG_NEXT, "next", T, next),
};
MESSAGE(rrasx_limits, "limits", T);
#undef T

#define T struct rrasx_limit_request
static const struct rrasx_attr rrasx_limit_request_attrs[] = {
    TEXT(1, "device-type", RRASX_NAME_MAX, T, device_type),
    U32(2, "ports", T, ports),
    U32(3, "use", T, use),
};
MESSAGE(rrasx_limit_request, "limit-request", T);
#undef T

#define T struct rrasx_limit_set
static const struct rrasx_attr rrasx_limit_set_attrs[] = {
    U32(1, "above", T, above),
};
MESSAGE(rrasx_limit_set, "limit-set", T);
#undef T

/* ---- operations ---- */

static const struct rrasx_form forms[RRASX_OPNUMS] = {
    [RRASX_SERVER_GET]      = {&rrasx_nothing, &rrasx_server},
    [RRASX_SESSION_ENUM]    = {&rrasx_session_request, &rrasx_sessions},
    [RRASX_EVENT_WAIT]      = {&rrasx_event_request, &rrasx_events},
    [RRASX_DISCONNECT]      = {&rrasx_disconnect_request, &rrasx_job},
    [RRASX_JOB_WAIT]        = {&rrasx_job_request, &rrasx_job},
    [RRASX_JOB_CANCEL]      = {&rrasx_number, &rrasx_nothing},
    [RRASX_KEEP_OUT_ADD]    = {&rrasx_keep_out_request, &rrasx_number},
    [RRASX_KEEP_OUT_ENUM]   = {&rrasx_page_request, &rrasx_keep_outs},
    [RRASX_KEEP_OUT_REMOVE] = {&rrasx_number, &rrasx_nothing},
    [RRASX_DRIVER_ENUM]     = {&rrasx_page_request, &rrasx_drivers},
    [RRASX_DRIVER_FORGET]   = {&rrasx_forget_request, &rrasx_forgotten},
    [RRASX_USER_GET]        = {&rrasx_user_request, &rrasx_user},
    [RRASX_USER_SET]        = {&rrasx_user_set_request, &rrasx_nothing},
    [RRASX_USER_REMOVE]     = {&rrasx_user_request, &rrasx_nothing},
    [RRASX_USER_ENUM]       = {&rrasx_user_page_request, &rrasx_users},
    [RRASX_QUARANTINE_SET]  = {&rrasx_quarantine_request, &rrasx_nothing},
    [RRASX_LIMIT_ENUM]      = {&rrasx_page_request, &rrasx_limits},
    [RRASX_LIMIT_SET]       = {&rrasx_limit_request, &rrasx_limit_set},
};
/* clang-format on */

const struct rrasx_form *rrasx_form(uint16_t opnum)
{
    return opnum < RRASX_OPNUMS ? &forms[opnum] : NULL;
}
