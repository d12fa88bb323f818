/* SPDX-License-Identifier: Apache-2.0 */
#include "rasrpc/wire.h"

#include <raserror.h>
#include <stddef.h>
#include <winerror.h>

#include "rasrpc/rasrpc.h"

#define OK       DIM_CODE(ERROR_SUCCESS)
#define BAD_MODE DIM_CODE(ERROR_INVALID_PARAMETER)
#define LISTS    "64 nodes in each list of the preferences"

/* clang-format off */
static const struct dim_wire rows[RASRPC_OPNUMS] = {
    [RASRPC_DELETE_ENTRY]         = {"lpszPhonebook lpszEntry", "", DIM_CODES(DIM_CODE(ERROR_CANNOT_FIND_PHONEBOOK_ENTRY)), NULL,
                                     "nobody: there is no phonebook"},
    [RASRPC_GET_USER_PREFERENCES] = {"pUser dwMode", "pUser", DIM_CODES(OK, BAD_MODE), LISTS, "rasrpc/: nobody has preferred anything"},
    [RASRPC_SET_USER_PREFERENCES] = {"pUser dwMode", "", DIM_CODES(DIM_CODE(ERROR_NOT_SUPPORTED), BAD_MODE), LISTS, "nobody: refused"},
    [RASRPC_GET_SYSTEM_DIRECTORY] = {"lpBuffer uSize", "lpBuffer", DIM_CODES(OK), "260 characters",
                                     "nobody: 0, the length of the name, stands for a failure"},
    [RASRPC_SUBMIT_REQUEST]       = {"pReqBuffer dwcbBufSize", "pReqBuffer", DIM_CODES(OK),
                                     "at least 5024 bytes; what came of a request stands in the buffer", "router/, through rrasd/backend*.c"},
    [RASRPC_GET_INSTALLED_PROTOCOLS_EX] = {"fRouter fRasCli fRasSrv", "", DIM_CODES(OK), "the return value is bits: IPv4 4, IPv6 8",
                                     "the configuration (router_type)"},
    [RASRPC_GET_VERSION]          = {"pdwVersion", "pdwVersion", DIM_CODES(OK), NULL, "rasrpc/: 6"},
};
/* clang-format on */

const struct dim_wire *rasrpc_wire(uint16_t opnum)
{
    return rasrpc_op(opnum) ? &rows[opnum] : NULL;
}
