/* SPDX-License-Identifier: Apache-2.0 */
/* Which user of this machine NTLM's "DOMAIN\user" is. Whom the name service knows, and what this machine is called, is
 * the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "rrasd/identity.h"

static struct {
    const char *known[4];
    const char *host;
    int error;       /* of the name service, when it does not answer */
    char asked[512]; /* each name and a blank */
} w;

/* With link-time optimization nobody seems to call what --wrap puts in the place of something. */
#define WRAP __attribute__((used))

WRAP int __wrap_getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t n, struct passwd **ret);
int __wrap_getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t n, struct passwd **ret)
{
    size_t len = strlen(w.asked);
    snprintf(w.asked + len, sizeof w.asked - len, "%s ", name);
    *ret = NULL;
    if (w.error)
        return w.error;
    for (unsigned i = 0; i < 4 && w.known[i]; i++) {
        if (strcmp(w.known[i], name) != 0)
            continue;
        snprintf(buf, n, "%s", name);
        *pw = (struct passwd){.pw_name = buf, .pw_uid = 1000 + i, .pw_gid = 100};
        *ret = pw;
    }
    return 0;
}

WRAP int __wrap_getgrouplist(const char *user, gid_t group, gid_t *groups, int *n);
int __wrap_getgrouplist(const char *user, gid_t group, gid_t *groups, int *n)
{
    (void)user;
    groups[0] = group;
    *n = 1;
    return 1;
}

WRAP int __wrap_gethostname(char *name, size_t n);
int __wrap_gethostname(char *name, size_t n)
{
    snprintf(name, n, "%s", w.host);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.host = "gate.example.org";
    return 0;
}

static int uid_of(const char *name)
{
    struct identity i;
    int r = identity_of_ntlm(name, &i);
    if (r < 0)
        return r;
    assert_int_equal(i.n_groups, 1);
    assert_int_equal(i.groups[0], 100);
    r = (int)i.uid;
    identity_clear(&i);
    return r;
}

static void the_name_service_is_asked_for_the_whole_name_first(void **state)
{
    (void)state;
    w.known[0] = "CORP\\bob";
    w.known[1] = "bob";
    assert_int_equal(uid_of("CORP\\bob"), 1000);
    assert_string_equal(w.asked, "CORP\\bob ");
}

static void a_user_of_this_machine_needs_no_domain_there(void **state)
{
    static const char *const names[] = {"GATE\\bob", "gate\\bob", "Gate\\BOB", "GATE\\Bob"};
    (void)state;
    w.known[0] = "bob";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(uid_of(names[i]), 1000);
}

static void a_user_of_another_domain_is_not_the_one_of_this_machine(void **state)
{
    static const char *const names[] = {"CORP\\bob",  "GAT\\bob", "GATEX\\bob", "gate.example.org\\bob",
                                        "bob",        "\\bob",    "GATE\\",     "GATE\\x\\bob",
                                        "GATE\\bob\\"};
    (void)state;
    w.known[0] = "bob";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(uid_of(names[i]), -ENOENT);
}

/* In capitals he would be one that NTLM can't tell from the other. */
static void letters_are_made_small_and_never_tried_as_they_are(void **state)
{
    (void)state;
    w.known[0] = "Bob";
    assert_int_equal(uid_of("GATE\\Bob"), -ENOENT);
    assert_string_equal(w.asked, "GATE\\Bob bob ");
}

static void a_long_name_of_a_machine_is_cut_as_windows_does(void **state)
{
    (void)state;
    w.host = "a-gate-with-a-long-name";
    w.known[0] = "bob";
    assert_int_equal(uid_of("A-GATE-WITH-A-L\\bob"), 1000);
    assert_int_equal(uid_of("A-GATE-WITH-A-LONG-NAME\\bob"), -ENOENT);
}

static void a_machine_without_a_name_has_no_domain(void **state)
{
    (void)state;
    w.host = "";
    w.known[0] = "bob";
    assert_int_equal(uid_of("\\bob"), -ENOENT);
    assert_int_equal(uid_of("X\\bob"), -ENOENT);
}

/* He may be somebody there, so he is not somebody else here meanwhile. */
static void a_name_service_that_fails_makes_nobody_another(void **state)
{
    (void)state;
    w.error = EIO;
    assert_int_equal(uid_of("GATE\\bob"), -EIO);
    assert_string_equal(w.asked, "GATE\\bob ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_name_service_is_asked_for_the_whole_name_first, clear),
        cmocka_unit_test_setup(a_user_of_this_machine_needs_no_domain_there, clear),
        cmocka_unit_test_setup(a_user_of_another_domain_is_not_the_one_of_this_machine, clear),
        cmocka_unit_test_setup(letters_are_made_small_and_never_tried_as_they_are, clear),
        cmocka_unit_test_setup(a_long_name_of_a_machine_is_cut_as_windows_does, clear),
        cmocka_unit_test_setup(a_machine_without_a_name_has_no_domain, clear),
        cmocka_unit_test_setup(a_name_service_that_fails_makes_nobody_another, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
