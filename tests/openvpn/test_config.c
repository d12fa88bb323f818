/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/openvpn/config.h"
#include "drivers/openvpn/mgmt.h"

static int set(struct config *c, const char *name, const char *value)
{
    const char *why = NULL;
    int r = config_set(c, name, value, &why);
    assert_true((r == 0) == (why == NULL));
    return r;
}

/* Its own ones; those of every driver are in tests/drivers/test_settings.c. */
static void settings_have_bounds(void **state)
{
    static const struct {
        const char *name, *good, *bad;
    } cases[] = {
        {"poll", "100ms", "99ms"},          {"poll", "60s", "61s"},
        {"busy-poll", "10ms", "0"},         {"grace", "0", "4001ms"},
        {"command-timeout", "60s", "99ms"}, {"management", "/run/x", "run/x"},
    };
    static struct config c;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(set(&c, cases[i].name, cases[i].good), 0);
        struct config before = c;
        assert_int_equal(set(&c, cases[i].name, cases[i].bad), -EINVAL);
        assert_memory_equal(&before, &c, sizeof(c)); /* untouched */
    }
    assert_int_equal(set(&c, "port", "1"), -ENOENT);
}

static void a_socket_path_is_bounded(void **state)
{
    static struct config c;
    char path[110];
    (void)state;
    memset(path, 'p', sizeof(path));
    path[0] = '/';
    path[108] = '\0'; /* sun_path has 108 bytes with the NUL */
    assert_int_equal(set(&c, "management", path), -EINVAL);
    path[107] = '\0';
    assert_int_equal(set(&c, "management", path), 0);
}

struct file {
    struct config config;
    char *password;
};

static int setup(void **state)
{
    struct file *f = calloc(1, sizeof(*f));
    snprintf(f->config.password_file, sizeof(f->config.password_file), "/tmp/openrras-password-XXXXXX");
    int fd = mkstemp(f->config.password_file);
    *state = f;
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    struct file *f = *state;
    unlink(f->config.password_file);
    free(f->password);
    free(f);
    return 0;
}

static int read_password(struct file *f, const char *text, mode_t mode)
{
    FILE *out = fopen(f->config.password_file, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    assert_int_equal(chmod(f->config.password_file, mode), 0);
    return config_read_password(&f->config, &f->password);
}

static void the_first_line_is_the_password(void **state)
{
    struct file *f = *state;
    assert_int_equal(read_password(f, "open sesame\nnot this\n", 0600), 0);
    assert_string_equal(f->password, "open sesame");
}

static void a_password_that_others_may_read_is_refused(void **state)
{
    struct file *f = *state;
    static const mode_t modes[] = {0644, 0640, 0604, 0602, 0620};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        assert_int_equal(read_password(f, "x\n", modes[i]), -EPERM);
    assert_null(f->password);
}

static void an_empty_or_overlong_password_is_refused(void **state)
{
    struct file *f = *state;
    char text[MGMT_COMMAND_MAX + 2];
    assert_int_equal(read_password(f, "", 0600), -EINVAL);
    assert_int_equal(read_password(f, "\nx\n", 0600), -EINVAL);
    memset(text, 'p', sizeof(text));
    text[MGMT_COMMAND_MAX] = '\0'; /* with its LF one too long for a command */
    assert_int_equal(read_password(f, text, 0600), -EINVAL);
    text[MGMT_COMMAND_MAX - 1] = '\0';
    assert_int_equal(read_password(f, text, 0600), 0);
    assert_int_equal(strlen(f->password), MGMT_COMMAND_MAX - 1);
}

static void no_password_file_is_no_password(void **state)
{
    static struct config c;
    char *password = (char *)1;
    (void)state;
    assert_int_equal(config_read_password(&c, &password), 0);
    assert_null(password);
}

static void a_folder_is_not_a_password_file(void **state)
{
    struct file *f = *state;
    struct config c = {.password_file = "/tmp"};
    assert_int_equal(config_read_password(&c, &f->password), -EPERM);
    snprintf(c.password_file, sizeof(c.password_file), "/nonexistent/x");
    assert_int_equal(config_read_password(&c, &f->password), -ENOENT);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_have_bounds),      cmocka_unit_test(a_socket_path_is_bounded),
        T(the_first_line_is_the_password),           T(a_password_that_others_may_read_is_refused),
        T(an_empty_or_overlong_password_is_refused), cmocka_unit_test(no_password_file_is_no_password),
        T(a_folder_is_not_a_password_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
