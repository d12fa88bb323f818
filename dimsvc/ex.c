/* SPDX-License-Identifier: Apache-2.0 */
/* The Ex operations, whose structures are NDR rather than memory images (MS-RRASM 3.1.4.45 to .47, .49, .52, .53). */
#include "dimsvc/run.h"

#include <string.h>

#include <mprerror.h>
#include <winerror.h>

#define CONNECTION_EX_REVISION 1u

/* The revision in the union's tag and the one in the arm's header are two different bytes. */
static bool revisions_differ(const struct dim_run *run)
{
    return !run->args.revision_agrees;
}

/* The revision asked for is the revision of the answer. */
uint32_t dim_server_get_info_ex(struct dim_run *run)
{
    if (revisions_differ(run))
        return ERROR_INVALID_PARAMETER;
    struct dim_server s = {0};
    uint32_t code = run->backend->server_get(run->backend->ctx, &s);
    if (code != ERROR_SUCCESS)
        return code;
    uint8_t revision = run->args.revision;
    dim_pack_server_ex(rpc_wr_room(&run->out, DIM_SERVEREX_SIZE(revision)), revision, &s);
    dim_reply_code(run, code);
    return code;
}

static bool asks_for_connection_ex(const struct dim_run *run)
{
    return run->args.revision == CONNECTION_EX_REVISION && run->args.object_type == DIM_OBJECT_CONNECTION_EX;
}

uint32_t dim_connection_enum_ex(struct dim_run *run)
{
    const struct dim_backend *b = run->backend;
    if (!asks_for_connection_ex(run))
        return ERROR_INVALID_PARAMETER;
    size_t max = dim_connections_ex_max(run);
    struct dim_list list = {0}, again = {0};
    uint32_t code = b->connection_list(b->ctx, run->args.resume, max, &list);
    if (code != ERROR_SUCCESS)
        return code;
    code = b->connection_list(b->ctx, run->args.resume, max, &again);
    if (code != ERROR_SUCCESS) {
        list.close(list.ctx);
        return code;
    }
    return dim_reply_connections_ex(run, &list, &again);
}

uint32_t dim_connection_get_info_ex(struct dim_run *run)
{
    if (!asks_for_connection_ex(run))
        return ERROR_INVALID_PARAMETER;
    struct dim_connection c = {0};
    uint32_t code = run->backend->connection_get(run->backend->ctx, run->args.handle, &c);
    if (code != ERROR_SUCCESS)
        return code;
    uint8_t *dst = rpc_wr_room(&run->out, DIM_CONNEX_TAG_SIZE + dim_connection_ex_size(c.ikev2));
    if (!dst)
        return ERROR_NOT_ENOUGH_MEMORY; /* run->stub holds the largest element, so this does not happen */
    memset(dst, 0, DIM_CONNEX_TAG_SIZE);
    dst[0] = CONNECTION_EX_REVISION;
    dim_pack_connection_ex(dst + DIM_CONNEX_TAG_SIZE, c.ikev2, &c);
    dim_reply_code(run, code);
    return code;
}

/* Moving an IKEv2 client to another of our addresses (MOBIKE) is up to the IKE daemon. */
uint32_t dim_update_connection(struct dim_run *run)
{
    if (revisions_differ(run))
        return ERROR_INVALID_PARAMETER;
    struct dim_connection c = {0};
    uint32_t code = run->backend->connection_get(run->backend->ctx, run->args.handle, &c);
    return code == ERROR_SUCCESS ? ERROR_NOT_SUPPORTED : code;
}

/* No router interfaces, so no handle is good. */
uint32_t dim_custom_info_ex(struct dim_run *run)
{
    return revisions_differ(run) ? ERROR_INVALID_PARAMETER : ERROR_INVALID_HANDLE;
}
