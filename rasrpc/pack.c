/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/text.h"
#include "rasrpc/layout.h"
#include "rasrpc/run.h"

enum { STATUS_OPEN = 0, STATUS_UNAVAILABLE = 2 };                           /* RASMAN_STATUS */
enum { STATE_LISTENING = 1, STATE_CONNECTED = 2, STATE_DISCONNECTING = 3 }; /* RASMAN_STATE */
enum { STATE_DISCONNECTED = 4 };
enum { REASON_NONE = 0, REASON_HARDWARE = 2, REASON_NOT_DISCONNECTED = 3 }; /* RASMAN_DISCONNECT_TYPE */
#define USAGE_CALL_IN 1u                                                    /* RASMAN_USAGE */

/* In a code page that nobody tells us: what is not ASCII is shown as a question mark, one for each character. */
static void put_text(uint8_t *dst, size_t cap, const char *utf8)
{
    size_t n = 0;
    for (const char *s = utf8 ? utf8 : ""; *s && n + 1 < cap; s++) {
        uint8_t c = (uint8_t)*s;
        if (c < 0x80)
            dst[n++] = c;
        else if (c >= 0xc0) /* the first byte of a character */
            dst[n++] = '?';
    }
}

static bool is_usable(const struct dim_port *p)
{
    return p->condition != DIM_PORT_NON_OPERATIONAL;
}

void rasrpc_pack_port(uint8_t *dst, const struct dim_port *p)
{
    memset(dst, 0, RASRPC_PORT_SIZE);
    rpc_put_u32(dst + RASRPC_PORT_HANDLE, p->handle);
    rpc_put_u32(dst + RASRPC_PORT_STATUS, is_usable(p) ? STATUS_OPEN : STATUS_UNAVAILABLE);
    rpc_put_u32(dst + RASRPC_PORT_KIND, p->kind);
    rpc_put_u32(dst + RASRPC_PORT_USAGE, USAGE_CALL_IN);
    rpc_put_u32(dst + RASRPC_PORT_USAGE_NOW, is_usable(p) ? USAGE_CALL_IN : 0);
    put_text(dst + RASRPC_PORT_NAME, RASRPC_SHORT_NAME, p->name);
    put_text(dst + RASRPC_PORT_MEDIA, RASRPC_SHORT_NAME, p->media);
    put_text(dst + RASRPC_PORT_TYPE, RASRPC_SHORT_NAME, p->device_type);
    put_text(dst + RASRPC_PORT_DEVICE, RASRPC_DEVICE_NAME_MAX, p->device_name);
}

static uint32_t state_of(enum dim_port_condition condition)
{
    switch (condition) {
    case DIM_PORT_LISTENING:
        return STATE_LISTENING;
    case DIM_PORT_CALLING_BACK:
    case DIM_PORT_AUTHENTICATING:
    case DIM_PORT_AUTHENTICATED:
    case DIM_PORT_INITIALIZING:
        return STATE_CONNECTED; /* a client is on the line */
    case DIM_PORT_DISCONNECTED:
        return STATE_DISCONNECTING; /* what the router calls so is on its way out */
    case DIM_PORT_NON_OPERATIONAL:
    default:
        return STATE_DISCONNECTED;
    }
}

void rasrpc_pack_info(uint8_t *dst, uint32_t pointer, const struct dim_port *p)
{
    uint32_t state = state_of(p->condition);
    uint32_t reason = p->hardware_failure ? REASON_HARDWARE : REASON_NONE;
    memset(dst, 0, RASRPC_INFO_SIZE(pointer));
    rpc_put_u32(dst + RASRPC_INFO_STATUS, is_usable(p) ? STATUS_OPEN : STATUS_UNAVAILABLE);
    rpc_put_u32(dst + RASRPC_INFO_STATE, state);
    rpc_put_u32(dst + RASRPC_INFO_SPEED, p->line_speed > UINT32_MAX ? UINT32_MAX : (uint32_t)p->line_speed);
    rpc_put_u32(dst + RASRPC_INFO_USAGE, is_usable(p) ? USAGE_CALL_IN : 0);
    put_text(dst + RASRPC_INFO_TYPE, RASRPC_SHORT_NAME, p->device_type);
    put_text(dst + RASRPC_INFO_DEVICE, RASRPC_DEVICE_NAME_MAX, p->device_name);
    put_text(dst + RASRPC_INFO_PORT, RASRPC_PORT_NAME_MAX, p->name);
    rpc_put_u32(dst + RASRPC_INFO_DISCONNECT, state == STATE_CONNECTED ? REASON_NOT_DISCONNECTED : reason);
    rpc_put_u32(dst + RASRPC_INFO_DURATION, p->connect_seconds);
    rpc_put_u32(dst + RASRPC_INFO_BYTES, (uint32_t)p->stats.bytes_in);
    rpc_put_u32(dst + RASRPC_INFO_CONNECTION, p->connection);
    rpc_put_u32(dst + RASRPC_INFO_KIND(pointer), p->kind);
}

/* How many end points there are can't be changed here: so the least and the most are what there is. */
void rasrpc_pack_device(uint8_t *dst, const struct dim_device *d)
{
    char16_t wide[RASRPC_DEVICE_NAME_MAX];
    memset(dst, 0, RASRPC_DEVICE_SIZE);
    rpc_put_u32(dst + RASRPC_DEVICE_VERSION, RASRPC_VERSION);
    rpc_put_u32(dst + RASRPC_DEVICE_RAS, 1);
    rpc_put_u32(dst + RASRPC_DEVICE_ENDPOINTS, d->ports);
    rpc_put_u32(dst + RASRPC_DEVICE_CALLS_IN, d->ports);
    rpc_put_u32(dst + RASRPC_DEVICE_MIN, d->ports);
    rpc_put_u32(dst + RASRPC_DEVICE_MAX, d->ports);
    rpc_put_u32(dst + RASRPC_DEVICE_KIND, d->kind);
    put_text(dst + RASRPC_DEVICE_NAME, RASRPC_DEVICE_NAME_MAX, d->name);
    size_t n = text_to_utf16(wide, RASRPC_DEVICE_NAME_MAX, d->name);
    for (size_t i = 0; i < n; i++)
        rpc_put_u16(dst + RASRPC_DEVICE_WIDE_NAME + 2 * i, wide[i]);
}
