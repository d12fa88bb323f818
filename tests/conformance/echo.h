/* SPDX-License-Identifier: Apache-2.0 */
/* The interface rpcecho (60a15ec5-4de8-11d7-a637-005056a20182 1.0), by which Samba's smbtorture tests what carries
 * calls. For the listener of these tests and nothing else. */
#ifndef OPENRRAS_TESTS_CONFORMANCE_ECHO_H
#define OPENRRAS_TESTS_CONFORMANCE_ECHO_H

#include <uv.h>

#include "rpc/server.h"

/* `loop` has the timers of calls that sleep. */
struct rpc_interface echo_interface(uv_loop_t *loop);

#endif
