/* SPDX-License-Identifier: Apache-2.0 */
/* Users in a directory, as far as no directory is needed: attributes, filters, settings, the password's file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "rrasd/users_ldap_attrs.h"
#include "rrasd/users_ldap_config.h"
#include "rrasd/users_ldap_filter.h"
#include "rrasd/users_ldap_password.h"
#include "scratch.h"

/* ---- attributes ---- */

/* Values as text; NULL: absent. */
static struct users_ldap_values entry(const char *allow, const char *service, const char *callback, const char *saved)
{
    const char *const text[USERS_LDAP_ATTRS] = {allow, service, callback, saved};
    struct users_ldap_values v = {0};
    for (size_t i = 0; i < USERS_LDAP_ATTRS; i++) {
        if (text[i])
            v.of[i] = (struct users_ldap_value){.count = 1, .bytes = text[i], .n = strlen(text[i])};
    }
    return v;
}

static void means(const struct users_ldap_values *v, bool permitted, bool by_policy, enum user_callback callback,
                  const char *number)
{
    struct user_settings s;
    char why[USERS_WHY_MAX] = "";
    memset(&s, 0xaa, sizeof s);
    assert_int_equal(users_ldap_understand(v, &s, why), 0);
    assert_int_equal(s.permitted, permitted);
    assert_int_equal(s.by_policy, by_policy);
    assert_int_equal(s.callback, callback);
    assert_string_equal(s.number, number);
    assert_string_equal(why, "");
}

static void permission_is_what_stands_there_and_the_policys_when_nothing_does(void **state)
{
    (void)state;
    struct users_ldap_values v = entry("TRUE", NULL, NULL, NULL);
    means(&v, true, false, USER_CALLBACK_NONE, "");
    v = entry("FALSE", NULL, NULL, NULL);
    means(&v, false, false, USER_CALLBACK_NONE, "");
    v = entry(NULL, NULL, NULL, NULL);
    means(&v, false, true, USER_CALLBACK_NONE, "");
    v = entry("true", NULL, NULL, NULL);
    means(&v, true, false, USER_CALLBACK_NONE, "");
}

static void callback_is_service_type_4_and_whose_number_decides_the_kind(void **state)
{
    (void)state;
    struct users_ldap_values v = entry("TRUE", "4", NULL, NULL);
    means(&v, true, false, USER_CALLBACK_CALLER, "");
    v = entry("TRUE", "4", NULL, "12");
    means(&v, true, false, USER_CALLBACK_CALLER, "12");
    v = entry("TRUE", "4", "34", "12");
    means(&v, true, false, USER_CALLBACK_ADMIN, "34");
    v = entry("TRUE", "4", "", "12");
    means(&v, true, false, USER_CALLBACK_CALLER, "12");
    v = entry("TRUE", NULL, "34", "12");
    means(&v, true, false, USER_CALLBACK_NONE, "12");
    v = entry("TRUE", "2", "34", NULL);
    means(&v, true, false, USER_CALLBACK_NONE, "");
    v = entry("TRUE", "-4", "34", NULL);
    means(&v, true, false, USER_CALLBACK_NONE, "");
}

static void refused(const struct users_ldap_values *v, const char *begins)
{
    struct user_settings s, before;
    char why[USERS_WHY_MAX] = "";
    memset(&s, 0xaa, sizeof s);
    memset(&before, 0xaa, sizeof before);
    assert_int_equal(users_ldap_understand(v, &s, why), -EBADMSG);
    assert_memory_equal(&s, &before, sizeof s);
    if (strncmp(why, begins, strlen(begins)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", why, begins);
}

static void a_value_that_can_not_be_is_an_error_and_not_absent(void **state)
{
    (void)state;
    static const char *const no_boolean[] = {"", "1", "YES", "TRUE ", " TRUE", "TRU", "TRUEX", "FALS"};
    static const char *const no_integer[] = {"",   "-",          "four",        "4 ",         "0x4",
                                             "+4", "2147483648", "-2147483649", "00000000004"};
    for (size_t i = 0; i < sizeof no_boolean / sizeof no_boolean[0]; i++) {
        struct users_ldap_values v = entry(no_boolean[i], NULL, NULL, NULL);
        refused(&v, "msNPAllowDialin is neither");
    }
    for (size_t i = 0; i < sizeof no_integer / sizeof no_integer[0]; i++) {
        struct users_ldap_values v = entry("TRUE", no_integer[i], NULL, NULL);
        refused(&v, "msRADIUSServiceType is no");
    }
    struct users_ldap_values v = entry("TRUE", "2147483647", NULL, NULL);
    means(&v, true, false, USER_CALLBACK_NONE, "");
    v.of[USERS_LDAP_ALLOW] = (struct users_ldap_value){.count = 1, .bytes = "TRUE\0FALSE", .n = 10};
    refused(&v, "msNPAllowDialin is neither");
}

static void two_values_of_any_attribute_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < USERS_LDAP_ATTRS; i++) {
        struct users_ldap_values v = entry("TRUE", "4", "1", "2");
        v.of[i].count = 2;
        refused(&v, users_ldap_attr_names[i]);
    }
}

static void numbers_that_can_not_be_are_refused_and_the_longest_fits(void **state)
{
    (void)state;
    char text[USERS_NUMBER_UNITS + 2];
    memset(text, '7', sizeof text);
    text[USERS_NUMBER_UNITS] = '\0';
    struct users_ldap_values v = entry("TRUE", "4", text, NULL);
    means(&v, true, false, USER_CALLBACK_ADMIN, text);
    text[USERS_NUMBER_UNITS] = '7';
    text[USERS_NUMBER_UNITS + 1] = '\0';
    v = entry("TRUE", "4", text, NULL);
    refused(&v, "msRADIUSCallbackNumber is no telephone number");
    v = entry("TRUE", NULL, NULL, text);
    refused(&v, "msRASSavedCallbackNumber is no telephone number");
    /* Numbers that don't count may be as they like. */
    v = entry("TRUE", "4", "1", text);
    means(&v, true, false, USER_CALLBACK_ADMIN, "1");
    v = entry("TRUE", NULL, text, "1");
    means(&v, true, false, USER_CALLBACK_NONE, "1");
    static const char *const bad[] = {"\x1b[2J", "12\n", "\x7f", "1\xc3\xa4", "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        v = entry("TRUE", "4", bad[i], NULL);
        refused(&v, "msRADIUSCallbackNumber is no telephone number");
    }
    v.of[USERS_LDAP_CALLBACK] = (struct users_ldap_value){.count = 1, .bytes = "1\0002", .n = 3};
    refused(&v, "msRADIUSCallbackNumber is no telephone number");
}

/* ---- what is to be changed ---- */

/* The changes as text: "msNPAllowDialin=TRUE;msRADIUSServiceType;" */
static const char *changes(const struct users_ldap_values *now, bool permitted, bool by_policy, uint8_t callback,
                           const char *number)
{
    static char text[1024];
    struct user_settings s = {.permitted = permitted, .by_policy = by_policy, .callback = callback};
    struct users_ldap_changes c;
    char why[USERS_WHY_MAX] = "";
    snprintf(s.number, sizeof s.number, "%s", number);
    if (users_ldap_compare(now, &s, &c, why) < 0)
        return "refused";
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < c.n; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s;", users_ldap_attr_names[c.change[i].attr],
                              c.change[i].value ? "=" : "", c.change[i].value ? c.change[i].value : "");
    return text;
}

static void only_what_differs_is_changed(void **state)
{
    (void)state;
    struct users_ldap_values v = entry(NULL, NULL, NULL, NULL);
    assert_string_equal(changes(&v, true, false, USER_CALLBACK_NONE, ""), "msNPAllowDialin=TRUE;");
    assert_string_equal(changes(&v, false, false, USER_CALLBACK_NONE, ""), "msNPAllowDialin=FALSE;");
    assert_string_equal(changes(&v, true, true, USER_CALLBACK_NONE, ""), "");
    assert_string_equal(changes(&v, false, true, USER_CALLBACK_CALLER, ""), "msRADIUSServiceType=4;");
    assert_string_equal(changes(&v, false, true, USER_CALLBACK_ADMIN, "12"),
                        "msRADIUSServiceType=4;msRADIUSCallbackNumber=12;msRASSavedCallbackNumber=12;");
    assert_string_equal(changes(&v, false, true, USER_CALLBACK_NONE, "12"), "msRASSavedCallbackNumber=12;");
    v = entry("TRUE", "4", "12", "12");
    assert_string_equal(changes(&v, true, false, USER_CALLBACK_ADMIN, "12"), "");
    assert_string_equal(changes(&v, false, true, USER_CALLBACK_NONE, ""),
                        "msNPAllowDialin;msRADIUSServiceType;msRADIUSCallbackNumber;msRASSavedCallbackNumber;");
    assert_string_equal(changes(&v, true, false, USER_CALLBACK_CALLER, "12"), "msRADIUSCallbackNumber;");
    assert_string_equal(changes(&v, true, false, USER_CALLBACK_ADMIN, "123"),
                        "msRADIUSCallbackNumber=123;msRASSavedCallbackNumber=123;");
}

static void another_service_type_is_left_alone_until_there_is_callback(void **state)
{
    (void)state;
    struct users_ldap_values v = entry("TRUE", "2", NULL, NULL);
    assert_string_equal(changes(&v, true, false, USER_CALLBACK_NONE, ""), "");
    assert_string_equal(changes(&v, true, false, USER_CALLBACK_CALLER, ""), "msRADIUSServiceType=4;");
}

static void values_that_can_not_be_are_replaced(void **state)
{
    (void)state;
    struct users_ldap_values v = entry("maybe", "four", "\xff", "\xff");
    assert_string_equal(changes(&v, true, false, USER_CALLBACK_NONE, "1"),
                        "msNPAllowDialin=TRUE;msRADIUSServiceType;msRADIUSCallbackNumber;msRASSavedCallbackNumber=1;");
    v = entry("TRUE", "4", "1", "1");
    for (size_t i = 0; i < USERS_LDAP_ATTRS; i++)
        v.of[i].count = 2;
    assert_string_equal(
        changes(&v, true, false, USER_CALLBACK_ADMIN, "1"),
        "msNPAllowDialin=TRUE;msRADIUSServiceType=4;msRADIUSCallbackNumber=1;msRASSavedCallbackNumber=1;");
}

static void what_the_attributes_can_not_keep_is_refused(void **state)
{
    (void)state;
    const struct users_ldap_values v = entry(NULL, NULL, NULL, NULL);
    char text[USERS_NUMBER_UNITS + 2];
    memset(text, '7', sizeof text);
    text[USERS_NUMBER_UNITS + 1] = '\0';
    assert_string_equal(changes(&v, true, false, USER_CALLBACK_ADMIN, ""), "refused");
    assert_string_equal(changes(&v, true, false, USER_CALLBACK_ADMIN, text), "refused");
    assert_string_equal(changes(&v, true, false, USER_CALLBACK_CALLER, "\xc3\xa4"), "refused");
    assert_string_equal(changes(&v, true, false, USER_CALLBACK_NONE, "1\n"), "refused");
}

/* ---- filters ---- */

static void name_gives(const char *text, const char *user, const char *filter)
{
    char ret[USERS_LDAP_FILTER_MAX];
    assert_int_equal(users_ldap_filter(text, user, ret), 0);
    assert_string_equal(ret, filter);
}

static void nothing_in_a_name_is_part_of_the_filter(void **state)
{
    (void)state;
    name_gives("(uid=%u)", "bob7", "(uid=bob7)");
    name_gives("(uid=%u)", "*)(uid=*", "(uid=\\2a\\29\\28uid\\3d\\2a)");
    name_gives("(uid=%u)", "a\\b", "(uid=a\\5cb)");
    name_gives("(uid=%u)", "\xc3\xa4 &|!<>~\t\x01", "(uid=\\c3\\a4\\20\\26\\7c\\21\\3c\\3e\\7e\\09\\01)");
    name_gives("(uid=%u)", "%u%%", "(uid=\\25u\\25\\25)");
    name_gives("(|(uid=%u)(mail=%u@x.org))", "b", "(|(uid=b)(mail=b@x.org))");
    name_gives("(&(a=100%%)(uid=%u))", "b", "(&(a=100%)(uid=b))");
}

static void names_that_no_directory_has_are_nobodys(void **state)
{
    (void)state;
    char ret[USERS_LDAP_FILTER_MAX];
    assert_int_equal(users_ldap_filter("(uid=%u)", "", ret), -ENOENT);
    assert_int_equal(users_ldap_filter("(uid=%u)", "\xff", ret), -ENOENT);
    assert_int_equal(users_ldap_filter("(uid=%u)", "a\xc3", ret), -ENOENT);
}

static void a_filter_that_has_no_room_is_refused(void **state)
{
    (void)state;
    char ret[USERS_LDAP_FILTER_MAX], name[769];
    memset(name, '*', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(users_ldap_filter("(|(a=%u)(b=%u)(c=%u))", name, ret), 0);
    assert_int_equal(users_ldap_filter("(|(a=%u)(b=%u)(c=%u)(d=%u))", name, ret), -ENAMETOOLONG);
}

static void templates_that_are_none_are_told(void **state)
{
    (void)state;
    static const char *const good[] = {"(uid=%u)", "(&(objectClass=person)(|(uid=%u)(cn=%u)))",
                                       "(&(a=\\28%%)(uid=%u))"};
    static const char *const bad[] = {"",           "uid=%u",      "(uid=%u",    "(uid=%u))",  "(uid=%u)(a=b)",
                                      "(uid=%u) ",  "(uid=bob)",   "(uid=%%u)",  "(uid=%s)",   "(uid=%u)%",
                                      "(uid=\\%u)", "(uid=\\2%u)", "(uid=%u\\)", ")(uid=%u)(", "(uid=%u)(uid=%",
                                      "(uid=%u%)"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_null(users_ldap_template_wrong(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (!users_ldap_template_wrong(bad[i]))
            fail_msg("\"%s\" is taken", bad[i]);
    }
    char text[USERS_LDAP_TEMPLATE_MAX + 1];
    snprintf(text, sizeof text, "(uid=%%u%01015d)", 0);
    assert_int_equal(strlen(text), USERS_LDAP_TEMPLATE_MAX - 1);
    assert_null(users_ldap_template_wrong(text));
    snprintf(text, sizeof text, "(uid=%%u%01016d)", 0);
    assert_non_null(users_ldap_template_wrong(text));
}

/* ---- settings ---- */

static char *const dn = (char[]){"cn=rrasd"}, *const file = (char[]){"/p"};

static bool uri_ok(const char *uri, bool starttls, bool password, char why[static USERS_WHY_MAX])
{
    char copy[512], base[] = "dc=example", filter[] = "(uid=%u)";
    snprintf(copy, sizeof copy, "%s", uri);
    const struct config_users c = {.ldap_uri = copy,
                                   .ldap_base = base,
                                   .ldap_filter = filter,
                                   .ldap_starttls = starttls,
                                   .ldap_bind_dn = password ? dn : NULL,
                                   .ldap_password_file = password ? file : NULL};
    return users_ldap_config_ok(&c, why);
}

static void servers_are_names_and_ports_all_by_the_same_scheme(void **state)
{
    (void)state;
    char why[USERS_WHY_MAX];
    static const char *const good[] = {"ldap://dc1", "ldaps://dc1:636/ ldaps://dc2",
                                       "ldapi:///",  "ldapi://%2Frun%2Fs",
                                       "LDAPS://x",  "ldap://[::1]:389"};
    static const char *const bad[] = {
        "",           "dc1",          "http://dc1",   "ldap://dc1 ldaps://dc2", "ldap://", "ldap:///", "ldap:///dc=x",
        "ldap://a/b", "ldap://dc1?x", "ldap://a\x01", "ldaps://a ldap:b"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(uri_ok(good[i], true, false, why));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (uri_ok(bad[i], true, false, why))
            fail_msg("\"%s\" is taken", bad[i]);
        assert_memory_equal(why, "ldap_uri must", 13);
    }
}

static void no_password_goes_where_it_can_be_read(void **state)
{
    (void)state;
    char why[USERS_WHY_MAX];
    static const char *const safe[] = {"ldap://127.0.0.1", "ldap://127.3.2.1:389/", "ldap://localhost", "ldap://[::1]",
                                       "ldap://[::1]:3",   "ldaps://dc1",           "ldapi:///"};
    static const char *const open[] = {
        "ldap://dc1",       "ldap://127.0.0.1.example.org", "ldap://localhost.example.org",
        "ldap://[::1].org", "ldap://localhost ldap://dc1",  "ldap://128.0.0.1"};
    for (size_t i = 0; i < sizeof safe / sizeof safe[0]; i++)
        assert_true(uri_ok(safe[i], false, true, why));
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        if (uri_ok(open[i], false, true, why))
            fail_msg("\"%s\" is taken", open[i]);
        assert_memory_equal(why, "the password would", 18);
        assert_true(uri_ok(open[i], true, true, why));
        assert_true(uri_ok(open[i], false, false, why));
    }
}

static void settings_that_belong_together_must_come_together(void **state)
{
    (void)state;
    char why[USERS_WHY_MAX], uri[] = "ldaps://x", base[] = "dc=x", filter[] = "(uid=%u)", none[] = "(uid=bob)";
    const struct config_users good = {.ldap_uri = uri, .ldap_base = base, .ldap_filter = filter};
    struct config_users c = good;
    assert_true(users_ldap_config_ok(&c, why));
    c.ldap_base = NULL;
    assert_false(users_ldap_config_ok(&c, why));
    assert_memory_equal(why, "ldap_base must", 14);
    c = good;
    c.ldap_uri = NULL;
    assert_false(users_ldap_config_ok(&c, why));
    assert_memory_equal(why, "ldap_uri must", 13);
    c = good;
    c.ldap_filter = none;
    assert_false(users_ldap_config_ok(&c, why));
    assert_memory_equal(why, "ldap_filter must", 16);
    c = good;
    c.ldap_bind_dn = dn;
    assert_false(users_ldap_config_ok(&c, why));
    c = good;
    c.ldap_password_file = file;
    assert_false(users_ldap_config_ok(&c, why));
}

/* ---- the password ---- */

/* What the file gives, as text; "refused: ..." */
static const char *password_of(struct scratch *s, const char *content, size_t n, mode_t mode)
{
    static char text[USERS_LDAP_PASSWORD_MAX + USERS_WHY_MAX];
    char path[SCRATCH_PATH_MAX], password[USERS_LDAP_PASSWORD_MAX], why[USERS_WHY_MAX] = "";
    size_t got = 0;
    scratch_file(s, path, "password", content, n);
    assert_int_equal(chmod(path, mode), 0);
    int r = users_ldap_password(path, password, &got, why);
    unlink(path);
    if (r == 0) {
        memcpy(text, password, got);
        text[got] = '\0';
    } else {
        assert_int_equal(r, -EACCES);
        assert_null(strstr(why, "secret"));
        snprintf(text, sizeof text, "refused: %s", why);
    }
    return text;
}

static void a_password_is_a_file_without_its_last_line_feed(void **state)
{
    struct scratch *s = *state;
    assert_string_equal(password_of(s, "secret\n", 7, 0600), "secret");
    assert_string_equal(password_of(s, "secret", 6, 0400), "secret");
    assert_string_equal(password_of(s, " a b \n\n", 7, 0640), " a b \n");
    char longest[USERS_LDAP_PASSWORD_MAX + 2];
    memset(longest, 'x', sizeof longest);
    longest[USERS_LDAP_PASSWORD_MAX] = '\n';
    assert_int_equal(strlen(password_of(s, longest, USERS_LDAP_PASSWORD_MAX, 0600)), USERS_LDAP_PASSWORD_MAX);
    assert_int_equal(strlen(password_of(s, longest, USERS_LDAP_PASSWORD_MAX + 1, 0600)), USERS_LDAP_PASSWORD_MAX);
    assert_memory_equal(password_of(s, longest, USERS_LDAP_PASSWORD_MAX + 2, 0600), "refused", 7);
}

static void an_empty_password_is_none(void **state)
{
    assert_memory_equal(password_of(*state, "", 0, 0600), "refused", 7);
    assert_memory_equal(password_of(*state, "\n", 1, 0600), "refused", 7);
}

static void a_password_that_others_can_get_at_is_refused(void **state)
{
    static const mode_t modes[] = {0644, 0604, 0602, 0601, 0620, 0660, 0610};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        assert_non_null(strstr(password_of(*state, "secret\n", 7, modes[i]), "chmod 640"));
}

static void what_is_no_file_is_refused_and_does_not_hold_us_up(void **state)
{
    char path[SCRATCH_PATH_MAX], password[USERS_LDAP_PASSWORD_MAX], why[USERS_WHY_MAX];
    size_t n = 7;
    scratch_path(*state, path, "pipe");
    assert_int_equal(users_ldap_password(path, password, &n, why), -EACCES);
    assert_non_null(strstr(why, "No such file"));
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(users_ldap_password(path, password, &n, why), -EACCES);
    assert_non_null(strstr(why, "is no file"));
    assert_int_equal(n, 7);
    if (geteuid() == 0) {
        scratch_file(*state, path, "strangers", "secret", 6);
        assert_int_equal(chmod(path, 0600), 0);
        assert_int_equal(chown(path, 12345, 0), 0);
        assert_int_equal(users_ldap_password(path, password, &n, why), -EACCES);
        assert_non_null(strstr(why, "must belong to root"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permission_is_what_stands_there_and_the_policys_when_nothing_does),
        cmocka_unit_test(callback_is_service_type_4_and_whose_number_decides_the_kind),
        cmocka_unit_test(a_value_that_can_not_be_is_an_error_and_not_absent),
        cmocka_unit_test(two_values_of_any_attribute_are_refused),
        cmocka_unit_test(numbers_that_can_not_be_are_refused_and_the_longest_fits),
        cmocka_unit_test(only_what_differs_is_changed),
        cmocka_unit_test(another_service_type_is_left_alone_until_there_is_callback),
        cmocka_unit_test(values_that_can_not_be_are_replaced),
        cmocka_unit_test(what_the_attributes_can_not_keep_is_refused),
        cmocka_unit_test(nothing_in_a_name_is_part_of_the_filter),
        cmocka_unit_test(names_that_no_directory_has_are_nobodys),
        cmocka_unit_test(a_filter_that_has_no_room_is_refused),
        cmocka_unit_test(templates_that_are_none_are_told),
        cmocka_unit_test(servers_are_names_and_ports_all_by_the_same_scheme),
        cmocka_unit_test(no_password_goes_where_it_can_be_read),
        cmocka_unit_test(settings_that_belong_together_must_come_together),
        cmocka_unit_test_setup_teardown(a_password_is_a_file_without_its_last_line_feed, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(an_empty_password_is_none, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_password_that_others_can_get_at_is_refused, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_refused_and_does_not_hold_us_up, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
