/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include "tests/rasadmin/unit.h"

#include "rasadmin/ssh.h"

static void names_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *url, *destination, *port;
    } good[] = {
        {"ssh://gate", "gate", ""},
        {"ssh://gate/", "gate", ""},
        {"ssh://root@gate.example.org:2222", "root@gate.example.org", "2222"},
        {"ssh://ops.team-1@192.0.2.7", "ops.team-1@192.0.2.7", ""},
        {"ssh://root@[2001:db8::7]:22", "root@2001:db8::7", "22"},
        {"ssh://[fe80::1%eth0]", "fe80::1%eth0", ""},
        {"ssh://alice@corp@gate", "alice@corp@gate", ""},
        {"ssh://CORP\\alice@gate:1/", "CORP\\alice@gate", "1"},
        {"ssh://gate:65535", "gate", "65535"},
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        struct ssh_target t;
        assert_true(ssh_is_url(good[i].url));
        assert_int_equal(ssh_parse(good[i].url, &t), 0);
        assert_string_equal(t.destination, good[i].destination);
        assert_string_equal(t.port, good[i].port);
    }
}

static void names_that_could_be_options_or_commands_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "ssh://",
        "ssh://-oProxyCommand=x",
        "ssh://a@-oProxyCommand=x",
        "ssh://-l@gate",
        "ssh://gate;reboot",
        "ssh://gate`x`",
        "ssh://gate $(x)",
        "ssh://gate\nx",
        "ssh://@gate",
        "ssh://a b@gate",
        "ssh://gate:",
        "ssh://gate:0",
        "ssh://gate:65536",
        "ssh://gate:-p",
        "ssh://gate:22x",
        "ssh://gate/path",
        "ssh://[::1",
        "ssh://[::1]x",
        "ssh://[]",
        "ssh://[-x]",
        "ssh://a:secret@gate",
        "ssh://gate:222222",
        "ssh://gate:22/path",
        "sshh://gate",
        "gate",
        "ssh://g\xc3\xa4te",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct ssh_target t = {.destination = "untouched"};
        assert_int_equal(ssh_parse(bad[i], &t), -EINVAL);
        assert_string_equal(t.destination, "untouched");
    }
}

static void a_name_that_is_too_long_is_refused(void **state)
{
    (void)state;
    static char url[7 + SSH_DESTINATION_MAX];
    struct ssh_target t;
    memcpy(url, "ssh://", 6);
    memset(url + 6, 'a', SSH_DESTINATION_MAX - 1);
    assert_int_equal(ssh_parse(url, &t), 0);
    url[6 + SSH_DESTINATION_MAX - 1] = 'a';
    assert_int_equal(ssh_parse(url, &t), -EINVAL);
}

static void other_names_are_not_for_ssh(void **state)
{
    (void)state;
    assert_false(ssh_is_url(""));
    assert_false(ssh_is_url("ssh"));
    assert_false(ssh_is_url("ncalrpc:[/run/rras/rrasd.sock]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_taken_apart),
        cmocka_unit_test(names_that_could_be_options_or_commands_are_refused),
        cmocka_unit_test(a_name_that_is_too_long_is_refused),
        cmocka_unit_test(other_names_are_not_for_ssh),
    };
    return cmocka_run_group_tests_name("ssh", tests, NULL, NULL);
}
