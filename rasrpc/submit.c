/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RasRpcSubmitRequest (MS-RRASM 3.3.4.5): many requests in one operation. The buffer is the memory image of a
 * RequestBuffer, so little-endian whatever the PDU says; the answer is the same buffer with some of it written anew.
 * The return value is always 0: what came of a request stands in the buffer.
 */
#include <string.h>

#include <raserror.h>
#include <winerror.h>

#include "rasrpc/layout.h"
#include "rasrpc/run.h"

#define REQTYPE_MAX     141u        /* of Windows Server 2008 R2 */
#define BLOCK_TOO_SHORT 0x80070057u /* E_INVALIDARG */
#define DRIVER_CAPS_128 1u
#define POINTER_SIZE_32 4u
#define POINTER_SIZE_64 8u
#define KIND_MASK       0xffffu /* of a RASDEVICETYPE; above it stands a class */
#define FIRST_REFERENT  0x00020000u

static uint32_t get(const uint8_t *p)
{
    struct rpc_rd rd = rpc_rd_init(p, 4, false);
    return rpc_rd_u32(&rd);
}

/* The buffer while it becomes the answer. It has RASRPC_BUFFER_MIN bytes at least, so every fixed block fits. */
struct buffer {
    const struct dim_backend *backend;
    uint8_t *p;
    uint32_t size;
};

/* ---- ports ---- */

static uint32_t copy_ports(struct buffer *b, const struct dim_list *list)
{
    size_t room = (b->size - RASRPC_PORTS_DATA) / RASRPC_PORT_SIZE;
    for (size_t i = 0; i < list->total && i < room; i++) {
        struct dim_port port = {0};
        list->port(list->ctx, i, &port);
        rasrpc_pack_port(b->p + RASRPC_PORTS_DATA + i * RASRPC_PORT_SIZE, &port);
    }
    rpc_put_u32(b->p + RASRPC_PORTS_SIZE, (uint32_t)(list->total * RASRPC_PORT_SIZE));
    rpc_put_u32(b->p + RASRPC_PORTS_ENTRIES, (uint32_t)list->total);
    return ERROR_SUCCESS;
}

/* All of them; who has too little room learns how much is needed. */
static uint32_t port_enum(struct buffer *b)
{
    struct dim_list list = {0};
    uint32_t code = b->backend->port_list(b->backend->ctx, DIM_ALL_PORTS, 0, &list);
    if (code != ERROR_SUCCESS)
        return code;
    code = copy_ports(b, &list);
    list.close(list.ctx);
    return code;
}

static bool find_port(const struct buffer *b, bool want_stats, struct dim_port *ret)
{
    *ret = (struct dim_port){0};
    return b->backend->port_get(b->backend->ctx, get(b->p + RASRPC_BUFFER_PORT), want_stats, ret) == ERROR_SUCCESS;
}

static uint32_t get_info(struct buffer *b)
{
    struct dim_port port;
    bool is_32 = get(b->p + RASRPC_BUFFER_POINTER_SIZE) == POINTER_SIZE_32;
    if (!find_port(b, true, &port))
        return ERROR_PORT_NOT_FOUND;
    if (is_32)
        rasrpc_pack_info(b->p + RASRPC_INFO_DATA32, POINTER_SIZE_32, &port);
    else
        rasrpc_pack_info(b->p + RASRPC_INFO_DATA64, POINTER_SIZE_64, &port);
    return ERROR_SUCCESS;
}

/* Only modems have something to configure, and none is configured by this server. Whether the size stands behind the
 * device type at once or aligned is not known: it is 0 in both places. */
static uint32_t get_dev_config(struct buffer *b)
{
    struct dim_port port;
    if (!find_port(b, false, &port))
        return ERROR_PORT_NOT_FOUND;
    memset(b->p + RASRPC_CONFIG_SIZE, 0, RASRPC_CONFIG_END - RASRPC_CONFIG_SIZE);
    return ERROR_SUCCESS;
}

/* ---- devices ---- */

static size_t all_devices(const struct buffer *b, struct dim_device devices[static DIM_DEVICES_MAX])
{
    size_t n = b->backend->devices(b->backend->ctx, devices, DIM_DEVICES_MAX);
    return n < DIM_DEVICES_MAX ? n : DIM_DEVICES_MAX;
}

/* Is there a device of the kind that this RAS_DEVICE_INFO is of? */
static bool is_device(const struct buffer *b, const uint8_t *info)
{
    struct dim_device devices[DIM_DEVICES_MAX];
    size_t n = all_devices(b, devices);
    for (size_t i = 0; i < n; i++) {
        if (devices[i].kind == (get(info + RASRPC_DEVICE_KIND) & KIND_MASK))
            return true;
    }
    return false;
}

static uint32_t get_device_config_info(struct buffer *b)
{
    struct dim_device devices[DIM_DEVICES_MAX];
    uint32_t bytes = get(b->p + RASRPC_DEVICES_BYTES);
    if (get(b->p + RASRPC_DEVICES_VERSION) != RASRPC_VERSION)
        return ERROR_NOT_SUPPORTED;
    if (bytes > b->size - RASRPC_DEVICES_DATA)
        return BLOCK_TOO_SHORT;
    size_t n = all_devices(b, devices);
    for (size_t i = 0; i < n && i < bytes / RASRPC_DEVICE_SIZE; i++)
        rasrpc_pack_device(b->p + RASRPC_DEVICES_DATA + i * RASRPC_DEVICE_SIZE, &devices[i]);
    rpc_put_u32(b->p + RASRPC_DEVICES_VERSION, RASRPC_VERSION);
    rpc_put_u32(b->p + RASRPC_DEVICES_BYTES, (uint32_t)(n * RASRPC_DEVICE_SIZE));
    rpc_put_u32(b->p + RASRPC_DEVICES_ENTRIES, (uint32_t)n);
    return ERROR_SUCCESS;
}

/* Nothing can be stored by this way (the numbers of ports are dimsvc's opnums 43 and 47): each device that was to be
 * written says so, and so does the request. */
static uint32_t set_device_config_info(struct buffer *b)
{
    uint32_t bytes = get(b->p + RASRPC_DEVICES_BYTES), n = get(b->p + RASRPC_DEVICES_ENTRIES);
    uint32_t result = ERROR_SUCCESS;
    if (bytes > b->size - RASRPC_DEVICES_DATA)
        return BLOCK_TOO_SHORT;
    if (n > bytes / RASRPC_DEVICE_SIZE)
        return ERROR_INVALID_PARAMETER;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t *info = b->p + RASRPC_DEVICES_DATA + i * RASRPC_DEVICE_SIZE;
        bool write = get(info + RASRPC_DEVICE_WRITE) != 0, known = is_device(b, info);
        rpc_put_u32(info + RASRPC_DEVICE_ERROR, !known  ? ERROR_DEVICE_DOES_NOT_EXIST
                                                : write ? ERROR_NOT_SUPPORTED
                                                        : ERROR_SUCCESS);
        if (known && write)
            result = ERROR_CAN_NOT_COMPLETE;
    }
    return result;
}

/* The number under which a device is called: none of ours has one. */
static uint32_t get_called_id(struct buffer *b)
{
    if (!is_device(b, b->p + RASRPC_CALLED_DEVICE))
        return ERROR_DEVICE_DOES_NOT_EXIST;
    rpc_put_u32(b->p + RASRPC_CALLED_BYTES, 0);
    rpc_put_u32(b->p + RASRPC_CALLED_TEXT_BYTES, 0);
    return ERROR_SUCCESS;
}

static uint32_t set_called_id(struct buffer *b)
{
    if (get(b->p + RASRPC_CALLED_TEXT_BYTES) > b->size - RASRPC_CALLED_TEXT)
        return BLOCK_TOO_SHORT;
    return is_device(b, b->p + RASRPC_CALLED_DEVICE) ? ERROR_NOT_SUPPORTED : ERROR_DEVICE_DOES_NOT_EXIST;
}

static uint32_t get_driver_caps(struct buffer *b)
{
    rpc_put_u32(b->p + RASRPC_CAPS, DRIVER_CAPS_128);
    rpc_put_u32(b->p + RASRPC_CAPS_RESERVED, 0);
    return ERROR_SUCCESS;
}

/* ---- the request ---- */

static const struct {
    struct rasrpc_request about;
    uint32_t (*handler)(struct buffer *b);
} requests[] = {
    {{21, "PORTENUM", "all ports; who has too little room learns how much is needed"}, port_enum},
    {{22, "GETINFO", "one port; 615: there is none with this handle"}, get_info},
    {{73, "GETDEVCONFIG", "nothing, of any port; 615"}, get_dev_config},
    {{94, "SETDEVICECONFIGINFO", "nothing can be set: 1003, and 50 at each device (608: none of this kind)"},
     set_device_config_info},
    {{95, "GETDEVICECONFIGINFO", "the kinds of devices with their numbers of ports; 50: another version than 6"},
     get_device_config_info},
    {{105, "GETCALLEDID", "nothing, of any device; 608"}, get_called_id},
    {{106, "SETCALLEDID", "50; 608"}, set_called_id},
    {{111, "GETNDISWANDRIVERCAPS", "encryption of 128 bits"}, get_driver_caps},
};

#define REQUESTS (sizeof requests / sizeof requests[0])

const struct rasrpc_request *rasrpc_request(size_t i)
{
    return i < REQUESTS ? &requests[i].about : NULL;
}

static uint32_t carry_out(struct buffer *b)
{
    for (size_t i = 0; i < REQUESTS; i++) {
        if (requests[i].about.type == get(b->p + RASRPC_BUFFER_TYPE))
            return requests[i].handler(b);
    }
    return ERROR_NOT_SUPPORTED; /* they dial out, or configure what this system has elsewhere */
}

bool rasrpc_submit_is_nothing(const struct rasrpc_args *a)
{
    return !a->buffer || a->size < RASRPC_BUFFER_MIN || get(a->buffer + RASRPC_BUFFER_TYPE) > REQTYPE_MAX;
}

void rasrpc_submit(struct rasrpc_run *run)
{
    const struct rasrpc_args *a = &run->args;
    rpc_wr_u32(&run->out, a->buffer ? FIRST_REFERENT : 0);
    if (a->buffer) {
        rpc_wr_u32(&run->out, a->size);
        uint8_t *copy = run->out.base + run->out.pos;
        rpc_wr_bytes(&run->out, a->buffer, a->size);
        struct buffer b = {.backend = run->backend, .p = copy, .size = a->size};
        if (!rasrpc_submit_is_nothing(a))
            rpc_put_u32(copy + RASRPC_RETCODE, carry_out(&b));
    }
    rpc_wr_u32(&run->out, ERROR_SUCCESS);
}
