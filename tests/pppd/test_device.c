/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/pppd/device.h"

static struct device_clues c;

/* Arguments with blanks between them; a bar is a blank within one. */
static const struct device_clues *started(const char *parent, const char *arguments)
{
    memset(&c, 0, sizeof(c));
    snprintf(c.parent, sizeof(c.parent), "%s", parent);
    c.arguments_len = strlen(arguments) + 1;
    for (size_t i = 0; i < c.arguments_len; i++)
        c.arguments[i] = arguments[i] == ' ' ? '\0' : arguments[i] == '|' ? ' ' : arguments[i];
    return &c;
}

static void lines_are_known_by_how_pppd_was_started(void **state)
{
    (void)state;
    assert_string_equal(device_type(started("mgetty", "pppd /dev/ttyS0 115200")), "serial");
    assert_string_equal(device_type(started("", "")), "serial");
    assert_string_equal(device_type(started("pppoe-server", "pppd pty /usr/sbin/pppoe|-n|-I|eth0")), "pppoe");
    assert_string_equal(device_type(started("sh", "pppd pty /usr/sbin/pppoe|-I|eth0")), "pppoe");
    assert_string_equal(device_type(started("sh", "pppd pty xpppoe|-I|eth0")), "serial");
    assert_string_equal(device_type(started("xl2tpd", "pppd passive nodetach")), "l2tp");
    assert_string_equal(device_type(started("pptpctrl", "pppd local file /etc/ppp/options.pptpd")), "pptp");
    assert_string_equal(device_type(started("sh", "pppd pty pptp|192.0.2.1|--nolaunchpppd")), "pptp");
    started("systemd", "pppd call office");
    c.plugin_pppoe = true;
    assert_string_equal(device_type(&c), "pppoe");
    started("systemd", "pppd call office");
    c.plugin_l2tp = true;
    assert_string_equal(device_type(&c), "l2tp");
    started("systemd", "pppd call office");
    c.plugin_pptp = true;
    assert_string_equal(device_type(&c), "pptp");
}

static void a_pppoe_client_is_known_by_its_mac_address(void **state)
{
    (void)state;
    char mac[DEVICE_CALLER_MAX];
    device_pppoe_client(
        started("pppoe-server", "pppd plugin rp-pppoe.so nic-eth0 rp_pppoe_sess 5:00:11:22:aa:bB:cc auth"), mac);
    assert_string_equal(mac, "00:11:22:aa:bB:cc");
    device_pppoe_client(started("pppoe-server", "pppd pty pppoe|-n|-e|12:00:11:22:33:44:55|-S|'' 10.0.0.1:10.0.0.2"),
                        mac);
    assert_string_equal(mac, "00:11:22:33:44:55");
    static const char *const none[] = {"pppd 10.0.0.1:10.0.0.2",
                                       "pppd x:00:11:22:33:44:55",
                                       "pppd 1:00:11:22:33:44",
                                       "pppd 1:00:11:22:33:44:5",
                                       "pppd :",
                                       "pppd 1:00112233445566:78",
                                       "pppd 1:00:11:22:33:44:555",
                                       ""};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        device_pppoe_client(started("pppoe-server", none[i]), mac);
        if (mac[0])
            fail_msg("%s has %s", none[i], mac);
    }
}

static void an_l2tp_peer_is_asked_of_a_tunnel_only(void **state)
{
    (void)state;
    char peer[DEVICE_CALLER_MAX];
    device_l2tp_peer(started("xl2tpd", "pppd plugin pppol2tp.so pppol2tp"), peer);
    assert_string_equal(peer, "");
    device_l2tp_peer(started("xl2tpd", "pppd plugin pppol2tp.so pppol2tp 0"), peer); /* no such socket */
    assert_string_equal(peer, "");
    device_l2tp_peer(started("sh", "pppd"), peer);
    assert_string_equal(peer, "");
}

static void clues_of_this_very_process_are_read(void **state)
{
    (void)state;
    memset(&c, 0, sizeof(c));
    device_read_parent(&c);
    device_read_own(&c);
    assert_true(c.parent[0] != '\0' && !strchr(c.parent, '\n'));
    assert_non_null(strstr(c.arguments, "test_pppd_device"));
    assert_false(c.plugin_pppoe || c.plugin_l2tp || c.plugin_pptp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_known_by_how_pppd_was_started),
        cmocka_unit_test(a_pppoe_client_is_known_by_its_mac_address),
        cmocka_unit_test(an_l2tp_peer_is_asked_of_a_tunnel_only),
        cmocka_unit_test(clues_of_this_very_process_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
