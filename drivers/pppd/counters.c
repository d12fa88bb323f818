/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/pppd/counters.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct question {
    struct nlmsghdr head;
    struct if_stats_msg body;
};

static int ask(int fd, unsigned ifindex)
{
    struct question q = {
        .head = {.nlmsg_len = sizeof(q), .nlmsg_type = RTM_GETSTATS, .nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = 1},
        .body = {.family = AF_UNSPEC, .ifindex = ifindex, .filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64)},
    };
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent = sendto(fd, &q, sizeof(q), MSG_DONTWAIT, (const struct sockaddr *)&kernel, sizeof(kernel));
    return sent < 0 ? -errno : 0;
}

static struct counters convert(const struct rtnl_link_stats64 *s)
{
    return (struct counters){
        .bytes_in = s->rx_bytes,
        .bytes_out = s->tx_bytes,
        .frames_in = s->rx_packets,
        .frames_out = s->tx_packets,
        .crc_errors = s->rx_crc_errors,
        .alignment_errors = s->rx_frame_errors,
        .hardware_overruns = s->rx_fifo_errors,
        .buffer_overruns = s->rx_over_errors,
    };
}

/* The attribute with the counters. Older kernels' are shorter. */
static int find(const char *attributes, size_t n, struct counters *ret)
{
    struct rtnl_link_stats64 stats = {0};
    struct rtattr a;
    for (size_t at = 0; at + sizeof(a) <= n; at += RTA_ALIGN(a.rta_len)) {
        memcpy(&a, attributes + at, sizeof(a));
        if (a.rta_len < sizeof(a) || a.rta_len > n - at)
            break;
        if (a.rta_type == IFLA_STATS_LINK_64) {
            size_t size = a.rta_len - sizeof(a);
            memcpy(&stats, attributes + at + sizeof(a), size < sizeof(stats) ? size : sizeof(stats));
            *ret = convert(&stats);
            return 0;
        }
    }
    return -EBADMSG;
}

static int answer(int fd, struct counters *ret)
{
    char buffer[4096];
    struct nlmsghdr head;
    const size_t before = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct if_stats_msg));
    ssize_t got = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT); /* the kernel has answered within sendto() */
    if (got < 0)
        return -errno;
    if ((size_t)got < sizeof(head))
        return -EBADMSG;
    memcpy(&head, buffer, sizeof(head));
    if (head.nlmsg_type == NLMSG_ERROR && (size_t)got >= NLMSG_HDRLEN + sizeof(int)) {
        int error;
        memcpy(&error, buffer + NLMSG_HDRLEN, sizeof(error));
        return error < 0 ? error : -EBADMSG;
    }
    if (head.nlmsg_len > (size_t)got || head.nlmsg_len < before)
        return -EBADMSG;
    return find(buffer + before, head.nlmsg_len - before, ret);
}

int counters_read(unsigned ifindex, struct counters *ret)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        return -errno;
    int r = ask(fd, ifindex);
    if (r == 0)
        r = answer(fd, ret);
    close(fd);
    return r;
}

static uint64_t since(uint64_t now, uint64_t base)
{
    return now >= base ? now - base : now;
}

struct counters counters_since(const struct counters *now, const struct counters *base)
{
    return (struct counters){
        .bytes_in = since(now->bytes_in, base->bytes_in),
        .bytes_out = since(now->bytes_out, base->bytes_out),
        .frames_in = since(now->frames_in, base->frames_in),
        .frames_out = since(now->frames_out, base->frames_out),
        .crc_errors = since(now->crc_errors, base->crc_errors),
        .alignment_errors = since(now->alignment_errors, base->alignment_errors),
        .hardware_overruns = since(now->hardware_overruns, base->hardware_overruns),
        .buffer_overruns = since(now->buffer_overruns, base->buffer_overruns),
    };
}
