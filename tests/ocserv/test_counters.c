/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/ocserv/counters.h"

static char buffer[4096] __attribute__((aligned(NLMSG_ALIGNTO)));

static struct nlmsghdr *device_message(uint16_t type, int index, const char *name, size_t stats_n)
{
    struct rtnl_link_stats64 s = {.rx_bytes = UINT64_C(5) << 32, .tx_bytes = 7, .rx_packets = 3, .tx_packets = 4};
    memset(buffer, 0, sizeof(buffer));
    struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
    h->nlmsg_type = type;
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(h, sizeof(*info));
    info->ifi_index = index;
    if (name)
        mnl_attr_put_strz(h, IFLA_IFNAME, name);
    if (stats_n)
        mnl_attr_put(h, IFLA_STATS64, stats_n, &s);
    return h;
}

static void a_device_is_read(void **state)
{
    struct counters_device d;
    (void)state;
    assert_true(counters_parse_device(device_message(RTM_NEWLINK, 9, "vpns0", sizeof(struct rtnl_link_stats64)), &d));
    assert_int_equal(d.index, 9);
    assert_string_equal(d.name, "vpns0");
    assert_false(d.removed);
    assert_int_equal(d.counters.bytes_in, UINT64_C(5) << 32); /* what tun receives is what the client has sent */
    assert_int_equal(d.counters.bytes_out, 7);
    assert_int_equal(d.counters.frames_in, 3);
    assert_int_equal(d.counters.frames_out, 4);
    assert_true(counters_parse_device(device_message(RTM_DELLINK, 9, "vpns0", sizeof(struct rtnl_link_stats64)), &d));
    assert_true(d.removed);
    assert_true(
        counters_parse_device(device_message(RTM_NEWLINK, 9, "vpns0", 4 * sizeof(uint64_t)), &d)); /* an old kernel */
}

static void what_is_no_device_is_refused(void **state)
{
    struct counters_device d;
    (void)state;
    assert_false(counters_parse_device(device_message(RTM_NEWADDR, 9, "vpns0", 192), &d));
    assert_false(counters_parse_device(device_message(RTM_NEWLINK, 0, "vpns0", 192), &d));
    assert_false(counters_parse_device(device_message(RTM_NEWLINK, 9, NULL, 192), &d));
    assert_false(counters_parse_device(device_message(RTM_NEWLINK, 9, "vpns0", 0), &d));
    assert_false(counters_parse_device(device_message(RTM_NEWLINK, 9, "vpns0", 24), &d));
}

static void a_message_cut_anywhere_is_not_read_beyond(void **state)
{
    struct nlmsghdr *whole = device_message(RTM_NEWLINK, 9, "vpns0", sizeof(struct rtnl_link_stats64));
    uint32_t length = whole->nlmsg_len;
    (void)state;
    for (uint32_t n = sizeof(struct nlmsghdr); n < length; n += NLMSG_ALIGNTO) { /* netlink pads what it sends */
        struct nlmsghdr *copy = malloc(n);
        struct counters_device d;
        memcpy(copy, whole, n);
        copy->nlmsg_len = n;
        assert_false(counters_parse_device(copy, &d) && n < length - 96); /* the last counters are not needed */
        free(copy);
    }
}

static void a_length_that_libmnl_takes_for_negative_is_refused(void **state)
{
    struct nlmsghdr *h = device_message(RTM_NEWLINK, 9, "vpns0", 192);
    const uint32_t n = h->nlmsg_len;
    (void)state;
    assert_true(counters_packet_ok(h, n));
    assert_true(counters_packet_ok(h, n - 1)); /* cut off: not looked at */
    assert_true(counters_packet_ok(h, 0));
    const uint32_t bad[] = {UINT32_C(0x80000000), UINT32_C(0x80000000) + n, UINT32_MAX};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        h->nlmsg_len = bad[i];
        assert_false(counters_packet_ok(h, n));
    }
}

static struct nlmsghdr *address_message(unsigned char family, const char *local, const char *peer)
{
    unsigned char bytes[16];
    memset(buffer, 0, sizeof(buffer));
    struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
    h->nlmsg_type = RTM_NEWADDR;
    struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(h, sizeof(*info));
    info->ifa_family = family;
    info->ifa_index = 9;
    size_t n = family == AF_INET ? 4 : 16;
    if (local) {
        inet_pton(family, local, bytes);
        mnl_attr_put(h, IFA_LOCAL, n, bytes);
    }
    if (peer) {
        inet_pton(family, peer, bytes);
        mnl_attr_put(h, IFA_ADDRESS, n, bytes);
    }
    return h;
}

static void a_peer_is_read(void **state)
{
    char peer[INET6_ADDRSTRLEN] = "";
    uint32_t index = 0;
    (void)state;
    assert_true(counters_parse_peer(address_message(AF_INET, "10.97.0.1", "10.97.63.50"), &index, peer));
    assert_int_equal(index, 9);
    assert_string_equal(peer, "10.97.63.50");
    assert_true(counters_parse_peer(address_message(AF_INET6, "fd97::1", "fd97::2"), &index, peer));
    assert_string_equal(peer, "fd97::2");
    assert_false(counters_parse_peer(address_message(AF_INET, "10.97.0.1", "10.97.0.1"), &index, peer)); /* no peer */
    assert_false(counters_parse_peer(address_message(AF_INET6, NULL, "fd97::1"), &index, peer));
    assert_false(counters_parse_peer(address_message(AF_INET, NULL, NULL), &index, peer));
    assert_false(counters_parse_peer(device_message(RTM_NEWLINK, 9, "vpns0", 192), &index, peer));
    struct nlmsghdr *h = address_message(AF_INET, NULL, NULL);
    mnl_attr_put(h, IFA_LOCAL, 16, "0123456789abcdef"); /* of the wrong size */
    mnl_attr_put(h, IFA_ADDRESS, 3, "abc");
    assert_false(counters_parse_peer(h, &index, peer));
}

struct loopback {
    unsigned devices, peers;
    bool found;
};

static void on_device(void *ctx, const struct counters_device *d)
{
    struct loopback *l = ctx;
    l->devices++;
    l->found |= strcmp(d->name, "lo") == 0 && d->index > 0;
}

static void on_peer(void *ctx, uint32_t index, const char *peer)
{
    struct loopback *l = ctx;
    (void)index;
    (void)peer;
    l->peers++;
}

/* The real kernel: there is a loopback device everywhere. */
static void the_kernel_is_asked(void **state)
{
    struct loopback l = {0};
    (void)state;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0)
        skip();
    for (int i = 0; i < 3; i++) { /* each answer belongs to its question */
        assert_int_equal(counters_read_devices(fd, on_device, &l), 0);
        assert_int_equal(counters_read_peers(fd, on_peer, &l), 0);
    }
    assert_true(l.found);
    close(fd);
    fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE); /* hearing needs one of its own */
    assert_int_equal(counters_subscribe(fd), 0);
    l.devices = 0;
    assert_int_equal(counters_heard(fd, on_device, &l), 0);
    assert_int_equal(l.devices, 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_read),
        cmocka_unit_test(what_is_no_device_is_refused),
        cmocka_unit_test(a_message_cut_anywhere_is_not_read_beyond),
        cmocka_unit_test(a_length_that_libmnl_takes_for_negative_is_refused),
        cmocka_unit_test(a_peer_is_read),
        cmocka_unit_test(the_kernel_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
