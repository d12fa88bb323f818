/* SPDX-License-Identifier: Apache-2.0 */
#include "dimsvc/wire.h"

#include <mprerror.h>
#include <raserror.h>
#include <stddef.h>
#include <winerror.h>

#include "dimsvc/dimsvc.h"

#define OK            DIM_CODE(ERROR_SUCCESS)
#define MORE          DIM_CODE(ERROR_MORE_DATA)
#define BAD_HANDLE    DIM_CODE(ERROR_INVALID_HANDLE)
#define NO_MEMORY     DIM_CODE(ERROR_NOT_ENOUGH_MEMORY)
#define NOT_READY     DIM_CODE(ERROR_NOT_READY)
#define FAILURE       DIM_CODE(ERROR_GEN_FAILURE)
#define UNSUPPORTED   DIM_CODE(ERROR_NOT_SUPPORTED)
#define BAD_PARAMETER DIM_CODE(ERROR_INVALID_PARAMETER)
#define BAD_LEVEL     DIM_CODE(ERROR_INVALID_LEVEL)
#define BUSY          DIM_CODE(ERROR_BUSY)
#define NOT_FOUND     DIM_CODE(ERROR_NOT_FOUND)
#define TIMEOUT       DIM_CODE(ERROR_TIMEOUT)
#define LATER         DIM_CODE(ERROR_SUCCESS_REBOOT_REQUIRED)
#define BAD_PORT      DIM_CODE(ERROR_INVALID_PORT_HANDLE)
#define IDLE_PORT     DIM_CODE(ERROR_PORT_NOT_CONNECTED)
#define BAD_TRANSPORT DIM_CODE(ERROR_UNKNOWN_PROTOCOL_ID)
#define NO_DIALLING   DIM_CODE(ERROR_DDM_NOT_RUNNING)
#define NO_INTERFACE  DIM_CODE(ERROR_NO_SUCH_INTERFACE)
#define NOT_CONNECTED DIM_CODE(ERROR_INTERFACE_NOT_CONNECTED)
#define ROUTER        "router/, through rrasd/backend*.c"
#define STORE         "rrasd/backend_limits.c, once it is stored"
#define NOBODY        "nobody: refused, there is no such feature"
#define PAGE          "512 MiB of records in an answer; it is streamed, 64 KiB at a time"
#define LIST          "pInfoStruct lpdwEntriesRead lpdwTotalEntries lpdwResumeHandle"
#define ENUM          "dwLevel pInfoStruct dwPreferedMaximumLength lpdwResumeHandle"

/* clang-format off */
static const struct dim_wire rows[DIM_OPNUMS] = {
    [0]  = {"dwLevel", "pInfoStruct", DIM_CODES(OK, NO_MEMORY, BAD_LEVEL), NULL, ROUTER},
    [1]  = {ENUM, LIST, DIM_CODES(OK, NO_MEMORY, BAD_LEVEL, MORE), PAGE, ROUTER},
    [2]  = {"dwLevel hDimConnection", "pInfoStruct", DIM_CODES(OK, BAD_LEVEL, NOT_CONNECTED), NULL, ROUTER},
    [3]  = {"hDimConnection", "", DIM_CODES(OK, BAD_PARAMETER), NULL, ROUTER},
    [4]  = {"dwLevel hRasConnection pInfoStruct dwPreferedMaximumLength lpdwResumeHandle", LIST,
            DIM_CODES(OK, BAD_HANDLE, NO_MEMORY, UNSUPPORTED, MORE), PAGE, ROUTER},
    [5]  = {"dwLevel hPort", "pInfoStruct", DIM_CODES(OK, UNSUPPORTED, BAD_PORT), NULL, ROUTER},
    [6]  = {"hPort", "", DIM_CODES(OK, BAD_PORT), NULL, ROUTER},
    [7]  = {"hPort", "", DIM_CODES(OK), NULL, "nobody: succeeds and does nothing"},
    [8]  = {"hPort", "", DIM_CODES(OK, NO_MEMORY, NOT_READY, FAILURE, BAD_PARAMETER, IDLE_PORT, TIMEOUT),
            "the driver has 2 s to take the order", ROUTER ", and the port's driver"},
    [9]  = {"dwTransportId pInfoStruct", "", DIM_CODES(UNSUPPORTED, BAD_PARAMETER, BAD_TRANSPORT), NULL, NOBODY},
    [10] = {"dwTransportId pInfoStruct", "pInfoStruct", DIM_CODES(UNSUPPORTED, BAD_TRANSPORT), NULL, NOBODY},
    [11] = {"lpwsInterfaceName phInterface fIncludeClientInterfaces", "phInterface", DIM_CODES(NO_INTERFACE), NULL, NOBODY},
    [12] = {"dwLevel pInfoStruct phInterface", "phInterface", DIM_CODES(UNSUPPORTED, BAD_PARAMETER),
            "the buffer has the size of the level's structure, with pointers of either length", NOBODY},
    [13] = {"dwLevel pInfoStruct hInterface", "pInfoStruct", DIM_CODES(BAD_HANDLE, UNSUPPORTED), NULL, NOBODY},
    [14] = {"dwLevel pInfoStruct hInterface", "", DIM_CODES(UNSUPPORTED), NULL, NOBODY},
    [15] = {"hInterface", "", DIM_CODES(UNSUPPORTED), NULL, NOBODY},
    [16] = {"hInterface dwTransportId", "", DIM_CODES(UNSUPPORTED, BAD_TRANSPORT), NULL, NOBODY},
    [17] = {"hInterface dwTransportId pInfoStruct", "", DIM_CODES(UNSUPPORTED, BAD_PARAMETER, BAD_TRANSPORT), NULL, NOBODY},
    [18] = {"hInterface dwTransportId pInfoStruct", "pInfoStruct", DIM_CODES(UNSUPPORTED, BAD_TRANSPORT), NULL, NOBODY},
    [19] = {"hInterface dwTransportId pInfoStruct", "", DIM_CODES(UNSUPPORTED, BAD_PARAMETER, BAD_TRANSPORT), NULL, NOBODY},
    [20] = {ENUM, LIST, DIM_CODES(OK, UNSUPPORTED), NULL, "dimsvc/: there are none, which is the answer"},
    [21] = {"hInterface hEvent fBlocking dwCallersProcessId", "", DIM_CODES(NO_DIALLING), NULL, NOBODY},
    [22] = {"hInterface", "", DIM_CODES(BAD_HANDLE), NULL, NOBODY},
    [23] = {"hInterface dwTransportId hEvent dwClientProcessId", "", DIM_CODES(UNSUPPORTED, BAD_TRANSPORT), NULL, NOBODY},
    [24] = {"hInterface dwTransportId", "pUpdateResult", DIM_CODES(UNSUPPORTED, BAD_TRANSPORT), NULL, NOBODY},
    [25] = {"hInterface", "", DIM_CODES(UNSUPPORTED), NULL, NOBODY},
    [26] = {"dwPid dwRoutingPid pInfoStuct", "", DIM_CODES(UNSUPPORTED, BAD_TRANSPORT), NULL, NOBODY},
    [27] = {"dwPid dwRoutingPid pInfoStuct", "", DIM_CODES(UNSUPPORTED, BAD_TRANSPORT), NULL, NOBODY},
    [28] = {"dwPid dwRoutingPid pInfoStuct", "", DIM_CODES(UNSUPPORTED, BAD_TRANSPORT), NULL, NOBODY},
    [29] = {"dwPid dwRoutingPid pInfoStuct", "pInfoStuct", DIM_CODES(UNSUPPORTED, BAD_TRANSPORT), NULL, NOBODY},
    [30] = {"dwPid dwRoutingPid pInfoStuct", "pInfoStuct", DIM_CODES(UNSUPPORTED, BAD_TRANSPORT), NULL, NOBODY},
    [31] = {"dwPid dwRoutingPid pInfoStuct", "pInfoStuct", DIM_CODES(UNSUPPORTED, BAD_TRANSPORT), NULL, NOBODY},
    [32] = {"dwPid dwRoutingPid pInfoStuct", "pInfoStuct", DIM_CODES(UNSUPPORTED, BAD_TRANSPORT), NULL, NOBODY},
    [33] = {"dwPid dwRoutingPid hEvent dwClientProcessId pInfoStuct", "pInfoStuct", DIM_CODES(UNSUPPORTED, BAD_TRANSPORT), NULL, NOBODY},
    [34] = {"fRegister dwClientProcessId hEventNotification", "", DIM_CODES(UNSUPPORTED, BAD_PARAMETER), NULL,
            "nobody: the event would be one of a process on the server"},
    [35] = {"hDimConnection lpwszMessage", "", DIM_CODES(UNSUPPORTED, NOT_CONNECTED), "our client sends 4096 units with the NUL",
            "nobody: clients on Linux have no way to be told"},
    [36] = {"dwLevel pInfoStruct lpdwTotalEntries", "pInfoStruct lpdwTotalEntries", DIM_CODES(OK, NO_MEMORY, UNSUPPORTED),
            "64 kinds of devices", ROUTER},
    [37] = {"dwTransportId lpwsTransportName pInfoStruct lpwsDLLPath", "", DIM_CODES(UNSUPPORTED, BAD_PARAMETER, BAD_TRANSPORT), NULL, NOBODY},
    [38] = {"dwLevel pInfoStruct dwIndex hInterface", "pInfoStruct", DIM_CODES(BAD_HANDLE, UNSUPPORTED), NULL, NOBODY},
    [39] = {"dwLevel pInfoStruct dwIndex hInterface", "", DIM_CODES(UNSUPPORTED), NULL, NOBODY},
    [40] = {"dwLevel pInfoStruct hInterface", "", DIM_CODES(UNSUPPORTED), "our client sends keys of 256 bytes at most",
            "nobody: keys belong to the daemons"},
    [41] = {"dwLevel pInfoStruct hInterface", "pInfoStruct", DIM_CODES(UNSUPPORTED), "our client takes 4096 bytes, and a key of 256",
            "nobody: keys belong to the daemons"},
    [42] = {"hRasConnection fIsIpAddress", "", DIM_CODES(BAD_PARAMETER, NOT_FOUND), NULL, ROUTER ": nobody is in quarantine"},
    [43] = {"dwLevel pInfoStruct", "", DIM_CODES(OK, NO_MEMORY, FAILURE, UNSUPPORTED, BAD_PARAMETER, BUSY, LATER),
            "PPTP 1 to 16384 ports, L2TP and SSTP 1 to 30000", STORE},
    [44] = {"pServerConfig", "pServerConfig", DIM_CODES(OK, NO_MEMORY, BAD_PARAMETER),
            "our client takes 256 KiB, with 256 certificates and 256 EKUs", ROUTER},
    [45] = {"objectHeader dwPreferedMaxLen lpdwResumeHandle", "lpdwEntriesRead lpdNumTotalElements pRasConections lpdwResumeHandle",
            DIM_CODES(OK, NO_MEMORY, BAD_PARAMETER, MORE), PAGE, ROUTER},
    [46] = {"hDimConnection objectHeader", "pRasConnection", DIM_CODES(OK, NO_MEMORY, BAD_PARAMETER, NOT_CONNECTED), NULL, ROUTER},
    [47] = {"pServerConfig", "", DIM_CODES(OK, NO_MEMORY, FAILURE, UNSUPPORTED, BAD_PARAMETER, BUSY, LATER),
            "PPTP 1 to 16384 ports, L2TP, SSTP and IKEv2 1 to 30000", STORE},
    [48] = {"hDimConnection pServerConfig", "", DIM_CODES(UNSUPPORTED, BAD_PARAMETER, NOT_CONNECTED), NULL,
            "nobody: such moves are the IKE daemon's"},
    [49] = {"lpwsInterfaceName lpwsUserName lpwsDomainName lpwsPassword", "", DIM_CODES(NO_INTERFACE), NULL, NOBODY},
    [50] = {"lpwsInterfaceName", "lpwsUserName lpwsDomainName lpwsPassword", DIM_CODES(NO_INTERFACE), NULL, NOBODY},
    [51] = {"hInterface pIfCustomConfig", "pIfCustomConfig", DIM_CODES(BAD_HANDLE, BAD_PARAMETER), NULL, NOBODY},
    [52] = {"hInterface pIfCustomConfig", "pIfCustomConfig", DIM_CODES(BAD_HANDLE, BAD_PARAMETER), NULL, NOBODY},
};
/* clang-format on */

const struct dim_wire *dim_wire(uint16_t opnum)
{
    return opnum < DIM_OPNUMS ? &rows[opnum] : NULL;
}

bool dim_may_answer(uint16_t opnum, uint32_t code)
{
    const struct dim_op *op = dim_op(opnum);
    if (code == ERROR_ACCESS_DENIED || (op->lan_check && code == ERROR_DDM_NOT_RUNNING))
        return true;
    for (const struct dim_code *c = rows[opnum].codes; c->name; c++) {
        if (c->code == code)
            return true;
    }
    return false;
}
