/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/errors.h"

#include <mprerror.h>
#include <openrras.h>
#include <raserror.h>
#include <stdio.h>
#include <winerror.h>

#include "common/text.h"

#define E(code, reason, exit, text)                                                                                    \
    {                                                                                                                  \
        code, #code, reason, text, exit                                                                                \
    }

static const struct error_text general[] = {
    E(ERROR_ACCESS_DENIED, "denied", EXIT_DENIED,
      "access denied; ask for a role: root may, and the members of the groups that [roles] in rrasd.conf names"),
    E(ERROR_INVALID_HANDLE, "not_found", EXIT_NOT_FOUND,
      "there is no such connection; list them with 'rasadmin connections'"),
    E(ERROR_NOT_ENOUGH_MEMORY, "no_memory", EXIT_OTHER, "not enough memory"),
    E(ERROR_NOT_READY, "driver_away", EXIT_OTHER,
      "the driver of this port is not connected to rrasd; see that its service runs"),
    E(ERROR_GEN_FAILURE, "refused", EXIT_OTHER,
      "the daemon that carries the session refused; its words are in rrasd's log"),
    E(ERROR_NOT_SUPPORTED, "not_supported", EXIT_OTHER, "the server can't do this"),
    E(ERROR_INVALID_PARAMETER, "invalid", EXIT_OTHER, "the server does not accept this value"),
    E(ERROR_INVALID_LEVEL, "not_supported", EXIT_OTHER, "the server does not know this kind of information"),
    E(ERROR_BUSY, "busy", EXIT_OTHER, "the server is busy; try again"),
    E(ERROR_SERVICE_NOT_ACTIVE, "unreachable", EXIT_UNREACHABLE, "the service is not running; start rrasd"),
    E(ERROR_TIMEOUT, "timeout", EXIT_UNREACHABLE, "no answer in time; try again, or give more time with --timeout"),
    E(ERROR_INVALID_PORT_HANDLE, "not_found", EXIT_NOT_FOUND, "there is no such port; list them with 'rasadmin ports'"),
    E(ERROR_PORT_NOT_CONNECTED, "not_connected", EXIT_NOT_FOUND, "nobody is connected on this port"),
    E(ERROR_DDM_NOT_RUNNING, "lan_only", EXIT_OTHER,
      "the server only routes between LANs and has no ports; set its router type in rrasd.conf(5) to change that"),
    E(ERROR_INTERFACE_NOT_CONNECTED, "not_found", EXIT_NOT_FOUND,
      "there is no such connection, or it has ended; list them with 'rasadmin connections'"),
    E(RPC_S_SERVER_OUT_OF_MEMORY, "server_no_memory", EXIT_OTHER, "the server has not enough memory for this"),
    E(RPC_S_INVALID_BINDING, "invalid_server", EXIT_OTHER,
      "this is not the name of a server; 'man rasadmin' lists the forms of names under SERVER NAMES"),
    E(RPC_S_UNKNOWN_IF, "unknown_interface", EXIT_UNREACHABLE,
      "something answers there, but it is no remote access server"),
    E(RPC_S_SERVER_UNAVAILABLE, "unreachable", EXIT_UNREACHABLE,
      "the server can't be reached; is rrasd running there?"),
    E(RPC_S_SERVER_TOO_BUSY, "busy", EXIT_UNREACHABLE, "the server has too many callers; try again"),
    E(RPC_S_CALL_FAILED, "broken", EXIT_UNREACHABLE,
      "the connection to the server broke during the call; whether it was carried out is not known"),
    E(RPC_S_CALL_FAILED_DNE, "not_sent", EXIT_UNREACHABLE,
      "the connection to the server broke before the call was sent; try again"),
    E(RPC_S_PROTOCOL_ERROR, "protocol", EXIT_OTHER, "the server broke the protocol"),
    E(RPC_S_UNKNOWN_AUTHN_SERVICE, "authentication", EXIT_DENIED, "the server does not know this way to log in"),
    E(RPC_S_UNKNOWN_AUTHN_LEVEL, "authentication", EXIT_DENIED, "the server does not protect calls as they have to be"),
    E(RPC_X_BAD_STUB_DATA, "protocol", EXIT_OTHER, "the server's answer makes no sense"),
    E(RPC_S_CALL_CANCELLED, "timeout", EXIT_UNREACHABLE,
      "no answer in time; try again, or give more time with --timeout"),
    E(RPC_S_COMM_FAILURE, "broken", EXIT_UNREACHABLE, "the connection to the server broke"),
    E(RPC_S_SEC_PKG_ERROR, "authentication", EXIT_DENIED, "logging in to the server failed"),
};

/* No role matters yet: who somebody is was not accepted. The library has its own reason, with what to do. */
static const struct error_text of_connecting[] = {
    E(ERROR_ACCESS_DENIED, "denied", EXIT_DENIED, "not let in"),
};

static const struct error_text of_disconnect[] = {
    E(ERROR_INVALID_PARAMETER, "stale", EXIT_NOT_FOUND,
      "this session is gone meanwhile and somebody else may be on the port now; not touched"),
    E(ERROR_INVALID_PORT_HANDLE, "stale", EXIT_NOT_FOUND, "the port is gone meanwhile; not touched"),
    E(ERROR_PORT_NOT_CONNECTED, "not_connected", EXIT_NOT_FOUND,
      "nobody is connected on this port; there is nothing to disconnect"),
    E(ERROR_TIMEOUT, "timeout", EXIT_UNCONFIRMED,
      "the daemon that carries the session did not answer in time; the order stands, 'rasadmin ports' shows what "
      "becomes of it"),
    E(RPC_S_CALL_FAILED, "broken", EXIT_UNCONFIRMED,
      "the connection to the server broke after the order was sent; whether it arrived is not known"),
    E(RPC_S_CALL_CANCELLED, "broken", EXIT_UNCONFIRMED,
      "the server did not answer in time; whether it took the order is not known"),
    E(RPC_S_SERVER_TOO_BUSY, "busy", EXIT_UNREACHABLE,
      "the server has as many callers, disconnects under way or keep-outs as it can; try again, or see rrasd's log"),
};

static const struct error_text of_keep_out[] = {
    E(RPC_S_SERVER_TOO_BUSY, "busy", EXIT_OTHER,
      "it keeps out as many users as it can, or its disk is full and no more can be remembered; lift others, or see "
      "rrasd's log and make room"),
};

static const struct error_text of_user[] = {
    E(ERROR_NOT_SUPPORTED, "not_supported", EXIT_OTHER,
      "its users can't be listed or changed from here; do it where they are kept"),
    E(ERROR_INVALID_PARAMETER, "invalid", EXIT_OTHER, "it does not accept this name or number"),
    E(ERROR_NO_SUCH_USER, "not_found", EXIT_NOT_FOUND, "nothing is kept of this user; list them with 'rasadmin user'"),
    E(ERROR_TIMEOUT, "timeout", EXIT_UNREACHABLE,
      "its directory of users does not answer in time; try again, or see rrasd's log"),
    E(ERROR_DS_OPERATIONS_ERROR, "directory_error", EXIT_OTHER,
      "its directory of users has answered what can't be used; rrasd's log says why"),
    E(ERROR_DS_SERVER_DOWN, "directory_away", EXIT_UNREACHABLE,
      "its directory of users can't be reached; rrasd's log says why"),
    E(RPC_S_SERVER_TOO_BUSY, "busy", EXIT_UNREACHABLE,
      "too many callers wait for its users, or there is no room for more; try again, or see rrasd's log"),
};

static const struct error_text *look_up(const struct error_text *table, size_t n, uint32_t code)
{
    for (size_t i = 0; i < n; i++) {
        if (table[i].code == code)
            return &table[i];
    }
    return NULL;
}

const struct error_text *error_find(uint32_t code)
{
    static const struct error_text unknown = {0, "UNKNOWN", "other", "the server reports an error", EXIT_OTHER};
    const struct error_text *e = look_up(general, sizeof general / sizeof general[0], code);
    return e ? e : &unknown;
}

const struct error_text *error_find_disconnect(uint32_t code)
{
    const struct error_text *e = look_up(of_disconnect, sizeof of_disconnect / sizeof of_disconnect[0], code);
    return e ? e : error_find(code);
}

const char *error_words(char dst[static ERROR_WORDS_MAX], const struct error_text *e, uint32_t code)
{
    char utf8[ERROR_WORDS_MAX];
    LPWSTR sentence;
    if (e->code || MprAdminGetErrorString(code, &sentence) != NO_ERROR)
        return e->text;
    text_from_utf16(utf8, sizeof utf8, sentence, ERROR_WORDS_MAX);
    LocalFree(sentence);
    return text_escape_z(dst, ERROR_WORDS_MAX, utf8);
}

static int report(const struct app *app, const struct error_text *e, uint32_t code, const char *what)
{
    char detail[512], more[520] = "", words[ERROR_WORDS_MAX];
    /* The library's own reason, escaped already: "connect /run/rras/rrasd.sock: No such file or directory". */
    if (OpenRrasLastDetail(detail, sizeof detail) > 0)
        snprintf(more, sizeof more, ": %s", detail);
    app_error("can't %s %s: %s (error %u%s)", what, app_server_title(app), error_words(words, e, code), (unsigned)code,
              more);
    return (int)e->exit;
}

int error_report(const struct app *app, uint32_t code, const char *what)
{
    return report(app, error_find(code), code, what);
}

int error_report_connect(const struct app *app, uint32_t code)
{
    const struct error_text *e = look_up(of_connecting, sizeof of_connecting / sizeof of_connecting[0], code);
    return report(app, e ? e : error_find(code), code, "connect to");
}

int error_report_keep_out(const struct app *app, uint32_t code, const char *what)
{
    const struct error_text *e = look_up(of_keep_out, sizeof of_keep_out / sizeof of_keep_out[0], code);
    return report(app, e ? e : error_find(code), code, what);
}

int error_report_user(const struct app *app, uint32_t code, const char *what)
{
    const struct error_text *e = look_up(of_user, sizeof of_user / sizeof of_user[0], code);
    return report(app, e ? e : error_find(code), code, what);
}
