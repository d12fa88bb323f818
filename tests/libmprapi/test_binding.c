/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libmprapi/binding.h"

static void check(const WCHAR *name, enum transport transport, const char *host, const char *endpoint)
{
    struct binding b;

    assert_int_equal(binding_parse(name, &b), 0);
    assert_int_equal(b.transport, transport);
    assert_string_equal(b.host, host);
    assert_string_equal(b.endpoint, endpoint);
}

static void no_name_is_the_local_socket(void **state)
{
    (void)state;
    unsetenv("OPENRRAS_SOCKET");
    check(NULL, TRANSPORT_UNIX, "", "/run/rras/rrasd.sock");
    check(u"", TRANSPORT_UNIX, "", "/run/rras/rrasd.sock");
    check(u"ncalrpc:", TRANSPORT_UNIX, "", "/run/rras/rrasd.sock");
    check(u"ncalrpc:[]", TRANSPORT_UNIX, "", "/run/rras/rrasd.sock");
}

static void the_environment_moves_the_local_socket_only(void **state)
{
    struct binding b;

    (void)state;
    setenv("OPENRRAS_SOCKET", "/tmp/x", 1);
    check(NULL, TRANSPORT_UNIX, "", "/tmp/x");
    check(u"ncalrpc:[/a/b]", TRANSPORT_UNIX, "", "/a/b");
    check(u"host", TRANSPORT_ANY, "host", "");
    setenv("OPENRRAS_SOCKET", "relative", 1);
    assert_int_equal(binding_parse(NULL, &b), -EINVAL);
    setenv("OPENRRAS_SOCKET", "", 1);
    check(NULL, TRANSPORT_UNIX, "", "/run/rras/rrasd.sock");
    unsetenv("OPENRRAS_SOCKET");
}

static void every_kind_of_name_is_understood(void **state)
{
    (void)state;
    check(u"ncalrpc:[/run/x.sock]", TRANSPORT_UNIX, "", "/run/x.sock");
    check(u"vpn.example.net", TRANSPORT_ANY, "vpn.example.net", "");
    check(u"\\\\vpn", TRANSPORT_ANY, "vpn", "");
    check(u"ncacn_ip_tcp:vpn[135]", TRANSPORT_TCP, "vpn", "135");
    check(u"ncacn_ip_tcp:vpn", TRANSPORT_TCP, "vpn", "");
    check(u"ncacn_ip_tcp:2001:db8::1[135]", TRANSPORT_TCP, "2001:db8::1", "135");
    check(u"ncacn_np:vpn[\\pipe\\router]", TRANSPORT_PIPE, "vpn", "\\pipe\\router");
    check(u"ncacn_np:\\\\vpn[\\pipe\\router]", TRANSPORT_PIPE, "vpn", "\\pipe\\router");
    check(u"b\u00fcro", TRANSPORT_ANY, "b\xc3\xbcro", "");
}

static void what_means_nothing_is_refused(void **state)
{
    static const WCHAR *const names[] = {
        u"ncalrpc:[relative]",
        u"ncalrpc:host[/x]",
        u"ncalrpc:[/x",
        u"ncalrpc:[/x]y",
        u"ncacn_ip_tcp:",
        u"ncacn_ip_tcp:[135]",
        u"ncacn_np:[\\pipe\\router]",
        u"gopher:vpn",
        u"\\\\",
        u"\\vpn",
        u"vpn\\share",
        u"\\\\vpn\\share",
        u"a b",
        u"vpn[135]",
        u"vpn\n",
        u"ncalrpc:[/x\x1b]",
        u"http://vpn",
        u"ncacn_ip_tcp:a]b",
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct binding b = {.endpoint = "untouched"};
        assert_int_equal(binding_parse(names[i], &b), -EINVAL);
        assert_string_equal(b.endpoint, "untouched");
    }
}

/* n units of `fill` between a head and a tail. */
static int parse_long(const char *head, size_t n, char fill, const char *tail)
{
    static WCHAR name[4096];
    struct binding b;
    size_t at = 0;

    for (; *head; head++)
        name[at++] = (WCHAR)*head;
    for (size_t i = 0; i < n; i++)
        name[at++] = (WCHAR)fill;
    for (; *tail; tail++)
        name[at++] = (WCHAR)*tail;
    name[at] = 0;
    return binding_parse(name, &b);
}

static void names_end_where_their_limits_are(void **state)
{
    (void)state;
    assert_int_equal(parse_long("ncalrpc:[/", BINDING_ENDPOINT_MAX - 2, 'x', "]"), 0);
    assert_int_equal(parse_long("ncalrpc:[/", BINDING_ENDPOINT_MAX - 1, 'x', "]"), -EINVAL);
    assert_int_equal(parse_long("", BINDING_HOST_MAX - 1, 'x', ""), 0);
    assert_int_equal(parse_long("", BINDING_HOST_MAX, 'x', ""), -EINVAL);
    assert_int_equal(parse_long("", 4000, 'x', ""), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_name_is_the_local_socket),
        cmocka_unit_test(the_environment_moves_the_local_socket_only),
        cmocka_unit_test(every_kind_of_name_is_understood),
        cmocka_unit_test(what_means_nothing_is_refused),
        cmocka_unit_test(names_end_where_their_limits_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
