/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/pppd/message.h"

/* Exactly these bytes, in memory that ends where they end. */
static int parse(struct message *m, const char *line, size_t n)
{
    char *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    memcpy(copy, line, n);
    int r = message_parse(m, copy, n);
    free(copy);
    return r;
}

static int parse_z(struct message *m, const char *line)
{
    return parse(m, line, strlen(line));
}

static void messages_of_the_protocol_are_read(void **state)
{
    (void)state;
    struct message m;
    assert_int_equal(
        parse_z(&m, "{\"type\":\"welcome\",\"version\":1,\"server\":\"rrasd 0.1.0\",\"counters_interval_ms\":10000}"),
        0);
    assert_int_equal(m.type, MESSAGE_WELCOME);
    assert_int_equal(m.counters_interval_ms, 10000);
    assert_int_equal(
        parse_z(&m, " {\t\"hard\" : true, \"type\":\"disconnect\",\"order\":1,\"id\":\"4711:0\",\"start\":1764084000,"
                    "\"reason\":\"a \\\"b\\\" \\\\ \\/ \\u00e4\\ud83d\\ude00\",\"deadline_ms\":10000 } "),
        0);
    assert_int_equal(m.type, MESSAGE_DISCONNECT);
    assert_int_equal(m.order, 1);
    assert_string_equal(m.id, "4711:0");
    assert_int_equal(m.start, 1764084000);
    assert_true(m.hard);
    assert_string_equal(m.reason, "a \"b\" \\ / \xc3\xa4\xf0\x9f\x98\x80");
    assert_int_equal(parse_z(&m, "{\"type\":\"keep-out\",\"n\":7,\"user_raw\":\"61fF00\",\"until\":9}"), 0);
    assert_int_equal(m.user_len, 3);
    assert_memory_equal(m.user, "a\xff\0", 3);
    assert_string_equal(m.reason, "");
    assert_int_equal(parse_z(&m, "{\"type\":\"keep-out-lift\",\"n\":7}"), 0);
    assert_int_equal(m.n, 7);
    assert_int_equal(parse_z(&m, "{\"type\":\"admission\",\"n\":8,\"result\":\"refuse\",\"text\":\"no\"}"), 0);
    assert_int_equal(m.n, 8);
    assert_false(m.permit);
    assert_string_equal(m.text, "no");
    assert_int_equal(parse_z(&m, "{\"type\":\"admission\",\"n\":9,\"result\":\"permit\"}"), 0);
    assert_true(m.permit);
    assert_int_equal(parse_z(&m, "{\"type\":\"welcome\",\"version\":1,\"admission\":true}"), 0);
    assert_true(m.admission);
}

static void what_is_not_known_is_skipped(void **state)
{
    (void)state;
    struct message m;
    assert_int_equal(
        parse_z(
            &m,
            "{\"type\":\"ping\",\"n\":1,\"x\":[1,-2.5e+3,{\"n\":[]},{},true,false,null,\"]\"],\"\":{\"type\":\"q\"}}"),
        0);
    assert_int_equal(m.type, MESSAGE_PING);
    assert_int_equal(parse_z(&m, "{\"type\":\"of a later version\",\"n\":\"text\"}"),
                     -EBADMSG); /* a known member of the wrong type */
    assert_int_equal(parse_z(&m, "{\"type\":\"of a later version, with a name that is very long\"}"), 0);
    assert_int_equal(m.type, MESSAGE_OTHER);
}

static void what_breaks_the_protocol_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "}",
        "[]",
        "null",
        "{}",
        "{}{}",
        "{\"type\":\"ping\"}",
        "{\"type\":\"ping\",\"n\":1",
        "{\"type\":\"ping\",\"n\":1}x",
        "{\"type\":\"ping\",\"n\":1,}",
        "{\"type\":\"ping\" \"n\":1}",
        "{\"type\":\"ping\",\"n\":01}",
        "{\"type\":\"ping\",\"n\":-1}",
        "{\"type\":\"ping\",\"n\":1.0}",
        "{\"type\":\"ping\",\"n\":9223372036854775808}",
        "{\"type\":\"ping\",\"n\":1,\"n\":1}",
        "{\"type\":\"ping\",\"n\":true}",
        "{\"type\":5,\"n\":1}",
        "{'type':'ping'}",
        "{\"type\":\"ping\",\"n\":1,\"x\":}",
        "{\"type\":\"ping\",\"n\":1,\"x\":[}",
        "{\"type\":\"ping\",\"n\":1,\"x\":[1 2]}",
        "{\"type\":\"ping\",\"n\":1,\"x\":{\"a\"}}",
        "{\"type\":\"ping\",\"n\":1,\"x\":tru}",
        "{\"type\":\"ping\",\"n\":1,\"x\":1.}",
        "{\"type\":\"ping\",\"n\":1,\"x\":1e}",
        "{\"type\":\"ping\",\"n\":1,\"x\":-}",
        "{\"type\":\"ping\",\"n\":1,\"x\":\"\\x\"}",
        "{\"type\":\"ping\",\"n\":1,\"x\":\"\\ud800\"}",
        "{\"type\":\"ping\",\"n\":1,\"x\":\"\\udc00\"}",
        "{\"type\":\"ping\",\"n\":1,\"x\":\"\\ud800\\u0041\"}",
        "{\"type\":\"ping\",\"n\":1,\"x\":\"\\u00g0\"}",
        "{\"type\":\"ping\",\"n\":1,\"x\":\"\t\"}",
        "{\"type\":\"ping\",\"n\":1,\"x\":\"\xff\"}",
        "{\"type\":\"disconnect\",\"order\":1,\"start\":1}",
        "{\"type\":\"disconnect\",\"order\":1,\"start\":1,\"id\":\"a\",\"hard\":1}",
        "{\"type\":\"keep-out\",\"n\":1,\"until\":1}",
        "{\"type\":\"admission\",\"n\":1}",
        "{\"type\":\"admission\",\"result\":\"permit\"}",
        "{\"type\":\"admission\",\"n\":1,\"result\":\"perhaps\"}",
        "{\"type\":\"admission\",\"n\":1,\"result\":true}",
        "{\"type\":\"welcome\",\"admission\":1}",
        "{\"type\":\"keep-out\",\"n\":1,\"until\":1,\"user\":\"a\",\"user_raw\":\"61\"}",
        "{\"type\":\"keep-out\",\"n\":1,\"until\":1,\"user_raw\":\"6\"}",
        "{\"type\":\"keep-out\",\"n\":1,\"until\":1,\"user_raw\":\"6x\"}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct message m;
        if (parse_z(&m, bad[i]) != -EBADMSG)
            fail_msg("taken: %s", bad[i]);
    }
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    char line[256];
    struct message m;
    for (int deep = 14; deep <= 17; deep++) {
        memset(line, '[', sizeof(line));
        int n = snprintf(line, sizeof(line), "{\"type\":\"ping\",\"n\":1,\"x\":");
        memset(line + n, '[', (size_t)deep);
        memset(line + n + deep, ']', (size_t)deep);
        line[n + 2 * deep] = '}';
        assert_int_equal(parse(&m, line, (size_t)(n + 2 * deep + 1)),
                         deep <= 15 ? 0 : -EBADMSG); /* the object counts */
    }
}

static void long_texts_are_cut_and_long_names_refused(void **state)
{
    (void)state;
    static char line[8192], text[4096];
    struct message m;
    for (size_t i = 0; i < 300; i++)
        memcpy(text + 2 * i, "\xc3\xa4", 2);
    snprintf(line, sizeof(line), "{\"type\":\"disconnect\",\"order\":1,\"start\":1,\"id\":\"a\",\"reason\":\"x%s\"}",
             text);
    assert_int_equal(parse_z(&m, line), 0);
    assert_int_equal(strlen(m.reason), 255); /* on a whole character */
    snprintf(line, sizeof(line), "{\"type\":\"disconnect\",\"order\":1,\"start\":1,\"id\":\"%.200s\"}", text);
    assert_int_equal(parse_z(&m, line), -EBADMSG);
    snprintf(line, sizeof(line), "{\"type\":\"keep-out\",\"n\":1,\"until\":1,\"user\":\"%.512s\"}", text);
    assert_int_equal(parse_z(&m, line), 0);
    assert_int_equal(m.user_len, 512);
    snprintf(line, sizeof(line), "{\"type\":\"keep-out\",\"n\":1,\"until\":1,\"user\":\"%.514s\"}", text);
    assert_int_equal(parse_z(&m, line), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_the_protocol_are_read),         cmocka_unit_test(what_is_not_known_is_skipped),
        cmocka_unit_test(what_breaks_the_protocol_is_refused),       cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(long_texts_are_cut_and_long_names_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
