/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/common/settings.h"
#include "tests/lib/tmpdir.h"

struct values {
    struct settings_common common;
    char control[SETTINGS_PATH_MAX];
    uint32_t poll_ms;
};

static const struct setting list[] = {
    {"control", 'm', SETTING_PATH, offsetof(struct values, control), 1, SETTINGS_PATH_MAX - 1, "PATH",
     "Control socket"},
    {"poll", 'p', SETTING_DURATION, offsetof(struct values, poll_ms), 100, 60000, "TIME", "How often"},
};

static const char *check(void *values)
{
    return ((struct values *)values)->control[0] ? NULL : "--control is missing";
}

static const struct settings settings = {"rras-test", "A test.", list, 2, check};

static int set(struct values *v, const char *name, const char *value)
{
    const char *why = NULL;
    int r = settings_set(&settings, v, name, value, &why);
    assert_true((r == 0) == (why == NULL));
    return r;
}

static void settings_have_bounds(void **state)
{
    static const struct {
        const char *name, *good, *bad;
    } cases[] = {
        {"ports", "0", "-1"},
        {"ports", "1000000", "1000001"},
        {"max-ports", "7", "seven"},
        {"max-ports", "7", "7 "},
        {"poll", "100ms", "99ms"},
        {"poll", "60s", "61s"},
        {"port-prefix", "a-_1", "a/b"},
        {"port-prefix", "a", "a b"},
        {"port-prefix", "1234567890", "12345678901"},
        {"instance", "main", ""},
        {"instance", "main", "../main"},
        {"control", "/run/x", "run/x"},
        {"socket", "/run/x", ""},
        {"device-name", "M\xc3\xbc", "M\xfc"},
    };
    static struct values v;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(set(&v, cases[i].name, cases[i].good), 0);
        struct values before = v;
        assert_int_equal(set(&v, cases[i].name, cases[i].bad), -EINVAL);
        assert_memory_equal(&before, &v, sizeof(v)); /* untouched */
    }
    assert_int_equal(set(&v, "port", "1"), -ENOENT);
}

/* What a program with this file and these options does: its exit status, 0 with `v` filled. */
static int parse(struct values *v, const char *file, const char *option)
{
    char path[256], config[300], program[] = "rras-test", extra[128];
    char *argv[] = {program, config, extra, NULL};
    tmpdir_template(path, sizeof(path), "openrras-settings");
    int fd = mkstemp(path), status = 0;
    assert_true(fd >= 0 && write(fd, file, strlen(file)) == (ssize_t)strlen(file));
    close(fd);
    snprintf(config, sizeof(config), "--config=%s", path);
    snprintf(extra, sizeof(extra), "%s", option ? option : "");
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(99);
        settings_parse(&settings, v, option ? 3 : 2, argv);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    status = WEXITSTATUS(status);
    if (status == 0)
        settings_parse(&settings, v, option ? 3 : 2, argv);
    unlink(path);
    return status;
}

static void options_win_over_the_file(void **state)
{
    static struct values v;
    (void)state;
    v.poll_ms = 1000;
    assert_int_equal(parse(&v, "[rras-test]\ncontrol = /run/a\nports = 7\ninstance = two\n", "--control=/run/b"), 0);
    assert_string_equal(v.control, "/run/b");
    assert_int_equal(v.common.ports, 7);
    assert_string_equal(v.common.options.instance, "two");
    assert_string_equal(v.common.options.socket, DRIVER_SOCKET);
    assert_int_equal(v.poll_ms, 1000); /* the driver's own default stays */
}

static void the_driver_is_what_the_settings_say(void **state)
{
    static struct values v;
    (void)state;
    assert_int_equal(parse(&v, "[rras-test]\ncontrol = /run/a\nsocket = /run/s\nports = 7\nport-prefix = x\n", NULL),
                     0);
    struct driver_config d = settings_driver_config(&v.common);
    assert_int_equal(d.kind, DRIVER_DAEMON);
    assert_string_equal(d.socket, "/run/s");
    assert_string_equal(d.instance, "main");
    assert_string_equal(d.port_prefix, "x");
    assert_null(d.device_name); /* not said: rrasd makes one */
    assert_int_equal(d.ports, 7);
    assert_int_equal(d.max_ports, 0);
}

static void what_is_wrong_ends_the_program(void **state)
{
    static struct values v;
    (void)state;
    assert_int_equal(parse(&v, "[rras-test]\ncontrol = run/a\n", NULL), 1);
    assert_int_equal(parse(&v, "[other]\ncontrol = /run/a\n", NULL), 1);
    assert_int_equal(parse(&v, "[rras-test]\nno sense\n", NULL), 1);
    assert_int_equal(parse(&v, "[rras-test]\n", NULL), 2);                                  /* what check() says */
    assert_int_equal(parse(&v, "[rras-test]\ncontrol = /run/a\n", "--poll=1ms"), 2);        /* out of bounds */
    assert_int_equal(parse(&v, "[rras-test]\ncontrol = /run/a\n", "--socket=relative"), 2); /* a common one */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_have_bounds),
        cmocka_unit_test(options_win_over_the_file),
        cmocka_unit_test(the_driver_is_what_the_settings_say),
        cmocka_unit_test(what_is_wrong_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
