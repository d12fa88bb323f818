/* SPDX-License-Identifier: Apache-2.0 */
/* What an error of a directory, or of libldap, means to rrasd, and what its administrator can do about it. */
#ifndef OPENRRAS_RRASD_USERS_LDAP_ERROR_H
#define OPENRRAS_RRASD_USERS_LDAP_ERROR_H

#include "rrasd/users.h"

/* What was being done when it happened. */
enum users_ldap_step {
    USERS_LDAP_SETUP,
    USERS_LDAP_CONNECT,
    USERS_LDAP_TLS,
    USERS_LDAP_BIND,
    USERS_LDAP_SEARCH,
    USERS_LDAP_MODIFY,
};

/* The negative errno for a result code (RFC 4511, appendix A, or one of libldap's own, which are negative; not
 * LDAP_SUCCESS) and a sentence: who (a URI or a DN), what failed, what to do, and what the other side says. `said`:
 * what the server or the TLS library has said beside it, from outside; NULL: nothing. */
int users_ldap_error(enum users_ldap_step step, int code, const char *who, const char *said,
                     char why[static USERS_WHY_MAX]);

/* A sentence that may have been cut within a character: without what is left of that. */
void users_ldap_whole(char why[static USERS_WHY_MAX]);

#endif
