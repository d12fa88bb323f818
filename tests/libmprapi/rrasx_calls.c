/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasx_calls.h"

#define AFTER 5u

/* What the calls below say: in the operation's request message, and one function each that says it. */
static const GUID run = {0x01020304, 5, 6, {7, 8, 9, 10, 11, 12, 13, 14}};
static const OPENRRAS_SELECTOR selector = {.pszUser = "alice", .pszDriver = "openvpn:main"};
const OPENRRAS_DISCONNECT calls_order = {.Selector = {.pszUser = "alice"},
                                         .dwFlags = OPENRRAS_DISCONNECT_HARD,
                                         .dwRate = 10,
                                         .pszReason = "maintenance",
                                         .dwKeepOutSeconds = 60};
static const OPENRRAS_JOB seen = {.dwAsked = 7, .dwConfirmed = 2, .dwFailed = 1};

static DWORD server_get(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasServerGetInfo(h, (OPENRRAS_SERVER **)ret);
}

static DWORD session_enum(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasSessionEnum(h, &selector, (OPENRRAS_SESSION_LIST **)ret);
}

static DWORD event_wait(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasEventWait(h, &run, AFTER, OPENRRAS_EVENT_MASK_ALL, CALL_WAIT_MS, (OPENRRAS_EVENT_LIST **)ret);
}

static DWORD disconnect(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasDisconnect(h, &calls_order, CALL_WAIT_MS, (OPENRRAS_JOB **)ret);
}

static DWORD job_wait(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasJobWait(h, 9, &seen, CALL_WAIT_MS, (OPENRRAS_JOB **)ret);
}

static DWORD job_cancel(MPR_SERVER_HANDLE h, void **ret)
{
    *ret = NULL;
    return OpenRrasJobCancel(h, 9);
}

DWORD calls_number;

static DWORD keep_out_add(MPR_SERVER_HANDLE h, void **ret)
{
    *ret = NULL;
    calls_number = 1;
    DWORD code = OpenRrasKeepOutAdd(h, "alice", "openvpn", 60, "stolen laptop", &calls_number);
    assert_true(code == NO_ERROR || calls_number == 0);
    return code;
}

static DWORD keep_out_enum(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasKeepOutEnum(h, (OPENRRAS_KEEP_OUT_LIST **)ret);
}

static DWORD keep_out_remove(MPR_SERVER_HANDLE h, void **ret)
{
    *ret = NULL;
    return OpenRrasKeepOutRemove(h, 9);
}

static DWORD driver_enum(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasDriverEnum(h, (OPENRRAS_DRIVER_LIST **)ret);
}

static DWORD calls_sessions;

static DWORD driver_forget(MPR_SERVER_HANDLE h, void **ret)
{
    *ret = NULL;
    calls_sessions = 1;
    DWORD code = OpenRrasDriverForgetEx(h, "openvpn", "main", 0, &calls_sessions);
    assert_true(code == NO_ERROR || calls_sessions == 0);
    return code;
}

static const OPENRRAS_USER carol = {.pszUser = "carol",
                                    .fPermitted = 7, /* any but 0 is TRUE */
                                    .dwCallback = RASPRIV_AdminSetCallback,
                                    .pszNumber = "555",
                                    .fAdmitted = TRUE}; /* is not sent */

static DWORD user_get(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasUserGet(h, "carol", (OPENRRAS_USER **)ret);
}

static DWORD user_set(MPR_SERVER_HANDLE h, void **ret)
{
    *ret = NULL;
    return OpenRrasUserSet(h, &carol, OPENRRAS_USER_CREATE);
}

static DWORD user_remove(MPR_SERVER_HANDLE h, void **ret)
{
    *ret = NULL;
    return OpenRrasUserRemove(h, "carol");
}

static DWORD user_enum(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasUserEnum(h, (OPENRRAS_USER_LIST **)ret);
}

static DWORD quarantine_set(MPR_SERVER_HANDLE h, void **ret)
{
    *ret = NULL;
    return OpenRrasQuarantineSet(h, 9, 7); /* any but 0 is TRUE */
}

static DWORD limit_enum(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasLimitEnum(h, (OPENRRAS_PORT_LIMIT_LIST **)ret);
}

static DWORD limit_set(MPR_SERVER_HANDLE h, void **ret)
{
    DWORD above;
    *ret = NULL;
    return OpenRrasLimitSet(h, "l2tp", 7, 1, &above);
}

static const struct rrasx_number nine = {9}, number_77 = {77};

const struct rrasx_call calls[RRASX_OPNUMS] = {
    [RRASX_SERVER_GET] = {server_get, false, NULL},
    [RRASX_SESSION_ENUM] = {session_enum, false,
                            &(const struct rrasx_session_request){
                                .has_selector = true, .selector = {.pszUser = "alice", .pszDriver = "openvpn:main"}}},
    [RRASX_EVENT_WAIT] =
        {event_wait, false,
         &(const struct rrasx_event_request){
             true, {0x01020304, 5, 6, {7, 8, 9, 10, 11, 12, 13, 14}}, AFTER, OPENRRAS_EVENT_MASK_ALL, CALL_WAIT_MS}},
    [RRASX_DISCONNECT] = {disconnect, true,
                          &(const struct rrasx_disconnect_request){.disconnect = {.Selector = {.pszUser = "alice"},
                                                                                  .dwFlags = OPENRRAS_DISCONNECT_HARD,
                                                                                  .dwRate = 10,
                                                                                  .pszReason = "maintenance",
                                                                                  .dwKeepOutSeconds = 60},
                                                                   .wait_ms = CALL_WAIT_MS}},
    [RRASX_JOB_WAIT] = {job_wait, false, &(const struct rrasx_job_request){9, CALL_WAIT_MS, true, 7, 3}},
    [RRASX_JOB_CANCEL] = {job_cancel, true, &nine},
    [RRASX_KEEP_OUT_ADD] = {keep_out_add, true,
                            &(const struct rrasx_keep_out_request){"alice", "openvpn", "stolen laptop", 60}},
    [RRASX_KEEP_OUT_ENUM] = {keep_out_enum, false, &(const struct rrasx_page_request){0}},
    [RRASX_KEEP_OUT_REMOVE] = {keep_out_remove, true, &nine},
    [RRASX_DRIVER_ENUM] = {driver_enum, false, &(const struct rrasx_page_request){0}},
    [RRASX_DRIVER_FORGET] = {driver_forget, true, &(const struct rrasx_forget_request){"openvpn", "main", 0}},
    [RRASX_USER_GET] = {user_get, false, &(const struct rrasx_user_request){"carol"}},
    [RRASX_USER_SET] = {user_set, true,
                        &(const struct rrasx_user_set_request){"carol", "555", TRUE, FALSE, RASPRIV_AdminSetCallback,
                                                               OPENRRAS_USER_CREATE}},
    [RRASX_USER_REMOVE] = {user_remove, true, &(const struct rrasx_user_request){"carol"}},
    [RRASX_USER_ENUM] = {user_enum, false, &(const struct rrasx_user_page_request){""}},
    [RRASX_QUARANTINE_SET] = {quarantine_set, true, &(const struct rrasx_quarantine_request){9, TRUE}},
    [RRASX_LIMIT_ENUM] = {limit_enum, false, &(const struct rrasx_page_request){0}},
    [RRASX_LIMIT_SET] = {limit_set, true, &(const struct rrasx_limit_request){"l2tp", 7, 1}},
};

bool calls_detail(const char *part)
{
    char text[512];
    OpenRrasLastDetail(text, sizeof text);
    return strstr(text, part) != NULL;
}

const void *calls_reply(uint16_t op)
{
    if (op == RRASX_KEEP_OUT_ADD)
        return &number_77;
    void *s = sample_new(rrasx_form(op)->reply, SAMPLE_SHORT, 3);
    if (op == RRASX_SESSION_ENUM)
        ((struct rrasx_sessions *)s)->next = 0;
    if (op == RRASX_KEEP_OUT_ENUM)
        ((struct rrasx_keep_outs *)s)->next = 0;
    if (op == RRASX_DRIVER_ENUM)
        ((struct rrasx_drivers *)s)->next = 0;
    if (op == RRASX_LIMIT_ENUM)
        ((struct rrasx_limits *)s)->next = 0;
    if (op == RRASX_USER_ENUM) {
        free((void *)(uintptr_t)((struct rrasx_users *)s)->next);
        ((struct rrasx_users *)s)->next = NULL;
    }
    return s;
}

void calls_free_reply(uint16_t op, const void *s)
{
    if (op != RRASX_KEEP_OUT_ADD)
        sample_free(rrasx_form(op)->reply, (void *)(uintptr_t)s);
}

void calls_free_result(void *result)
{
    if (result)
        assert_int_equal(MprAdminBufferFree(result), NO_ERROR);
}

struct fake_server *calls_start(struct echo *e, enum manners first)
{
    echo_init(e);
    return fake_start(
        &(struct fake_config){.script = {first, POLITE}, .n_script = 2, .n_ports = 3, .rrasx = &e->backend});
}

void calls_stop(struct fake_server *f, struct echo *e, MPR_SERVER_HANDLE h)
{
    MprAdminServerDisconnect(h);
    fake_stop(f);
    echo_clear(e);
}
