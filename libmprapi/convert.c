/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/convert.h"

#include <string.h>

#include <mprapi.h>

#include "rpc/cursor.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error                                                                                                                 \
    "Records travel as little-endian memory images and are copied as such: a big-endian machine needs per-field turning"
#endif

enum field_kind {
    COPY,     /* `size` bytes */
    HANDLE_,  /* 4 bytes become a HANDLE */
    WIDEN,    /* a DWORD becomes a ULONGLONG */
    ENUM_,    /* 16 bits become an enumeration of 32 */
    END,      /* the WCHAR at `api` becomes NUL: the last one of a text */
    LENGTH,   /* the DWORD at `api` becomes the size of the structure */
    LENGTH16, /* the USHORT does */
};

struct field {
    enum field_kind kind;
    uint16_t wire, api, size;
};

/* Everything of the API's structure from one member up to another, whose offsets differ from the wire's by the same
 * amount. */
/* clang-format off */
#define COPY_SPAN(type, from, wire, bytes) {COPY, (wire), offsetof(type, from), (bytes)}
#define HANDLE_AT(type, member, wire)      {HANDLE_, (wire), offsetof(type, member), 0}
#define WIDEN_AT(type, member, wire)       {WIDEN, (wire), offsetof(type, member), 0}
#define ENUM_AT(type, member, wire)        {ENUM_, (wire), offsetof(type, member), 0}
#define END_OF(type, member) \
    {END, 0, offsetof(type, member) + sizeof(((type *)0)->member) - sizeof(WCHAR), 0}
#define LENGTH_AT(type, member)            {LENGTH, 0, offsetof(type, member), 0}
#define LENGTH16_AT(type, member)          {LENGTH16, 0, offsetof(type, member), 0}
#define RECORD(name, wire, type) \
    _Static_assert((wire) <= sizeof(type) && (wire) <= CONVERT_WIRE_MAX, "a part waits in the place of the whole"); \
    static const struct record name = { \
        (wire), sizeof(type), name##_fields, sizeof name##_fields / sizeof name##_fields[0]}
/* clang-format on */

/* ---- servers: the same on both sides ---- */

static const struct field server0_fields[] = {{COPY, 0, 0, DIM_SERVER0_SIZE}};
RECORD(server0, DIM_SERVER0_SIZE, MPR_SERVER_0);
static const struct field server1_fields[] = {{COPY, 0, 0, DIM_SERVER1_SIZE}};
RECORD(server1, DIM_SERVER1_SIZE, MPR_SERVER_1);
static const struct field server2_fields[] = {{COPY, 0, 0, DIM_SERVER2_SIZE}};
RECORD(server2, DIM_SERVER2_SIZE, MPR_SERVER_2);

_Static_assert(sizeof(MPR_SERVER_0) == DIM_SERVER0_SIZE && sizeof(MPR_SERVER_1) == DIM_SERVER1_SIZE &&
                   sizeof(MPR_SERVER_2) == DIM_SERVER2_SIZE,
               "server records are copied whole");

/* ---- ports ---- */

static const struct field port0_fields[] = {
    HANDLE_AT(RAS_PORT_0, hPort, DIM_PORT0_PORT),
    HANDLE_AT(RAS_PORT_0, hConnection, DIM_PORT0_CONNECTION),
    COPY_SPAN(RAS_PORT_0, dwPortCondition, DIM_PORT0_CONDITION, DIM_PORT0_SIZE - DIM_PORT0_CONDITION),
    END_OF(RAS_PORT_0, wszPortName),
    END_OF(RAS_PORT_0, wszMediaName),
    END_OF(RAS_PORT_0, wszDeviceName),
    END_OF(RAS_PORT_0, wszDeviceType),
};
RECORD(port0, DIM_PORT0_SIZE, RAS_PORT_0);

static const struct field port1_fields[] = {
    HANDLE_AT(RAS_PORT_1, hPort, DIM_PORT1_PORT),
    HANDLE_AT(RAS_PORT_1, hConnection, DIM_PORT1_CONNECTION),
    COPY_SPAN(RAS_PORT_1, dwHardwareCondition, DIM_PORT1_HARDWARE, DIM_PORT1_SIZE - DIM_PORT1_HARDWARE),
};
RECORD(port1, DIM_PORT1_SIZE, RAS_PORT_1);

/* ---- connections ---- */

static const struct field connection0_fields[] = {
    HANDLE_AT(RAS_CONNECTION_0, hConnection, DIM_CONN0_CONNECTION),
    HANDLE_AT(RAS_CONNECTION_0, hInterface, DIM_CONN0_INTERFACE),
    COPY_SPAN(RAS_CONNECTION_0, dwConnectDuration, DIM_CONN0_DURATION,
              DIM_CONN0_COMPUTER + DIM_TEXT_SIZE(DIM_UNITS_SHORT) - DIM_CONN0_DURATION),
    END_OF(RAS_CONNECTION_0, wszInterfaceName),
    END_OF(RAS_CONNECTION_0, wszUserName),
    END_OF(RAS_CONNECTION_0, wszLogonDomain),
    END_OF(RAS_CONNECTION_0, wszRemoteComputer),
};
RECORD(connection0, DIM_CONN0_SIZE, RAS_CONNECTION_0);

/* The IPX address sits in the middle: what comes before it, the part of it that the server has, and what comes after.
 */
#define IPX_BYTES(units) (DIM_IPXCP_ADDRESS + DIM_TEXT_SIZE(units))

/* clang-format off */
#define CONNECTION1_FIELDS(units) {                                                                                    \
    HANDLE_AT(RAS_CONNECTION_1, hConnection, DIM_CONN1_CONNECTION),                                                    \
    HANDLE_AT(RAS_CONNECTION_1, hInterface, DIM_CONN1_INTERFACE),                                                      \
    COPY_SPAN(RAS_CONNECTION_1, PppInfo, DIM_CONN1_PPP, DIM_PPP_IPXCP + IPX_BYTES(units)),                             \
    COPY_SPAN(RAS_CONNECTION_1, PppInfo.at, DIM_CONN1_PPP + DIM_PPP_ATCP(units), DIM_ATCP_SIZE + DIM_STATS_SIZE),      \
    END_OF(RAS_CONNECTION_1, PppInfo.nbf.wszWksta),                                                                    \
    END_OF(RAS_CONNECTION_1, PppInfo.ip.wszAddress),                                                                   \
    END_OF(RAS_CONNECTION_1, PppInfo.ip.wszRemoteAddress),                                                             \
    END_OF(RAS_CONNECTION_1, PppInfo.ipx.wszAddress),                                                                  \
    END_OF(RAS_CONNECTION_1, PppInfo.at.wszAddress),                                                                   \
}
static const struct field connection1_fields[] = CONNECTION1_FIELDS(DIM_IPX_SDK);
RECORD(connection1, DIM_CONN1_SIZE(DIM_IPX_SDK), RAS_CONNECTION_1);
static const struct field connection1_short_fields[] = CONNECTION1_FIELDS(DIM_IPX_SPEC);
RECORD(connection1_short, DIM_CONN1_SIZE(DIM_IPX_SPEC), RAS_CONNECTION_1);

#define CONNECTION2_FIELDS(units) {                                                                                    \
    HANDLE_AT(RAS_CONNECTION_2, hConnection, DIM_CONN2_CONNECTION),                                                    \
    COPY_SPAN(RAS_CONNECTION_2, wszUserName, DIM_CONN2_USER,                                                           \
              DIM_CONN2_PPP2 + DIM_PPP2_IPXCP + IPX_BYTES(units) - DIM_CONN2_USER),                                    \
    COPY_SPAN(RAS_CONNECTION_2, PppInfo2.at, DIM_CONN2_PPP2 + DIM_PPP2_ATCP(units),                                    \
              DIM_ATCP_SIZE + DIM_CCP_SIZE + DIM_LCP_SIZE),                                                            \
    END_OF(RAS_CONNECTION_2, wszUserName),                                                                             \
    END_OF(RAS_CONNECTION_2, PppInfo2.nbf.wszWksta),                                                                   \
    END_OF(RAS_CONNECTION_2, PppInfo2.ip.wszAddress),                                                                  \
    END_OF(RAS_CONNECTION_2, PppInfo2.ip.wszRemoteAddress),                                                            \
    END_OF(RAS_CONNECTION_2, PppInfo2.ipx.wszAddress),                                                                 \
    END_OF(RAS_CONNECTION_2, PppInfo2.at.wszAddress),                                                                  \
}
/* clang-format on */
static const struct field connection2_fields[] = CONNECTION2_FIELDS(DIM_IPX_SDK);
RECORD(connection2, DIM_CONN2_SIZE(DIM_IPX_SDK), RAS_CONNECTION_2);
static const struct field connection2_short_fields[] = CONNECTION2_FIELDS(DIM_IPX_SPEC);
RECORD(connection2_short, DIM_CONN2_SIZE(DIM_IPX_SPEC), RAS_CONNECTION_2);

static const struct field connection3_fields[] = {
    COPY_SPAN(RAS_CONNECTION_3, dwVersion, DIM_CONN3_VERSION, sizeof(DWORD)),
    LENGTH_AT(RAS_CONNECTION_3, dwSize),
    HANDLE_AT(RAS_CONNECTION_3, hConnection, DIM_CONN3_CONNECTION),
    COPY_SPAN(RAS_CONNECTION_3, wszUserName, DIM_CONN3_USER, DIM_CONN3_SIZE - DIM_CONN3_USER),
    END_OF(RAS_CONNECTION_3, wszUserName),
    END_OF(RAS_CONNECTION_3, PppInfo3.nbf.wszWksta),
    END_OF(RAS_CONNECTION_3, PppInfo3.ip.wszAddress),
    END_OF(RAS_CONNECTION_3, PppInfo3.ip.wszRemoteAddress),
};
RECORD(connection3, DIM_CONN3_SIZE, RAS_CONNECTION_3);

/* Both arms of the projection have their two texts at the same place. */
static const struct field connection4_fields[] = {
    COPY_SPAN(RAS_CONNECTION_4, dwConnectDuration, DIM_CONN4_DURATION, DIM_CONN4_STATS),
    WIDEN_AT(RAS_CONNECTION_4, ullBytesXmited, DIM_CONN4_STATS + DIM_STATS_BYTES_OUT),
    WIDEN_AT(RAS_CONNECTION_4, ullBytesRcved, DIM_CONN4_STATS + DIM_STATS_BYTES_IN),
    COPY_SPAN(RAS_CONNECTION_4, dwFramesXmited, DIM_CONN4_STATS + DIM_STATS_FRAMES_OUT,
              DIM_CONN4_CONNECTION - (DIM_CONN4_STATS + DIM_STATS_FRAMES_OUT)),
    HANDLE_AT(RAS_CONNECTION_4, hConnection, DIM_CONN4_CONNECTION),
    HANDLE_AT(RAS_CONNECTION_4, hInterface, DIM_CONN4_INTERFACE),
    COPY_SPAN(RAS_CONNECTION_4, dwDeviceType, DIM_CONN4_DEVICE_TYPE, sizeof(DWORD)),
    END_OF(RAS_CONNECTION_4, wszInterfaceName),
    END_OF(RAS_CONNECTION_4, wszUserName),
    END_OF(RAS_CONNECTION_4, wszLogonDomain),
    END_OF(RAS_CONNECTION_4, wszRemoteComputer),
    END_OF(RAS_CONNECTION_4, wszRemoteEndpointAddress),
    END_OF(RAS_CONNECTION_4, wszLocalEndpointAddress),
    END_OF(RAS_CONNECTION_4, ProjectionInfo.PppProjectionInfo.wszAddress),
    END_OF(RAS_CONNECTION_4, ProjectionInfo.PppProjectionInfo.wszRemoteAddress),
};
RECORD(connection4, DIM_CONN4_SIZE, RAS_CONNECTION_4);

_Static_assert(offsetof(RAS_CONNECTION_4, hConnection) - offsetof(RAS_CONNECTION_4, dwFramesXmited) ==
                   DIM_CONN4_CONNECTION - (DIM_CONN4_STATS + DIM_STATS_FRAMES_OUT),
               "counters to projection are one span on both sides");

/* As NDR sends it: enumerations have 16 bits, and how long it is depends on the projection. */
/* clang-format off */
#define CONNECTION_EX_FIELDS(arm_size, connection, interface) {                                                        \
    COPY_SPAN(RAS_CONNECTION_EX, Header, DIM_CONNEX_HEADER, DIM_OBJECT_SIZE),                                          \
    LENGTH16_AT(RAS_CONNECTION_EX, Header.size),                                                                       \
    COPY_SPAN(RAS_CONNECTION_EX, dwConnectDuration, DIM_CONNEX_DURATION, sizeof(DWORD)),                               \
    ENUM_AT(RAS_CONNECTION_EX, dwInterfaceType, DIM_CONNEX_INTERFACE_TYPE),                                            \
    COPY_SPAN(RAS_CONNECTION_EX, dwConnectionFlags, DIM_CONNEX_FLAGS, DIM_CONNEX_QUARANTINE - DIM_CONNEX_FLAGS),       \
    ENUM_AT(RAS_CONNECTION_EX, rasQuarState, DIM_CONNEX_QUARANTINE),                                                   \
    COPY_SPAN(RAS_CONNECTION_EX, probationTime, DIM_CONNEX_PROBATION, DIM_CONNEX_PROJECTION - DIM_CONNEX_PROBATION),   \
    COPY_SPAN(RAS_CONNECTION_EX, ProjectionInfo.projectionInfoType, DIM_CONNEX_PROJECTION, 1),                         \
    COPY_SPAN(RAS_CONNECTION_EX, ProjectionInfo.PppProjectionInfo, DIM_CONNEX_PROJECTION_ARM, (arm_size)),             \
    HANDLE_AT(RAS_CONNECTION_EX, hConnection, (connection)),                                                           \
    HANDLE_AT(RAS_CONNECTION_EX, hInterface, (interface)),                                                             \
    END_OF(RAS_CONNECTION_EX, wszInterfaceName),                                                                       \
    END_OF(RAS_CONNECTION_EX, wszUserName),                                                                            \
    END_OF(RAS_CONNECTION_EX, wszLogonDomain),                                                                         \
    END_OF(RAS_CONNECTION_EX, wszRemoteComputer),                                                                      \
    END_OF(RAS_CONNECTION_EX, wszRemoteEndpointAddress),                                                               \
    END_OF(RAS_CONNECTION_EX, wszLocalEndpointAddress),                                                                \
    END_OF(RAS_CONNECTION_EX, ProjectionInfo.PppProjectionInfo.wszAddress),                                            \
    END_OF(RAS_CONNECTION_EX, ProjectionInfo.PppProjectionInfo.wszRemoteAddress),                                      \
}
/* clang-format on */
static const struct field connection_ex_ppp_fields[] =
    CONNECTION_EX_FIELDS(DIM_PROJ_PPP1_SIZE, DIM_CONNEX_PPP_CONNECTION, DIM_CONNEX_PPP_INTERFACE);
RECORD(connection_ex_ppp, DIM_CONNEX_PPP_SIZE, RAS_CONNECTION_EX);
static const struct field connection_ex_ikev2_fields[] =
    CONNECTION_EX_FIELDS(DIM_PROJ_IKE1_SIZE, DIM_CONNEX_IKE_CONNECTION, DIM_CONNEX_IKE_INTERFACE);
RECORD(connection_ex_ikev2, DIM_CONNEX_IKE_SIZE, RAS_CONNECTION_EX);

_Static_assert(offsetof(RAS_CONNECTION_EX, rasQuarState) == DIM_CONNEX_QUARANTINE &&
                   offsetof(RAS_CONNECTION_EX, probationTime) == DIM_CONNEX_PROBATION &&
                   offsetof(RAS_CONNECTION_EX, wszLocalEndpointAddress) == DIM_CONNEX_LOCAL_ENDPOINT,
               "up to the projection all is in the same place on both sides");
_Static_assert(sizeof(PPP_PROJECTION_INFO) == DIM_PROJ_PPP1_SIZE && sizeof(IKEV2_PROJECTION_INFO) >= DIM_PROJ_IKE1_SIZE,
               "projections are copied whole");

/* ---- devices: the same on both sides ---- */

static const struct field device0_fields[] = {
    {COPY, 0, 0, DIM_DEVICE0_SIZE},
    END_OF(MPR_DEVICE_0, szDeviceType),
    END_OF(MPR_DEVICE_0, szDeviceName),
};
RECORD(device0, DIM_DEVICE0_SIZE, MPR_DEVICE_0);

/* ---- levels ---- */

const struct level *convert_server_level(DWORD level)
{
    static const struct level levels[] = {{{&server0}}, {{&server1}}, {{&server2}}};
    return level < sizeof levels / sizeof levels[0] ? &levels[level] : NULL;
}

const struct level *convert_port_level(DWORD level)
{
    static const struct level levels[] = {{{&port0}}, {{&port1}}};
    return level < sizeof levels / sizeof levels[0] ? &levels[level] : NULL;
}

const struct level *convert_device_level(DWORD level)
{
    static const struct level only = {{&device0}};
    return level == 0 ? &only : NULL;
}

const struct record *convert_connection_ex(bool ikev2)
{
    return ikev2 ? &connection_ex_ikev2 : &connection_ex_ppp;
}

const struct level *convert_connection_level(DWORD level)
{
    static const struct level levels[] = {{{&connection0}},
                                          {{&connection1, &connection1_short}},
                                          {{&connection2, &connection2_short}},
                                          {{&connection3}},
                                          {{&connection4}}};
    return level < sizeof levels / sizeof levels[0] ? &levels[level] : NULL;
}

/* ---- values ---- */

HANDLE convert_handle(uint32_t wire)
{
    return wire == UINT32_MAX ? INVALID_HANDLE_VALUE : (HANDLE)(uintptr_t)wire;
}

bool convert_handle_to_wire(HANDLE h, uint32_t *ret)
{
    uintptr_t bits = (uintptr_t)h;

    if (bits > UINT32_MAX && bits < ~(uintptr_t)UINT32_MAX)
        return false;
    *ret = (uint32_t)bits;
    return true;
}

bool convert_object_to_wire(HANDLE h, uint32_t *ret)
{
    return convert_handle_to_wire(h, ret) && *ret != 0 && *ret != UINT32_MAX;
}

static uint32_t wire_dword(const uint8_t *p)
{
    struct rpc_rd r = rpc_rd_init(p, sizeof(uint32_t), false);
    return rpc_rd_u32(&r);
}

static void convert_field(const struct record *r, const struct field *f, const uint8_t *wire, uint8_t *api)
{
    switch (f->kind) {
    case COPY:
        memcpy(api + f->api, wire + f->wire, f->size);
        break;
    case HANDLE_: {
        HANDLE h = convert_handle(wire_dword(wire + f->wire));
        memcpy(api + f->api, &h, sizeof h);
        break;
    }
    case WIDEN: {
        ULONGLONG wide = wire_dword(wire + f->wire);
        memcpy(api + f->api, &wide, sizeof wide);
        break;
    }
    case ENUM_: {
        struct rpc_rd rd = rpc_rd_init(wire + f->wire, sizeof(uint16_t), false);
        DWORD value = rpc_rd_u16(&rd);
        memcpy(api + f->api, &value, sizeof value);
        break;
    }
    case END:
        memset(api + f->api, 0, sizeof(WCHAR));
        break;
    case LENGTH: {
        DWORD size = (DWORD)r->api_size;
        memcpy(api + f->api, &size, sizeof size);
        break;
    }
    case LENGTH16: {
        USHORT size = (USHORT)r->api_size;
        memcpy(api + f->api, &size, sizeof size);
        break;
    }
    }
}

void convert_record(const struct record *r, const uint8_t *wire, uint8_t *api)
{
    memset(api, 0, r->api_size); /* gaps, and what a shorter variant does not have */
    for (size_t i = 0; i < r->n_fields; i++)
        convert_field(r, &r->fields[i], wire, api);
}
