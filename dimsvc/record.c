/* SPDX-License-Identifier: Apache-2.0 */
#include "dimsvc/record.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "common/text.h"
#include "rpc/cursor.h"

void dim_put_text(uint8_t *dst, size_t units, const char *utf8)
{
    assert(((uintptr_t)dst & 1) == 0);
    char16_t *w = (char16_t *)(void *)dst;
    size_t n = text_put_utf16(w, units, utf8);
    for (size_t i = 0; i < n; i++) {
        w[i] = htole16(w[i]); /* nothing at all on a little-endian machine */
    }
}

void dim_put_filetime(uint8_t *dst, uint64_t filetime)
{
    rpc_put_u32(dst, (uint32_t)filetime);
    rpc_put_u32(dst + 4, (uint32_t)(filetime >> 32));
}

/* The wire has 32 bits for each counter; they wrap, as documented for these structures. */
void dim_put_stats(uint8_t *dst, const struct dim_stats *s)
{
    rpc_put_u32(dst + DIM_STATS_BYTES_OUT, (uint32_t)s->bytes_out);
    rpc_put_u32(dst + DIM_STATS_BYTES_IN, (uint32_t)s->bytes_in);
    rpc_put_u32(dst + DIM_STATS_FRAMES_OUT, (uint32_t)s->frames_out);
    rpc_put_u32(dst + DIM_STATS_FRAMES_IN, (uint32_t)s->frames_in);
    rpc_put_u32(dst + DIM_STATS_CRC, (uint32_t)s->crc_errors);
    rpc_put_u32(dst + DIM_STATS_TIMEOUT, (uint32_t)s->timeout_errors);
    rpc_put_u32(dst + DIM_STATS_ALIGNMENT, (uint32_t)s->alignment_errors);
    rpc_put_u32(dst + DIM_STATS_HARDWARE_OVERRUN, (uint32_t)s->hardware_overruns);
    rpc_put_u32(dst + DIM_STATS_FRAMING, (uint32_t)s->framing_errors);
    rpc_put_u32(dst + DIM_STATS_BUFFER_OVERRUN, (uint32_t)s->buffer_overruns);
    rpc_put_u32(dst + DIM_STATS_RATIO_IN, s->ratio_in);
    rpc_put_u32(dst + DIM_STATS_RATIO_OUT, s->ratio_out);
}

/* A listing packs 100,000 of these: cleared all at once, which is faster than each field's rest by itself. */
void dim_pack_port0(uint8_t *dst, const struct dim_port *p)
{
    memset(dst, 0, DIM_PORT0_SIZE);
    rpc_put_u32(dst + DIM_PORT0_PORT, p->handle);
    rpc_put_u32(dst + DIM_PORT0_CONNECTION, p->connection);
    rpc_put_u32(dst + DIM_PORT0_CONDITION, (uint32_t)p->condition);
    rpc_put_u32(dst + DIM_PORT0_CALLS, p->calls);
    rpc_put_u32(dst + DIM_PORT0_DURATION, p->connect_seconds);
    dim_put_text(dst + DIM_PORT0_NAME, DIM_UNITS_SHORT, p->name);
    dim_put_text(dst + DIM_PORT0_MEDIA, DIM_UNITS_SHORT, p->media);
    dim_put_text(dst + DIM_PORT0_DEVICE, DIM_UNITS_DEVICE, p->device_name);
    dim_put_text(dst + DIM_PORT0_TYPE, DIM_UNITS_SHORT, p->device_type);
}

void dim_pack_port1(uint8_t *dst, const struct dim_port *p)
{
    rpc_put_u32(dst + DIM_PORT1_PORT, p->handle);
    rpc_put_u32(dst + DIM_PORT1_CONNECTION, p->connection);
    rpc_put_u32(dst + DIM_PORT1_HARDWARE, p->hardware_failure ? 1 : 0);
    rpc_put_u32(dst + DIM_PORT1_SPEED, p->line_speed > UINT32_MAX ? UINT32_MAX : (uint32_t)p->line_speed);
    dim_put_stats(dst + DIM_PORT1_STATS, &p->stats);
}

size_t dim_server_size(uint32_t level)
{
    static const uint8_t sizes[] = {DIM_SERVER0_SIZE, DIM_SERVER1_SIZE, DIM_SERVER2_SIZE};
    return level < sizeof sizes ? sizes[level] : 0;
}

void dim_pack_server(uint8_t *dst, uint32_t level, const struct dim_server *s)
{
    if (level == 0) {
        rpc_put_u32(dst + DIM_SERVER0_LAN_ONLY, s->lan_only ? 1 : 0);
        rpc_put_u32(dst + DIM_SERVER0_UP_TIME, s->up_seconds);
        rpc_put_u32(dst + DIM_SERVER0_TOTAL_PORTS, s->total_ports);
        rpc_put_u32(dst + DIM_SERVER0_PORTS_IN_USE, s->ports_in_use);
        return;
    }
    rpc_put_u32(dst + DIM_SERVER1_PPTP_PORTS, s->pptp_ports);
    rpc_put_u32(dst + DIM_SERVER1_PPTP_FLAGS, s->pptp_flags);
    rpc_put_u32(dst + DIM_SERVER1_L2TP_PORTS, s->l2tp_ports);
    rpc_put_u32(dst + DIM_SERVER1_L2TP_FLAGS, s->l2tp_flags);
    if (level == 2) {
        rpc_put_u32(dst + DIM_SERVER2_SSTP_PORTS, s->sstp_ports);
        rpc_put_u32(dst + DIM_SERVER2_SSTP_FLAGS, s->sstp_flags);
    }
}

static void put_tunnel(uint8_t *dst, uint32_t ports, uint32_t flags)
{
    rpc_put_u32(dst + DIM_TUNNEL_PORTS, ports);
    rpc_put_u32(dst + DIM_TUNNEL_FLAGS, flags);
}

void dim_pack_server_ex(uint8_t *dst, uint8_t revision, const struct dim_server *s)
{
    size_t size = DIM_SERVEREX_SIZE(revision);
    memset(dst, 0, size);
    dst[DIM_SERVEREX_TAG] = revision;
    uint8_t *header = dst + DIM_SERVEREX_HEADER;
    header[DIM_OBJECT_REVISION] = revision;
    header[DIM_OBJECT_TYPE] = DIM_OBJECT_SERVER_EX;
    rpc_put_u16(header + DIM_OBJECT_LENGTH, (uint16_t)(size - DIM_SERVEREX_HEADER));
    rpc_put_u32(dst + DIM_SERVEREX_LAN_ONLY, s->lan_only ? 1 : 0);
    rpc_put_u32(dst + DIM_SERVEREX_UP_TIME, s->up_seconds);
    rpc_put_u32(dst + DIM_SERVEREX_TOTAL_PORTS, s->total_ports);
    rpc_put_u32(dst + DIM_SERVEREX_PORTS_IN_USE, s->ports_in_use);
    uint8_t *tunnels = dst + DIM_SERVEREX_TUNNELS;
    put_tunnel(tunnels + DIM_TUNNELS_IKEV2, s->ikev2_ports, s->ikev2_flags);
    put_tunnel(tunnels + DIM_TUNNELS_PPTP(revision), s->pptp_ports, s->pptp_flags);
    put_tunnel(tunnels + DIM_TUNNELS_L2TP(revision), s->l2tp_ports, s->l2tp_flags);
    put_tunnel(tunnels + DIM_TUNNELS_SSTP(revision), s->sstp_ports, s->sstp_flags);
}

void dim_pack_device(uint8_t *dst, const struct dim_device *d)
{
    memset(dst, 0, DIM_DEVICE0_SIZE);
    dim_put_text(dst + DIM_DEVICE0_TYPE, DIM_UNITS_SHORT, d->type);
    dim_put_text(dst + DIM_DEVICE0_NAME, DIM_UNITS_DEVICE, d->name);
}
