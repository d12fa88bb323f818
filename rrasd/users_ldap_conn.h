/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to a directory (LDAPv3, by OpenLDAP's libldap), on which one call after the other finds a user's entry
 * and changes it. It is made when the first call needs it, and made again when it was lost.
 *
 * Everything blocks, but no call longer than its time: that begins with users_ldap_conn_begin(), and each step has what
 * the ones before have left. Two things are not under it: the name service, which has limits of its own
 * (resolv.conf(5)), and that each address of a server with several may take so long to connect to. Of several servers
 * each has its part of the time; one that is away, or late, is the last to be tried the next time.
 *
 * Certificates are always verified, whatever ldap.conf(5), .ldaprc or the environment of the process say; the password
 * is read for each bind, sent to nobody who has not shown one (but over a unix socket or to the machine itself), and
 * wiped. Referrals are not followed: they would take the bind's name and password, and the question who may dial in, to
 * whichever server an answer names.
 *
 * The server is not trusted with rrasd's memory or time: one message has at most USERS_LDAP_MESSAGE_MAX bytes, an
 * answer at most USERS_LDAP_MESSAGES messages, and a server that stops in the middle of a message, or of a record of
 * TLS, is left when the time is over.
 *
 * Errors are as in users.h, with a sentence in `why` that has what the server has said, escaped; never the password.
 * -EHOSTDOWN and -ETIMEDOUT: the connection is gone, and whether a change was made is not known. One thread at a time.
 */
#ifndef OPENRRAS_RRASD_USERS_LDAP_CONN_H
#define OPENRRAS_RRASD_USERS_LDAP_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "rrasd/users_ldap_attrs.h"

#define USERS_LDAP_MESSAGE_MAX (256u * 1024) /* an entry with four attributes has some hundred bytes */
#define USERS_LDAP_MESSAGES    64u           /* two entries, and as many references as a forest of domains has */
/* How long an idle connection is used again: firewalls forget them, some without a word. */
#define USERS_LDAP_IDLE_MS 30000u
/* After a call that has used up its time the next ones fail at once for so long, so that what waits behind it does not
 * take a time each. */
#define USERS_LDAP_PAUSE_MS 1000u

struct users_ldap_conn;

/* What a site has set; see rrasd.conf(5). Texts are borrowed and must outlive the connection. */
struct users_ldap_settings {
    const char *uri, *base;
    const char *bind_dn, *password_file; /* NULL: none. Either both or none */
    const char *ca_file;                 /* NULL: those that libldap trusts on this machine, ldap.conf(5) */
    bool starttls;                       /* of ldap:// */
    uint32_t timeout_ms;
};

/* NULL: no memory. Nothing is connected yet. */
struct users_ldap_conn *users_ldap_conn_new(const struct users_ldap_settings *settings);
void users_ldap_conn_free(struct users_ldap_conn *c);

/* The time of a call begins. */
void users_ldap_conn_begin(struct users_ldap_conn *c);
/* Connected, by TLS if it must be, and bound. *kept: since an earlier call, so that it may have been lost meanwhile. */
int users_ldap_conn_ready(struct users_ldap_conn *c, bool *kept, char why[static USERS_WHY_MAX]);

/* An entry that was found; to be freed. */
struct users_ldap_entry {
    char *dn;
    struct users_ldap_values values; /* borrowed from `held` */
    struct berval **held[USERS_LDAP_ATTRS];
};
/* The one that a filter matches. -ENOENT: none; -EEXIST: more than one, of which none can be the user for certain. */
int users_ldap_conn_find(struct users_ldap_conn *c, const char *filter, struct users_ldap_entry *ret,
                         char why[static USERS_WHY_MAX]);
void users_ldap_entry_free(struct users_ldap_entry *e);

/* All changes or none. */
int users_ldap_conn_change(struct users_ldap_conn *c, const char *dn, const struct users_ldap_changes *changes,
                           char why[static USERS_WHY_MAX]);

#endif
