/* SPDX-License-Identifier: Apache-2.0 */
#include "librassapi/ports.h"

#include <stdlib.h>
#include <string.h>

#include <mprapi.h>
#include <rassapi_codes.h>

#include "librassapi/field.h"

#define ALL ((DWORD)-1)

struct ports {
    MPR_SERVER_HANDLE server;
    RAS_PORT_0 *records;
    size_t n;
    RAS_CONNECTION_0 *connections; /* who is on them */
    struct user *users;            /* one for each connection, in the order of its handle */
    size_t n_users;
};

struct user {
    const RAS_CONNECTION_0 *connection;
    size_t links; /* ports that carry it */
};

/* ---- the connection ---- */

DWORD ports_open(LPCWSTR server, struct ports **ret)
{
    struct ports *p = calloc(1, sizeof *p);

    if (!p)
        return ERROR_NOT_ENOUGH_MEMORY;
    /* It takes the name as a LPWSTR, as it does on Windows, but only reads it. */
    DWORD code = MprAdminServerConnect((LPWSTR)(uintptr_t)server, &p->server);
    if (code != NO_ERROR) {
        free(p);
        return code;
    }
    *ret = p;
    return NO_ERROR;
}

static void forget_users(struct ports *p)
{
    MprAdminBufferFree(p->connections);
    free(p->users);
    p->connections = NULL;
    p->users = NULL;
    p->n_users = 0;
}

static void forget(struct ports *p)
{
    forget_users(p);
    MprAdminBufferFree(p->records);
    p->records = NULL;
    p->n = 0;
}

void ports_close(struct ports *p)
{
    forget(p);
    MprAdminServerDisconnect(p->server);
    free(p);
}

DWORD ports_totals(struct ports *p, DWORD *total, DWORD *in_use)
{
    LPBYTE buffer;
    DWORD code = MprAdminServerGetInfo(p->server, 0, &buffer);

    if (code != NO_ERROR)
        return code;
    const MPR_SERVER_0 *s = (const MPR_SERVER_0 *)(const void *)buffer;
    *total = s->dwTotalPorts;
    *in_use = s->dwPortsInUse;
    MprAdminBufferFree(buffer);
    return NO_ERROR;
}

/* ---- reading ---- */

/* "All" was asked for: a server that keeps something back is not believed to have told the whole. */
static DWORD whole(DWORD code, LPBYTE buffer, DWORD n, DWORD total)
{
    if (code != ERROR_MORE_DATA && (code != NO_ERROR || total <= n))
        return code;
    MprAdminBufferFree(buffer);
    return RPC_X_BAD_STUB_DATA;
}

DWORD ports_read(struct ports *p)
{
    LPBYTE buffer;
    DWORD n, total;

    forget(p);
    DWORD code = MprAdminPortEnum(p->server, 0, INVALID_HANDLE_VALUE, &buffer, ALL, &n, &total, NULL);
    code = whole(code, buffer, n, total);
    if (code != NO_ERROR)
        return code;
    p->records = (RAS_PORT_0 *)(void *)buffer;
    p->n = n;
    return NO_ERROR;
}

static int compare_handles(HANDLE a, HANDLE b)
{
    return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

static int compare_users(const void *a, const void *b)
{
    const struct user *left = a, *right = b;
    return compare_handles(left->connection->hConnection, right->connection->hConnection);
}

static int compare_to_user(const void *key, const void *user)
{
    const struct user *u = user;
    return compare_handles(*(const HANDLE *)key, u->connection->hConnection);
}

/* Who is on a port, or NULL. */
static struct user *user_of(const struct ports *p, const RAS_PORT_0 *port)
{
    if (!port->hConnection || p->n_users == 0)
        return NULL;
    return bsearch(&port->hConnection, p->users, p->n_users, sizeof *p->users, compare_to_user);
}

DWORD ports_read_users(struct ports *p)
{
    LPBYTE buffer;
    DWORD n, total;

    forget_users(p);
    DWORD code = MprAdminConnectionEnum(p->server, 0, &buffer, ALL, &n, &total, NULL);
    code = whole(code, buffer, n, total);
    if (code != NO_ERROR)
        return code;
    p->connections = (RAS_CONNECTION_0 *)(void *)buffer;
    p->users = calloc(n ? n : 1, sizeof *p->users);
    if (!p->users)
        return ERROR_NOT_ENOUGH_MEMORY;
    p->n_users = n;
    for (size_t i = 0; i < n; i++)
        p->users[i].connection = &p->connections[i];
    qsort(p->users, n, sizeof *p->users, compare_users);
    for (size_t i = 0; i < p->n; i++) {
        struct user *u = user_of(p, &p->records[i]);
        if (u)
            u->links++;
    }
    return NO_ERROR;
}

/* ---- what was read ---- */

size_t ports_count(const struct ports *p)
{
    return p->n;
}

void ports_summary(const struct ports *p, size_t i, struct port_summary *ret)
{
    const RAS_PORT_0 *port = &p->records[i];
    const struct user *u = user_of(p, port);
    const RAS_CONNECTION_0 *c = u ? u->connection : NULL;
    DWORD flags = c ? c->dwConnectionFlags : 0;

    *ret = (struct port_summary){
        .name = port->wszPortName,
        .device_type = port->wszDeviceType,
        .device_name = port->wszDeviceName,
        .media = port->wszMediaName,
        .user = c ? c->wszUserName : u"",
        .domain = c ? c->wszLogonDomain : u"",
        .computer = c ? c->wszRemoteComputer : u"",
        .condition = (DWORD)port->dwPortCondition,
        .has_user = c != NULL,
        .seconds = port->dwConnectDuration,
        .ppp = (flags & RAS_FLAGS_PPP_CONNECTION) != 0,
        .messenger = (flags & RAS_FLAGS_MESSENGER_PRESENT) != 0,
        .multilink = u && u->links > 1,
    };
}

/* How well a name fits a port. */
enum fit { FIT_NONE, FIT_FOLDED, FIT_EXACT };

static WCHAR fold(WCHAR c)
{
    return c >= u'A' && c <= u'Z' ? (WCHAR)(c - u'A' + u'a') : c;
}

/* The whole name fits, and so does what a member of `units` shows of it: who has that from the list knows no more. */
static enum fit fit_of(LPCWSTR name, LPCWSTR port, size_t units)
{
    enum fit fit = FIT_EXACT;
    size_t n = 0;

    for (; name[n] && fold(name[n]) == fold(port[n]); n++)
        if (name[n] != port[n])
            fit = FIT_FOLDED;
    bool ends = !name[n] && (!port[n] || n == field_length(port, units));
    return ends ? fit : FIT_NONE;
}

DWORD ports_find(const struct ports *p, LPCWSTR name, size_t units, size_t *ret)
{
    enum fit best = FIT_NONE;
    bool several = false;

    for (size_t i = 0; i < p->n; i++) {
        enum fit fit = fit_of(name, p->records[i].wszPortName, units);
        if (fit == FIT_NONE || fit < best)
            continue;
        several = fit == best;
        best = fit;
        *ret = i;
    }
    if (best == FIT_NONE)
        return ERROR_DEV_NOT_EXIST;
    return several ? ERROR_DUP_NAME : NO_ERROR;
}

/* ---- orders ---- */

DWORD ports_clear(struct ports *p, size_t i)
{
    DWORD code = MprAdminPortClearStats(p->server, p->records[i].hPort);

    /* The server's handle is good: it is the port's that is not. */
    return code == RPC_S_INVALID_BINDING ? ERROR_DEV_NOT_EXIST : code;
}

DWORD ports_disconnect(struct ports *p, size_t i)
{
    DWORD code = MprAdminPortDisconnect(p->server, p->records[i].hPort);

    switch (code) {
    case ERROR_INVALID_PARAMETER:   /* of an earlier session: the one that was read has gone */
    case ERROR_PORT_NOT_CONNECTED:  /* idle */
    case ERROR_INVALID_PORT_HANDLE: /* the port itself has gone, and who was on it too */
        return NERR_UserNotFound;
    default:
        return code;
    }
}

/* ---- one port in detail ---- */

/* Both levels 1 have their counters at the end, in the order of struct port_counters. */
#define COUNTERS_OF(type)                                                                                              \
    _Static_assert(offsetof(type, dwCompressionRatioOut) - offsetof(type, dwBytesXmited) ==                            \
                       offsetof(struct port_counters, ratio_out),                                                      \
                   "counters of " #type)
COUNTERS_OF(RAS_PORT_1);
COUNTERS_OF(RAS_CONNECTION_1);

static void take_counters(struct port_counters *ret, const void *record, size_t offset)
{
    memcpy(ret, (const char *)record + offset, sizeof *ret);
}

static void take_result(struct port_result *ret, DWORD error, LPCWSTR text)
{
    ret->error = error;
    FIELD_PUT(ret->text, text);
}

static DWORD read_port(struct ports *p, const RAS_PORT_0 *port, struct port_detail *ret, bool *same_session)
{
    LPBYTE buffer;
    DWORD code = MprAdminPortGetInfo(p->server, 1, port->hPort, &buffer);

    if (code != NO_ERROR)
        return code == ERROR_INVALID_PORT_HANDLE ? ERROR_DEV_NOT_EXIST : code;
    const RAS_PORT_1 *now = (const RAS_PORT_1 *)(const void *)buffer;
    *same_session = now->hPort == port->hPort && now->hConnection == port->hConnection;
    ret->hardware_condition = (DWORD)now->dwHardwareCondition;
    ret->line_speed = now->dwLineSpeed;
    if (port->hConnection)
        take_counters(&ret->port, now, offsetof(RAS_PORT_1, dwBytesXmited));
    MprAdminBufferFree(buffer);
    return NO_ERROR;
}

static DWORD read_connection(struct ports *p, HANDLE connection, struct port_detail *ret, bool *same_session)
{
    LPBYTE buffer;
    DWORD code = MprAdminConnectionGetInfo(p->server, 1, connection, &buffer);

    if (code == ERROR_INTERFACE_NOT_CONNECTED) {
        *same_session = false;
        return NO_ERROR;
    }
    if (code != NO_ERROR)
        return code;
    const RAS_CONNECTION_1 *c = (const RAS_CONNECTION_1 *)(const void *)buffer;
    take_result(&ret->workstation, c->PppInfo.nbf.dwError, c->PppInfo.nbf.wszWksta);
    take_result(&ret->ip, c->PppInfo.ip.dwError, c->PppInfo.ip.wszRemoteAddress);
    take_result(&ret->ipx, c->PppInfo.ipx.dwError, c->PppInfo.ipx.wszAddress);
    take_result(&ret->appletalk, c->PppInfo.at.dwError, c->PppInfo.at.wszAddress);
    take_counters(&ret->connection, c, offsetof(RAS_CONNECTION_1, dwBytesXmited));
    MprAdminBufferFree(buffer);
    return NO_ERROR;
}

DWORD ports_detail(struct ports *p, size_t i, struct port_detail *ret, bool *same_session)
{
    const RAS_PORT_0 *port = &p->records[i];

    *ret = (struct port_detail){0};
    *same_session = true;
    DWORD code = read_port(p, port, ret, same_session);
    if (code != NO_ERROR || !*same_session)
        return code;
    if (port->hConnection)
        return read_connection(p, port->hConnection, ret, same_session);
    ret->workstation.error = ret->ip.error = ret->ipx.error = ret->appletalk.error = ERROR_PORT_NOT_CONNECTED;
    return NO_ERROR;
}
