/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/server.h"

#include <errno.h>
#include <pthread.h>

#include <openrras.h>

#include "dimsvc/dimsvc.h"
#include "libmprapi/buffer.h"
#include "libmprapi/deadline.h"
#include "libmprapi/detail.h"
#include "libmprapi/handle.h"
#include "libmprapi/notify.h"
#include "libmprapi/transport.h"

/* MprAdminIsServiceRunning must be quick: a person or a script waits for yes or no. Half for each of its two steps. */
#define RUNNING_LIMIT_MS 1000u

/* ---- limits ---- */

static struct {
    pthread_mutex_t lock;
    struct pool_limits limits;
} defaults = {PTHREAD_MUTEX_INITIALIZER, {OPENRRAS_CONNECT_LIMIT_MS, OPENRRAS_CALL_LIMIT_MS}};

struct pool_limits server_default_limits(void)
{
    pthread_mutex_lock(&defaults.lock);
    struct pool_limits limits = defaults.limits;
    pthread_mutex_unlock(&defaults.lock);
    return limits;
}

static bool make_limits(DWORD connect_ms, DWORD call_ms, const struct pool_limits *otherwise, struct pool_limits *ret)
{
    if (connect_ms > OPENRRAS_LIMIT_MAX_MS || call_ms > OPENRRAS_LIMIT_MAX_MS)
        return false;
    ret->connect_ms = connect_ms ? connect_ms : otherwise->connect_ms;
    ret->call_ms = call_ms ? call_ms : otherwise->call_ms;
    return true;
}

DWORD OpenRrasSetDefaultTimeLimits(DWORD dwConnectMs, DWORD dwCallMs)
{
    const struct pool_limits built_in = {OPENRRAS_CONNECT_LIMIT_MS, OPENRRAS_CALL_LIMIT_MS};
    struct pool_limits limits;

    if (!make_limits(dwConnectMs, dwCallMs, &built_in, &limits))
        return ERROR_INVALID_PARAMETER;
    pthread_mutex_lock(&defaults.lock);
    defaults.limits = limits;
    pthread_mutex_unlock(&defaults.lock);
    return NO_ERROR;
}

DWORD OpenRrasServerSetTimeLimits(MPR_SERVER_HANDLE hMprServer, DWORD dwConnectMs, DWORD dwCallMs)
{
    struct pool_limits otherwise = server_default_limits(), limits;
    struct pool *p = handle_get(hMprServer);

    if (!p)
        return RPC_S_INVALID_BINDING;
    bool good = make_limits(dwConnectMs, dwCallMs, &otherwise, &limits);
    if (good)
        pool_set_limits(p, &limits);
    pool_unref(p);
    return good ? NO_ERROR : ERROR_INVALID_PARAMETER;
}

DWORD OpenRrasServerGetTimeLimits(MPR_SERVER_HANDLE hMprServer, LPDWORD lpdwConnectMs, LPDWORD lpdwCallMs)
{
    struct pool_limits limits = {0};
    struct pool *p = handle_get(hMprServer);

    if (p) {
        limits = pool_get_limits(p);
        pool_unref(p);
    }
    if (lpdwConnectMs)
        *lpdwConnectMs = limits.connect_ms;
    if (lpdwCallMs)
        *lpdwCallMs = limits.call_ms;
    return p ? NO_ERROR : RPC_S_INVALID_BINDING;
}

/* ---- connecting ---- */

/* A server with one association, connected now so that the caller learns what is wrong. */
static DWORD connect_pool(const struct binding *b, const struct pool_limits *limits, struct pool **ret)
{
    struct association *a;
    bool reused;
    struct pool *p = pool_new(b, limits);

    if (!p)
        return ERROR_NOT_ENOUGH_MEMORY;
    uint32_t code = pool_take(p, deadline_in(limits->connect_ms), false, &a, &reused);
    if (code != NO_ERROR) {
        pool_unref(p);
        return code;
    }
    pool_give(p, a);
    *ret = p;
    return NO_ERROR;
}

static DWORD connect_name(LPCWSTR name, const struct pool_limits *limits, struct pool **ret)
{
    struct binding b;

    detail_clear();
    if (binding_parse(name, &b) < 0) {
        detail_set("this is not the name of a server");
        return RPC_S_INVALID_BINDING;
    }
    return connect_pool(&b, limits, ret);
}

DWORD APIENTRY MprAdminServerConnect(LPWSTR lpwsServerName, MPR_SERVER_HANDLE *phMprServer)
{
    struct pool_limits limits = server_default_limits();
    struct pool *p;

    if (!phMprServer)
        return RPC_S_INVALID_BINDING;
    *phMprServer = NULL;
    DWORD code = connect_name(lpwsServerName, &limits, &p);
    if (code != NO_ERROR)
        return code;
    if (handle_add(p, phMprServer) < 0) {
        pool_unref(p);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    return NO_ERROR;
}

/* A handle for a connected descriptor. On failure the association is still the caller's. */
static DWORD add_given(struct association *a, const struct pool_limits *limits, MPR_SERVER_HANDLE *ret)
{
    const struct binding given = {.transport = TRANSPORT_GIVEN};
    struct pool *p = pool_new(&given, limits);

    if (!p)
        return ERROR_NOT_ENOUGH_MEMORY;
    if (handle_add(pool_ref(p), ret) < 0) {
        pool_unref(p);
        pool_unref(p);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    pool_adopt(p, a);
    pool_unref(p);
    return NO_ERROR;
}

DWORD OpenRrasServerConnectFd(int fd, MPR_SERVER_HANDLE *phMprServer)
{
    struct pool_limits limits = server_default_limits();
    struct association *a;

    if (!phMprServer)
        return RPC_S_INVALID_BINDING;
    *phMprServer = NULL;
    detail_clear();
    if (transport_adopt(fd) < 0) {
        detail_set("descriptor %d is not a stream socket", fd);
        return ERROR_INVALID_PARAMETER;
    }
    DWORD code = association_open(fd, NULL, deadline_in(limits.connect_ms), &a);
    if (code != NO_ERROR)
        return code;
    code = add_given(a, &limits, phMprServer);
    if (code != NO_ERROR)
        association_abandon(a);
    return code;
}

VOID APIENTRY MprAdminServerDisconnect(MPR_SERVER_HANDLE hMprServer)
{
    struct pool *p = handle_remove(hMprServer);

    if (!p)
        return;
    pool_close(p);
    notify_forget_server(p);
    pool_unref(p);
}

/* ---- asking ---- */

DWORD server_get_info(struct pool *p, DWORD level, LPBYTE *ret)
{
    struct request q = {.opnum = DIM_SERVER_GET_INFO};

    q.len = dim_req_server_get(q.stub, level);
    return call_get(p, &q, convert_server_level(level), ret);
}

DWORD APIENTRY MprAdminServerGetInfo(MPR_SERVER_HANDLE hMprServer, DWORD dwLevel, LPBYTE *lplpbBuffer)
{
    if (!lplpbBuffer)
        return ERROR_INVALID_PARAMETER;
    *lplpbBuffer = NULL;
    struct pool *p = handle_get(hMprServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code = convert_server_level(dwLevel) ? server_get_info(p, dwLevel, lplpbBuffer) : ERROR_INVALID_LEVEL;
    pool_unref(p);
    return code;
}

BOOL APIENTRY MprAdminIsServiceRunning(LPWSTR lpwsServerName)
{
    const struct pool_limits limits = {RUNNING_LIMIT_MS, RUNNING_LIMIT_MS};
    LPBYTE info = NULL;
    struct pool *p;

    if (connect_name(lpwsServerName, &limits, &p) != NO_ERROR)
        return FALSE;
    DWORD code = server_get_info(p, 0, &info);
    pool_unref(p);
    if (code == NO_ERROR)
        buffer_free(BUFFER_RECORDS, info);
    return code == NO_ERROR;
}

/* Is a driver there that has not told all its sessions yet? A server that has no drivers to tell of is ready as soon as
 * it answers. */
static DWORD look_at_drivers(MPR_SERVER_HANDLE h, BOOL *ready)
{
    OPENRRAS_DRIVER_LIST *list;
    DWORD code = OpenRrasDriverEnum(h, &list);

    *ready = TRUE;
    if (code == ERROR_NOT_SUPPORTED)
        return NO_ERROR;
    if (code != NO_ERROR)
        return code;
    for (DWORD i = 0; i < list->dwCount; i++) {
        if (list->pDrivers[i].dwState == OPENRRAS_DRIVER_STARTING)
            *ready = FALSE;
    }
    buffer_free(BUFFER_RECORDS, list);
    return NO_ERROR;
}

/* The server answers; what about its ports? One that has no port layer yet says so. */
static DWORD look_at_ports(struct pool *p, BOOL *ready)
{
    MPR_SERVER_HANDLE h;
    LPBYTE info = NULL;
    DWORD code = server_get_info(p, 0, &info);

    if (code == ERROR_DDM_NOT_RUNNING)
        return NO_ERROR;
    if (code != NO_ERROR)
        return code;
    buffer_free(BUFFER_RECORDS, info);
    if (handle_add(pool_ref(p), &h) < 0) {
        pool_unref(p);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    code = look_at_drivers(h, ready);
    MprAdminServerDisconnect(h);
    return code;
}

DWORD APIENTRY MprAdminIsServiceInitialized(LPWSTR lpwsServerName, BOOL *fIsServiceInitialized)
{
    const struct pool_limits limits = {RUNNING_LIMIT_MS, RUNNING_LIMIT_MS};
    BOOL ready = FALSE;
    struct pool *p;

    if (!fIsServiceInitialized)
        return ERROR_INVALID_PARAMETER;
    *fIsServiceInitialized = FALSE;
    DWORD code = connect_name(lpwsServerName, &limits, &p);
    if (code == NO_ERROR) {
        code = look_at_ports(p, &ready);
        pool_unref(p);
    }
    if (code == NO_ERROR)
        *fIsServiceInitialized = ready;
    return code == RPC_S_SERVER_UNAVAILABLE || code == RPC_S_UNKNOWN_IF ? ERROR_SERVICE_NOT_ACTIVE : code;
}

/* ---- setting ---- */

DWORD APIENTRY MprAdminServerSetInfo(MPR_SERVER_HANDLE hMprServer, DWORD dwLevel, LPBYTE lpbBuffer)
{
    struct request q = {.opnum = DIM_SERVER_SET_INFO};

    if (!hMprServer || !lpbBuffer)
        return ERROR_INVALID_PARAMETER;
    struct pool *p = handle_get(hMprServer);
    if (!p)
        return ERROR_INVALID_HANDLE;
    DWORD code = ERROR_NOT_SUPPORTED;
    if (dwLevel == 1 || dwLevel == 2) {
        q.len = dim_req_server_set(q.stub, dwLevel, lpbBuffer, dwLevel == 1 ? DIM_SERVER1_SIZE : DIM_SERVER2_SIZE);
        code = call_order(p, &q);
    }
    pool_unref(p);
    return code;
}

/* ---- shared ---- */

bool server_clear_counts(LPDWORD read, LPDWORD total)
{
    if (read)
        *read = 0;
    if (total)
        *total = 0;
    return read && total;
}

bool server_clear_list(LPBYTE *buffer, LPDWORD read, LPDWORD total)
{
    if (buffer)
        *buffer = NULL;
    return server_clear_counts(read, total) && buffer;
}

DWORD server_list(struct pool *p, const struct request *q, const struct level *level, LPBYTE *buffer, LPDWORD read,
                  LPDWORD total, LPDWORD resume)
{
    struct list list;
    uint32_t code = call_list(p, q, level, resume != NULL, &list);

    if (code != NO_ERROR && code != ERROR_MORE_DATA)
        return code;
    *buffer = list.buffer;
    *read = list.read;
    *total = list.total;
    if (resume)
        *resume = list.resume;
    return code;
}
