/* SPDX-License-Identifier: Apache-2.0 */
#include "examples.h"

/* clang-format off */
#define RUN {0x0e6f2a31, 0x5bd4, 0x4c0a, {0x9d, 0x11, 0x6a, 0x7f, 0x20, 0x84, 0xc3, 0x55}}
/* clang-format on */
#define START 1764084000 /* 2025-11-25T15:20:00Z */

static const OPENRRAS_SERVER server = {
    .pszVersion = "0.1.0",
    .guidRun = RUN,
    .llStarted = START,
    .ullLastEvent = 7,
    .ullFirstEvent = 1,
    .dwFeatures = 0x1f,
    .dwRights = OPENRRAS_RIGHT_VIEW | OPENRRAS_RIGHT_DISCONNECT,
    .dwPorts = 64,
    .dwPortsInUse = 1,
    .dwConnections = 1,
    .ullSessionsStarted = 3,
    .ullOrders = 2,
    .ullOrdersConfirmed = 2,
};

static OPENRRAS_SESSION session = {
    .dwPort = 0x100001,
    .dwConnection = 5,
    .dwCondition = RAS_PORT_AUTHENTICATED,
    .dwConnectSeconds = 90,
    .llStart = START,
    .ullBytesOut = 123456,
    .ullBytesIn = 654321,
    .pszPort = "openvpn-1",
    .pszDeviceType = "openvpn",
    .pszDriver = "openvpn",
    .pszInstance = "main",
    .pszId = "4711:0",
    .pszUser = "andr\xc3\xa9",
    .pszClientAddress = "198.51.100.7",
    .pszTunnelAddress4 = "10.8.0.6",
};

static OPENRRAS_EVENT gone = {
    .ullNumber = 7,
    .llTimeMs = START * 1000LL + 90250,
    .dwType = OPENRRAS_EVENT_SESSION_GONE,
    .dwPort = 0x100001,
    .dwConnection = 5,
    .llStart = START,
    .ullBytesOut = 123999,
    .ullBytesIn = 655000,
    .fCountersFinal = TRUE,
    .pszPort = "openvpn-1",
    .pszDriver = "openvpn",
    .pszInstance = "main",
    .pszId = "4711:0",
    .pszUser = "andr\xc3\xa9",
    .pszReason = "disconnected by the administrator",
};

static OPENRRAS_FAILURE failure = {
    .dwPort = 0x100002, .dwCode = 31, .pszPort = "openvpn-2", .pszUser = "bob", .pszReason = "the daemon refuses"};

static OPENRRAS_KEEP_OUT_DRIVER keeper = {
    .fRefuses = TRUE, .pszDriver = "openvpn", .pszInstance = "main", .pszText = "by client-deny"};

static OPENRRAS_KEEP_OUT keep_out = {
    .dwKeepOut = 2,
    .llSince = START,
    .llUntil = START + 3600,
    .ullTurnedAway = 1,
    .llLastAttempt = START + 60,
    .dwDrivers = 1,
    .pDrivers = &keeper,
    .pszUser = "bob",
    .pszReason = "stolen laptop",
    .pszBy = "alice",
};

static OPENRRAS_DRIVER driver = {
    .dwState = OPENRRAS_DRIVER_DOWN,
    .dwCapabilities = OPENRRAS_CAN_DISCONNECT | OPENRRAS_CAN_STATS,
    .dwPid = 812,
    .dwUid = 107,
    .llSince = START,
    .llLastContact = START + 90,
    .llLastError = START,
    .dwPorts = 64,
    .ullConnections = 1,
    .pszDriver = "openvpn",
    .pszInstance = "main",
    .pszDeviceType = "openvpn",
    .pszText = "connect /run/openvpn/main.mgmt: refused",
};

static OPENRRAS_USER user = {
    .pszUser = "CORP\\bob",
    .fPermitted = TRUE,
    .dwCallback = RASPRIV_AdminSetCallback,
    .pszNumber = "+49 30 5550100",
    .fAdmitted = TRUE,
};

static OPENRRAS_PORT_LIMIT limit = {.dwPorts = 100, .dwUse = 1, .dwInUse = 104, .pszDeviceType = "l2tp"};

static const struct example examples[RRASX_OPNUMS] = {
    [RRASX_SERVER_GET] = {NULL, &server},
    [RRASX_SESSION_ENUM] = {&(const struct rrasx_session_request){.has_selector = true,
                                                                  .selector = {.pszAddress = "10.8.0.0/24"}},
                            &(const struct rrasx_sessions){.list = {1, &session}}},
    [RRASX_EVENT_WAIT] = {&(const struct rrasx_event_request){true, RUN, 6, OPENRRAS_EVENT_MASK_ALL, 30000},
                          &(const OPENRRAS_EVENT_LIST){.guidRun = RUN, .ullLast = 7, .dwCount = 1, .pEvents = &gone}},
    [RRASX_DISCONNECT] = {&(const struct rrasx_disconnect_request){.disconnect = {.Selector = {.pszDriver = "openvpn"},
                                                                                  .dwRate = 50,
                                                                                  .pszReason = "maintenance"},
                                                                   .wait_ms = 1000},
                          &(const OPENRRAS_JOB){.dwJob = 3,
                                                .dwState = OPENRRAS_JOB_RUNNING,
                                                .dwMatched = 120,
                                                .dwAsked = 50,
                                                .dwConfirmed = 48,
                                                .llStarted = START,
                                                .pszReason = "maintenance",
                                                .pszBy = "alice"}},
    [RRASX_JOB_WAIT] = {&(const struct rrasx_job_request){3, 10000, true, 50, 48},
                        &(const OPENRRAS_JOB){.dwJob = 3,
                                              .dwState = OPENRRAS_JOB_DONE,
                                              .dwMatched = 120,
                                              .dwAsked = 120,
                                              .dwConfirmed = 119,
                                              .dwFailed = 1,
                                              .llStarted = START,
                                              .llEnded = START + 3,
                                              .dwFailures = 1,
                                              .pFailures = &failure,
                                              .pszReason = "maintenance",
                                              .pszBy = "alice"}},
    [RRASX_JOB_CANCEL] = {&(const struct rrasx_number){3}, NULL},
    [RRASX_KEEP_OUT_ADD] = {&(const struct rrasx_keep_out_request){
                                .user = "bob", .reason = "stolen laptop", .seconds = 3600},
                            &(const struct rrasx_number){2}},
    [RRASX_KEEP_OUT_ENUM] = {&(const struct rrasx_page_request){0},
                             &(const struct rrasx_keep_outs){.list = {1, &keep_out}}},
    [RRASX_KEEP_OUT_REMOVE] = {&(const struct rrasx_number){2}, NULL},
    [RRASX_DRIVER_ENUM] = {&(const struct rrasx_page_request){0}, &(const struct rrasx_drivers){.list = {1, &driver}}},
    [RRASX_DRIVER_FORGET] = {&(const struct rrasx_forget_request){"openvpn", "old", OPENRRAS_FORGET_FORCE},
                             &(const struct rrasx_forgotten){3}},
    [RRASX_USER_GET] = {&(const struct rrasx_user_request){"CORP\\bob"}, &user},
    [RRASX_USER_SET] = {&(const struct rrasx_user_set_request){.user = "carol",
                                                               .by_policy = TRUE,
                                                               .callback = RASPRIV_NoCallback,
                                                               .flags = OPENRRAS_USER_CREATE},
                        NULL},
    [RRASX_USER_REMOVE] = {&(const struct rrasx_user_request){"carol"}, NULL},
    [RRASX_USER_ENUM] = {&(const struct rrasx_user_page_request){"Bob"},
                         &(const struct rrasx_users){.list = {1, &user}}},
    [RRASX_QUARANTINE_SET] = {&(const struct rrasx_quarantine_request){5, TRUE}, NULL},
    [RRASX_LIMIT_ENUM] = {&(const struct rrasx_page_request){0}, &(const struct rrasx_limits){.list = {1, &limit}}},
    [RRASX_LIMIT_SET] = {&(const struct rrasx_limit_request){"l2tp", 100, 1}, &(const struct rrasx_limit_set){4}},
};

const struct example *example(uint16_t opnum)
{
    return &examples[opnum];
}

struct rrasx_chunk example_request(uint16_t opnum)
{
    uint8_t *stub = malloc(RRASX_REQUEST_MAX);
    assert_non_null(stub);
    return (struct rrasx_chunk){stub, rrasx_request_stub(rrasx_form(opnum)->request, examples[opnum].request, stub)};
}

struct rrasx_chunk example_reply(uint16_t opnum)
{
    struct rrasx_chunk request = example_request(opnum);
    struct world w;
    world_open(&w);
    w.echo.reply = examples[opnum].reply;
    world_call(&w, opnum, request.p, request.n);
    struct rrasx_chunk reply = {w.answer, w.answer_len};
    w.answer = NULL;
    world_close(&w);
    free((void *)(uintptr_t)request.p);
    return reply;
}
