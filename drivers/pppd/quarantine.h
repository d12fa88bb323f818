/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quarantine: what is forwarded from and to the session's network interface is dropped by the kernel, but for what goes
 * to a few networks that the administrator has named, and comes from there.
 *
 * It is a table of nftables of this session's own, "rras-INTERFACE-PID" of the family inet, which the kernel ties to
 * our netlink socket (NFT_TABLE_F_OWNER, Linux 5.12): nobody else can change it, and when this process ends, in
 * whatever way, it is gone. So there are never any left over. It hooks in before the filters of the system (priority
 * -1): what it lets pass still has to pass those.
 *
 * The messages are made here rather than by libnftables or nft(8), because a word of rrasd's is obeyed in a signal
 * handler: nothing but system calls and fixed memory. No function of this blocks.
 */
#ifndef OPENRRAS_DRIVERS_PPPD_QUARANTINE_H
#define OPENRRAS_DRIVERS_PPPD_QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUARANTINE_NETS_MAX 16u /* their rules fit into one message */

struct quarantine_net {
    uint8_t address[16], mask[16];
    uint8_t size; /* 4 or 16 bytes of both */
};

struct quarantine_nets {
    struct quarantine_net net[QUARANTINE_NETS_MAX];
    size_t n;
};

struct quarantine {
    int fd; /* the table's owner; -1: there is none */
    char table[32];
};

/* "10.0.0.5,192.0.2.0/24,2001:db8::/64" or "". 0; -EINVAL: an address is none, or has bits beyond its prefix; -E2BIG.
 */
int quarantine_parse(const char *list, struct quarantine_nets *ret);

/* Can this kernel do it, and may we? 0 or negative errno. */
int quarantine_probe(void);

/* The filter stands when this returns 0; else nothing does, and it is negative errno. Safe in a signal handler. */
int quarantine_begin(struct quarantine *q, const char *interface, unsigned ifindex, const struct quarantine_nets *nets);
/* 0: it is gone; fine when there is none. Negative errno: it stands. Safe in a signal handler. */
int quarantine_end(struct quarantine *q);
/* We don't hold it any more: so it is gone, unless another process has a copy of our descriptor. */
void quarantine_drop(struct quarantine *q);
static inline bool quarantine_stands(const struct quarantine *q)
{
    return q->fd >= 0;
}

#endif
