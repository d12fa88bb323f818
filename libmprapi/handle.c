/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/handle.h"

#include "libmprapi/handle_table.h"

static void *ref(void *pool)
{
    return pool_ref(pool);
}

static struct handle_table servers = {.mark = HANDLE_MARK_SERVER, .ref = ref, .lock = PTHREAD_MUTEX_INITIALIZER};

int handle_add(struct pool *p, MPR_SERVER_HANDLE *ret)
{
    return handle_table_add(&servers, p, ret);
}

struct pool *handle_get(MPR_SERVER_HANDLE h)
{
    return handle_table_get(&servers, h);
}

struct pool *handle_remove(MPR_SERVER_HANDLE h)
{
    return handle_table_remove(&servers, h);
}
