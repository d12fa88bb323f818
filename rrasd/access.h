/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what. A caller of the local socket is who the kernel says it was when it connected: uid and groups,
 * without any name service. One who comes over the network has the uid and the groups that he was given here when he
 * was authenticated. The rules were made of names once, when the configuration was read.
 *
 * uid 0 is always an administrator: it could rewrite the configuration anyway. That is not so of one who has only
 * proved to us that he is a principal that is mapped to root: he has the roles that he is given, like others. The
 * overflow uid is what the kernel shows for a user of a name space that has no number here, so it may be anybody, and
 * never has a role, whatever is configured.
 */
#ifndef OPENRRAS_RRASD_ACCESS_H
#define OPENRRAS_RRASD_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "dimsvc/dimsvc.h"

#define ACCESS_OVERFLOW_ID 65534u /* kernel.overflowuid, as good as everywhere */

/* Each may do what the one before it may. */
enum access_role {
    ACCESS_NONE,
    ACCESS_VIEWER,        /* list, watch */
    ACCESS_OPERATOR,      /* disconnect as well */
    ACCESS_ADMINISTRATOR, /* everything */
};

/* Why somebody who is known has ACCESS_NONE; for logs and the audit log. */
#define ACCESS_WHY_NONE "has no role: no group of [roles] has this user"

struct access_rule {
    enum access_role role;
    bool is_group;
    unsigned id; /* uid or gid */
    char *name;  /* as configured; owned */
};

struct access_rules {
    struct access_rule *rules; /* owned */
    size_t n;
};

/* Which way a client has come, and so who says who it is. */
enum caller_from {
    CALLER_LOCAL, /* the unix socket; the kernel */
    CALLER_PIPE,  /* \PIPE\ROUTER over SMB; smbd, which has authenticated him */
    CALLER_TCP,   /* TCP; Kerberos, with which he has authenticated himself to us */
    CALLER_WAYS,
};

#define CALLER_NAME_MAX    288u  /* a DNS domain's 255 bytes, a user name and a NUL; a longer one is cut */
#define CALLER_ADDRESS_MAX 64u   /* an IPv6 address with its scope and a NUL */
#define CALLER_TEXT_MAX    1800u /* name, address and session, escaped, and numbers */

/* A connected client. It is the user pointer of its RPC association. A copy is good for as long as it likes, but for
 * its groups. */
struct caller {
    enum caller_from from;
    uid_t uid; /* (uid_t)-1: not known, or no user here; has no role */
    gid_t gid;
    pid_t pid;                        /* of a local one; else 0 */
    bool proved;                      /* to us, over TCP or inside the pipe: who he is, is from there (remote.h) */
    uid_t account;                    /* of such a one: whom he was let in as, to be looked up again; (uid_t)-1: none */
    char name[CALLER_NAME_MAX];       /* of one from the network: as he was authenticated, "DOMAIN\user"; else "" */
    char address[CALLER_ADDRESS_MAX]; /* of one from the network: of his machine; else "" */
    char session[CALLER_NAME_MAX];    /* of one by the pipe: whose session of SMB that is, for smbd; else "" */
    uid_t session_uid;                /* the connection counts as his, whatever is proved inside */
    gid_t *groups;                    /* supplementary ones; owned */
    size_t n_groups;
    enum access_role role; /* decided at accept and again at each reload */
    uint32_t waiting;      /* calls of his that wait for something to happen (backend_x_wait.c) */
    bool leaving;          /* he asks nothing more: none of them waits any longer */
};

/* Ask the kernel who is at the other end of a connected unix socket. 0 or negative errno. */
int caller_from_socket(struct caller *ret, int fd);
/* A caller at the other end of a connected TCP socket: nobody yet, at an address. Sets the socket up for calls. 0 or
 * negative errno. */
int caller_from_tcp(struct caller *ret, int fd);
void caller_clear(struct caller *caller);
/* Who it is, for the log: "uid 1000 (pid 77)", or "RAS\olga at 192.0.2.7 (uid 1000)", escaped, with the session
 * where that is somebody else's; "somebody (pipe)" until that is known. */
const char *caller_text(char dst[static CALLER_TEXT_MAX], const struct caller *caller);
/* Has he proved to be somebody else than whose session of SMB it is? */
bool caller_is_in_anothers_session(const struct caller *caller);
const char *caller_from_word(enum caller_from from);

/* 0, or -ENOMEM. `name` is copied. */
int access_add(struct access_rules *rules, enum access_role role, bool is_group, unsigned id, const char *name);
void access_clear(struct access_rules *rules);

/* The highest role that a rule gives this caller. */
enum access_role access_decide(const struct access_rules *rules, const struct caller *caller);
bool access_allows(enum access_role role, enum dim_right right);
const char *access_role_name(enum access_role role);
/* The user name that the configuration gave for this uid, or NULL: no name service is asked. */
const char *access_user_name(const struct access_rules *rules, uid_t uid);
/* The same of a caller: of one from the network the name that he was authenticated by. */
const char *access_caller_name(const struct access_rules *rules, const struct caller *caller);

#endif
