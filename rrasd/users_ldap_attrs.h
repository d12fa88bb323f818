/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a directory keeps of a user's right to dial in, and what that means: between values of LDAP attributes, which
 * are bytes from outside, and struct user_settings. No I/O, no libldap.
 *
 * The attributes are those of Active Directory's user class ([MS-ADA2]; the property set RAS-Information), which
 * Windows' own administration writes and RADIUS servers read. Their names and syntaxes are published; what their values
 * mean together follows the tab Dial-in of a Windows user:
 *
 *   msNPAllowDialin          BOOLEAN    TRUE or FALSE: may, may not. Absent: the site's policy decides
 *   msRADIUSServiceType      INTEGER    4 (Callback Framed of RFC 2865, 5.6): the user is called back. Absent, or
 *                                       another value: he is not
 *   msRADIUSCallbackNumber   IA5String  with service type 4: where to, set by the administrator. Absent: the caller
 *                                       says where to
 *   msRASSavedCallbackNumber IA5String  the number that was last set, kept for when callback is switched on again
 *
 * What is not published, and was chosen:
 *   - The number of a user who has none set by the administrator is the saved one: it is what RAS_USER_0 calls his
 *     default. A number of an administrator beside another service type than 4 does not count.
 *   - Setting a number sets the saved one as well; it is msRADIUSCallbackNumber only for callback to a set number. So
 *     whatever is set is read again the same, but for "to a set number, which is empty": the directory has no way to
 *     say that, and it is refused. A permission beside by_policy counts for nothing and is not kept.
 *   - A service type that is not 4 belongs to somebody else. It is left alone while there is no callback.
 *   - userParameters, where domains of Windows NT kept the same, is neither read nor written.
 *   - A value that can't be (no BOOLEAN, no number of 32 bits, two values, an overlong or unprintable telephone number)
 *     is an error and never "absent": absent would leave the user to the policy.
 */
#ifndef OPENRRAS_RRASD_USERS_LDAP_ATTRS_H
#define OPENRRAS_RRASD_USERS_LDAP_ATTRS_H

#include <stddef.h>

#include "rrasd/users.h"

enum users_ldap_attr {
    USERS_LDAP_ALLOW,
    USERS_LDAP_SERVICE_TYPE,
    USERS_LDAP_CALLBACK,
    USERS_LDAP_SAVED,
    USERS_LDAP_ATTRS,
};
/* By enum users_ldap_attr, and NULL at the end. */
extern const char *const users_ldap_attr_names[USERS_LDAP_ATTRS + 1];

/* What an entry has of each. The bytes belong to the caller and have no NUL at their end; they may have any in them. */
struct users_ldap_value {
    size_t count; /* of values; 0: absent */
    const char *bytes;
    size_t n; /* of the first value */
};
struct users_ldap_values {
    struct users_ldap_value of[USERS_LDAP_ATTRS];
};

/* 0; -EBADMSG when a value can't be, with a sentence about it in `why` that begins with the attribute's name. */
int users_ldap_understand(const struct users_ldap_values *values, struct user_settings *ret,
                          char why[static USERS_WHY_MAX]);

/* What is to be done so that an entry says the same as some settings. */
struct users_ldap_changes {
    size_t n;
    struct users_ldap_change {
        enum users_ldap_attr attr;
        const char *value; /* what stands there afterwards, alone; NULL: nothing. A constant, or text of the settings */
    } change[USERS_LDAP_ATTRS];
};

/*
 * From what an entry has now: only what differs is changed, so who may write one of the attributes only can do what
 * needs no other, and values that can't be are replaced. 0; -EINVAL for settings that the attributes can't keep (a
 * number that is not of printable ASCII, or callback to a set number that is empty), with a sentence in `why`.
 */
int users_ldap_compare(const struct users_ldap_values *now, const struct user_settings *wanted,
                       struct users_ldap_changes *ret, char why[static USERS_WHY_MAX]);

#endif
