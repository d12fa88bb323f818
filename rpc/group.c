/* SPDX-License-Identifier: Apache-2.0 */
/* Association groups: see rpc/server.h. A group is its members and nothing else. */
#include "rpc/association.h"

static bool has_member(const struct rpc_groups *groups, uint32_t group)
{
    const struct rpc_server *s;
    LIST_FOREACH(s, &groups->members, in_groups)
    if (s->group == group)
        return true;
    return false;
}

/* Ids come round after 2^32 binds, and 0 is none. */
static uint32_t fresh(struct rpc_groups *groups)
{
    do
        groups->last++;
    while (groups->last == 0 || has_member(groups, groups->last));
    return groups->last;
}

bool rpc_group_join(struct rpc_server *s, uint32_t group)
{
    struct rpc_groups *groups = s->config->groups;
    if (!groups) {
        s->group = 1;
        return group == 0;
    }
    if (group != 0 && !has_member(groups, group))
        return false;
    s->group = group ? group : fresh(groups);
    LIST_INSERT_HEAD(&groups->members, s, in_groups);
    return true;
}

void rpc_group_leave(struct rpc_server *s)
{
    if (s->config->groups && s->group)
        LIST_REMOVE(s, in_groups);
    s->group = 0;
}
