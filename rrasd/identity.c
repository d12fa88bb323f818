/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/user_name.h"

#define BUFFER_FIRST 1024u
#define BUFFER_MAX   (1024u * 1024)
#define GROUPS_FIRST 64
#define GROUPS_MOST  65536 /* the kernel's NGROUPS_MAX */

static int read_groups(const struct passwd *pw, struct identity *ret)
{
    int n = GROUPS_FIRST;
    for (;;) {
        int room = n;
        gid_t *groups = malloc((size_t)room * sizeof *groups);
        if (!groups)
            return -ENOMEM;
        if (getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) >= 0) {
            *ret = (struct identity){pw->pw_uid, pw->pw_gid, groups, (size_t)n};
            return 0;
        }
        free(groups);
        n = n > room ? n : room * 2; /* not every C library tells how many there are */
        if (n > GROUPS_MOST)
            return -ERANGE;
    }
}

/* By name, or by uid where that is NULL. */
static int look_up(const char *name, uid_t uid, struct identity *ret)
{
    for (size_t size = BUFFER_FIRST; size <= BUFFER_MAX; size *= 2) {
        struct passwd pw, *found = NULL;
        char *buf = malloc(size);
        if (!buf)
            return -ENOMEM;
        int r = name ? getpwnam_r(name, &pw, buf, size, &found) : getpwuid_r(uid, &pw, buf, size, &found);
        if (r == 0)
            r = found ? -read_groups(found, ret) : ENOENT;
        free(buf);
        if (r != ERANGE)
            return -r;
    }
    return -ERANGE;
}

int identity_of_user(const char *name, struct identity *ret)
{
    return look_up(name, 0, ret);
}

/* As Windows knows this machine: without its DNS domain, and no longer than such a name can be. */
static bool is_this_machine(const char *domain)
{
    char host[HOST_NAME_MAX + 1] = "";
    if (gethostname(host, sizeof host - 1) < 0)
        return false;
    size_t n = strcspn(host, ".");
    host[n < USER_DOMAIN_UNITS ? n : USER_DOMAIN_UNITS] = '\0';
    return *host && strcasecmp(host, domain) == 0;
}

static int look_up_small(const char *name, struct identity *ret)
{
    char *small = strdup(name);
    if (!small)
        return -ENOMEM;
    for (char *p = small; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    int r = look_up(small, 0, ret);
    free(small);
    return r;
}

int identity_of_ntlm(const char *name, struct identity *ret)
{
    char domain[USER_DOMAIN_MAX + 1];
    if (!strchr(name, '\\'))
        return -ENOENT;
    int r = look_up(name, 0, ret);
    if (r != -ENOENT)
        return r;
    const char *user = user_split(name, domain);
    return is_this_machine(domain) ? look_up_small(user, ret) : -ENOENT;
}

int identity_of_uid(uid_t uid, struct identity *ret)
{
    return look_up(NULL, uid, ret);
}

void identity_clear(struct identity *i)
{
    free(i->groups);
    *i = (struct identity){0};
}
