/* SPDX-License-Identifier: Apache-2.0 */
/* What most tests of the library begin with: one made-up server, and a handle to it. */
#ifndef OPENRRAS_TESTS_MPRAPI_FIXTURE_H
#define OPENRRAS_TESTS_MPRAPI_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openrras.h>

#include "fake_server.h"

#define ALL           ((DWORD)-1) /* how much of a list */
#define PORT(n)       ((HANDLE)(uintptr_t)fake_port_handle(n))
#define CONNECTION(n) ((HANDLE)(uintptr_t)fake_connection_handle(n))

extern struct fake_server *server;
extern MPR_SERVER_HANDLE h;

/* Between these two, of which a test may have several pairs. */
void open_server(const struct fake_config *config);
void close_server(void);

/* It is this, with its end. */
void check_text(const WCHAR *text, const char *expected);

#endif
