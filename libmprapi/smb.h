/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named pipes of other machines, \PIPE\ROUTER over SMB. What does it, and the hundred libraries that it needs
 * (libsmbclient), is a module (libmprapi-smb.so.0) that is loaded when a server is named that way first.
 *
 * A pipe looks like any other connection from here: a stream socket. At its other end is a thread of the module, for
 * libsmbclient knows calls that wait, and nothing else.
 */
#ifndef OPENRRAS_LIBMPRAPI_SMB_H
#define OPENRRAS_LIBMPRAPI_SMB_H

#include <stddef.h>
#include <stdint.h>

#include "libmprapi/binding.h"

/*
 * Connects to the named pipe that the binding names. NO_ERROR and a descriptor (close-on-exec, blocking), or a Win32
 * code and OpenRrasLastDetail(): ERROR_ACCESS_DENIED, RPC_S_SERVER_UNAVAILABLE, RPC_S_INVALID_BINDING for another pipe
 * or a host that can't be one, ERROR_NOT_ENOUGH_MEMORY.
 */
uint32_t smb_connect(const struct binding *b, uint64_t deadline, int *ret);

/* ---- between the library and its module ---- */

/* What the module's thread says first, once it is connected or is not: in memory of this process, over the socket. */
struct smb_report {
    int32_t error; /* 0, or negative errno */
    char why[240]; /* in words, with NUL */
};

struct smb_module {
    unsigned version; /* SMB_MODULE_VERSION: it is of the same build as the library, or it is not used */
    /*
     * Begins to connect to `host`, which is letters, digits, dots, hyphens and underscores. A stream socket that gives
     * a report, and after a good one is the pipe's PDUs in both directions; or negative errno: -EDEADLK in a child that
     * was forked in the midst of a call, -EUSERS when too many are there. Closing it is all that has to be done.
     */
    int (*open)(const char *host);
};
#define SMB_MODULE_VERSION 1u
#define SMB_MODULE_SYMBOL  "openrras_smb_module"

#endif
