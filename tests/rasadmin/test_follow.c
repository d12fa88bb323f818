/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_events.c against a server that plays a script: nothing is told twice, nothing that was missed is hidden.
 */
#include "tests/rasadmin/fake_library.h"

#include "rasadmin/client.h"
#include "rasadmin/event.h"
#include "rasadmin/watcher.h"

/* ---- the server ---- */

struct answer {
    uint32_t code;
    uint8_t run;
    uint64_t last, missed;
    bool restarted;
    const OPENRRAS_EVENT *events;
    size_t n;
};
static const struct answer *answers;
static size_t n_answers, at;
static uint64_t last_event; /* as ServerGetInfo says; rises by info_step at each */
static uint64_t info_step;
static uint8_t run_now;
static uint64_t asked_after[16];
static bool asked_with_run[16];
static uint32_t asked_mask;
static uint32_t info_code;

DWORD OpenRrasServerGetInfo(MPR_SERVER_HANDLE server, OPENRRAS_SERVER **ret)
{
    (void)server;
    if (info_code)
        return info_code;
    *ret = library_buffer(sizeof **ret);
    (*ret)->guidRun.Data4[0] = run_now;
    (*ret)->ullLastEvent = last_event;
    last_event += info_step;
    return NO_ERROR;
}

DWORD OpenRrasEventWait(MPR_SERVER_HANDLE server, const GUID *run, ULONGLONG after, DWORD mask, DWORD wait_ms,
                        OPENRRAS_EVENT_LIST **ret)
{
    (void)server;
    (void)wait_ms;
    assert_true(at < n_answers && at < COUNT(asked_after));
    const struct answer *a = &answers[at];
    asked_after[at] = after;
    asked_with_run[at] = run;
    asked_mask = mask;
    at++;
    if (a->code)
        return a->code;
    *ret = library_buffer(sizeof **ret);
    (*ret)->guidRun.Data4[0] = a->run;
    (*ret)->ullLast = a->last;
    (*ret)->ullMissed = a->missed;
    (*ret)->fRestarted = a->restarted;
    (*ret)->dwCount = (DWORD)a->n;
    (*ret)->pEvents = (OPENRRAS_EVENT *)(uintptr_t)a->events;
    return NO_ERROR;
}

uint32_t client_listing_full(MPR_SERVER_HANDLE server, struct listing *ret)
{
    static const struct port alice =
        A_PORT(.handle = 101, .connection = 11, .condition = CONDITION_AUTHENTICATED, .name = "vpn-1");
    (void)server;
    *ret = (struct listing){.ports = calloc(1, sizeof(struct port)), .n_ports = 1};
    assert_non_null(ret->ports);
    ret->ports[0] = alice;
    return NO_ERROR;
}

/* ---- a run ---- */

static struct app app;
static struct watcher w;

static int begin(void **state)
{
    int code;
    (void)state;
    app = (struct app){0};
    assert_non_null(app_server(&app, &code));
    w = (struct watcher){.app = &app, .interval_ms = 1, .mask = EVENT_MASK_USUAL, .left = UINT64_MAX};
    at = 0;
    last_event = 10;
    info_step = 0;
    info_code = 0;
    run_now = 1;
    library_buffers = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    server_close(app.server);
    print_free();
    assert_int_equal(library_buffers, 0);
    return 0;
}

/* The words of the lines that were printed. */
static void expect_words(const char *words)
{
    char got[512] = "";
    for (char *save, *line = strtok_r(printed_out, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char word[32];
        assert_int_equal(sscanf(line, "%*s %31s", word), 1);
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", *got ? " " : "", word);
    }
    assert_string_equal(got, words);
}

static void play(const struct answer *script, size_t n, uint64_t lines)
{
    answers = script;
    n_answers = n;
    w.left = lines;
    print_begin();
    watch_by_events(&w);
    print_end();
}
#define PLAY(script, lines) play(script, COUNT(script), lines)

#define EVENT(type, number, handle)                                                                                    \
    {                                                                                                                  \
        .ullNumber = number, .dwType = OPENRRAS_EVENT_##type, .dwPort = handle, .pszPort = "vpn", .pszDeviceType = "", \
        .pszDriver = "", .pszInstance = "", .pszId = "", .pszUser = "", .pszClientAddress = "",                        \
        .pszTunnelAddress4 = "", .pszTunnelAddress6 = "", .pszReason = "", .pszBy = ""                                 \
    }

static void those_who_are_there_come_first(void **state)
{
    static const OPENRRAS_EVENT events[] = {EVENT(SESSION_UP, 11, 102), EVENT(ORDER, 12, 102), EVENT(OUTCOME, 13, 102),
                                            EVENT(SESSION_GONE, 14, 102)};
    static const struct answer script[] = {{.run = 1, .last = 10}, {.run = 1, .last = 14, .events = events, .n = 4}};
    (void)state;
    PLAY(script, 5);
    expect_words("present up order outcome gone");
    assert_int_equal(asked_after[0], 10);
    assert_true(asked_with_run[0]);
    assert_int_equal(asked_mask, EVENT_MASK_USUAL & ~EVENT_MASK_PRESENT);
    assert_int_equal(w.code, EXIT_DONE);
}

/* Who came while it was listed is in the listing: the event says nothing new. But a later one of the same port does. */
static void nobody_is_told_twice(void **state)
{
    static const OPENRRAS_EVENT events[] = {EVENT(SESSION_UP, 11, 101), EVENT(SESSION_UP, 12, 103),
                                            EVENT(SESSION_CHANGED, 13, 101), EVENT(SESSION_CHANGED, 14, 101),
                                            EVENT(SESSION_GONE, 15, 101)};
    static const struct answer script[] = {{.run = 1, .last = 15, .events = events, .n = 5}};
    (void)state;
    info_step = 3; /* 10 before the listing, 13 after it */
    PLAY(script, 4);
    expect_words("present up changed gone");
}

static void what_was_missed_is_said(void **state)
{
    static const OPENRRAS_EVENT events[] = {EVENT(SESSION_UP, 90, 102)};
    static const struct answer script[] = {{.run = 1, .last = 90, .missed = 79, .events = events, .n = 1}};
    (void)state;
    PLAY(script, 2);
    expect_words("present up");
    assert_has(printed_err, "79 events were missed");
}

static void after_a_restart_all_is_listed_anew(void **state)
{
    static const OPENRRAS_EVENT stale[] = {EVENT(SESSION_UP, 1, 102)}, events[] = {EVENT(SESSION_GONE, 4, 101)};
    static const struct answer script[] = {{.code = RPC_S_CALL_FAILED},
                                           {.code = RPC_S_SERVER_UNAVAILABLE},
                                           {.run = 2, .last = 1, .restarted = true, .events = stale, .n = 1},
                                           {.run = 2, .last = 4, .events = events, .n = 1}};
    (void)state;
    PLAY(script, 3);
    expect_words("present present gone");
    assert_has(printed_err, "can't be reached");
    assert_has(printed_err, "is back");
    assert_has(printed_err, "was restarted; what happened meanwhile is not known");
    assert_int_equal(asked_after[1], 10); /* the same place, until the restart is seen */
}

static void a_connection_that_breaks_loses_nothing(void **state)
{
    static const OPENRRAS_EVENT events[] = {EVENT(SESSION_UP, 12, 102)}, more[] = {EVENT(SESSION_GONE, 13, 102)};
    static const struct answer script[] = {{.run = 1, .last = 12, .events = events, .n = 1},
                                           {.code = RPC_S_CALL_FAILED},
                                           {.run = 1, .last = 13, .events = more, .n = 1}};
    (void)state;
    PLAY(script, 3);
    expect_words("present up gone");
    assert_int_equal(asked_after[2], 12);
}

static void with_since_nobody_is_listed(void **state)
{
    static const OPENRRAS_EVENT events[] = {EVENT(SESSION_UP, 6, 102)};
    static const struct answer script[] = {
        {.run = 1, .last = 6, .events = events, .n = 1}, {.run = 1, .last = 6}, {.code = ERROR_ACCESS_DENIED}};
    (void)state;
    w.has_since = true;
    w.since = 5;
    PLAY(script, 9);
    expect_words("up");
    assert_int_equal(asked_after[0], 5);
    assert_false(asked_with_run[0]);
    assert_true(asked_with_run[1]); /* now it is known */
    assert_int_equal(w.code, EXIT_DENIED);
}

static void the_first_try_must_succeed(void **state)
{
    static const struct answer script[] = {{.code = RPC_S_SERVER_UNAVAILABLE}};
    (void)state;
    info_code = RPC_S_SERVER_UNAVAILABLE;
    PLAY(script, 9);
    assert_int_equal(w.code, EXIT_UNREACHABLE);
    assert_string_equal(printed_out, "");
}

static void only_what_is_wanted_is_asked_for(void **state)
{
    static const OPENRRAS_EVENT events[] = {EVENT(ORDER, 11, 102)};
    static const struct answer script[] = {{.run = 1, .last = 11, .events = events, .n = 1}};
    (void)state;
    w.mask = OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_ORDER);
    PLAY(script, 1);
    expect_words("order");
    assert_int_equal(asked_mask, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_ORDER));
}

static void programs_get_documents_of_all_that(void **state)
{
    static const struct answer script[] = {
        {.run = 1, .last = 90, .missed = 79}, {.code = RPC_S_CALL_FAILED}, {.run = 2, .last = 1, .restarted = true}};
    (void)state;
    app.json = true;
    PLAY(script, 5);
    assert_has(printed_out, "\"event\":\"present\"");
    assert_has(printed_out, "\"event\":\"missed\",\"missed\":79");
    assert_has(printed_out, "\"event\":\"server-lost\"");
    assert_has(printed_out, "\"event\":\"server-back\"");
    assert_has(printed_out, "\"event\":\"server-restarted\"");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(those_who_are_there_come_first),
        TEST(nobody_is_told_twice),
        TEST(what_was_missed_is_said),
        TEST(after_a_restart_all_is_listed_anew),
        TEST(a_connection_that_breaks_loses_nothing),
        TEST(with_since_nobody_is_listed),
        TEST(the_first_try_must_succeed),
        TEST(only_what_is_wanted_is_asked_for),
        TEST(programs_get_documents_of_all_that),
    };
    return cmocka_run_group_tests_name("follow", tests, NULL, NULL);
}
