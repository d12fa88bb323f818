/* SPDX-License-Identifier: Apache-2.0 */
/* What the two sides of the door say to each other: one packet each way, with a descriptor where there is one. */
#ifndef OPENRRAS_DRIVERS_OCSERV_DOOR_PRIVATE_H
#define OPENRRAS_DRIVERS_OCSERV_DOOR_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

/* The driver's side. */
struct door {
    int fd;
    pid_t pid;
    bool broken; /* it has not answered, or nonsense: what comes from it later may be the answer to another question */
};

enum door_wish {
    DOOR_CONNECT = 1,
    DOOR_WORKER,
    DOOR_SIGNAL,
    DOOR_NETLINK,
};

struct door_request {
    uint32_t wish;
    int32_t pid;   /* of DOOR_WORKER */
    uint32_t hard; /* of DOOR_SIGNAL, which has the pidfd with it */
};

struct door_answer {
    int32_t result; /* 0, or negative errno; a descriptor is with it unless it was DOOR_SIGNAL */
    int32_t pid;    /* of DOOR_CONNECT: ocserv's */
};

/* One packet and perhaps a descriptor, -1: none. 0, or negative errno; -EPIPE: the other side has gone. */
int door_send(int fd, const void *packet, size_t n, int with);
/* *ret_with is -1 or a descriptor of the caller's. -EPROTO: not a packet of this size. -EMFILE: it is, but this process
 * had no room for the descriptor that came with it. */
int door_receive(int fd, void *packet, size_t n, int *ret_with);

/* The privileged side, until the driver has gone. Never returns. */
_Noreturn void door_process(int fd, const struct sockaddr_un *address);

/* No program that this process might start could get any other capability than these (bits). Negative errno. */
int confine_bounding(uint64_t keep);
/* This process keeps these capabilities, and can't get any other by starting a program. Negative errno. */
int confine_capabilities(uint64_t keep);
/* And these system calls only. Negative errno. */
int confine_door_calls(void);
/* All but those that a driver never needs, first of all starting programs. */
int confine_driver_calls(void);

#endif
