/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/rasadmin/unit.h"

#include "rasadmin/show.h"

static void lists_are_joined_by_handle(void **state)
{
    (void)state;
    struct connection c[] = {A_CONNECTION(.handle = 9, .user = "bob"), A_CONNECTION(.handle = 3, .user = "alice")};
    struct port p[] = {A_PORT(.handle = 1, .connection = 3, .name = "a"),
                       A_PORT(.handle = 2, .connection = 9, .name = "b"),
                       A_PORT(.handle = 3, .connection = 3, .name = "c"), A_PORT(.handle = 4, .name = "d"),
                       A_PORT(.handle = 5, .connection = 8, .name = "e")};
    struct listing l = {.ports = p, .n_ports = COUNT(p), .connections = c, .n_connections = COUNT(c)};
    listing_join(&l);
    assert_string_equal(p[0].conn->user, "alice");
    assert_string_equal(p[1].conn->user, "bob");
    assert_ptr_equal(p[2].conn, p[0].conn);
    assert_int_equal(p[0].conn->links, 2);
    assert_null(p[3].conn);
    assert_null(p[4].conn); /* it ended between the two lists */
    assert_null(listing_connection(&l, 0));
    assert_string_equal(listing_port_named(&l, "c")->name, "c");
    assert_null(listing_port_named(&l, "C"));
    assert_null(listing_port(&l, 77));
}

static void an_empty_server_is_no_trouble(void **state)
{
    (void)state;
    struct listing l = {0};
    listing_join(&l);
    assert_null(listing_connection(&l, 1));
    listing_free(&l);
}

static void handles_are_read_strictly(void **state)
{
    (void)state;
    uint32_t h = 77;
    static const char *const bad[] = {"",
                                      "0",
                                      "0x0",
                                      "x",
                                      "1x",
                                      " 1",
                                      "+1",
                                      "-1",
                                      "0x",
                                      "4294967295",
                                      "4294967296",
                                      "0xffffffff",
                                      "99999999999999999999999",
                                      "0x1g"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(parse_handle(bad[i], &h));
    assert_int_equal(h, 77);
    assert_true(parse_handle("4294967294", &h));
    assert_int_equal(h, 4294967294u);
    assert_true(parse_handle("0xFFFFFFFE", &h));
    assert_int_equal(h, 4294967294u);
    assert_true(parse_handle("010", &h));
    assert_int_equal(h, 10);
}

static void states_have_words(void **state)
{
    (void)state;
    static const char *const words[] = {"not operational", "disconnected", "calling back", "listening",
                                        "authenticating",  "connected",    "initializing", "unknown"};
    for (uint32_t i = 0; i < COUNT(words); i++) {
        const struct port p = A_PORT(.name = "", .condition = i);
        assert_string_equal(port_state(&p), words[i]);
    }
    const struct port going = A_PORT(.name = "", .condition = CONDITION_DISCONNECTED, .connection = 4);
    assert_string_equal(port_state(&going), "disconnecting");
    assert_true(port_is_busy(&going));
    const struct port idle = A_PORT(.name = "", .condition = CONDITION_DISCONNECTED);
    assert_false(port_is_busy(&idle));
}

static void strings_of_the_server_become_utf8(void **state)
{
    (void)state;
    struct arena a = {0};
    const char16_t lone[] = {0xd800, u'z', 0};
    const char16_t full[4] = {u'a', u'b', u'c', u'd'}; /* no NUL */
    assert_string_equal(arena_utf16(&a, lone, COUNT(lone)), "\xef\xbf\xbdz");
    assert_string_equal(arena_utf16(&a, full, COUNT(full)), "abcd");
    assert_string_equal(arena_utf16(&a, u"", 1), "");
    assert_string_equal(arena_utf16(&a, full, 0), "");
    /* Many of them, over several chunks, stay what they are. */
    const char *first = arena_utf16(&a, u"J\u00fcrgen", 7);
    for (int i = 0; i < 20000; i++)
        assert_string_equal(arena_utf16(&a, full, COUNT(full)), "abcd");
    assert_string_equal(first, "J\xc3\xbcrgen");
    arena_free(&a);
}

static void users_are_shown_escaped(void **state)
{
    (void)state;
    char b[SHOW_USER_MAX];
    const struct connection bad = A_CONNECTION(.user = "ev\x1b[31mil", .domain = "D\n");
    const struct connection plain = A_CONNECTION(.user = "alice");
    const struct connection none = A_CONNECTION(.domain = "CORP");
    assert_string_equal(show_user(b, &bad), "D\\x0a\\ev\\x1b[31mil");
    assert_string_equal(show_user(b, &plain), "alice");
    assert_string_equal(show_user(b, &none), "");
    assert_string_equal(show_user(b, NULL), "");
}

/* What is shown can be read back: of no two of these can it be the same. */
static void different_users_look_different(void **state)
{
    static const struct {
        const char *domain, *user, *shown;
    } all[] = {
        {"CORP", "bob", "CORP\\bob"},
        {"", "CORP\\bob", "CORP\\\\bob"},
        {"CORP", "\\bob", "CORP\\u{005c}\\\\bob"},
        {"CORP\\", "bob", "CORP\\\\\\bob"},
        {"", "CORP\x1b", "CORP\\x1b"},
        {"CORP", "x1b", "CORP\\u{005c}x1b"},
        {"CORP", "\x1b", "CORP\\u{005c}\\x1b"},
        {"", "CORP\\x1b", "CORP\\\\x1b"},
        {"CORP", "u{005c}bob", "CORP\\u{005c}u{005c}bob"},
        {"", "CORP\\u{005c}bob", "CORP\\\\u{005c}bob"},
        {"", "bob@corp.example", "bob@corp.example"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        const struct connection c = A_CONNECTION(.user = all[i].user, .domain = all[i].domain);
        char b[SHOW_USER_MAX];
        assert_string_equal(show_user(b, &c), all[i].shown);
    }
}

static void a_whole_name_is_shown_like_its_parts(void **state)
{
    char b[SHOW_USER_MAX], small[8];
    (void)state;
    assert_string_equal(show_user_name(b, sizeof b, "CORP\\bob"), "CORP\\bob");
    assert_string_equal(show_user_name(b, sizeof b, "CORP\\\x1b"), "CORP\\u{005c}\\x1b");
    assert_string_equal(show_user_name(b, sizeof b, "CORP\\x1b"), "CORP\\\\x1b");
    assert_string_equal(show_user_name(b, sizeof b, "a\\b\\c"), "a\\\\b\\\\c");
    assert_string_equal(show_user_name(b, sizeof b, "bob"), "bob");
    assert_string_equal(show_user_name(small, sizeof small, "CORP\\b\xe2\x82\xac"), "CORP\\b");
}

static void the_longest_user_fits(void **state)
{
    (void)state;
    /* The character whose escape is longest: three bytes, one unit, shown as \u{202e}. */
    char user[256 * 3 + 1], domain[15 * 3 + 1], b[SHOW_USER_MAX];
    for (size_t i = 0; i < 256; i++)
        memcpy(user + 3 * i, "\xe2\x80\xae", 4);
    for (size_t i = 0; i < 15; i++)
        memcpy(domain + 3 * i, "\xe2\x80\xae", 4);
    const struct connection c = A_CONNECTION(.user = user, .domain = domain);
    assert_int_equal(strlen(show_user(b, &c)), 256 * 8 + 8 + 15 * 8);
}

static void durations_and_sizes_are_short(void **state)
{
    (void)state;
    char b[SHOW_DURATION_MAX], s[SHOW_BYTES_MAX];
    assert_string_equal(show_duration(b, 0), "0s");
    assert_string_equal(show_duration(b, 59), "59s");
    assert_string_equal(show_duration(b, 60), "1m00s");
    assert_string_equal(show_duration(b, 3599), "59m59s");
    assert_string_equal(show_duration(b, 3600), "1h00m");
    assert_string_equal(show_duration(b, 86399), "23h59m");
    assert_string_equal(show_duration(b, 86400), "1d00h");
    assert_string_equal(show_duration(b, UINT32_MAX), "49710d06h");
    assert_string_equal(show_bytes(s, 0), "0 B");
    assert_string_equal(show_bytes(s, 1023), "1023 B");
    assert_string_equal(show_bytes(s, 1024), "1.0 KiB");
    assert_string_equal(show_bytes(s, 1536), "1.5 KiB");
    assert_string_equal(show_bytes(s, UINT64_MAX), "15.9 EiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_joined_by_handle),
        cmocka_unit_test(an_empty_server_is_no_trouble),
        cmocka_unit_test(handles_are_read_strictly),
        cmocka_unit_test(states_have_words),
        cmocka_unit_test(strings_of_the_server_become_utf8),
        cmocka_unit_test(users_are_shown_escaped),
        cmocka_unit_test(different_users_look_different),
        cmocka_unit_test(a_whole_name_is_shown_like_its_parts),
        cmocka_unit_test(the_longest_user_fits),
        cmocka_unit_test(durations_and_sizes_are_short),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
