/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of line this pppd serves, and who is at its other end: found out from how pppd was started. */
#ifndef OPENRRAS_DRIVERS_PPPD_DEVICE_H
#define OPENRRAS_DRIVERS_PPPD_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#define DEVICE_ARGUMENTS_MAX 16384u /* bytes of /proc/self/cmdline that are looked at */
#define DEVICE_CALLER_MAX    64u

/* What there is to go by. */
struct device_clues {
    bool plugin_pppoe, plugin_l2tp, plugin_pptp; /* such a plugin is loaded in this pppd */
    char parent[32];                             /* name of the program that has started it */
    char arguments[DEVICE_ARGUMENTS_MAX];        /* pppd's, each with its NUL */
    size_t arguments_len;
};

/* Who has started this pppd: to be asked before pppd detaches. */
void device_read_parent(struct device_clues *c);
/* The rest of the clues: when all options have been read. What can't be read is left out. */
void device_read_own(struct device_clues *c);

/* "pppoe", "l2tp", "pptp" or "serial". */
const char *device_type(const struct device_clues *c);

/* The MAC address of a PPPoE client, if pppoe-server has given it; or "". */
void device_pppoe_client(const struct device_clues *c, char dst[static DEVICE_CALLER_MAX]);
/* The address and port from where an L2TP tunnel comes, asked of the kernel; or "". */
void device_l2tp_peer(const struct device_clues *c, char dst[static DEVICE_CALLER_MAX]);

#endif
