/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The source of users that is a directory: Active Directory, or another that has its attributes (users_ldap_attrs.h;
 * docs/users.md says how). Users are found by a filter, below one entry, and are the directory's: they can't be made or
 * removed from here, only what these attributes say is read and set.
 *
 * In a rrasd that was built without libldap there is no such source: -ENOTSUP, with a sentence.
 */
#ifndef OPENRRAS_RRASD_USERS_LDAP_H
#define OPENRRAS_RRASD_USERS_LDAP_H

#include "rrasd/users.h"

/*
 * Looks at the files that are named, to say early what is wrong with them, but asks nobody on the network: that is left
 * to the first call on the source. `config` is copied. 0, and
 * (*ret)->free(*ctx) ends it; -EINVAL, -ENOTSUP or -ENOMEM with a sentence.
 *
 * The source's calls take [users] ldap_timeout at most, but for what users_ldap_conn.h says; one more after a lost
 * connection is in that time. Besides the errors of users.h: -EEXIST, ldap_filter finds more than one entry, of which
 * none may be taken for the user; -EBADMSG, what the directory has of him can't be; -EPROTO, it has said something
 * else. A name that it can't be asked for is -ENOENT.
 */
int users_ldap_new(const struct config_users *config, const struct user_source **ret, void **ctx,
                   char why[static USERS_WHY_MAX]);

#endif
