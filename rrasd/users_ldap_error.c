/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/users_ldap_error.h"

#include <errno.h>
#include <ldap.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

#define WHO_SHOWN  64u
#define SAID_SHOWN 100u
#define ANY_STEP   -1

/* What GnuTLS makes libldap say of a certificate that it does not trust. */
static const char no_words[] = "(unknown error code)";

static const char *const steps[] = {
    [USERS_LDAP_SETUP] = "can't be used",
    [USERS_LDAP_CONNECT] = "can't be reached",
    [USERS_LDAP_TLS] = "no TLS",
    [USERS_LDAP_BIND] = "the bind failed",
    [USERS_LDAP_SEARCH] = "the search failed",
    [USERS_LDAP_MODIFY] = "the change failed",
};

/* The first line that fits counts. */
static const struct meaning {
    int code;
    int step; /* enum users_ldap_step, or ANY_STEP */
    int error;
    const char *advice; /* NULL: the name of the error says it */
} meanings[] = {
    {LDAP_SERVER_DOWN, USERS_LDAP_TLS, EHOSTDOWN, "look at its certificate, and at ldap_ca_file"},
    {LDAP_CONNECT_ERROR, USERS_LDAP_TLS, EHOSTDOWN, "look at its certificate, and at ldap_ca_file"},
    {LDAP_SERVER_DOWN, ANY_STEP, EHOSTDOWN, NULL},
    {LDAP_CONNECT_ERROR, ANY_STEP, EHOSTDOWN, NULL},
    {LDAP_UNAVAILABLE, ANY_STEP, EHOSTDOWN, NULL},
    {LDAP_BUSY, ANY_STEP, EHOSTDOWN, NULL},
    {LDAP_TIMEOUT, ANY_STEP, ETIMEDOUT, "see ldap_timeout"},
    {LDAP_TIMELIMIT_EXCEEDED, ANY_STEP, ETIMEDOUT, "has it an index for ldap_filter?"},
    {LDAP_ADMINLIMIT_EXCEEDED, ANY_STEP, ETIMEDOUT, "has it an index for ldap_filter?"},
    {LDAP_NO_MEMORY, ANY_STEP, ENOMEM, NULL},
    {LDAP_PARAM_ERROR, USERS_LDAP_SETUP, EINVAL, "look at ldap_uri"},
    {LDAP_FILTER_ERROR, ANY_STEP, EINVAL, "look at ldap_filter"},
    {LDAP_INVALID_CREDENTIALS, ANY_STEP, EACCES, "ldap_bind_dn or what is in ldap_password_file is wrong"},
    {LDAP_STRONG_AUTH_REQUIRED, ANY_STEP, EACCES, "it wants TLS: ldap_starttls, or ldaps:// in ldap_uri"},
    {LDAP_CONFIDENTIALITY_REQUIRED, ANY_STEP, EACCES, "it wants TLS: ldap_starttls, or ldaps:// in ldap_uri"},
    {LDAP_INAPPROPRIATE_AUTH, ANY_STEP, EACCES, "set ldap_bind_dn and ldap_password_file"},
    /* Active Directory's answer to who is nobody. */
    {LDAP_OPERATIONS_ERROR, ANY_STEP, EACCES, "set ldap_bind_dn and ldap_password_file"},
    {LDAP_INVALID_DN_SYNTAX, USERS_LDAP_BIND, EACCES, "ldap_bind_dn is no name"},
    {LDAP_INVALID_DN_SYNTAX, USERS_LDAP_SEARCH, EACCES, "ldap_base is no name"},
    {LDAP_NO_SUCH_OBJECT, USERS_LDAP_SEARCH, EACCES, "ldap_base is not there, or ldap_bind_dn may not see it"},
    {LDAP_REFERRAL, USERS_LDAP_SEARCH, EACCES, "another server has ldap_base; put that into ldap_uri"},
    {LDAP_SIZELIMIT_EXCEEDED, USERS_LDAP_SEARCH, EEXIST, "make ldap_filter find one entry only"},
    {LDAP_INSUFFICIENT_ACCESS, ANY_STEP, EACCES, "ldap_bind_dn needs the right"},
    {LDAP_NO_SUCH_OBJECT, USERS_LDAP_MODIFY, ENOENT, NULL},
    {LDAP_REFERRAL, USERS_LDAP_MODIFY, EROFS, "this is a copy that can't be written; put its master into ldap_uri"},
    {LDAP_UNWILLING_TO_PERFORM, USERS_LDAP_MODIFY, EROFS, NULL},
    {LDAP_UNWILLING_TO_PERFORM, ANY_STEP, EACCES, NULL},
    {LDAP_OBJECT_CLASS_VIOLATION, USERS_LDAP_MODIFY, EPROTO, "the entry needs a class that has it, see users.md"},
    {LDAP_UNDEFINED_TYPE, USERS_LDAP_MODIFY, EPROTO, "the directory's schema does not have it, see users.md"},
    {LDAP_CONSTRAINT_VIOLATION, USERS_LDAP_MODIFY, EINVAL, NULL},
    {LDAP_INVALID_SYNTAX, USERS_LDAP_MODIFY, EINVAL, NULL},
    {LDAP_DECODING_ERROR, ANY_STEP, EBADMSG, NULL},
};

static const struct meaning *meaning_of(enum users_ldap_step step, int code)
{
    static const struct meaning other = {.error = EPROTO};
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        const struct meaning *m = &meanings[i];
        if (m->code == code && (m->step == ANY_STEP || m->step == (int)step))
            return m;
    }
    return &other;
}

void users_ldap_whole(char why[static USERS_WHY_MAX])
{
    size_t n = strlen(why);
    while (n > 0 && !text_is_utf8(why, n))
        why[--n] = '\0';
}

int users_ldap_error(enum users_ldap_step step, int code, const char *who, const char *said,
                     char why[static USERS_WHY_MAX])
{
    char name[WHO_SHOWN], words[SAID_SHOWN];
    const struct meaning *m = meaning_of(step, code);
    text_escape_z(name, sizeof name, who);
    if (said && strcmp(said, no_words) == 0)
        said = NULL;
    text_escape_z(words, sizeof words, said);
    /* What to do before what the other side has said: that may be too long. */
    snprintf(why, USERS_WHY_MAX, "%s: %s: %s (%d)%s%s%s%s%s", name, steps[step], ldap_err2string(code), code,
             m->advice ? ": " : "", m->advice ? m->advice : "", words[0] ? " [" : "", words, words[0] ? "]" : "");
    users_ldap_whole(why);
    return -m->error;
}
