/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many ports each kind of tunnel has: RMprAdminServerSetInfo and RMprAdminServerSetInfoEx (MS-RRASM 3.1.4.44 and
 * .48). Here is looked at what the caller says; what that comes to is the backend's.
 */
#include "dimsvc/run.h"

#include <winerror.h>

#include "dimsvc/layout.h"

#define PPTP_PORTS_MAX   16384u
#define TUNNEL_PORTS_MAX 30000u /* of the others; of IKEv2 nothing is said: the same */

#define FOR_RAS          1u /* MPR_ENABLE_RAS_ON_DEVICE */
#define FOR_ROUTING      2u /* MPR_ENABLE_ROUTING_ON_DEVICE */

/* setConfigForProtocols */
#define SET_PPTP  0x1u
#define SET_L2TP  0x2u
#define SET_SSTP  0x4u
#define SET_IKEV2 0x8u
#define SET_GRE   0x10u /* known, but this revision of the structure has no place for it */

static uint32_t get_u32(const uint8_t *p)
{
    struct rpc_rd rd = rpc_rd_init(p, 4, false);
    return rpc_rd_u32(&rd);
}

/* From the two DWORDs that every kind has: number and flags. */
static struct dim_limit limit_at(const uint8_t *p)
{
    return (struct dim_limit){.set = true, .ports = get_u32(p), .flags = get_u32(p + 4)};
}

/* SSTP and IKEv2 are for users only: no router connects by them. */
static bool is_possible(enum dim_tunnel kind, const struct dim_limit *l)
{
    uint32_t most = kind == DIM_TUNNEL_PPTP ? PPTP_PORTS_MAX : TUNNEL_PORTS_MAX;
    uint32_t flags = FOR_RAS;
    if (kind == DIM_TUNNEL_PPTP || kind == DIM_TUNNEL_L2TP)
        flags |= FOR_ROUTING;
    return l->ports > 0 && l->ports <= most && (l->flags & ~flags) == 0;
}

static bool all_possible(const struct dim_limits *limits)
{
    for (int i = 0; i < DIM_TUNNEL_KINDS; i++) {
        if (limits->of[i].set && !is_possible((enum dim_tunnel)i, &limits->of[i]))
            return false;
    }
    return true;
}

/* The answer waits until it is stored. */
static uint32_t ask_backend(struct dim_run *run)
{
    if (!run->backend->server_set)
        return ERROR_NOT_SUPPORTED;
    run->limits.op = run->op;
    run->outcome = DIM_OUT_LIMITS;
    run->answered = true;
    return ERROR_SUCCESS;
}

uint32_t dim_server_set_info(struct dim_run *run)
{
    const struct dim_blob *b = &run->args.blob[0];
    uint32_t level = run->args.level;
    if (level != 1 && level != 2)
        return ERROR_NOT_SUPPORTED;
    if (!b->data || b->size != dim_server_size(level))
        return ERROR_INVALID_PARAMETER;
    run->limits = (struct dim_limits){
        .of[DIM_TUNNEL_PPTP] = limit_at(b->data + DIM_SERVER1_PPTP_PORTS),
        .of[DIM_TUNNEL_L2TP] = limit_at(b->data + DIM_SERVER1_L2TP_PORTS),
    };
    if (level == 2)
        run->limits.of[DIM_TUNNEL_SSTP] = limit_at(b->data + DIM_SERVER2_SSTP_PORTS);
    return all_possible(&run->limits) ? ask_backend(run) : ERROR_INVALID_PARAMETER;
}

/* Tunnel parameters and certificates belong to the daemons: to set them is refused rather than ignored. */
uint32_t dim_server_set_info_ex(struct dim_run *run)
{
    static const uint32_t bits[DIM_TUNNEL_KINDS] = {SET_PPTP, SET_L2TP, SET_SSTP, SET_IKEV2};
    const struct dim_args *a = &run->args;
    bool others = (a->protocols & SET_GRE) != 0;
    if (!a->revision_agrees || (a->protocols & ~(SET_PPTP | SET_L2TP | SET_SSTP | SET_IKEV2 | SET_GRE)) != 0)
        return ERROR_INVALID_PARAMETER;
    run->limits = (struct dim_limits){0};
    for (size_t i = 0; i < DIM_TUNNEL_KINDS; i++) {
        const struct dim_tunnel_args *t = &a->tunnels[i];
        bool set = (a->protocols & bits[i]) != 0;
        run->limits.of[i] = (struct dim_limit){.set = set, .ports = t->ports, .flags = t->flags};
        others = others || (set && t->others);
    }
    if (!all_possible(&run->limits))
        return ERROR_INVALID_PARAMETER;
    if (others)
        return ERROR_NOT_SUPPORTED;
    return a->protocols == 0 ? ERROR_SUCCESS : ask_backend(run);
}
