/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/access.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/text.h"
#include "rrasd/address.h"

#define GROUPS_GUESS 32u    /* nobody in practice is in more; else the kernel tells the number */
#define GROUPS_MAX   65536u /* the kernel's NGROUPS_MAX */

/* Supplementary groups. The kernel answers ERANGE with the size that is needed when the room was too small. */
static int read_groups(int fd, gid_t **ret, size_t *n)
{
    size_t room = GROUPS_GUESS;
    for (;;) {
        socklen_t len = (socklen_t)(room * sizeof(gid_t));
        gid_t *groups = malloc(len);
        if (!groups)
            return -ENOMEM;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0) {
            *ret = groups;
            *n = len / sizeof(gid_t);
            return 0;
        }
        int err = errno;
        free(groups);
        size_t needed = len / sizeof(gid_t);
        if (err != ERANGE || needed <= room || needed > GROUPS_MAX)
            return -err;
        room = needed;
    }
}

int caller_from_socket(struct caller *ret, int fd)
{
    struct ucred cred;
    socklen_t len = sizeof cred;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
        return -errno;
    struct caller caller = {
        .uid = cred.uid, .account = (uid_t)-1, .gid = cred.gid, .pid = cred.pid, .role = ACCESS_NONE};
    int r = read_groups(fd, &caller.groups, &caller.n_groups);
    if (r < 0)
        return r;
    *ret = caller;
    return 0;
}

int caller_from_tcp(struct caller *ret, int fd)
{
    static const int on = 1;
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    struct caller caller = {
        .from = CALLER_TCP, .uid = (uid_t)-1, .account = (uid_t)-1, .gid = (gid_t)-1, .role = ACCESS_NONE};
    /* Calls are small and wait for their answers; a peer that has vanished must not hold its place for long. */
    if (getpeername(fd, (struct sockaddr *)&peer, &len) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) < 0)
        return -errno;
    address_text(caller.address, &peer);
    *ret = caller;
    return 0;
}

void caller_clear(struct caller *caller)
{
    free(caller->groups);
    caller->groups = NULL;
    caller->n_groups = 0;
}

bool caller_is_in_anothers_session(const struct caller *caller)
{
    return caller->session[0] && strcmp(caller->session, caller->name) != 0;
}

const char *caller_text(char dst[static CALLER_TEXT_MAX], const struct caller *caller)
{
    char name[CALLER_NAME_MAX * 2], session[CALLER_NAME_MAX * 2], address[CALLER_ADDRESS_MAX * 4], user[32] = "";
    bool two = caller_is_in_anothers_session(caller);
    if (caller->uid != (uid_t)-1)
        snprintf(user, sizeof user, " (uid %u)", (unsigned)caller->uid);
    if (caller->from == CALLER_LOCAL)
        snprintf(dst, CALLER_TEXT_MAX, "uid %u (pid %d)", (unsigned)caller->uid, (int)caller->pid);
    else if (!caller->address[0])
        snprintf(dst, CALLER_TEXT_MAX, "somebody (%s)", caller_from_word(caller->from));
    else
        snprintf(dst, CALLER_TEXT_MAX, "%s at %s%s%s%s",
                 caller->name[0] ? text_escape_z(name, sizeof name, caller->name) : "somebody",
                 text_escape_z(address, sizeof address, caller->address), user, two ? " in the session of " : "",
                 two ? text_escape_z(session, sizeof session, caller->session) : "");
    return dst;
}

const char *caller_from_word(enum caller_from from)
{
    static const char *const words[CALLER_WAYS] = {"unix", "pipe", "tcp"};
    return words[from];
}

int access_add(struct access_rules *rules, enum access_role role, bool is_group, unsigned id, const char *name)
{
    struct access_rule *grown = realloc(rules->rules, (rules->n + 1) * sizeof *grown);
    if (!grown)
        return -ENOMEM;
    rules->rules = grown;
    char *copy = strdup(name);
    if (!copy)
        return -ENOMEM;
    grown[rules->n++] = (struct access_rule){.role = role, .is_group = is_group, .id = id, .name = copy};
    return 0;
}

void access_clear(struct access_rules *rules)
{
    for (size_t i = 0; i < rules->n; i++)
        free(rules->rules[i].name);
    free(rules->rules);
    *rules = (struct access_rules){0};
}

static bool in_group(const struct caller *caller, gid_t gid)
{
    if (gid == ACCESS_OVERFLOW_ID || gid == (gid_t)-1)
        return false; /* a group of another user namespace looks like this, whichever it is */
    if (caller->gid == gid)
        return true;
    for (size_t i = 0; i < caller->n_groups; i++) {
        if (caller->groups[i] == gid)
            return true;
    }
    return false;
}

/* By the kernel, or by smbd. */
static bool is_vouched_for(const struct caller *caller)
{
    return caller->from != CALLER_TCP && !caller->proved;
}

enum access_role access_decide(const struct access_rules *rules, const struct caller *caller)
{
    enum access_role best = ACCESS_NONE;
    if (caller->uid == 0 && is_vouched_for(caller))
        return ACCESS_ADMINISTRATOR;
    if (caller->uid == ACCESS_OVERFLOW_ID || caller->uid == (uid_t)-1)
        return ACCESS_NONE;
    for (size_t i = 0; i < rules->n; i++) {
        const struct access_rule *rule = &rules->rules[i];
        bool match = rule->is_group ? in_group(caller, rule->id) : caller->uid == rule->id;
        if (match && rule->role > best)
            best = rule->role;
    }
    return best;
}

bool access_allows(enum access_role role, enum dim_right right)
{
    switch (right) {
    case DIM_RIGHT_VIEW:
        return role >= ACCESS_VIEWER;
    case DIM_RIGHT_DISCONNECT:
        return role >= ACCESS_OPERATOR;
    case DIM_RIGHT_ADMIN:
        return role >= ACCESS_ADMINISTRATOR;
    }
    return false;
}

const char *access_role_name(enum access_role role)
{
    static const char *const names[] = {"none", "viewer", "operator", "administrator"};
    return names[role];
}

const char *access_user_name(const struct access_rules *rules, uid_t uid)
{
    for (size_t i = 0; i < rules->n; i++) {
        if (!rules->rules[i].is_group && rules->rules[i].id == uid)
            return rules->rules[i].name;
    }
    return uid == 0 ? "root" : NULL;
}

const char *access_caller_name(const struct access_rules *rules, const struct caller *caller)
{
    return caller->from == CALLER_LOCAL ? access_user_name(rules, caller->uid) : caller->name;
}
