/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel has counted on a network interface. pppd 2.4 itself knows 32 bits of it, which a fast line fills in
 * seconds; the kernel has 64. One question over rtnetlink, answered at once. For use in a signal handler.
 */
#ifndef OPENRRAS_DRIVERS_PPPD_COUNTERS_H
#define OPENRRAS_DRIVERS_PPPD_COUNTERS_H

#include <stdint.h>

struct counters {
    uint64_t bytes_in, bytes_out, frames_in, frames_out;
    uint64_t crc_errors, alignment_errors, hardware_overruns, buffer_overruns;
};

/* 0, or negative errno: -ENODEV when there is no such interface. */
int counters_read(unsigned ifindex, struct counters *ret);
/* What was counted since `base`. A counter that has gone back has begun anew. */
struct counters counters_since(const struct counters *now, const struct counters *base);

#endif
