/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes that only the functions of rassapi.h return. Included by it.
 */
#ifndef OPENRRAS_RASSAPI_CODES_H
#define OPENRRAS_RASSAPI_CODES_H

#include "raserror.h"

#define ERROR_DUP_NAME      52   /* several ports fit the name */
#define ERROR_DEV_NOT_EXIST 55   /* no port of that name */
#define NERR_ItemNotFound   2115 /* the server has no ports */
#define NERR_BufTooSmall    2123 /* a text does not end where it must */
#define NERR_UserNotFound   2221 /* nobody is on the port, or who was on it has gone */

#define ERROR_INVALID_PORT  ERROR_INVALID_PORT_HANDLE /* no port of that name, when disconnecting */

#endif
