/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmocka, and listings for tests to look at.
 */
#ifndef OPENRRAS_TESTS_RASADMIN_UNIT_H
#define OPENRRAS_TESTS_RASADMIN_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rasadmin/model.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Members that are not named are as the server's that knows nothing. */
#define A_CONNECTION(...)                                                                                              \
    {                                                                                                                  \
        .user = "", .domain = "", .remote_computer = "", .interface = "", .remote_endpoint = "", .local_endpoint = "", \
        .client4 = "", .client6 = "", .server4 = "", .server6 = "", .device_type = "", .guid = "", __VA_ARGS__         \
    }
#define A_PORT(...)                                                                                                    \
    {                                                                                                                  \
        .media = "", .device_name = "", .device_type = "Vpn", __VA_ARGS__                                              \
    }

#endif
