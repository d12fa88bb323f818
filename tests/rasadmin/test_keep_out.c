/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include "tests/rasadmin/unit.h"

#include "rasadmin/keep_out.h"

static void durations_have_limits(void **state)
{
    static const char *const bad[] = {"", "0", "999ms", "soon", "-1s", "367d", "31622401", "1h1m"};
    uint32_t seconds = 7;
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(keep_out_parse_duration(bad[i], &seconds), -EINVAL);
    assert_int_equal(seconds, 7);
    assert_int_equal(keep_out_parse_duration("366d", &seconds), 0);
    assert_int_equal(seconds, OPENRRAS_KEEP_OUT_MAX_SECONDS);
    assert_int_equal(keep_out_parse_duration("1500ms", &seconds), 0);
    assert_int_equal(seconds, 2);
}

static void reasons_have_limits(void **state)
{
    char text[258];
    (void)state;
    memset(text, 'x', sizeof text);
    text[257] = '\0';
    assert_false(keep_out_reason_is_good(text));
    text[256] = '\0';
    assert_true(keep_out_reason_is_good(text));
    assert_false(keep_out_reason_is_good("\xff"));
}

static OPENRRAS_KEEP_OUT_DRIVER drivers[] = {{.fRefuses = TRUE, .pszDriver = "a\x1b", .pszInstance = "", .pszText = ""},
                                             {.pszDriver = "b", .pszInstance = "c", .pszText = "no\x9bname"}};

/* A server may say anything of times and counts. */
static void no_number_is_too_strange_to_be_shown(void **state)
{
    static const int64_t times[] = {INT64_MIN, -1, 0, 1, 1764084000, INT64_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT(times); i++) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        const OPENRRAS_KEEP_OUT k = {.dwKeepOut = UINT32_MAX,
                                     .llSince = times[i],
                                     .llUntil = times[i],
                                     .llLastAttempt = times[i],
                                     .ullTurnedAway = UINT64_MAX,
                                     .dwDrivers = 2,
                                     .pDrivers = drivers,
                                     .pszUser = "u\x1b[2J",
                                     .pszDriver = "",
                                     .pszReason = "",
                                     .pszBy = ""};
        assert_non_null(f);
        keep_out_show(f, &k);
        fclose(f);
        assert_non_null(strstr(text, "u\\x1b[2J"));
        assert_non_null(strstr(text, "a\\x1b: refuses the user at log-on\n"));
        assert_non_null(strstr(text, "b:c: can't refuse; the session is ended as soon as it is there: no\\x9bname\n"));
        assert_null(strchr(text, 0x1b));
        free(text);
        json_t *j = keep_out_json(&k);
        assert_non_null(j);
        json_decref(j);
    }
}

static void one_is_found_by_its_number(void **state)
{
    OPENRRAS_KEEP_OUT k[] = {{.dwKeepOut = 3}, {.dwKeepOut = 9}};
    const OPENRRAS_KEEP_OUT_LIST list = {.dwCount = 2, .pKeepOuts = k};
    (void)state;
    assert_ptr_equal(keep_out_find(&list, 9), &k[1]);
    assert_null(keep_out_find(&list, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_have_limits),
        cmocka_unit_test(reasons_have_limits),
        cmocka_unit_test(no_number_is_too_strange_to_be_shown),
        cmocka_unit_test(one_is_found_by_its_number),
    };
    return cmocka_run_group_tests_name("keep-out", tests, NULL, NULL);
}
