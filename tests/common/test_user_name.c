/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/user_name.h"

static const struct {
    const char *name, *domain, *user; /* user NULL: it stays whole */
} names[] = {
    {"CORP\\bob", "CORP", "bob"},
    {"corp.example\\bob", "corp.example", "bob"},
    {"CORP\\bob@corp.example", "CORP", "bob@corp.example"},
    {"CORP\\b", "CORP", "b"},
    {"C\\bob", "C", "bob"},
    {"CORP\\xaver", "CORP", "xaver"},
    {"CORP\\xAB", "CORP", "xAB"},
    {"CORP\\x1", "CORP", "x1"},
    {"CORP\\u", "CORP", "u"},
    {"CORP\\ulla", "CORP", "ulla"},
    {"J\xc3\xbcrgen\\J\xc3\xbcrgen", "J\xc3\xbcrgen", "J\xc3\xbcrgen"},
    {"123456789012345\\bob", "123456789012345", "bob"},
    {"1234567890123\xf0\x9f\x94\x91\\bob", "1234567890123\xf0\x9f\x94\x91", "bob"},
    {"", "", NULL},
    {"bob", "", NULL},
    {"bob@corp.example", "", NULL},
    {"CORP/bob", "", NULL},
    {"\\", "", NULL},
    {"\\\\", "", NULL},
    {"\\bob", "", NULL},
    {"CORP\\", "", NULL},
    {"\\\\CORP\\bob", "", NULL},
    {"a\\b\\c", "", NULL},
    {"a\\\\b", "", NULL},
    {"1234567890123456\\bob", "", NULL},
    {"12345678901234\xf0\x9f\x94\x91\\bob", "", NULL},
    {"al\\xe9", "", NULL}, /* as rrasd keeps a name that is not UTF-8 */
    {"CORP\\x00bob", "", NULL},
    {"CORP\\u{202e}bob", "", NULL},
    {"CORP\\b\xff", "", NULL},
    {"C\xff\\bob", "", NULL},
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void names_are_taken_apart_by_the_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char domain[USER_DOMAIN_MAX + 1];
        const char *user = names[i].user ? names[i].user : names[i].name;
        assert_string_equal(user_split(names[i].name, domain), user);
        assert_string_equal(domain, names[i].domain);
        assert_string_equal(user_alone(names[i].name), user);
        assert_int_equal(user_domain(names[i].name, strlen(names[i].name)), strlen(names[i].domain));
    }
}

/* Nothing is read behind the end, and a NUL in the middle is a byte like others. */
static void a_name_may_be_bytes_with_a_length(void **state)
{
    (void)state;
    assert_int_equal(user_domain("CORP\\bob\\", 8), 4);
    assert_int_equal(user_domain("CORP\\bob", 5), 0);
    assert_int_equal(user_domain("CORP\\bob", 4), 0);
    assert_int_equal(user_domain("CORP\\b\0\\", 8), 0);
    assert_int_equal(user_domain("", 0), 0);
}

/* However long the name: only the domain has to fit. */
static void the_longest_domain_fits(void **state)
{
    char name[USER_DOMAIN_MAX + 2 + 512] = "", domain[USER_DOMAIN_MAX + 1];
    (void)state;
    for (size_t i = 0; i < USER_DOMAIN_UNITS; i++)
        memcpy(name + 3 * i, "\xe2\x82\xac", 3);
    name[USER_DOMAIN_MAX] = '\\';
    memset(name + USER_DOMAIN_MAX + 1, 'u', 512);
    assert_ptr_equal(user_split(name, domain), name + USER_DOMAIN_MAX + 1);
    assert_int_equal(strlen(domain), USER_DOMAIN_MAX);
}

static void a_name_without_domain_means_every_domain(void **state)
{
    (void)state;
    assert_true(user_is_meant("bob", "bob"));
    assert_true(user_is_meant("CORP\\bob", "bob"));
    assert_true(user_is_meant("CORP\\bob", "CORP\\bob"));
    assert_true(user_is_meant("a\\b\\c", "a\\b\\c"));
    assert_false(user_is_meant("bob", "CORP\\bob"));
    assert_false(user_is_meant("CORP\\bob", "BIZ\\bob"));
    assert_false(user_is_meant("CORP\\bob", "corp\\bob"));
    assert_false(user_is_meant("CORP\\bob", "Bob"));
    assert_false(user_is_meant("CORP\\bob", "CORP"));
    assert_false(user_is_meant("CORP\\bob", "\\bob"));
    assert_false(user_is_meant("bob@corp.example", "bob"));
    assert_false(user_is_meant("a\\b\\c", "c"));
    assert_false(user_is_meant("\\bob", "bob"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_taken_apart_by_the_rule),
        cmocka_unit_test(a_name_may_be_bytes_with_a_length),
        cmocka_unit_test(the_longest_domain_fits),
        cmocka_unit_test(a_name_without_domain_means_every_domain),
    };
    return cmocka_run_group_tests_name("user_name", tests, NULL, NULL);
}
