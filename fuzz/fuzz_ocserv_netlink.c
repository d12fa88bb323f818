/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel that can't be trusted: any bytes as netlink messages about devices and addresses.
 *
 * Input: one message behind the other, as in a packet. The length in the header of each is what the reader of the
 * packet has made sure of, so what is cut off is not handed on.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/ocserv/counters.h"
#include "fuzz.h"

/* The memory of a message is of exactly its size, padded as counters.h wants it, so that one byte too many is seen. */
static void look(const struct nlmsghdr *message)
{
    struct counters_device device;
    char peer[INET6_ADDRSTRLEN];
    uint32_t index;
    struct nlmsghdr *exact = calloc(1, MNL_ALIGN(message->nlmsg_len));
    FUZZ_CHECK(exact);
    memcpy(exact, message, message->nlmsg_len);
    if (counters_parse_device(exact, &device)) {
        FUZZ_CHECK(device.index > 0 && device.index <= INT32_MAX);
        FUZZ_CHECK(device.name[0] && memchr(device.name, '\0', sizeof(device.name)));
        FUZZ_CHECK(device.removed == (exact->nlmsg_type == RTM_DELLINK));
    }
    memset(peer, 'x', sizeof(peer));
    if (counters_parse_peer(exact, &index, peer))
        FUZZ_CHECK(exact->nlmsg_type == RTM_NEWADDR && memchr(peer, '\0', sizeof(peer)));
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *packet = malloc(size > 0 ? size : 1); /* aligned */
    FUZZ_CHECK(packet);
    if (size > 0)
        memcpy(packet, data, size);
    int left = (int)size;
    if (!counters_packet_ok(packet, size))
        left = 0;
    for (struct nlmsghdr *h = (struct nlmsghdr *)(void *)packet; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
        look(h);
    free(packet);
    return 0;
}
