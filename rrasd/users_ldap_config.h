/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is set for a directory, in [users] of rrasd.conf(5): does it go together? No I/O, no libldap, so that rrasd
 * --check-config can say it as well.
 */
#ifndef OPENRRAS_RRASD_USERS_LDAP_CONFIG_H
#define OPENRRAS_RRASD_USERS_LDAP_CONFIG_H

#include <stdbool.h>

#include "rrasd/config.h"
#include "rrasd/users.h"

/*
 * True, or false and a sentence:
 *   - ldap_uri has servers by ldap://, ldaps:// or ldapi://, all by the same, with nothing behind the name and port;
 *   - ldap_base is there; ldap_filter is a template (users_ldap_filter.h);
 *   - ldap_bind_dn and ldap_password_file come together;
 *   - no password travels where it can be read: over ldap:// without TLS to the machine itself only.
 */
bool users_ldap_config_ok(const struct config_users *config, char why[static USERS_WHY_MAX]);

#endif
