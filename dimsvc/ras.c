/* SPDX-License-Identifier: Apache-2.0 */
/* The remote access operations: server, connections, ports, devices (MS-RRASM 3.1.4.1 to .9, .35, .36, .37, .43).
 */
#include "dimsvc/run.h"

#include <endian.h>
#include <stdlib.h>

#include "common/text.h"

#include <mprerror.h>
#include <raserror.h>
#include <winerror.h>

uint32_t dim_server_get_info(struct dim_run *run)
{
    size_t size = dim_server_size(run->args.level);
    if (size == 0)
        return ERROR_INVALID_LEVEL;
    struct dim_server s = {0};
    uint32_t code = run->backend->server_get(run->backend->ctx, &s);
    if (code != ERROR_SUCCESS)
        return code;
    dim_pack_server(dim_reply_container(run, size), run->args.level, &s);
    dim_reply_code(run, code);
    return code;
}

uint32_t dim_connection_enum(struct dim_run *run)
{
    if (dim_connection_size(run->args.level) == 0)
        return ERROR_INVALID_LEVEL;
    struct dim_list list = {0};
    uint32_t code = run->backend->connection_list(run->backend->ctx, run->args.resume, dim_connections_max(run), &list);
    return code == ERROR_SUCCESS ? dim_reply_connections(run, &list) : code;
}

uint32_t dim_connection_get_info(struct dim_run *run)
{
    size_t size = dim_connection_size(run->args.level);
    if (size == 0)
        return ERROR_INVALID_LEVEL;
    struct dim_connection c = {0};
    uint32_t code = run->backend->connection_get(run->backend->ctx, run->args.handle, &c);
    if (code != ERROR_SUCCESS)
        return code;
    dim_pack_connection(dim_reply_container(run, size), run->args.level, &c);
    dim_reply_code(run, code);
    return code;
}

uint32_t dim_connection_clear_stats(struct dim_run *run)
{
    return run->backend->connection_clear(run->backend->ctx, run->user, run->args.handle);
}

uint32_t dim_port_enum(struct dim_run *run)
{
    if (run->args.level != 0)
        return ERROR_NOT_SUPPORTED;
    if (run->args.handle == 0)
        return ERROR_INVALID_HANDLE;
    struct dim_list list = {0};
    uint32_t code = run->backend->port_list(run->backend->ctx, run->args.handle, run->args.resume, &list);
    return code == ERROR_SUCCESS ? dim_reply_ports(run, &list) : code;
}

uint32_t dim_port_get_info(struct dim_run *run)
{
    uint32_t level = run->args.level;
    if (level > 1)
        return ERROR_NOT_SUPPORTED;
    struct dim_port p = {0};
    uint32_t code = run->backend->port_get(run->backend->ctx, run->args.handle, level == 1, &p);
    if (code != ERROR_SUCCESS)
        return code;
    if (level == 0)
        dim_pack_port0(dim_reply_container(run, DIM_PORT0_SIZE), &p);
    else
        dim_pack_port1(dim_reply_container(run, DIM_PORT1_SIZE), &p);
    dim_reply_code(run, code);
    return code;
}

uint32_t dim_port_clear_stats(struct dim_run *run)
{
    return run->backend->port_clear(run->backend->ctx, run->user, run->args.handle);
}

/* Exists for old clients and does nothing: it does not even look at its handle. */
uint32_t dim_port_reset(struct dim_run *run)
{
    (void)run;
    return ERROR_SUCCESS;
}

/* The answer waits for the driver that carries the port. */
uint32_t dim_port_disconnect(struct dim_run *run)
{
    run->outcome = DIM_OUT_DISCONNECT;
    run->answered = true;
    return ERROR_SUCCESS;
}

/* The event is a handle of a process on the server's own machine: nothing to a remote caller, and nothing on this
 * system. */
uint32_t dim_connection_notification(struct dim_run *run)
{
    (void)run;
    return ERROR_NOT_SUPPORTED;
}

static uint32_t look_for_connection(const struct dim_run *run)
{
    struct dim_connection c = {0};
    return run->backend->connection_get(run->backend->ctx, run->args.handle, &c);
}

static void take_message(struct dim_run *run)
{
    char16_t units[DIM_MESSAGE_UNITS];
    struct rpc_rd rd = rpc_rd_init(run->args.text.units, 2u * run->args.text.n, run->args.text.big);
    for (size_t i = 0; i < run->args.text.n; i++)
        units[i] = rpc_rd_u16_raw(&rd);
    text_from_utf16(run->message, sizeof run->message, units, run->args.text.n);
}

/* The answer waits for the driver, which has to find a way to the user's screen. */
uint32_t dim_send_user_message(struct dim_run *run)
{
    uint32_t code = look_for_connection(run);
    if (code != ERROR_SUCCESS || !run->backend->message)
        return code == ERROR_SUCCESS ? ERROR_NOT_SUPPORTED : code;
    if (run->args.text.n == 0 || run->args.text.n > DIM_MESSAGE_UNITS)
        return ERROR_INVALID_PARAMETER;
    take_message(run);
    run->outcome = DIM_OUT_MESSAGE;
    run->answered = true;
    return ERROR_SUCCESS;
}

/* The client is named by connection or by its address inside the tunnel, whose four bytes stand in the stub in the
 * order in which they are written. */
uint32_t dim_remove_quarantine(struct dim_run *run)
{
    bool known;
    if (run->backend->release) {
        run->outcome = DIM_OUT_RELEASE;
        run->answered = true;
        return ERROR_SUCCESS;
    }
    if (run->args.flag != 0)
        known = run->backend->has_client_address(run->backend->ctx, htole32(run->args.handle));
    else
        known = look_for_connection(run) == ERROR_SUCCESS;
    return known ? ERROR_NOT_FOUND : ERROR_INVALID_PARAMETER;
}

uint32_t dim_device_enum(struct dim_run *run)
{
    if (run->args.level != 0)
        return ERROR_NOT_SUPPORTED;
    struct dim_device devices[DIM_DEVICES_MAX];
    size_t n = run->backend->devices(run->backend->ctx, devices, DIM_DEVICES_MAX);
    n = n < DIM_DEVICES_MAX ? n : DIM_DEVICES_MAX;
    if (n == 0)
        return ERROR_SUCCESS;
    /* Everything goes out in one answer, without pages, and that may be more than run->stub holds. */
    size_t cap = 12 + n * DIM_DEVICE0_SIZE + 8;
    run->heap = malloc(cap);
    if (!run->heap)
        return ERROR_NOT_ENOUGH_MEMORY;
    run->out = rpc_wr_init(run->heap, cap);
    uint8_t *dst = dim_reply_container(run, n * DIM_DEVICE0_SIZE);
    for (size_t i = 0; i < n; i++) {
        dim_pack_device(dst + i * DIM_DEVICE0_SIZE, &devices[i]);
    }
    rpc_wr_u32(&run->out, (uint32_t)n);
    dim_reply_code(run, ERROR_SUCCESS);
    return ERROR_SUCCESS;
}
