/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a connection: RASI_CONNECTION_0 to _3, RAS_CONNECTION_4_IDL, RAS_CONNECTION_EX_1_IDL. */
#include "dimsvc/record.h"

#include <string.h>

#include "rpc/cursor.h"

#define QUARANTINE_PROBATION 2u /* RAS_QUAR_STATE_PROBATION: the only state in which the time means something */

static uint64_t probation(const struct dim_connection *c)
{
    return c->quarantine == QUARANTINE_PROBATION ? c->probation_filetime : 0;
}

/* FILETIME counts 100 ns from 1601. 0 for a time that is not known or does not fit. */
static uint64_t start_filetime(int64_t start)
{
    const int64_t epoch = 11644473600; /* seconds from 1601 to 1970 */
    if (start <= 0 || start > INT64_MAX / 10000000 - epoch)
        return 0;
    return (uint64_t)(start + epoch) * 10000000u;
}

/* PPP_IPCP_INFO, also the beginning of PPP_IPCP_INFO2. */
static void put_ipcp(uint8_t *dst, const struct dim_connection *c)
{
    dim_put_text(dst + DIM_IPCP_ADDRESS, DIM_UNITS_IPV4, c->server_address4);
    dim_put_text(dst + DIM_IPCP_REMOTE_ADDRESS, DIM_UNITS_IPV4, c->client_address4);
}

/* "Remote" is what the client was authenticated with; we never authenticate ourselves to it. */
static void put_lcp(uint8_t *dst, const struct dim_connection *c)
{
    if (c->ikev2)
        return; /* there is no LCP */
    rpc_put_u32(dst + DIM_LCP_REMOTE_AUTH_PROTOCOL, c->auth_protocol);
    rpc_put_u32(dst + DIM_LCP_REMOTE_AUTH_DATA, c->auth_data);
}

static void put_ipv6cp(uint8_t *dst, const struct dim_connection *c)
{
    if (c->prefix_length6 == 0)
        return;
    memcpy(dst + DIM_IPV6CP_REMOTE_INTERFACE, c->client_interface6, sizeof c->client_interface6);
    memcpy(dst + DIM_IPV6CP_PREFIX, c->client_prefix6, sizeof c->client_prefix6);
    rpc_put_u32(dst + DIM_IPV6CP_PREFIX_LENGTH, c->prefix_length6);
}

static void pack0(uint8_t *dst, const struct dim_connection *c)
{
    rpc_put_u32(dst + DIM_CONN0_CONNECTION, c->handle);
    rpc_put_u32(dst + DIM_CONN0_INTERFACE, c->interface);
    rpc_put_u32(dst + DIM_CONN0_DURATION, c->connect_seconds);
    rpc_put_u32(dst + DIM_CONN0_INTERFACE_TYPE, c->interface_type);
    rpc_put_u32(dst + DIM_CONN0_FLAGS, c->flags);
    dim_put_text(dst + DIM_CONN0_INTERFACE_NAME, DIM_UNITS_NAME, c->interface_name);
    dim_put_text(dst + DIM_CONN0_USER, DIM_UNITS_NAME, c->user);
    dim_put_text(dst + DIM_CONN0_DOMAIN, DIM_UNITS_DOMAIN, c->domain);
    dim_put_text(dst + DIM_CONN0_COMPUTER, DIM_UNITS_SHORT, c->remote_computer);
}

static void pack1(uint8_t *dst, const struct dim_connection *c)
{
    rpc_put_u32(dst + DIM_CONN1_CONNECTION, c->handle);
    rpc_put_u32(dst + DIM_CONN1_INTERFACE, c->interface);
    put_ipcp(dst + DIM_CONN1_PPP + DIM_PPP_IPCP, c);
    dim_put_stats(dst + DIM_CONN1_STATS(DIM_IPX_SDK), &c->stats);
}

static void pack2(uint8_t *dst, const struct dim_connection *c)
{
    rpc_put_u32(dst + DIM_CONN2_CONNECTION, c->handle);
    dim_put_text(dst + DIM_CONN2_USER, DIM_UNITS_NAME, c->user);
    rpc_put_u32(dst + DIM_CONN2_INTERFACE_TYPE, c->interface_type);
    memcpy(dst + DIM_CONN2_GUID, c->guid, sizeof c->guid);
    uint8_t *ppp = dst + DIM_CONN2_PPP2;
    put_ipcp(ppp + DIM_PPP2_IPCP, c);
    put_lcp(ppp + DIM_PPP2_LCP(DIM_IPX_SDK), c);
}

static void pack3(uint8_t *dst, const struct dim_connection *c)
{
    rpc_put_u32(dst + DIM_CONN3_VERSION, 1);
    /* The page of the structure says 0, the specification's worked example the size, which is what servers send. */
    rpc_put_u32(dst + DIM_CONN3_LENGTH, DIM_CONN3_SIZE);
    rpc_put_u32(dst + DIM_CONN3_CONNECTION, c->handle);
    dim_put_text(dst + DIM_CONN3_USER, DIM_UNITS_NAME, c->user);
    rpc_put_u32(dst + DIM_CONN3_INTERFACE_TYPE, c->interface_type);
    memcpy(dst + DIM_CONN3_GUID, c->guid, sizeof c->guid);
    uint8_t *ppp = dst + DIM_CONN3_PPP3;
    put_ipcp(ppp + DIM_PPP3_IPCP, c);
    put_ipv6cp(ppp + DIM_PPP3_IPV6CP, c);
    put_lcp(ppp + DIM_PPP3_LCP, c);
    rpc_put_u32(dst + DIM_CONN3_QUARANTINE, c->quarantine);
    dim_put_filetime(dst + DIM_CONN3_TIMER, probation(c));
}

static void put_projection_addresses(uint8_t *dst, const struct dim_connection *c)
{
    dim_put_text(dst + DIM_PROJ_ADDRESS, DIM_UNITS_IPV4, c->server_address4);
    dim_put_text(dst + DIM_PROJ_REMOTE_ADDRESS, DIM_UNITS_IPV4, c->client_address4);
}

/* What revisions 1 and 2 have in common; that is all we know. */
static void put_ppp_projection(uint8_t *dst, const struct dim_connection *c)
{
    put_projection_addresses(dst, c);
    if (c->prefix_length6 != 0) {
        memcpy(dst + DIM_PROJ_PPP_REMOTE_INTERFACE6, c->client_interface6, sizeof c->client_interface6);
        memcpy(dst + DIM_PROJ_PPP_PREFIX6, c->client_prefix6, sizeof c->client_prefix6);
        rpc_put_u32(dst + DIM_PROJ_PPP_PREFIX_LENGTH6, c->prefix_length6);
    }
    if (!c->ikev2) {
        rpc_put_u32(dst + DIM_PROJ_PPP_REMOTE_AUTH_PROTOCOL, c->auth_protocol);
        rpc_put_u32(dst + DIM_PROJ_PPP_REMOTE_AUTH_DATA, c->auth_data);
    }
}

static void put_ikev2_projection(uint8_t *dst, const struct dim_connection *c)
{
    put_projection_addresses(dst, c);
    if (c->prefix_length6 != 0) {
        memcpy(dst + DIM_PROJ_IKE_REMOTE_INTERFACE6, c->client_interface6, sizeof c->client_interface6);
        memcpy(dst + DIM_PROJ_IKE_PREFIX6, c->client_prefix6, sizeof c->client_prefix6);
        rpc_put_u32(dst + DIM_PROJ_IKE_PREFIX_LENGTH6, c->prefix_length6);
    }
    if (c->ikev2)
        rpc_put_u32(dst + DIM_PROJ_IKE_AUTH_PROTOCOL, c->auth_protocol);
}

static void put_projection(uint8_t *tag, uint8_t *arm, bool ikev2, const struct dim_connection *c)
{
    *tag = ikev2 ? DIM_PROJECTION_IKEV2 : DIM_PROJECTION_PPP;
    if (ikev2)
        put_ikev2_projection(arm, c);
    else
        put_ppp_projection(arm, c);
}

static void pack4(uint8_t *dst, const struct dim_connection *c)
{
    rpc_put_u32(dst + DIM_CONN4_DURATION, c->connect_seconds);
    rpc_put_u32(dst + DIM_CONN4_INTERFACE_TYPE, c->interface_type);
    rpc_put_u32(dst + DIM_CONN4_FLAGS, c->flags);
    dim_put_text(dst + DIM_CONN4_INTERFACE_NAME, DIM_UNITS_NAME, c->interface_name);
    dim_put_text(dst + DIM_CONN4_USER, DIM_UNITS_NAME, c->user);
    dim_put_text(dst + DIM_CONN4_DOMAIN, DIM_UNITS_DOMAIN, c->domain);
    dim_put_text(dst + DIM_CONN4_COMPUTER, DIM_UNITS_SHORT, c->remote_computer);
    memcpy(dst + DIM_CONN4_GUID, c->guid, sizeof c->guid);
    rpc_put_u32(dst + DIM_CONN4_QUARANTINE, c->quarantine);
    dim_put_filetime(dst + DIM_CONN4_PROBATION, probation(c));
    dim_put_filetime(dst + DIM_CONN4_START, start_filetime(c->start));
    dim_put_stats(dst + DIM_CONN4_STATS, &c->stats);
    dim_put_text(dst + DIM_CONN4_REMOTE_ENDPOINT, DIM_UNITS_ENDPOINT, c->remote_endpoint);
    dim_put_text(dst + DIM_CONN4_LOCAL_ENDPOINT, DIM_UNITS_ENDPOINT, c->local_endpoint);
    put_projection(dst + DIM_CONN4_PROJECTION, dst + DIM_CONN4_PROJECTION_ARM, c->ikev2, c);
    rpc_put_u32(dst + DIM_CONN4_CONNECTION, c->handle);
    rpc_put_u32(dst + DIM_CONN4_INTERFACE, c->interface);
    rpc_put_u32(dst + DIM_CONN4_DEVICE_TYPE, c->device_type);
}

static const struct {
    size_t size;
    void (*pack)(uint8_t *dst, const struct dim_connection *c);
} levels[] = {
    {DIM_CONN0_SIZE, pack0},
    {DIM_CONN1_SIZE(DIM_IPX_SDK), pack1},
    {DIM_CONN2_SIZE(DIM_IPX_SDK), pack2},
    {DIM_CONN3_SIZE, pack3},
    {DIM_CONN4_SIZE, pack4},
};

size_t dim_connection_size(uint32_t level)
{
    return level < sizeof levels / sizeof levels[0] ? levels[level].size : 0;
}

void dim_pack_connection(uint8_t *dst, uint32_t level, const struct dim_connection *c)
{
    memset(dst, 0, levels[level].size);
    levels[level].pack(dst, c);
}

size_t dim_connection_ex_size(bool ikev2)
{
    return ikev2 ? DIM_CONNEX_IKE_SIZE : DIM_CONNEX_PPP_SIZE;
}

void dim_pack_connection_ex(uint8_t *dst, bool ikev2, const struct dim_connection *c)
{
    memset(dst, 0, dim_connection_ex_size(ikev2));
    uint8_t *header = dst + DIM_CONNEX_HEADER;
    header[DIM_OBJECT_REVISION] = 1;
    header[DIM_OBJECT_TYPE] = DIM_OBJECT_CONNECTION_EX;
    rpc_put_u16(header + DIM_OBJECT_LENGTH, (uint16_t)dim_connection_ex_size(ikev2));
    rpc_put_u32(dst + DIM_CONNEX_DURATION, c->connect_seconds);
    rpc_put_u16(dst + DIM_CONNEX_INTERFACE_TYPE, (uint16_t)c->interface_type);
    rpc_put_u32(dst + DIM_CONNEX_FLAGS, c->flags);
    dim_put_text(dst + DIM_CONNEX_INTERFACE_NAME, DIM_UNITS_NAME, c->interface_name);
    dim_put_text(dst + DIM_CONNEX_USER, DIM_UNITS_NAME, c->user);
    dim_put_text(dst + DIM_CONNEX_DOMAIN, DIM_UNITS_DOMAIN, c->domain);
    dim_put_text(dst + DIM_CONNEX_COMPUTER, DIM_UNITS_SHORT, c->remote_computer);
    memcpy(dst + DIM_CONNEX_GUID, c->guid, sizeof c->guid);
    rpc_put_u16(dst + DIM_CONNEX_QUARANTINE, (uint16_t)c->quarantine);
    dim_put_filetime(dst + DIM_CONNEX_PROBATION, probation(c));
    dim_put_stats(dst + DIM_CONNEX_STATS, &c->stats);
    dim_put_text(dst + DIM_CONNEX_REMOTE_ENDPOINT, DIM_UNITS_ENDPOINT, c->remote_endpoint);
    dim_put_text(dst + DIM_CONNEX_LOCAL_ENDPOINT, DIM_UNITS_ENDPOINT, c->local_endpoint);
    put_projection(dst + DIM_CONNEX_PROJECTION, dst + DIM_CONNEX_PROJECTION_ARM, ikev2, c);
    rpc_put_u32(dst + (ikev2 ? DIM_CONNEX_IKE_CONNECTION : DIM_CONNEX_PPP_CONNECTION), c->handle);
    rpc_put_u32(dst + (ikev2 ? DIM_CONNEX_IKE_INTERFACE : DIM_CONNEX_PPP_INTERFACE), c->interface);
}
