/* SPDX-License-Identifier: Apache-2.0 */
/* The source of users that is rrasd's own store; ctx is the struct store, which stays its owner's. */
#ifndef OPENRRAS_RRASD_USERS_STORE_H
#define OPENRRAS_RRASD_USERS_STORE_H

#include "rrasd/users.h"

extern const struct user_source users_store_source;

#endif
