/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/ocserv/counters.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* The kernel writes dumps in portions of at most this. */
#define READ_MAX 32768u
/* It writes them at once; who waits longer does so for nothing. */
#define DUMP_MS 1000

/* ---- messages ---- */

static bool holds(const struct nlmsghdr *message, size_t payload)
{
    return message->nlmsg_len >= sizeof(*message) + payload;
}

bool counters_packet_ok(const void *packet, size_t n)
{
    const struct nlmsghdr *h = packet;
    int left = (int)n;
    while (mnl_nlmsg_ok(h, left)) {
        if (h->nlmsg_len > (size_t)left) /* libmnl takes it for negative */
            return false;
        h = mnl_nlmsg_next(h, &left);
    }
    return true;
}

struct device_parts {
    struct counters_device *device;
    bool counted;
};

static void take_stats(const struct nlattr *a, struct device_parts *p)
{
    struct rtnl_link_stats64 s = {0};
    size_t n = mnl_attr_get_payload_len(a);
    if (n < offsetof(struct rtnl_link_stats64, rx_errors))
        return;
    memcpy(&s, mnl_attr_get_payload(a), n < sizeof(s) ? n : sizeof(s));
    p->device->counters = (struct driver_counters){
        .bytes_in = s.rx_bytes, .bytes_out = s.tx_bytes, .frames_in = s.rx_packets, .frames_out = s.tx_packets};
    p->counted = true;
}

static int take_device_attribute(const struct nlattr *a, void *data)
{
    struct device_parts *p = data;
    if (mnl_attr_get_type(a) == IFLA_IFNAME && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) == 0)
        snprintf(p->device->name, sizeof(p->device->name), "%s", mnl_attr_get_str(a));
    else if (mnl_attr_get_type(a) == IFLA_STATS64)
        take_stats(a, p);
    return MNL_CB_OK;
}

bool counters_parse_device(const struct nlmsghdr *message, struct counters_device *ret)
{
    struct counters_device device = {0};
    struct device_parts parts = {.device = &device};
    struct ifinfomsg info;
    if ((message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK) || !holds(message, sizeof(info)))
        return false;
    memcpy(&info, mnl_nlmsg_get_payload(message), sizeof(info));
    mnl_attr_parse(message, sizeof(info), take_device_attribute, &parts);
    if (info.ifi_index <= 0 || !parts.counted || !device.name[0])
        return false;
    device.index = (uint32_t)info.ifi_index;
    device.removed = message->nlmsg_type == RTM_DELLINK;
    *ret = device;
    return true;
}

struct address_parts {
    int family;
    unsigned char peer[16], local[16];
    bool has_peer, has_local;
};

static int take_address_attribute(const struct nlattr *a, void *data)
{
    struct address_parts *p = data;
    size_t n = p->family == AF_INET ? 4 : 16;
    if (mnl_attr_get_payload_len(a) != n)
        return MNL_CB_OK;
    if (mnl_attr_get_type(a) == IFA_ADDRESS) {
        memcpy(p->peer, mnl_attr_get_payload(a), n);
        p->has_peer = true;
    } else if (mnl_attr_get_type(a) == IFA_LOCAL) {
        memcpy(p->local, mnl_attr_get_payload(a), n);
        p->has_local = true;
    }
    return MNL_CB_OK;
}

bool counters_parse_peer(const struct nlmsghdr *message, uint32_t *ret_index, char *peer)
{
    struct ifaddrmsg info;
    if (message->nlmsg_type != RTM_NEWADDR || !holds(message, sizeof(info)))
        return false;
    memcpy(&info, mnl_nlmsg_get_payload(message), sizeof(info));
    struct address_parts parts = {.family = info.ifa_family};
    if (info.ifa_family != AF_INET && info.ifa_family != AF_INET6)
        return false;
    mnl_attr_parse(message, sizeof(info), take_address_attribute, &parts);
    /* Without a point-to-point peer both are our own address, or there is only one. */
    if (!parts.has_peer || !parts.has_local || memcmp(parts.peer, parts.local, sizeof(parts.peer)) == 0)
        return false;
    *ret_index = info.ifa_index;
    return inet_ntop(info.ifa_family, parts.peer, peer, INET6_ADDRSTRLEN) != NULL;
}

/* ---- sockets ---- */

struct reading {
    counters_each_device *device;
    counters_each_peer *peer;
    void *ctx;
};

static int on_message(const struct nlmsghdr *message, void *data)
{
    const struct reading *r = data;
    struct counters_device device;
    char peer[INET6_ADDRSTRLEN];
    uint32_t index;
    if (r->device && counters_parse_device(message, &device))
        r->device(r->ctx, &device);
    else if (r->peer && counters_parse_peer(message, &index, peer))
        r->peer(r->ctx, index, peer);
    return MNL_CB_OK;
}

static int ask(int fd, uint16_t type, uint32_t sequence)
{
    char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO))) = {0};
    struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
    h->nlmsg_type = type;
    h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    h->nlmsg_seq = sequence;
    size_t extra = type == RTM_GETLINK ? sizeof(struct ifinfomsg) : sizeof(struct ifaddrmsg);
    mnl_nlmsg_put_extra_header(h, extra); /* all zero: every family, every device */
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t n = sendto(fd, h, h->nlmsg_len, MSG_NOSIGNAL, (struct sockaddr *)&kernel, sizeof(kernel));
    return n < 0 ? -errno : 0;
}

/* One packet of the kernel's. Its length, 0: of somebody else, or negative errno. */
static ssize_t receive(int fd, char buffer[static READ_MAX])
{
    struct sockaddr_nl from = {0};
    socklen_t from_n = sizeof(from);
    ssize_t n = recvfrom(fd, buffer, READ_MAX, 0, (struct sockaddr *)&from, &from_n);
    if (n < 0)
        return -errno;
    if (from.nl_pid != 0)
        return 0;
    return counters_packet_ok(buffer, (size_t)n) ? n : -EBADMSG;
}

/* Devices came or went while the kernel wrote: no reason to stop in the middle, for the next dump has them. */
static void ignore_interruption(char *buffer, ssize_t n)
{
    int left = (int)n;
    for (struct nlmsghdr *h = (struct nlmsghdr *)(void *)buffer; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
        h->nlmsg_flags &= (uint16_t)~NLM_F_DUMP_INTR;
}

static int read_dump(int fd, uint32_t sequence, struct reading *reading)
{
    char buffer[READ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n = receive(fd, buffer);
        if (n == -EAGAIN && poll(&p, 1, DUMP_MS) == 0)
            return -ETIMEDOUT;
        if (n == -EAGAIN || n == -EINTR || n == 0)
            continue;
        if (n < 0)
            return (int)n;
        ignore_interruption(buffer, n);
        int more = mnl_cb_run(buffer, (size_t)n, sequence, 0, on_message, reading);
        if (more < 0)
            return -errno;
        if (more == MNL_CB_STOP)
            return 0;
    }
}

static int dump(int fd, uint16_t type, struct reading reading)
{
    static uint32_t sequence;
    int r = ask(fd, type, ++sequence);
    return r < 0 ? r : read_dump(fd, sequence, &reading);
}

int counters_read_devices(int fd, counters_each_device *each, void *ctx)
{
    return dump(fd, RTM_GETLINK, (struct reading){.device = each, .ctx = ctx});
}

int counters_read_peers(int fd, counters_each_peer *each, void *ctx)
{
    return dump(fd, RTM_GETADDR, (struct reading){.peer = each, .ctx = ctx});
}

int counters_subscribe(int fd)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
    return bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

int counters_heard(int fd, counters_each_device *each, void *ctx)
{
    char buffer[READ_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct reading reading = {.device = each, .ctx = ctx};
    for (;;) {
        ssize_t n = receive(fd, buffer);
        if (n == -EAGAIN)
            return 0;
        if (n < 0 && n != -EINTR)
            return (int)n;
        if (n > 0)
            mnl_cb_run(buffer, (size_t)n, 0, 0, on_message, &reading);
    }
}
