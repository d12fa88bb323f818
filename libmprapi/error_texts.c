/* SPDX-License-Identifier: Apache-2.0 */
/* A sentence for each code of winerror.h, raserror.h and mprerror.h, in our own words: what it means to somebody who
 * reads it. */
#include "libmprapi/error_texts.h"

#include <stdlib.h>

#include <mprapi.h>

struct text {
    DWORD code;
    const char *sentence;
};

/* Sorted by code: this is searched by halves. */
static const struct text texts[] = {
    {NO_ERROR, "The operation was successful."},
    {ERROR_ACCESS_DENIED, "Access is denied."},
    {ERROR_INVALID_HANDLE, "The handle does not name anything that the server knows."},
    {ERROR_NOT_ENOUGH_MEMORY, "There is not enough memory for this operation."},
    {ERROR_INVALID_DATA, "The data are not valid."},
    {ERROR_OUTOFMEMORY, "There is not enough memory to finish this operation."},
    {ERROR_NOT_READY, "The program that carries this port's sessions is not there at the moment."},
    {ERROR_GEN_FAILURE, "The program that carries this session refused the order, or the device does not work."},
    {ERROR_NOT_SUPPORTED, "The request is not supported."},
    {ERROR_INVALID_PARAMETER, "A parameter is wrong: the handle may be unknown, or belong to an earlier session."},
    {ERROR_CALL_NOT_IMPLEMENTED, "This function is not implemented."},
    {ERROR_INSUFFICIENT_BUFFER, "The buffer is too small."},
    {ERROR_INVALID_NAME, "The syntax of the name is wrong."},
    {ERROR_INVALID_LEVEL, "The information level is not known."},
    {ERROR_PROC_NOT_FOUND, "The server does not have this function."},
    {ERROR_BUSY, "The resource is in use."},
    {ERROR_MORE_DATA, "More data are available."},
    {ERROR_NO_MORE_ITEMS, "There are no more items."},
    {ERROR_MR_MID_NOT_FOUND, "There is no text for this message number."},
    {PENDING, "The operation is under way."},
    {ERROR_INVALID_PORT_HANDLE, "There is no such port."},
    {ERROR_PORT_ALREADY_OPEN, "The port is open already."},
    {ERROR_BUFFER_TOO_SMALL, "The caller's buffer is too small."},
    {ERROR_PORT_NOT_CONNECTED, "Nobody is connected on this port."},
    {ERROR_DEVICE_DOES_NOT_EXIST, "There is no such device."},
    {ERROR_PORT_NOT_FOUND, "The port was not found."},
    {ERROR_ALREADY_DISCONNECTING, "The port is being disconnected already."},
    {ERROR_PORT_NOT_OPEN, "The port is not open."},
    {ERROR_PORT_DISCONNECTED, "The port was disconnected."},
    {ERROR_CANNOT_OPEN_PHONEBOOK, "The phone book can't be opened."},
    {ERROR_CANNOT_LOAD_PHONEBOOK, "The phone book can't be loaded."},
    {ERROR_CANNOT_FIND_PHONEBOOK_ENTRY, "The phone book has no such entry."},
    {ERROR_DISCONNECTION, "The connection was dropped."},
    {ERROR_REMOTE_DISCONNECTION, "The connection was closed by the remote computer."},
    {ERROR_HARDWARE_FAILURE, "The connection ended because a device failed."},
    {ERROR_USER_DISCONNECTION, "The connection was ended by the user."},
    {ERROR_INVALID_SIZE, "The size of a structure is wrong."},
    {ERROR_PORT_NOT_AVAILABLE, "The port is in use, or not configured for remote access."},
    {ERROR_NO_CONNECTION, "The connection was lost."},
    {ERROR_INVALID_CALLBACK_NUMBER, "The callback number has characters that are not allowed."},
    {ERROR_ROUTER_STOPPED, "The router is not running."},
    {ERROR_ALREADY_CONNECTED, "The interface is connected already."},
    {ERROR_UNKNOWN_PROTOCOL_ID, "The router does not know this protocol."},
    {ERROR_DDM_NOT_RUNNING, "Remote access is not running: this server only routes between local networks."},
    {ERROR_INTERFACE_ALREADY_EXISTS, "There is an interface of this name already."},
    {ERROR_NO_SUCH_INTERFACE, "There is no interface of this name."},
    {ERROR_INTERFACE_NOT_CONNECTED, "The connection does not exist any more, or the interface is not connected."},
    {ERROR_PROTOCOL_STOP_PENDING, "The protocol is being stopped."},
    {ERROR_INTERFACE_CONNECTED, "The interface is connected and can't be deleted."},
    {ERROR_NO_INTERFACE_CREDENTIALS_SET, "No credentials are stored for this interface."},
    {ERROR_ALREADY_CONNECTING, "The interface is being connected already."},
    {ERROR_UPDATE_IN_PROGRESS, "The routes of this interface are being updated already."},
    {ERROR_INTERFACE_CONFIGURATION, "The configuration of the interface is wrong."},
    {ERROR_NOT_CLIENT_PORT, "The port is not enabled for users who dial in."},
    {ERROR_NOT_ROUTER_PORT, "The port is not enabled for routing."},
    {ERROR_CLIENT_INTERFACE_ALREADY_EXISTS, "There can be one client interface only."},
    {ERROR_INTERFACE_DISABLED, "The interface was disabled by the administrator."},
    {ERROR_AUTH_PROTOCOL_REJECTED, "The remote computer rejected the authentication protocol."},
    {ERROR_PEER_REFUSED_AUTH, "The remote computer and this one have no authentication protocol in common."},
    {ERROR_INTERFACE_HAS_NO_DEVICES, "No port is enabled for this interface."},
    {ERROR_INTERFACE_UNREACHABLE, "The interface can't be reached at the moment."},
    {ERROR_SERVICE_IS_PAUSED, "The service is paused."},
    {ERROR_INTERFACE_DISCONNECTED, "The interface was disconnected by the administrator."},
    {ERROR_PORT_LIMIT_REACHED, "No more ports are allowed."},
    {ERROR_PROTOCOL_ALREADY_INSTALLED, "This protocol is installed already."},
    {ERROR_CAN_NOT_COMPLETE, "The function could not be completed."},
    {ERROR_SERVICE_NOT_ACTIVE, "The service has not been started."},
    {RPC_S_SERVER_OUT_OF_MEMORY, "The server has not enough memory for this call."},
    {ERROR_NOT_FOUND, "The element was not found."},
    {ERROR_CANCELLED, "The operation was cancelled by the user."},
    {ERROR_UNKNOWN_REVISION, "The revision is unknown."},
    {ERROR_REVISION_MISMATCH, "The two revisions do not go together."},
    {ERROR_NO_SUCH_USER, "There is no user of that name."},
    {ERROR_NO_SUCH_DOMAIN, "There is no domain of that name, or it can't be reached."},
    {ERROR_INTERNAL_ERROR, "An internal error occurred."},
    {ERROR_TIMEOUT, "The program that carries this session did not answer in time; the order stands."},
    {RPC_S_INVALID_BINDING, "The server's handle, or its name, is not valid."},
    {RPC_S_UNKNOWN_IF, "The server does not offer the routing and remote access interface."},
    {RPC_S_SERVER_UNAVAILABLE, "The server can't be reached."},
    {RPC_S_SERVER_TOO_BUSY, "The server is too busy for this call."},
    {RPC_S_CALL_FAILED,
     "The connection to the server failed during the call; whether the call was executed is not known."},
    {RPC_S_CALL_FAILED_DNE, "The call failed before it was sent; it was not executed."},
    {RPC_S_PROTOCOL_ERROR, "The server's answer broke the remote procedure call protocol."},
    {RPC_S_UNSUPPORTED_TRANS_SYN, "The server does not support the way in which this library encodes calls."},
    {RPC_S_UNSUPPORTED_TYPE, "The type of the object is not supported."},
    {RPC_S_INVALID_TAG, "The call or its answer has a union tag that is not valid."},
    {RPC_S_INVALID_BOUND, "The bounds of an array are not valid."},
    {RPC_S_UNKNOWN_AUTHN_TYPE, "The type of authentication is unknown."},
    {RPC_S_PROCNUM_OUT_OF_RANGE, "The server does not have this procedure."},
    {RPC_S_UNKNOWN_AUTHN_SERVICE, "The server does not know this kind of authentication."},
    {RPC_S_UNKNOWN_AUTHN_LEVEL, "The level of authentication is unknown."},
    {EPT_S_CANT_PERFORM_OP, "The endpoint mapper could not do this."},
    {EPT_S_NOT_REGISTERED, "The endpoint mapper does not know a server for this interface."},
    {RPC_S_CANNOT_SUPPORT, "The requested operation is not supported by the server."},
    {RPC_X_NULL_REF_POINTER, "A null pointer was given where a value is required."},
    {RPC_X_ENUM_VALUE_OUT_OF_RANGE, "An enumeration value is out of range."},
    {RPC_X_BYTE_COUNT_TOO_SMALL, "The byte count is too small."},
    {RPC_X_BAD_STUB_DATA, "The call or its answer could not be decoded."},
    {RPC_S_CALL_CANCELLED, "The call was cancelled."},
    {RPC_S_COMM_FAILURE, "Communication with the server failed."},
    {RPC_S_UNSUPPORTED_AUTHN_LEVEL, "The server does not accept this level of authentication."},
    {RPC_S_SEC_PKG_ERROR, "A security package failed."},
    {ERROR_NOT_CONNECTED, "This network connection does not exist."},
    {ERROR_SUCCESS_REBOOT_REQUIRED, "The operation was successful; it takes effect when the system is started again."},
    {ERROR_SUCCESS_RESTART_REQUIRED,
     "The operation was successful; it takes effect when the service is started again."},
};

static int compare(const void *key, const void *element)
{
    DWORD code = *(const DWORD *)key;
    const struct text *t = element;

    return code < t->code ? -1 : code > t->code;
}

const char *error_text(DWORD code)
{
    const struct text *t = bsearch(&code, texts, sizeof texts / sizeof texts[0], sizeof texts[0], compare);

    return t ? t->sentence : NULL;
}
