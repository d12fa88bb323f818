/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of a router with interfaces, transports and MIBs (MS-RRASM 3.1.4.10 to .34, .38 to .42, .50, .51).
 * This is a remote access server and has none of them. But consoles call some of these as soon as they are connected,
 * and must see an ordinary error: so requests are decoded to the end, checked as far as the specification says, and
 * refused with the code that fits.
 */
#include "dimsvc/run.h"

#include <mprerror.h>
#include <winerror.h>

#define PID_IPV6 0x57u

static bool has_transport(const struct dim_run *run)
{
    return run->backend->has_transport(run->backend->ctx, run->args.transport);
}

uint32_t dim_not_supported(struct dim_run *run)
{
    (void)run;
    return ERROR_NOT_SUPPORTED;
}

/* A known transport that cannot be changed or asked. */
uint32_t dim_transport_only(struct dim_run *run)
{
    return has_transport(run) ? ERROR_NOT_SUPPORTED : ERROR_UNKNOWN_PROTOCOL_ID;
}

/* The block that matters of an interface container: the interface's, or (opnums 9 and 37) the global one. */
static uint32_t transport_with(struct dim_run *run, const struct dim_blob *block)
{
    if (!has_transport(run))
        return ERROR_UNKNOWN_PROTOCOL_ID;
    return block->data ? ERROR_NOT_SUPPORTED : ERROR_INVALID_PARAMETER;
}

uint32_t dim_transport_set_global(struct dim_run *run)
{
    return transport_with(run, &run->args.blob[1]);
}

uint32_t dim_transport_block(struct dim_run *run)
{
    return transport_with(run, &run->args.blob[0]);
}

/* Also for the credentials of an interface, whose texts are then not even looked at. */
uint32_t dim_interface_by_name(struct dim_run *run)
{
    (void)run;
    return ERROR_NO_SUCH_INTERFACE;
}

/* MPRI_INTERFACE_0 to _3. The higher ones have pointers inside, so they are larger from a 64-bit client. */
static bool is_interface_size(uint32_t level, uint32_t size)
{
    static const uint16_t sizes[][2] = {
        {DIM_INTERFACE0_SIZE, DIM_INTERFACE0_SIZE}, {544, 552}, {2468, 2488}, {2508, 2528}};
    return size == sizes[level][0] || size == sizes[level][1];
}

#define INTERFACE_LEVEL_MAX 3u

uint32_t dim_interface_create(struct dim_run *run)
{
    const struct dim_blob *b = &run->args.blob[0];
    if (run->args.level > INTERFACE_LEVEL_MAX)
        return ERROR_NOT_SUPPORTED;
    if (!b->data || !is_interface_size(run->args.level, b->size))
        return ERROR_INVALID_PARAMETER;
    return ERROR_NOT_SUPPORTED;
}

uint32_t dim_interface_get_info(struct dim_run *run)
{
    return run->args.level > INTERFACE_LEVEL_MAX ? ERROR_NOT_SUPPORTED : ERROR_INVALID_HANDLE;
}

/* An honest list of all the interfaces that there are. */
uint32_t dim_interface_enum(struct dim_run *run)
{
    return run->args.level != 0 ? ERROR_NOT_SUPPORTED : ERROR_SUCCESS;
}

/* Nothing here dials out: there is no demand-dial manager. */
uint32_t dim_interface_connect(struct dim_run *run)
{
    (void)run;
    return ERROR_DDM_NOT_RUNNING;
}

uint32_t dim_interface_disconnect(struct dim_run *run)
{
    (void)run;
    return ERROR_INVALID_HANDLE;
}

/* Routes are updated over IPv4 and IPX only. */
uint32_t dim_interface_update_routes(struct dim_run *run)
{
    if (run->args.transport == PID_IPV6)
        return ERROR_UNKNOWN_PROTOCOL_ID;
    return dim_transport_only(run);
}

#define DEVICE_LEVEL_MAX 1u

uint32_t dim_interface_device_get(struct dim_run *run)
{
    return run->args.level > DEVICE_LEVEL_MAX ? ERROR_NOT_SUPPORTED : ERROR_INVALID_HANDLE;
}
