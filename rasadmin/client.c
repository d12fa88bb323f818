/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/client.h"

#include <arpa/inet.h>
#include <openrras.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rasadmin/show.h"

#define ALL          ((DWORD)-1)
#define UNITS(array) (sizeof(array) / sizeof(array)[0])
/* FILETIME counts 100 ns from 1601; 1970 began so many seconds later. */
#define FILETIME_EPOCH_S 11644473600LL
#define FILETIME_PER_S   10000000ULL

static HANDLE to_handle(uint32_t n)
{
    return (HANDLE)(uintptr_t)n;
}

/* The library zero-extends; INVALID_HANDLE_VALUE becomes 0xFFFFFFFF. Some servers say that for "none". */
static uint32_t from_handle(HANDLE h)
{
    uint32_t n = (uint32_t)(uintptr_t)h;
    return n == UINT32_MAX ? 0 : n;
}

/* Copy a text; `ok` becomes false without memory. */
#define TEXT(arena, array, ok) keep_text(arena, array, UNITS(array), ok)
static const char *keep_text(struct arena *a, const WCHAR *s, size_t units, bool *ok)
{
    const char *t = arena_utf16(a, s, units);
    *ok = *ok && t;
    return t;
}

uint32_t client_status(MPR_SERVER_HANDLE server, struct server_status *ret)
{
    LPBYTE buffer;
    DWORD code = MprAdminServerGetInfo(server, 0, &buffer);
    if (code)
        return code;
    const MPR_SERVER_0 *s = (const MPR_SERVER_0 *)(const void *)buffer;
    struct server_status status = {.lan_only = s->fLanOnlyMode != 0,
                                   .up_seconds = s->dwUpTime,
                                   .ports = s->dwTotalPorts,
                                   .ports_in_use = s->dwPortsInUse};
    MprAdminBufferFree(buffer);
    if (!status.lan_only) {
        /* One record is the least that comes; the total is what is wanted. */
        DWORD read = 0, total = 0, resume = 0;
        code = MprAdminConnectionEnum(server, 0, &buffer, 1, &read, &total, &resume);
        if (code && code != ERROR_MORE_DATA)
            return code;
        MprAdminBufferFree(buffer);
        status.connections = total > read ? total : read;
        status.has_connections = true;
    }
    *ret = status;
    return NO_ERROR;
}

/* ---- ports ---- */

static bool take_port(const RAS_PORT_0 *p, struct arena *a, struct port *ret)
{
    bool ok = true;
    *ret = (struct port){
        .handle = from_handle(p->hPort),
        .connection = from_handle(p->hConnection),
        .condition = (uint32_t)p->dwPortCondition,
        .calls = p->dwTotalNumberOfCalls,
        .seconds = p->dwConnectDuration,
        .name = TEXT(a, p->wszPortName, &ok),
        .media = TEXT(a, p->wszMediaName, &ok),
        .device_name = TEXT(a, p->wszDeviceName, &ok),
        .device_type = TEXT(a, p->wszDeviceType, &ok),
    };
    return ok;
}

static uint32_t take_ports(const RAS_PORT_0 *records, DWORD n, struct listing *l)
{
    l->ports = calloc(n ? n : 1, sizeof *l->ports);
    if (!l->ports)
        return ERROR_NOT_ENOUGH_MEMORY;
    for (DWORD i = 0; i < n; i++) {
        if (!take_port(&records[i], &l->arena, &l->ports[i]))
            return ERROR_NOT_ENOUGH_MEMORY;
    }
    l->n_ports = n;
    return NO_ERROR;
}

static uint32_t read_ports(MPR_SERVER_HANDLE server, struct listing *l)
{
    LPBYTE buffer;
    DWORD read, total, resume = 0;
    DWORD code = MprAdminPortEnum(server, 0, INVALID_HANDLE_VALUE, &buffer, ALL, &read, &total, &resume);
    if (code && code != ERROR_MORE_DATA)
        return code;
    /* "All" was asked for: a server that keeps something back is not believed to have told the whole. */
    uint32_t result =
        code == ERROR_MORE_DATA ? RPC_X_BAD_STUB_DATA : take_ports((const RAS_PORT_0 *)(const void *)buffer, read, l);
    MprAdminBufferFree(buffer);
    return result;
}

uint32_t client_port(MPR_SERVER_HANDLE server, uint32_t handle, struct arena *arena, struct port *ret)
{
    LPBYTE buffer;
    struct port p;
    DWORD code = MprAdminPortGetInfo(server, 0, to_handle(handle), &buffer);
    if (code)
        return code;
    bool ok = take_port((const RAS_PORT_0 *)(const void *)buffer, arena, &p);
    MprAdminBufferFree(buffer);
    if (!ok)
        return ERROR_NOT_ENOUGH_MEMORY;
    *ret = p;
    return NO_ERROR;
}

/* RAS_PORT_1, RAS_CONNECTION_1 and RAS_CONNECTION_4 name these members alike. */
#define COUNTERS(r, out, in)                                                                                           \
    (struct counters)                                                                                                  \
    {                                                                                                                  \
        .bytes_out = (uint32_t)(r)->out, .bytes_in = (uint32_t)(r)->in, .frames_out = (r)->dwFramesXmited,             \
        .frames_in = (r)->dwFramesRcved, .crc_errors = (r)->dwCrcErr, .timeout_errors = (r)->dwTimeoutErr,             \
        .alignment_errors = (r)->dwAlignmentErr, .hardware_overruns = (r)->dwHardwareOverrunErr,                       \
        .framing_errors = (r)->dwFramingErr, .buffer_overruns = (r)->dwBufferOverrunErr,                               \
        .ratio_in = (r)->dwCompressionRatioIn, .ratio_out = (r)->dwCompressionRatioOut,                                \
    }

uint32_t client_port_details(MPR_SERVER_HANDLE server, uint32_t handle, struct port_details *ret)
{
    LPBYTE buffer;
    DWORD code = MprAdminPortGetInfo(server, 1, to_handle(handle), &buffer);
    if (code)
        return code;
    const RAS_PORT_1 *p = (const RAS_PORT_1 *)(const void *)buffer;
    *ret = (struct port_details){
        .hardware_failure = p->dwHardwareCondition == RAS_HARDWARE_FAILURE,
        .line_speed = p->dwLineSpeed,
        .counters = COUNTERS(p, dwBytesXmited, dwBytesRcved),
    };
    MprAdminBufferFree(buffer);
    return NO_ERROR;
}

/* ---- connections ---- */

static int64_t from_filetime(const FILETIME *t)
{
    uint64_t ticks = (uint64_t)t->dwHighDateTime << 32 | t->dwLowDateTime;
    int64_t s = (int64_t)(ticks / FILETIME_PER_S) - FILETIME_EPOCH_S;
    return s > 0 ? s : 0;
}

static const char *keep_guid(struct arena *a, const GUID *g, bool *ok)
{
    static const GUID none;
    char text[SHOW_GUID_MAX];
    if (memcmp(g, &none, sizeof none) == 0)
        return "";
    const char *t = arena_copy(a, show_guid(text, g));
    *ok = *ok && t;
    return t;
}

/* An IPv6 address in its two halves; "" when the second is all zero: the header's sign for none. */
static const char *keep_ipv6(struct arena *a, const BYTE prefix[8], const BYTE id[8], bool *ok)
{
    static const BYTE zero[8];
    unsigned char address[16];
    char text[INET6_ADDRSTRLEN];
    if (memcmp(id, zero, sizeof zero) == 0)
        return "";
    if (memcmp(prefix, zero, sizeof zero) == 0)
        memcpy(address, "\xfe\x80\0\0\0\0\0\0", 8); /* only the interface identifier was negotiated */
    else
        memcpy(address, prefix, 8);
    memcpy(address + 8, id, 8);
    const char *t = inet_ntop(AF_INET6, address, text, sizeof text) ? arena_copy(a, text) : NULL;
    *ok = *ok && t;
    return t;
}

static const char *device_type_name(uint32_t type)
{
    static const char *const names[] = {
        [RDT_Modem] = "Modem",
        [RDT_X25] = "X.25",
        [RDT_Isdn] = "ISDN",
        [RDT_Serial] = "Serial",
        [RDT_FrameRelay] = "Frame relay",
        [RDT_Atm] = "ATM",
        [RDT_Sonet] = "SONET",
        [RDT_Sw56] = "Switched 56",
        [RDT_Tunnel_Pptp] = "PPTP",
        [RDT_Tunnel_L2tp] = "L2TP",
        [RDT_Irda] = "IrDA",
        [RDT_Parallel] = "Parallel",
        [RDT_PPPoE] = "PPPoE",
        [RDT_Tunnel_Sstp] = "SSTP",
        [RDT_Tunnel_Ikev2] = "IKEv2",
    };
    uint32_t kind = type & 0xffff; /* without the class bits */
    return kind < UNITS(names) && names[kind] ? names[kind] : "";
}

/* Members of both kinds of projection have the same names. */
#define TAKE_PROJECTION(c, p, a, ok)                                                                                   \
    do {                                                                                                               \
        (c)->server4 = TEXT(a, (p)->wszAddress, ok);                                                                   \
        (c)->client4 = TEXT(a, (p)->wszRemoteAddress, ok);                                                             \
        (c)->client6 = keep_ipv6(a, (p)->bPrefix, (p)->bRemoteInterfaceIdentifier, ok);                                \
    } while (0)

static void no_addresses(struct connection *c)
{
    c->client4 = c->client6 = c->server4 = c->server6 = "";
}

static bool take_connection_4(const void *record, struct arena *a, struct connection *c)
{
    const RAS_CONNECTION_4 *r = record;
    bool ok = true;
    *c = (struct connection){
        .handle = from_handle(r->hConnection),
        .seconds = r->dwConnectDuration,
        .user = TEXT(a, r->wszUserName, &ok),
        .domain = TEXT(a, r->wszLogonDomain, &ok),
        .remote_computer = TEXT(a, r->wszRemoteComputer, &ok),
        .interface = TEXT(a, r->wszInterfaceName, &ok),
        .remote_endpoint = TEXT(a, r->wszRemoteEndpointAddress, &ok),
        .local_endpoint = TEXT(a, r->wszLocalEndpointAddress, &ok),
        .device_type = device_type_name(r->dwDeviceType),
        .guid = keep_guid(a, &r->guid, &ok),
        .interface_type = (uint32_t)r->dwInterfaceType,
        .flags = r->dwConnectionFlags,
        .quarantine = (uint32_t)r->rasQuarState,
        .start = from_filetime(&r->connectionStartTime),
        .has_counters = true,
        .counters = COUNTERS(r, ullBytesXmited, ullBytesRcved),
    };
    no_addresses(c);
    if (r->ProjectionInfo.projectionInfoType == MPRAPI_IKEV2_PROJECTION_INFO_TYPE)
        TAKE_PROJECTION(c, &r->ProjectionInfo.Ikev2ProjectionInfo, a, &ok);
    else if (r->ProjectionInfo.projectionInfoType == MPRAPI_PPP_PROJECTION_INFO_TYPE)
        TAKE_PROJECTION(c, &r->ProjectionInfo.PppProjectionInfo, a, &ok);
    return ok;
}

static bool take_connection_3(const void *record, struct arena *a, struct connection *c)
{
    const RAS_CONNECTION_3 *r = record;
    bool ok = true;
    *c = (struct connection){
        .handle = from_handle(r->hConnection),
        .user = TEXT(a, r->wszUserName, &ok),
        .domain = "",
        .remote_computer = "",
        .interface = "",
        .remote_endpoint = "",
        .local_endpoint = "",
        .device_type = "",
        .guid = keep_guid(a, &r->guid, &ok),
        .interface_type = (uint32_t)r->dwInterfaceType,
        .quarantine = (uint32_t)r->rasQuarState,
    };
    no_addresses(c);
    c->server4 = TEXT(a, r->PppInfo3.ip.wszAddress, &ok);
    c->client4 = TEXT(a, r->PppInfo3.ip.wszRemoteAddress, &ok);
    c->client6 = keep_ipv6(a, r->PppInfo3.ipv6.bPrefix, r->PppInfo3.ipv6.bRemoteInterfaceIdentifier, &ok);
    return ok;
}

static bool take_connection_0(const void *record, struct arena *a, struct connection *c)
{
    const RAS_CONNECTION_0 *r = record;
    bool ok = true;
    *c = (struct connection){
        .handle = from_handle(r->hConnection),
        .seconds = r->dwConnectDuration,
        .user = TEXT(a, r->wszUserName, &ok),
        .domain = TEXT(a, r->wszLogonDomain, &ok),
        .remote_computer = TEXT(a, r->wszRemoteComputer, &ok),
        .interface = TEXT(a, r->wszInterfaceName, &ok),
        .remote_endpoint = "",
        .local_endpoint = "",
        .device_type = "",
        .guid = "",
        .interface_type = (uint32_t)r->dwInterfaceType,
        .flags = r->dwConnectionFlags,
    };
    no_addresses(c);
    return ok;
}

static const struct level {
    DWORD level;
    size_t size;
    bool (*take)(const void *record, struct arena *a, struct connection *c);
} levels[] = {
    {4, sizeof(RAS_CONNECTION_4), take_connection_4},
    {3, sizeof(RAS_CONNECTION_3), take_connection_3},
    {0, sizeof(RAS_CONNECTION_0), take_connection_0},
};

static uint32_t take_connections(const struct level *level, const BYTE *records, DWORD n, struct listing *l)
{
    l->connections = calloc(n ? n : 1, sizeof *l->connections);
    if (!l->connections)
        return ERROR_NOT_ENOUGH_MEMORY;
    for (DWORD i = 0; i < n; i++) {
        if (!level->take(records + i * level->size, &l->arena, &l->connections[i]))
            return ERROR_NOT_ENOUGH_MEMORY;
    }
    l->n_connections = n;
    return NO_ERROR;
}

static uint32_t read_level(MPR_SERVER_HANDLE server, const struct level *level, struct listing *l)
{
    LPBYTE buffer;
    DWORD read, total, resume = 0;
    DWORD code = MprAdminConnectionEnum(server, level->level, &buffer, ALL, &read, &total, &resume);
    if (code && code != ERROR_MORE_DATA)
        return code;
    uint32_t result = code == ERROR_MORE_DATA ? RPC_X_BAD_STUB_DATA : take_connections(level, buffer, read, l);
    MprAdminBufferFree(buffer);
    return result;
}

/* Servers before 2012 do not know level 4, those before 2008 not level 3. Which code says so is not promised by the
 * protocol; these are what servers are known to answer. */
static bool level_is_unknown(uint32_t code)
{
    return code == ERROR_INVALID_LEVEL || code == ERROR_NOT_SUPPORTED || code == ERROR_INVALID_PARAMETER ||
           code == RPC_X_ENUM_VALUE_OUT_OF_RANGE;
}

static uint32_t read_connections(MPR_SERVER_HANDLE server, struct listing *l)
{
    uint32_t code = NO_ERROR;
    for (size_t i = 0; i < UNITS(levels); i++) {
        code = read_level(server, &levels[i], l);
        if (!level_is_unknown(code))
            break;
    }
    return code;
}

uint32_t client_listing(MPR_SERVER_HANDLE server, struct listing *ret)
{
    struct listing l = {0};
    uint32_t code = read_ports(server, &l);
    if (!code)
        code = read_connections(server, &l);
    if (code) {
        listing_free(&l);
        return code;
    }
    listing_join(&l);
    *ret = l;
    return NO_ERROR;
}

uint32_t client_listing_full(MPR_SERVER_HANDLE server, struct listing *ret)
{
    struct listing l = {0};
    OPENRRAS_SESSION_LIST *sessions;
    uint32_t code = client_listing(server, &l);
    if (code)
        return code;
    code = OpenRrasSessionEnum(server, NULL, &sessions);
    if (code == NO_ERROR && listing_join_sessions(&l, sessions) < 0) {
        MprAdminBufferFree(sessions);
        code = ERROR_NOT_ENOUGH_MEMORY;
    }
    if (code && code != ERROR_NOT_SUPPORTED) {
        listing_free(&l);
        return code;
    }
    *ret = l;
    return NO_ERROR;
}

uint32_t client_features(MPR_SERVER_HANDLE server, uint32_t *ret)
{
    OPENRRAS_SERVER *info;
    uint32_t code = OpenRrasServerGetInfo(server, &info);
    if (code && code != ERROR_NOT_SUPPORTED)
        return code;
    *ret = code ? 0 : info->dwFeatures;
    if (!code)
        MprAdminBufferFree(info);
    return NO_ERROR;
}

/* ---- orders ---- */

uint32_t client_port_disconnect(MPR_SERVER_HANDLE server, uint32_t handle)
{
    return MprAdminPortDisconnect(server, to_handle(handle));
}

uint32_t client_port_clear(MPR_SERVER_HANDLE server, uint32_t handle)
{
    /* 1702 is the documented code for a bad port, and our handle of the server is good. */
    DWORD code = MprAdminPortClearStats(server, to_handle(handle));
    return code == RPC_S_INVALID_BINDING ? ERROR_INVALID_PORT_HANDLE : code;
}

uint32_t client_port_reset(MPR_SERVER_HANDLE server, uint32_t handle)
{
    return MprAdminPortReset(server, to_handle(handle));
}

uint32_t client_connection_clear(MPR_SERVER_HANDLE server, uint32_t handle)
{
    DWORD code = MprAdminConnectionClearStats(server, to_handle(handle));
    return code == ERROR_INVALID_PARAMETER ? ERROR_INTERFACE_NOT_CONNECTED : code;
}
