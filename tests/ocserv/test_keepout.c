/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <string.h>

#include "drivers/ocserv/keepout.h"

static bool parse(const char *text, size_t n, struct keepout_question *ret)
{
    static char packet[KEEPOUT_PACKET_MAX];
    memcpy(packet, text, n);
    return keepout_parse(packet, n, sizeof(packet), ret);
}

static void a_question_is_read(void **state)
{
    struct keepout_question q;
    (void)state;
    assert_true(parse("6849\00010.77.1.2\0al\xff"
                      "ice",
                      21, &q));
    assert_int_equal(q.worker, 6849);
    assert_string_equal(q.address, "10.77.1.2");
    assert_string_equal(q.user, "al\xff"
                                "ice");
    assert_true(parse("1\0\0x", 4, &q));
    assert_string_equal(q.address, "");
}

static void what_is_no_question_is_refused(void **state)
{
    static const struct {
        const char *text;
        size_t n;
    } bad[] = {
        {"", 0},           {"6849", 4},      {"6849\0", 5},
        {"6849\0a\0", 7},  {"\0a\0b", 4},    {"x\0a\0b", 5},
        {"0\0a\0b", 5},    {"-5\0a\0b", 6},  {"99999999999999999999\0a\0b", 24},
        {"1\0a\0b\0c", 7}, {"1\0a\0b\0", 6},
    };
    struct keepout_question q;
    char full[KEEPOUT_PACKET_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(parse(bad[i].text, bad[i].n, &q));
    memset(full, 'a', sizeof(full));
    assert_false(keepout_parse(full, sizeof(full), sizeof(full), &q)); /* no room for a NUL: it was cut */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_read),
        cmocka_unit_test(what_is_no_question_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
