/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel says of network devices: names, addresses, counters. ocserv's protocol has no counters, but each of
 * its sessions has a tun device of its own, made for it and removed with it.
 *
 * Two netlink sockets, of ocserv's network namespace: one on which all devices are read at once, and one that hears of
 * each device that is removed, with its last counters.
 */
#ifndef OPENRRAS_DRIVERS_OCSERV_COUNTERS_H
#define OPENRRAS_DRIVERS_OCSERV_COUNTERS_H

#include <linux/netlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/common/driver.h"

/* A device. Its index is not used again for as long as the machine runs; its name is. */
struct counters_device {
    uint32_t index;
    char name[IF_NAMESIZE];
    bool removed;
    struct driver_counters counters; /* in: what the client has sent, as it is received from the tun device */
};
typedef void counters_each_device(void *ctx, const struct counters_device *device);
/* The client's end of a point-to-point address, as text. */
typedef void counters_each_peer(void *ctx, uint32_t index, const char *peer);

/* May libmnl walk through this packet, of at most INT_MAX bytes? Aligned as a netlink message. No I/O. */
bool counters_packet_ok(const void *packet, size_t n);
/* One netlink message, which memory to the next multiple of 4 bytes follows: libmnl reads its padding. False: it is not
 * about a device, has no counters, or is not whole. No I/O. */
bool counters_parse_device(const struct nlmsghdr *message, struct counters_device *ret);
/* The same for an address that has a peer. `peer` has room for INET6_ADDRSTRLEN bytes. */
bool counters_parse_peer(const struct nlmsghdr *message, uint32_t *ret_index, char *peer);

/* Read all devices, or all addresses, on this socket, which nothing else is read from. Takes some 10 us for each
 * device. 0, or negative errno: some may have been told. */
int counters_read_devices(int fd, counters_each_device *each, void *ctx);
int counters_read_peers(int fd, counters_each_peer *each, void *ctx);

/* Hear of devices that are removed. Negative errno. */
int counters_subscribe(int fd);
/* What this socket has heard until now. 0; -ENOBUFS: some was lost; other negative errno: the socket is no good any
 * more. */
int counters_heard(int fd, counters_each_device *each, void *ctx);

#endif
