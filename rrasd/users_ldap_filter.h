/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter that finds a user's entry in a directory: the site's template with the user's name in it, so escaped
 * (RFC 4515, 3) that nothing in a name is ever taken for a part of the filter. No I/O, no libldap.
 */
#ifndef OPENRRAS_RRASD_USERS_LDAP_FILTER_H
#define OPENRRAS_RRASD_USERS_LDAP_FILTER_H

#include <stddef.h>

#define USERS_LDAP_TEMPLATE_MAX 1024u /* bytes of a template, with its NUL: a dozen of conditions */
/* Bytes of a filter, with its NUL. A name of UNLEN characters has at most 768 bytes, each of which three may stand for:
 * there is room for three such names. */
#define USERS_LDAP_FILTER_MAX (USERS_LDAP_TEMPLATE_MAX + 3u * 3u * 768u)

/*
 * Is it a template? One with its parentheses in pairs, from the first byte to the last, and with %u for the name at
 * least once: else it would find the same entry for everybody. %% is a percent sign; nothing else may follow one, and
 * behind a backslash stand two hexadecimal digits. NULL, or what is wrong, to be put behind the setting's name: "must
 * ...".
 */
const char *users_ldap_template_wrong(const char *text);

/* The filter for a user, by a template that is one. 0; -ENOENT for a name that no directory can have (empty, or no
 * UTF-8); -ENAMETOOLONG when it has no room. Then there is nothing of use in `ret`. */
int users_ldap_filter(const char *text, const char *user, char ret[static USERS_LDAP_FILTER_MAX]);

#endif
