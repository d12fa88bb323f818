/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/present.h"

#include <arpa/inet.h>
#include <errno.h>
#include <raserror.h>
#include <string.h>
#include <strings.h>
#include <winerror.h>

#include "common/user_name.h"

const struct device_kind *present_device(const char *type)
{
    static const struct device_kind kinds[] = {
        {"l2tp", "Vpn", DEVICE_TUNNEL_L2TP, CONNECTION_FLAG_PPP},
        {"pptp", "Vpn", DEVICE_TUNNEL_PPTP, CONNECTION_FLAG_PPP},
        {"sstp", "Vpn", DEVICE_TUNNEL_SSTP, CONNECTION_FLAG_PPP},
        {"ikev2", "Vpn", DEVICE_TUNNEL_IKEV2, CONNECTION_FLAG_IKEV2},
        {"pppoe", "Vpn", DEVICE_PPPOE, CONNECTION_FLAG_PPP},
        {"serial", "SERIAL", DEVICE_SERIAL, CONNECTION_FLAG_PPP},
        {"modem", "Modem", DEVICE_MODEM, CONNECTION_FLAG_PPP},
        {"isdn", "Isdn", DEVICE_ISDN, CONNECTION_FLAG_PPP},
    };
    static const struct device_kind other = {"", "Vpn", DEVICE_OTHER, 0};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        /* Asked for each port of a listing: look at the first letter before anything is called. */
        if ((type[0] | 0x20) == kinds[i].type[0] && strcasecmp(type, kinds[i].type) == 0)
            return &kinds[i];
    }
    return &other;
}

static enum dim_port_condition condition(enum router_port_state state)
{
    switch (state) {
    case ROUTER_PORT_AWAY:
        return DIM_PORT_NON_OPERATIONAL;
    case ROUTER_PORT_LISTENING:
        return DIM_PORT_LISTENING;
    case ROUTER_PORT_AUTHENTICATING:
        return DIM_PORT_AUTHENTICATING;
    case ROUTER_PORT_CALLING_BACK:
        return DIM_PORT_CALLING_BACK;
    case ROUTER_PORT_CONNECTED:
        return DIM_PORT_AUTHENTICATED; /* the highest that RAS_PORT_CONDITION has: the user is on */
    case ROUTER_PORT_DISCONNECTING:
        return DIM_PORT_DISCONNECTED;
    }
    return DIM_PORT_NON_OPERATIONAL;
}

static void present_counters(const struct router_counters *c, struct dim_stats *ret)
{
    *ret = (struct dim_stats){
        .bytes_out = c->bytes_out,
        .bytes_in = c->bytes_in,
        .frames_out = c->frames_out,
        .frames_in = c->frames_in,
        .crc_errors = c->crc_errors,
        .timeout_errors = c->timeout_errors,
        .alignment_errors = c->alignment_errors,
        .hardware_overruns = c->hardware_overruns,
        .framing_errors = c->framing_errors,
        .buffer_overruns = c->buffer_overruns,
        .ratio_in = c->ratio_in,
        .ratio_out = c->ratio_out,
    };
}

void present_port(const struct router_port_view *view, bool want_stats, struct dim_port *ret)
{
    const struct device_kind *kind = present_device(view->device_type);
    *ret = (struct dim_port){
        .handle = view->handle,
        .connection = view->connection,
        .condition = condition(view->state),
        .calls = view->calls,
        .connect_seconds = view->connect_seconds,
        .name = view->name,
        .media = view->device_type,
        .device_name = view->device_name,
        .device_type = kind->shown_type,
        .kind = kind->number,
        .hardware_failure = view->failed,
        .line_speed = view->line_speed,
    };
    if (want_stats)
        present_counters(&view->counters, &ret->stats);
}

/* The two halves of the client's address inside the tunnel, which MS-RRASM calls prefix and interface identifier. */
static void present_address6(const char *text, struct dim_connection *ret)
{
    struct in6_addr address;
    if (!text || inet_pton(AF_INET6, text, &address) != 1)
        return;
    memcpy(ret->client_prefix6, address.s6_addr, sizeof ret->client_prefix6);
    memcpy(ret->client_interface6, address.s6_addr + sizeof ret->client_prefix6, sizeof ret->client_interface6);
    ret->prefix_length6 = 64;
}

void present_connection(const struct router_connection_view *view, struct dim_connection *ret)
{
    const struct device_kind *kind = present_device(view->device_type);
    *ret = (struct dim_connection){
        .handle = view->handle,
        .connect_seconds = view->connect_seconds,
        .flags = kind->flags | (view->can & ROUTER_CAN_MESSAGE ? CONNECTION_FLAG_MESSENGER : 0) |
                 (view->quarantined ? CONNECTION_FLAG_QUARANTINE : 0),
        .quarantine = view->quarantined ? QUARANTINE_STATE : 0,
        .interface_name = view->interface,
        .remote_computer = view->caller,
        .start = view->start,
        .remote_endpoint = view->client_address,
        .local_endpoint = view->server_address,
        .server_address4 = view->tunnel_server4,
        .client_address4 = view->tunnel_address4,
        .ikev2 = kind->number == DEVICE_TUNNEL_IKEV2,
        .device_type = kind->number,
    };
    ret->user = user_split(view->user, ret->domain);
    memcpy(ret->guid, view->guid, sizeof ret->guid);
    present_address6(view->tunnel_address6, ret);
    present_counters(&view->counters, &ret->stats);
}

uint32_t present_result(int result)
{
    switch (result) {
    case 0:
        return ERROR_SUCCESS;
    case -EINVAL:
        return ERROR_INVALID_PARAMETER;
    case -ENOTCONN:
        return ERROR_PORT_NOT_CONNECTED;
    case -ENODEV:
        return ERROR_NOT_READY;
    case -ETIMEDOUT:
        return ERROR_TIMEOUT;
    case -ENOMEM:
        return ERROR_NOT_ENOUGH_MEMORY;
    default:
        return ERROR_GEN_FAILURE; /* -EREMOTEIO: the daemon refuses */
    }
}

uint32_t present_store_result(int r)
{
    switch (r) {
    case 0:
        return ERROR_SUCCESS;
    case -EBUSY:
        return ERROR_BUSY;
    case -ENOMEM:
        return ERROR_NOT_ENOUGH_MEMORY;
    default:
        return ERROR_GEN_FAILURE;
    }
}
