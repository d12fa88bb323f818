/* SPDX-License-Identifier: Apache-2.0 */
/* The file with the name and the password for named pipes: what is taken from it, and which files are not even read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libmprapi/smb_account.h"
#include "tests/lib/tmpdir.h"

static char dir[4000], path[4096];

static int begin(void **state)
{
    (void)state;
    tmpdir_template(dir, sizeof dir, "openrras-account");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/account", dir);
    return 0;
}

static int end(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)rmdir(path);
    assert_int_equal(rmdir(dir), 0);
    return 0;
}

static void put_file(const char *text, size_t n, mode_t mode)
{
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(write(fd, text, n), n);
    close(fd);
}

static void expect(int result, const char *words)
{
    struct smb_account a, before;
    const char *why = "";
    memset(&a, 'x', sizeof a);
    before = a;
    assert_int_equal(smb_account_read(path, &a, &why), result);
    assert_non_null(strstr(why, words));
    assert_memory_equal(&a, &before, sizeof a);
}

static void expect_refused(const char *text)
{
    put_file(text, strlen(text), 0600);
    expect(-EINVAL, "does not say: username");
}

static void a_file_gives_name_password_and_domain(void **state)
{
    static const char text[] = "# of the gate\n\n  username =\tolga \r\npassword= a = b#c\ndomain = RAS\n";
    struct smb_account a;
    const char *why = NULL;
    (void)state;
    put_file(text, strlen(text), 0600);
    assert_int_equal(smb_account_read(path, &a, &why), 0);
    assert_string_equal(a.user, "olga");
    assert_string_equal(a.password, "a = b#c");
    assert_string_equal(a.domain, "RAS");
    put_file("username=u", 10, 0400);
    assert_int_equal(smb_account_read(path, &a, &why), 0);
    assert_string_equal(a.user, "u");
    assert_string_equal(a.password, "");
}

static void a_file_that_says_something_else_is_refused(void **state)
{
    (void)state;
    expect_refused("");
    expect_refused("password = secret\n");
    expect_refused("username = olga\nnonsense\n");
    expect_refused("username = olga\nshell = /bin/sh\n");
    put_file("username = ol\0ga\n", 17, 0600);
    expect(-EINVAL, "does not say: username");
}

/* What fits, and one byte more: of a field, and of the file. */
static void limits_hold_at_their_last_byte(void **state)
{
    char text[SMB_ACCOUNT_FILE_MAX + 1];
    struct smb_account a;
    const char *why = NULL;
    (void)state;
    for (size_t n = SMB_FIELD_MAX - 1; n <= SMB_FIELD_MAX; n++) {
        int len = snprintf(text, sizeof text, "username = %0*d", (int)n, 0);
        put_file(text, (size_t)len, 0600);
        assert_int_equal(smb_account_read(path, &a, &why), n < SMB_FIELD_MAX ? 0 : -EINVAL);
    }
    for (size_t n = SMB_ACCOUNT_FILE_MAX - 1; n <= SMB_ACCOUNT_FILE_MAX; n++) {
        memset(text, '\n', sizeof text);
        memcpy(text, "username = olga", 15);
        put_file(text, n, 0600);
        assert_int_equal(smb_account_read(path, &a, &why), n < SMB_ACCOUNT_FILE_MAX ? 0 : -EINVAL);
    }
}

static void a_file_that_others_may_read_is_refused(void **state)
{
    static const mode_t modes[] = {0644, 0640, 0604, 0620, 0601};
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        put_file("username = olga\n", 16, modes[i]);
        expect(-EACCES, "may be read by others");
    }
}

/* Nobody writes into that FIFO: who opened it to wait would not come back. */
static void what_is_no_plain_file_is_refused_at_once(void **state)
{
    (void)state;
    expect(-EACCES, "can't be opened");
    assert_int_equal(mkfifo(path, 0600), 0);
    expect(-EACCES, "is no plain file");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    expect(-EACCES, "is no plain file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_gives_name_password_and_domain, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_says_something_else_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(limits_hold_at_their_last_byte, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_others_may_read_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_plain_file_is_refused_at_once, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
