/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>

#include "drivers/vici/config.h"

static void settings_have_their_bounds(void **state)
{
    static struct config c;
    const char *why = NULL;
    (void)state;
#define SET(name, value) settings_set(&config_settings, &c, name, value, &why)
    assert_int_equal(SET("vici", "/run/charon.vici"), 0);
    assert_string_equal(c.vici, "/run/charon.vici");
    assert_int_equal(SET("vici", "run/charon.vici"), -EINVAL);
    assert_int_equal(SET("connections", "ra, home-*"), 0);
    assert_int_equal(SET("connections", "ra\xff"), -EINVAL);
    assert_int_equal(SET("state-file", "/run/rras-vici/main.state"), 0);
    assert_int_equal(SET("command-timeout", "3s"), 0);
    assert_int_equal(c.command_ms, 3000);
    assert_int_equal(SET("command-timeout", "100ms"), -EINVAL);
    assert_int_equal(SET("poll", "10m"), 0);
    assert_int_equal(c.poll_ms, 600000);
    assert_int_equal(SET("poll", "11m"), -EINVAL);
    assert_int_equal(SET("ports", "250"), 0);
    assert_int_equal(SET("management", "/x"), -ENOENT);
}

static void the_defaults_are_those_of_a_packaged_charon(void **state)
{
    static struct config c;
    static char name[] = "rras-vici";
    char *argv[] = {name, NULL};
    (void)state;
    config_parse(&c, 1, argv);
    assert_string_equal(c.vici, "/var/run/charon.vici");
    assert_string_equal(c.common.options.instance, "main");
    assert_string_equal(c.connections, "");
    assert_int_equal(c.command_ms, 5000);
    assert_int_equal(c.poll_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_have_their_bounds),
        cmocka_unit_test(the_defaults_are_those_of_a_packaged_charon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
