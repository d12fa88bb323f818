/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "tests/rasadmin/unit.h"

#include <errno.h>

#include "rasadmin/event.h"
#include "rasadmin/show.h"

#define NOTHING                                                                                                        \
    .pszPort = "", .pszDeviceType = "", .pszDriver = "", .pszInstance = "", .pszId = "", .pszUser = "",                \
    .pszClientAddress = "", .pszTunnelAddress4 = "", .pszTunnelAddress6 = "", .pszReason = "", .pszBy = ""

static void lists_of_events_are_read_strictly(void **state)
{
    static const char *const bad[] = {"", ",", "up,", ",up", "up,,gone", "UP", "up gone", "upp", "unknown"};
    uint32_t mask = 77;
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(event_mask_parse(bad[i], &mask), -EINVAL);
    assert_int_equal(mask, 77);
    assert_int_equal(event_mask_parse("up,gone", &mask), 0);
    assert_int_equal(mask,
                     OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_UP) | OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_GONE));
    assert_int_equal(event_mask_parse("all", &mask), 0);
    assert_int_equal(mask, OPENRRAS_EVENT_MASK_ALL);
}

/* So that the list that a complaint shows can be typed. */
static void every_word_can_be_asked_for(void **state)
{
    char words[EVENT_WORDS_MAX];
    uint32_t mask, all = 0;
    size_t n = 0;
    (void)state;
    assert_true(strlen(event_words(words)) < EVENT_WORDS_MAX - 1);
    for (char *save, *w = strtok_r(words, ", ", &save); w; w = strtok_r(NULL, ", ", &save), n++) {
        assert_int_equal(event_mask_parse(w, &mask), 0);
        all |= strcmp(w, "all") == 0 ? 0 : mask;
    }
    assert_int_equal(n, 23);
    for (uint32_t type = 0; type <= OPENRRAS_EVENT_QUARANTINE; type++)
        assert_true(all & OPENRRAS_EVENT_MASK(type));
}

static void every_type_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (uint32_t type = 1; type <= OPENRRAS_EVENT_QUARANTINE; type++) {
        uint32_t mask;
        assert_int_equal(event_mask_parse(event_word(type), &mask), 0);
        assert_int_equal(mask, OPENRRAS_EVENT_MASK(type));
    }
    assert_string_equal(event_word(0), "unknown");
    assert_string_equal(event_word(OPENRRAS_EVENT_QUARANTINE + 1), "unknown");
    assert_string_equal(event_word(32), "unknown");
    assert_string_equal(event_word(UINT32_MAX), "unknown");
}

static void expect_line(const OPENRRAS_EVENT *e, const char *line)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    event_print(f, e);
    fclose(f);
    assert_string_equal(text, line);
    free(text);
}

static void lines_say_who_where_and_why(void **state)
{
    (void)state;
    OPENRRAS_EVENT e = {NOTHING};
    e.llTimeMs = 1764084000123;
    e.dwType = OPENRRAS_EVENT_SESSION_UP;
    e.pszUser = "alice";
    e.pszPort = "vpn-1";
    e.pszTunnelAddress4 = "10.8.0.6";
    expect_line(&e, "2025-11-25T15:20:00Z  up       alice                vpn-1            10.8.0.6        connected\n");
    e.dwType = OPENRRAS_EVENT_OUTCOME;
    e.dwOutcome = OPENRRAS_OUTCOME_REFUSED;
    e.dwTold = OPENRRAS_TOLD_NO;
    e.pszReason = "no \x1b[2J";
    expect_line(&e, "2025-11-25T15:20:00Z  outcome  alice                vpn-1            10.8.0.6        the daemon "
                    "refused, the client was not told: no \\x1b[2J\n");
    e.dwOutcome = OPENRRAS_OUTCOME_LOST;
    e.dwTold = 0;
    expect_line(&e, "2025-11-25T15:20:00Z  outcome  alice                vpn-1            10.8.0.6        lost from "
                    "sight: no \\x1b[2J\n");
    e.dwType = OPENRRAS_EVENT_SESSION_GONE;
    expect_line(&e, "2025-11-25T15:20:00Z  gone     alice                vpn-1            10.8.0.6        lost from "
                    "sight, 0 B in, 0 B out: no \\x1b[2J\n");
    e.dwType = OPENRRAS_EVENT_OUTCOME;
    e.dwOutcome = e.dwTold = UINT32_MAX;
    expect_line(&e,
                "2025-11-25T15:20:00Z  outcome  alice                vpn-1            10.8.0.6        not known: no "
                "\\x1b[2J\n");
}

static void a_driver_stands_where_a_port_would(void **state)
{
    (void)state;
    OPENRRAS_EVENT e = {NOTHING};
    e.llTimeMs = 1764084000000;
    e.dwType = OPENRRAS_EVENT_DRIVER_DOWN;
    e.pszDriver = "openvpn";
    e.pszInstance = "main";
    e.pszReason = "can't reach openvpn";
    expect_line(&e, "2025-11-25T15:20:00Z  driver-down -                    openvpn:main       -               can't "
                    "reach openvpn\n");
}

static void a_job_begins_and_ends(void **state)
{
    (void)state;
    OPENRRAS_EVENT e = {NOTHING};
    e.llTimeMs = 1764084000000;
    e.dwType = OPENRRAS_EVENT_JOB;
    e.dwJob = 7;
    e.pszBy = "root";
    expect_line(&e, "2025-11-25T15:20:00Z  job      -                    -                -               job 7 has "
                    "begun to disconnect a selection by root\n");
    e.dwOutcome = OPENRRAS_OUTCOME_GONE;
    e.dwTookMs = 11;
    expect_line(&e, "2025-11-25T15:20:00Z  job      -                    -                -               job 7 has "
                    "ended after 11 ms: all who matched are gone; it was begun by root\n");
}

static void a_refused_user_was_turned_away_or_is_about_to_go(void **state)
{
    (void)state;
    OPENRRAS_EVENT e = {NOTHING};
    e.llTimeMs = 1764084000000;
    e.dwType = OPENRRAS_EVENT_USER_REFUSED;
    e.pszUser = "bob";
    e.pszDriver = "openvpn";
    e.pszInstance = "main";
    e.pszReason = "dial-in permission refused";
    expect_line(&e,
                "2025-11-25T15:20:00Z  refused  bob                  openvpn:main       -               may not log "
                "on: dial-in permission refused\n");
    e.pszPort = "openvpn-1";
    expect_line(&e, "2025-11-25T15:20:00Z  refused  bob                  openvpn-1        -               may not be "
                    "here: dial-in permission refused\n");
}

static void orders_and_outcomes_name_their_job(void **state)
{
    (void)state;
    OPENRRAS_EVENT e = {NOTHING};
    e.llTimeMs = 1764084000000;
    e.dwType = OPENRRAS_EVENT_ORDER;
    e.pszBy = "root";
    e.dwJob = 7;
    expect_line(&e, "2025-11-25T15:20:00Z  order    -                    -                -               to "
                    "disconnect by root, for job 7\n");
    e.dwType = OPENRRAS_EVENT_OUTCOME;
    e.dwOutcome = OPENRRAS_OUTCOME_NO_SESSION;
    expect_line(&e, "2025-11-25T15:20:00Z  outcome  -                    -                -               had gone "
                    "before the order came, for job 7\n");
    e.dwJob = 0;
    expect_line(&e, "2025-11-25T15:20:00Z  outcome  -                    -                -               had gone "
                    "before the order came\n");
}

static void no_line_ends_in_blanks(void **state)
{
    (void)state;
    OPENRRAS_EVENT e = {NOTHING};
    for (uint32_t type = 0; type < 40; type++) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        assert_non_null(f);
        e.dwType = type;
        event_print(f, &e);
        fclose(f);
        assert_true(size > 2 && text[size - 1] == '\n' && text[size - 2] != ' ');
        free(text);
    }
}

static void members_are_there_for_programs(void **state)
{
    const struct app app = {.json = true};
    const GUID run = {0x12345678, 0x1234, 0xabcd, {1, 2, 3, 4, 5, 6, 7, 8}};
    OPENRRAS_EVENT e = {NOTHING};
    (void)state;
    e.llTimeMs = 1764084000007;
    e.llStart = 1764083990;
    e.ullNumber = 9;
    e.dwType = OPENRRAS_EVENT_SESSION_GONE;
    e.dwPort = 1048577;
    e.pszPort = "vpn-1";
    e.ullBytesIn = UINT64_C(5) << 32;
    json_t *doc = event_json(&app, &run, &e);
    assert_non_null(doc);
    assert_string_equal(json_string_value(json_object_get(doc, "at")), "2025-11-25T15:20:00.007Z");
    assert_string_equal(json_string_value(json_object_get(doc, "run")), "12345678-1234-abcd-0102-030405060708");
    assert_int_equal(json_integer_value(json_object_get(doc, "bytes_in")), INT64_C(5) << 32);
    assert_true(json_is_false(json_object_get(doc, "lost")));
    const json_t *port = json_object_get(doc, "port");
    assert_int_equal(json_integer_value(json_object_get(port, "duration_seconds")), 10);
    assert_true(json_is_null(json_object_get(port, "state")));
    json_decref(doc);
}

static void a_run_is_read_back_strictly(void **state)
{
    static const char good[] = "12345678-1234-abcd-0102-030405060708";
    const GUID want = {0x12345678, 0x1234, 0xabcd, {1, 2, 3, 4, 5, 6, 7, 8}};
    GUID g;
    char text[SHOW_GUID_MAX];
    (void)state;
    assert_int_equal(parse_guid(good, strlen(good), &g), 0);
    assert_memory_equal(&g, &want, sizeof g);
    assert_string_equal(show_guid(text, &g), good);
    assert_int_equal(parse_guid(good, strlen(good) - 1, &g), -EINVAL);
    assert_int_equal(parse_guid("12345678-1234-abcd-0102-03040506070g", 36, &g), -EINVAL);
    assert_int_equal(parse_guid("12345678x1234-abcd-0102-030405060708", 36, &g), -EINVAL);
    assert_int_equal(parse_guid("", 0, &g), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_events_are_read_strictly),
        cmocka_unit_test(every_word_can_be_asked_for),
        cmocka_unit_test(every_type_has_a_word_of_its_own),
        cmocka_unit_test(lines_say_who_where_and_why),
        cmocka_unit_test(a_driver_stands_where_a_port_would),
        cmocka_unit_test(members_are_there_for_programs),
        cmocka_unit_test(a_run_is_read_back_strictly),
        cmocka_unit_test(a_job_begins_and_ends),
        cmocka_unit_test(a_refused_user_was_turned_away_or_is_about_to_go),
        cmocka_unit_test(orders_and_outcomes_name_their_job),
        cmocka_unit_test(no_line_ends_in_blanks),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
