/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part of mprapi.h: what a user may do, for MprAdminUserGetInfo() and MprAdminUserSetInfo().
 */
#ifndef OPENRRAS_MPRAPI_USERS_H
#define OPENRRAS_MPRAPI_USERS_H

#include "mprapi_base.h"

/* bfPrivilege: exactly one kind of callback, and the right to dial in */
#define RASPRIV_NoCallback        0x01
#define RASPRIV_AdminSetCallback  0x02
#define RASPRIV_CallerSetCallback 0x04
#define RASPRIV_CallbackType      0x07 /* mask of the three */
#define RASPRIV_DialinPrivilege   0x08
/* bfPrivilege2 */
#define RASPRIV2_DialinPolicy 0x01 /* the policy decides who may dial in */

typedef struct _RAS_USER_0 {
    BYTE bfPrivilege;
    WCHAR wszPhoneNumber[MAX_PHONE_NUMBER_LEN + 1]; /* where to call back */
} RAS_USER_0, *PRAS_USER_0;

typedef struct _RAS_USER_1 {
    BYTE bfPrivilege;
    WCHAR wszPhoneNumber[MAX_PHONE_NUMBER_LEN + 1];
    BYTE bfPrivilege2;
} RAS_USER_1, *PRAS_USER_1;

#endif
