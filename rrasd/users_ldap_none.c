/* SPDX-License-Identifier: Apache-2.0 */
/* In place of users_ldap.c and what it leans on, where there is no libldap. */
#include "rrasd/users_ldap.h"

#include <errno.h>
#include <stdio.h>

int users_ldap_new(const struct config_users *config, const struct user_source **ret, void **ctx,
                   char why[static USERS_WHY_MAX])
{
    (void)config, (void)ret, (void)ctx;
    snprintf(why, USERS_WHY_MAX, "[users] source can't be ldap: this rrasd was built without libldap");
    return -ENOTSUP;
}
