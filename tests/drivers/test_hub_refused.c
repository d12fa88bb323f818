/* SPDX-License-Identifier: Apache-2.0 */
/* The hub remembers whom it has turned away: a bounded number, whatever they say. */
#include "tests/drivers/hub_stage.h"

#include <string.h>
#include <unistd.h>

#include "rrasd/driver_peer.h"

#define HELLO(version, name)                                                                                           \
    "{\"type\":\"hello\",\"version\":" version ",\"kind\":\"daemon\",\"driver\":\"" name                               \
    "\",\"instance\":\"main\",\"device_type\":\"openvpn\",\"capabilities\":[]}"

static size_t count(void)
{
    size_t n;
    (void)driver_hub_refused(f.hub, &n);
    return n;
}

static const struct driver_hub_refused *at(size_t i)
{
    size_t n;
    const struct driver_hub_refused *all = driver_hub_refused(f.hub, &n);
    assert_true(i < n);
    return &all[i];
}

/* Somebody says this and is turned away with that code. */
static void is_refused(const char *line, const char *code)
{
    struct client c;
    client_connect(&c, &f);
    client_send(&c, "%s", line);
    client_expect_end(&c, code);
    client_close(&c);
}

static void each_reason_is_remembered_the_latest_first(void **state)
{
    (void)state;
    assert_int_equal(count(), 0);
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", ",\"ports\":2");
    assert_int_equal(count(), 0);
    is_refused(HELLO("1", "openvpn"), "busy");
    is_refused(HELLO("7", "openvpn"), "version");
    is_refused(HELLO("1", "open\x1b[2Jvpn"), "protocol");
    f.may = false;
    is_refused(HELLO("1", "l2tp"), "denied");
    static const char *const codes[] = {"denied", "protocol", "version", "busy"};
    static const char *const pools[] = {"l2tp:main", "", "", "openvpn:main"};
    assert_int_equal(count(), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(at(i)->code, codes[i]);
        assert_string_equal(at(i)->pool, pools[i]);
        assert_int_equal(at(i)->uid, getuid());
        assert_int_equal(at(i)->pid, getpid());
        assert_int_equal(at(i)->count, 1);
        assert_int_equal(at(i)->first, f.now.wall_s);
        assert_int_not_equal(at(i)->reason[0], '\0');
    }
    assert_non_null(strstr(at(0)->reason, "rrasd.conf has to name its user in [driver l2tp]"));
}

static void the_same_again_is_counted(void **state)
{
    (void)state;
    const int64_t first = f.now.wall_s;
    f.may = false;
    is_refused(HELLO("1", "openvpn"), "denied");
    is_refused(HELLO("1", "l2tp"), "denied");
    f.now.wall_s += 60;
    is_refused(HELLO("1", "openvpn"), "denied");
    assert_int_equal(count(), 2);
    assert_string_equal(at(0)->pool, "openvpn:main");
    assert_int_equal(at(0)->count, 2);
    assert_int_equal(at(0)->first, first);
    assert_int_equal(at(0)->last, first + 60);
    assert_int_equal(at(1)->count, 1);
}

static void a_driver_that_leaves_before_hello_or_later_was_not_turned_away(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_close(&a);
    fixture_connections(&f, 0);
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", "");
    client_send(&a, "no message"); /* that is the driver's own trouble */
    client_expect_end(&a, "protocol");
    assert_int_equal(count(), 0);
}

static void who_is_welcomed_at_last_is_forgotten(void **state)
{
    (void)state;
    f.may = false;
    is_refused(HELLO("1", "openvpn"), "denied");
    is_refused(HELLO("1", "l2tp"), "denied");
    driver_refused_note(f.hub, getuid() + 1u, 9, "openvpn:main", "denied", "somebody else");
    f.may = true;
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", "");
    assert_int_equal(count(), 2);
    assert_int_equal(at(0)->uid, getuid() + 1u);
    assert_string_equal(at(1)->pool, "l2tp:main");
}

static void there_are_only_so_many_and_one_uid_does_not_hide_the_others(void **state)
{
    char pool[DRIVER_HUB_POOL_MAX];
    (void)state;
    driver_refused_note(f.hub, 1, 1, "openvpn:main", "denied", "1");
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(pool, sizeof(pool), "x%u:main", i);
        driver_refused_note(f.hub, 2, 1, pool, "denied", "2");
    }
    assert_int_equal(count(), 1 + DRIVER_HUB_REFUSED_OF_UID);
    assert_string_equal(at(0)->pool, "x999:main");
    assert_string_equal(at(DRIVER_HUB_REFUSED_OF_UID - 1)->pool, "x992:main");
    assert_string_equal(at(DRIVER_HUB_REFUSED_OF_UID)->pool, "openvpn:main");
    for (unsigned i = 0; i < 1000; i++)
        driver_refused_note(f.hub, 1000 + i, 1, "", "protocol", "3");
    assert_int_equal(count(), DRIVER_HUB_REFUSED_MAX);
    for (size_t i = 0; i < DRIVER_HUB_REFUSED_MAX; i++)
        assert_int_equal(at(i)->uid, 1999 - i);
}

static void reasons_are_escaped_and_cut(void **state)
{
    char why[2 * ROUTER_TEXT_MAX];
    (void)state;
    memset(why, '\x1b', sizeof(why) - 1);
    why[sizeof(why) - 1] = '\0';
    driver_refused_note(f.hub, 1, 1, "", "protocol", why);
    assert_int_equal(strlen(at(0)->reason), ROUTER_TEXT_MAX);
    assert_null(strchr(at(0)->reason, '\x1b'));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        T(each_reason_is_remembered_the_latest_first),
        T(the_same_again_is_counted),
        T(a_driver_that_leaves_before_hello_or_later_was_not_turned_away),
        T(who_is_welcomed_at_last_is_forgotten),
        T(there_are_only_so_many_and_one_uid_does_not_hide_the_others),
        T(reasons_are_escaped_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
