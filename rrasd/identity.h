/* SPDX-License-Identifier: Apache-2.0 */
/* A user of this machine, as the name service knows him. It may block: for workers only. */
#ifndef OPENRRAS_RRASD_IDENTITY_H
#define OPENRRAS_RRASD_IDENTITY_H

#include <stddef.h>
#include <sys/types.h>

struct identity {
    uid_t uid;
    gid_t gid;
    gid_t *groups; /* all of them; owned */
    size_t n_groups;
};

/* 0, or negative errno: -ENOENT when there is no such user. *ret is only written on success. */
int identity_of_user(const char *name, struct identity *ret);
/*
 * Whom NTLM has named: "DOMAIN\\user". That name is asked for as it stands, which winbind and sssd know; and where
 * DOMAIN is this machine's own name, in whatever case, `user` in small letters, for NTLM does not tell letters' cases
 * apart and a name has to stand for one user. Who names no domain is nobody: he could be anybody's.
 */
int identity_of_ntlm(const char *name, struct identity *ret);
int identity_of_uid(uid_t uid, struct identity *ret);
void identity_clear(struct identity *i);

#endif
