/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what. A caller of the local socket is who the kernel says it was when it connected: uid and groups,
 * without any name service. The rules were made of names once, when the configuration was read.
 *
 * uid 0 is always an administrator: it could rewrite the configuration anyway. The overflow uid is what the kernel
 * shows for a user of a name space that has no number here, so it may be anybody, and never has a role, whatever is
 * configured.
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

/* A connected client. It is the user pointer of its RPC association. */
struct caller {
    uid_t uid;
    gid_t gid;
    pid_t pid;
    gid_t *groups; /* supplementary ones; owned */
    size_t n_groups;
    enum access_role role; /* decided at accept and again at each reload */
    uint32_t waiting;      /* calls of his that wait for something to happen (backend_x_wait.c) */
    bool leaving;          /* he asks nothing more: none of them waits any longer */
};

/* Ask the kernel who is at the other end of a connected unix socket. 0 or negative errno. */
int caller_from_socket(struct caller *ret, int fd);
void caller_clear(struct caller *caller);

/* 0, or -ENOMEM. `name` is copied. */
int access_add(struct access_rules *rules, enum access_role role, bool is_group, unsigned id, const char *name);
void access_clear(struct access_rules *rules);

/* The highest role that a rule gives this caller. */
enum access_role access_decide(const struct access_rules *rules, const struct caller *caller);
bool access_allows(enum access_role role, enum dim_right right);
const char *access_role_name(enum access_role role);
/* The user name that the configuration gave for this uid, or NULL: no name service is asked. */
const char *access_user_name(const struct access_rules *rules, uid_t uid);

#endif
