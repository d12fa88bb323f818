/* SPDX-License-Identifier: Apache-2.0 */
/* The password of a directory, from its file. */
#ifndef OPENRRAS_RRASD_USERS_LDAP_PASSWORD_H
#define OPENRRAS_RRASD_USERS_LDAP_PASSWORD_H

#include <stddef.h>

#include "rrasd/users.h"

#define USERS_LDAP_PASSWORD_MAX 1024u /* bytes */

/*
 * Read it. A line feed at the end of the file is not part of it. The file must belong to root or to rrasd's user, its
 * group may read it at most, and others not even that. 0 and the number of bytes, which are never none: a bind with a
 * name and an empty password succeeds as nobody (RFC 4513, 5.1.2). Else -EACCES, also when there is no file
 * (-ENOENT is what a missing user is called), with a sentence in `why`. The caller wipes what he has got.
 */
int users_ldap_password(const char *path, char ret[static USERS_LDAP_PASSWORD_MAX], size_t *n,
                        char why[static USERS_WHY_MAX]);

#endif
