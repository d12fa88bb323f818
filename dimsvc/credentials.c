/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key that the server shares with all who come in over L2TP: RRouterInterfaceSetCredentialsEx and
 * ...GetCredentialsEx (MS-RRASM 3.1.4.41, .42), level 2 of no interface. Of interfaces there are none.
 */
#include "dimsvc/run.h"

#include <winerror.h>

#include "dimsvc/layout.h"

#define LEVEL_SERVER 2u

static bool is_servers(const struct dim_run *run)
{
    return run->args.level == LEVEL_SERVER && run->args.handle == 0 && run->backend->key_set && run->backend->key_get;
}

/* The key begins where dwOffset says, and all of it is in the block. */
static bool take_key(struct dim_run *run)
{
    const struct dim_blob *b = &run->args.blob[0];
    struct rpc_rd rd = rpc_rd_init(b->data, b->data ? b->size : 0, false);
    uint32_t size = rpc_rd_u32(&rd), offset = rpc_rd_u32(&rd);
    if (!rpc_rd_ok(&rd) || size > DIM_KEY_MAX)
        return false;
    if (size > 0 && (offset < DIM_CREDENTIALS_DATA || offset > b->size || size > b->size - offset))
        return false;
    run->key = size > 0 ? b->data + offset : NULL;
    run->key_len = size;
    return true;
}

uint32_t dim_credentials_set(struct dim_run *run)
{
    if (!is_servers(run))
        return ERROR_NOT_SUPPORTED;
    if (!take_key(run))
        return ERROR_INVALID_PARAMETER;
    run->outcome = DIM_OUT_KEY_SET;
    run->answered = true;
    return ERROR_SUCCESS;
}

uint32_t dim_credentials_get(struct dim_run *run)
{
    if (!is_servers(run))
        return ERROR_NOT_SUPPORTED;
    run->outcome = DIM_OUT_KEY_GET;
    run->answered = true;
    return ERROR_SUCCESS;
}
