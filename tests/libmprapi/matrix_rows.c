/* SPDX-License-Identifier: Apache-2.0 */
#include "matrix.h"

#define ALL       ((DWORD)-1)
#define LIST_ARGS (ARG_BUFFER | ARG_READ | ARG_TOTAL)

/* ---- each function by a struct call ---- */

#define POINTER(c, arg, p) ((c)->null & (arg) ? NULL : (p))
#define BUFFER(c)          POINTER(c, ARG_BUFFER, &(c)->buffer)
#define READ(c)            POINTER(c, ARG_READ, &(c)->read)
#define TOTAL(c)           POINTER(c, ARG_TOTAL, &(c)->total)
#define GIVEN(c, member)   POINTER(c, ARG_GIVEN, &(c)->given.member)

static DWORD server_get_info(struct call *c)
{
    return MprAdminServerGetInfo(c->server, c->level, BUFFER(c));
}

static DWORD server_set_info(struct call *c)
{
    c->given.ports = (MPR_SERVER_2){10, MPR_ENABLE_RAS_ON_DEVICE, 10, MPR_ENABLE_RAS_ON_DEVICE, 10, 0};
    return MprAdminServerSetInfo(c->server, c->level, (LPBYTE)GIVEN(c, ports));
}

static DWORD server_get_info_ex(struct call *c)
{
    return MprAdminServerGetInfoEx(c->server, GIVEN(c, server));
}

static DWORD server_set_info_ex(struct call *c)
{
    c->given.config.setConfigForProtocols = 0;
    return MprAdminServerSetInfoEx(c->server, GIVEN(c, config));
}

static DWORD server_get_credentials(struct call *c)
{
    return MprAdminServerGetCredentials(c->server, c->level, BUFFER(c));
}

static DWORD server_set_credentials(struct call *c)
{
    static BYTE key[] = "a key";

    c->given.key = (MPR_CREDENTIALSEX_1){sizeof key - 1, key};
    return MprAdminServerSetCredentials(c->server, c->level, (LPBYTE)GIVEN(c, key));
}

static DWORD connection_enum(struct call *c)
{
    return MprAdminConnectionEnum(c->server, c->level, BUFFER(c), ALL, READ(c), TOTAL(c), &c->resume);
}

static DWORD connection_enum_ex(struct call *c)
{
    PRAS_CONNECTION_EX list = (PRAS_CONNECTION_EX)(void *)c->buffer;
    DWORD code = MprAdminConnectionEnumEx(c->server, c->no_header ? NULL : &c->given.header, ALL, READ(c), TOTAL(c),
                                          POINTER(c, ARG_BUFFER, &list), &c->resume);

    c->buffer = (LPBYTE)list;
    return code;
}

static DWORD connection_get_info(struct call *c)
{
    return MprAdminConnectionGetInfo(c->server, c->level, c->object, BUFFER(c));
}

static DWORD connection_get_info_ex(struct call *c)
{
    return MprAdminConnectionGetInfoEx(c->server, c->object, GIVEN(c, connection));
}

static DWORD connection_clear_stats(struct call *c)
{
    return MprAdminConnectionClearStats(c->server, c->object);
}

static DWORD connection_remove_quarantine(struct call *c)
{
    return MprAdminConnectionRemoveQuarantine(c->server, c->object, FALSE);
}

static DWORD update_connection(struct call *c)
{
    c->given.update.dwIfIndex = 1;
    c->given.update.wszRemoteEndpointAddress[0] = 0;
    return MprAdminUpdateConnection(c->server, c->object, GIVEN(c, update));
}

static DWORD send_user_message(struct call *c)
{
    c->given.text[0] = u'!';
    c->given.text[1] = 0;
    return MprAdminSendUserMessage(c->server, c->object, POINTER(c, ARG_GIVEN, c->given.text));
}

static DWORD port_enum(struct call *c)
{
    return MprAdminPortEnum(c->server, c->level, c->object, BUFFER(c), ALL, READ(c), TOTAL(c), &c->resume);
}

static DWORD port_get_info(struct call *c)
{
    return MprAdminPortGetInfo(c->server, c->level, c->object, BUFFER(c));
}

static DWORD port_clear_stats(struct call *c)
{
    return MprAdminPortClearStats(c->server, c->object);
}

static DWORD port_reset(struct call *c)
{
    return MprAdminPortReset(c->server, c->object);
}

static DWORD port_disconnect(struct call *c)
{
    return MprAdminPortDisconnect(c->server, c->object);
}

static DWORD device_enum(struct call *c)
{
    return MprAdminDeviceEnum(c->server, c->level, BUFFER(c), TOTAL(c));
}

/* And leaves the event as it was, for the next call. */
static DWORD register_notification(struct call *c)
{
    DWORD code = MprAdminRegisterConnectionNotification(c->server, c->object);

    return code == NO_ERROR ? MprAdminDeregisterConnectionNotification(c->server, c->object) : code;
}

/* What could not be registered can't be deregistered. */
static DWORD deregister_notification(struct call *c)
{
    (void)MprAdminRegisterConnectionNotification(c->server, c->object);
    return MprAdminDeregisterConnectionNotification(c->server, c->object);
}

/* ---- the matrix ---- */

#define VIEW  .least = ASKER_VIEWER, .denied = ERROR_ACCESS_DENIED
#define DISC  .least = ASKER_OPERATOR, .denied = ERROR_ACCESS_DENIED
#define ADMIN .least = ASKER_ADMINISTRATOR, .denied = ERROR_ACCESS_DENIED

/* Codes of the other handle in the order of the members: NULL, impossible, unknown, over, idle. */
#define OBJECT(what, a, b, c, d, e)                                                                                    \
    .object = (what), .object_null = (a), .object_impossible = (b), .object_unknown = (c), .object_over = (d),         \
    .object_idle = (e)
#define PORT(a, b, c, d, e)          OBJECT(OBJECT_PORT, a, b, c, d, e)
#define CONNECTION(a, b, c, d)       OBJECT(OBJECT_CONNECTION, a, b, c, d, 0)

#define POINTERS(args)               .pointers = (args), .null_pointer = ERROR_INVALID_PARAMETER
#define SERVER(code)                 .server_null = (code), .server_bad = (code)
#define LEVELS(from, to, code)       .has_level = true, .first_level = (from), .last_level = (to), .bad_level = (code)
#define HEADER(revision, type, size) .header = {(revision), (type), (size)}, .bad_level = ERROR_INVALID_PARAMETER

#if OPENRRAS_WINVER >= 0x0A00
#define SERVER_REVISION 5
#else
#define SERVER_REVISION 3
#endif
#define SERVER_HEADER HEADER(SERVER_REVISION, MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT, sizeof(MPR_SERVER_EX))
#define CONFIG_HEADER                                                                                                  \
    HEADER(SERVER_REVISION, MPRAPI_OBJECT_TYPE_MPR_SERVER_SET_CONFIG_OBJECT, sizeof(MPR_SERVER_SET_CONFIG_EX))
#define CONNECTION_HEADER HEADER(1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof(RAS_CONNECTION_EX))
#define UPDATE_HEADER     HEADER(1, MPRAPI_OBJECT_TYPE_UPDATE_CONNECTION_OBJECT, sizeof(RAS_UPDATE_CONNECTION))

const struct function matrix[] = {
    {"MprAdminServerGetInfo", server_get_info, NO_ERROR, POINTERS(ARG_BUFFER), SERVER(RPC_S_INVALID_BINDING),
     LEVELS(0, 2, ERROR_INVALID_LEVEL), VIEW, .lan_only = 0},
    {"MprAdminServerSetInfo", server_set_info, NO_ERROR, POINTERS(ARG_GIVEN), .server_null = ERROR_INVALID_PARAMETER,
     .server_bad = ERROR_INVALID_HANDLE, LEVELS(1, 2, ERROR_NOT_SUPPORTED), ADMIN, .lan_only = 0},
    {"MprAdminServerGetInfoEx", server_get_info_ex, NO_ERROR, POINTERS(ARG_GIVEN), SERVER(RPC_S_INVALID_BINDING),
     SERVER_HEADER, VIEW, .lan_only = 0},
    {"MprAdminServerSetInfoEx", server_set_info_ex, NO_ERROR, POINTERS(ARG_GIVEN), SERVER(RPC_S_INVALID_BINDING),
     CONFIG_HEADER, ADMIN, .lan_only = 0},
    {"MprAdminServerGetCredentials", server_get_credentials, NO_ERROR, POINTERS(ARG_BUFFER),
     SERVER(RPC_S_INVALID_BINDING), LEVELS(0, 0, ERROR_NOT_SUPPORTED), ADMIN, .lan_only = 0},
    {"MprAdminServerSetCredentials", server_set_credentials, NO_ERROR, POINTERS(ARG_GIVEN),
     SERVER(RPC_S_INVALID_BINDING), LEVELS(0, 0, ERROR_NOT_SUPPORTED), ADMIN, .lan_only = 0},
    {"MprAdminConnectionEnum", connection_enum, NO_ERROR, POINTERS(LIST_ARGS), SERVER(RPC_S_INVALID_BINDING),
     LEVELS(0, 4, ERROR_INVALID_LEVEL), VIEW, .lan_only = ERROR_DDM_NOT_RUNNING},
    {"MprAdminConnectionEnumEx", connection_enum_ex, NO_ERROR, POINTERS(LIST_ARGS), SERVER(RPC_S_INVALID_BINDING),
     CONNECTION_HEADER, .separate_header = true, VIEW, .lan_only = ERROR_DDM_NOT_RUNNING},
    {"MprAdminConnectionGetInfo", connection_get_info, NO_ERROR, POINTERS(ARG_BUFFER), SERVER(RPC_S_INVALID_BINDING),
     LEVELS(0, 4, ERROR_INVALID_LEVEL),
     CONNECTION(ERROR_INVALID_PARAMETER, ERROR_INTERFACE_NOT_CONNECTED, ERROR_INTERFACE_NOT_CONNECTED,
                ERROR_INTERFACE_NOT_CONNECTED),
     VIEW, .lan_only = ERROR_DDM_NOT_RUNNING},
    {"MprAdminConnectionGetInfoEx", connection_get_info_ex, NO_ERROR, POINTERS(ARG_GIVEN),
     SERVER(RPC_S_INVALID_BINDING), CONNECTION_HEADER,
     CONNECTION(ERROR_INTERFACE_NOT_CONNECTED, ERROR_INTERFACE_NOT_CONNECTED, ERROR_INTERFACE_NOT_CONNECTED,
                ERROR_INTERFACE_NOT_CONNECTED),
     VIEW, .lan_only = ERROR_DDM_NOT_RUNNING},
    {"MprAdminConnectionClearStats", connection_clear_stats, NO_ERROR, SERVER(RPC_S_INVALID_BINDING),
     CONNECTION(ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER),
     ADMIN, .lan_only = ERROR_DDM_NOT_RUNNING},
    {"MprAdminConnectionRemoveQuarantine", connection_remove_quarantine, ERROR_NOT_FOUND,
     SERVER(ERROR_INVALID_PARAMETER),
     CONNECTION(ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER),
     ADMIN, .lan_only = ERROR_INVALID_PARAMETER /* no connections there, so no such client */},
    {"MprAdminUpdateConnection", update_connection, ERROR_NOT_SUPPORTED, POINTERS(ARG_GIVEN),
     SERVER(RPC_S_INVALID_BINDING), UPDATE_HEADER,
     CONNECTION(ERROR_INTERFACE_NOT_CONNECTED, ERROR_INTERFACE_NOT_CONNECTED, ERROR_INTERFACE_NOT_CONNECTED,
                ERROR_INTERFACE_NOT_CONNECTED),
     ADMIN, .lan_only = ERROR_INTERFACE_NOT_CONNECTED /* likewise */},
    {"MprAdminSendUserMessage", send_user_message, NO_ERROR, POINTERS(ARG_GIVEN), SERVER(RPC_S_INVALID_BINDING),
     CONNECTION(ERROR_INTERFACE_NOT_CONNECTED, ERROR_INTERFACE_NOT_CONNECTED, ERROR_INTERFACE_NOT_CONNECTED,
                ERROR_INTERFACE_NOT_CONNECTED),
     ADMIN, .lan_only = ERROR_DDM_NOT_RUNNING},
    {"MprAdminPortEnum", port_enum, NO_ERROR, POINTERS(LIST_ARGS), SERVER(RPC_S_INVALID_BINDING),
     LEVELS(0, 0, ERROR_NOT_SUPPORTED), .all = true,
     CONNECTION(ERROR_INVALID_HANDLE, ERROR_INVALID_HANDLE, ERROR_INVALID_HANDLE, ERROR_INVALID_HANDLE), VIEW,
     .lan_only = ERROR_DDM_NOT_RUNNING},
    {"MprAdminPortGetInfo", port_get_info, NO_ERROR, POINTERS(ARG_BUFFER), SERVER(RPC_S_INVALID_BINDING),
     LEVELS(0, 1, ERROR_NOT_SUPPORTED),
     PORT(ERROR_INVALID_PORT_HANDLE, ERROR_INVALID_PORT_HANDLE, ERROR_INVALID_PORT_HANDLE, NO_ERROR, NO_ERROR), VIEW,
     .lan_only = ERROR_DDM_NOT_RUNNING},
    {"MprAdminPortClearStats", port_clear_stats, NO_ERROR, SERVER(RPC_S_INVALID_BINDING),
     PORT(RPC_S_INVALID_BINDING, RPC_S_INVALID_BINDING, RPC_S_INVALID_BINDING, NO_ERROR, NO_ERROR), ADMIN,
     .lan_only = ERROR_DDM_NOT_RUNNING},
    {"MprAdminPortReset", port_reset, NO_ERROR, SERVER(ERROR_INVALID_PARAMETER),
     PORT(ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER, NO_ERROR, NO_ERROR, NO_ERROR), ADMIN,
     .lan_only = ERROR_DDM_NOT_RUNNING},
    {"MprAdminPortDisconnect", port_disconnect, NO_ERROR, SERVER(ERROR_INVALID_PARAMETER),
     PORT(ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER,
          ERROR_PORT_NOT_CONNECTED),
     DISC, .lan_only = ERROR_DDM_NOT_RUNNING},
    {"MprAdminDeviceEnum", device_enum, NO_ERROR, POINTERS(ARG_BUFFER | ARG_TOTAL), SERVER(RPC_S_INVALID_BINDING),
     LEVELS(0, 0, ERROR_NOT_SUPPORTED), VIEW, .lan_only = 0},
    {"MprAdminRegisterConnectionNotification", register_notification, NO_ERROR, SERVER(RPC_S_INVALID_BINDING),
     OBJECT(OBJECT_EVENT, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER,
            ERROR_INVALID_PARAMETER, 0),
     VIEW, .lan_only = ERROR_DDM_NOT_RUNNING},
    {"MprAdminDeregisterConnectionNotification", deregister_notification, NO_ERROR, SERVER(RPC_S_INVALID_BINDING),
     OBJECT(OBJECT_EVENT, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER,
            ERROR_INVALID_PARAMETER, 0),
     .least = ASKER_VIEWER, .denied = ERROR_INVALID_PARAMETER /* not registered */,
     .lan_only = ERROR_INVALID_PARAMETER},
};

const size_t matrix_rows = sizeof matrix / sizeof matrix[0];
