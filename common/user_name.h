/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The domain in a user's name. Daemons report a name as its owner has typed it, so of users of a Windows domain it is
 * CORP\bob. MS-RRASM has two members for that, wszLogonDomain and wszUserName, and who asks for bob means him in every
 * domain.
 *
 * The rule: a name has a domain if it has exactly one backslash, with 1 to USER_DOMAIN_UNITS UTF-16 units in front of
 * it, as wszLogonDomain has room for, and something behind it that would not read as an escape of text_escape():
 * al\xe9 may be a name that is not UTF-8. Every other name is a user of no domain, whole: bob@corp.example, \bob,
 * CORP\, \\, a\b\c. So neither part has a backslash, and there is only one way to put them together again.
 *
 * Parts are compared byte by byte. Who may give himself any name can make one that is taken apart, or not: that changes
 * how it is listed and which selectors find it, never which session an order means.
 */
#ifndef OPENRRAS_COMMON_USER_NAME_H
#define OPENRRAS_COMMON_USER_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define USER_DOMAIN_UNITS 15u                      /* characters of wszLogonDomain, without its NUL */
#define USER_DOMAIN_MAX   (3u * USER_DOMAIN_UNITS) /* bytes: no unit takes more than three */

/* Bytes of the domain at the beginning of a name of n bytes; then there is a backslash, and the user. 0: no domain. */
size_t user_domain(const char *name, size_t n);

/* The user without the domain: a part of `name`. */
const char *user_alone(const char *name);

/* The same, and the domain, or "". */
const char *user_split(const char *name, char domain[static USER_DOMAIN_MAX + 1]);

/* Is somebody with this name meant by `wanted`? CORP\bob by CORP\bob and by bob; bob by bob only. */
bool user_is_meant(const char *name, const char *wanted);

#endif
