/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions by user. A user can have many sessions, so the hash table holds users, and each a ring of sessions. Those
 * who have the same name in different domains are one here: who selects by CORP\bob looks at all bobs.
 */
#include "router/router_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/user_name.h"

struct user *user_find(const struct router *r, const char *name)
{
    const char *alone = user_alone(name);
    struct user *u = NULL;
    HASH_FIND(hh, r->users, alone, strlen(alone), u);
    return u;
}

int user_get(struct router *r, struct texts *t, struct user **ret)
{
    const char *name = text_get(t, TEXT_USER);
    struct user *u = name[0] ? user_find(r, name) : NULL;
    if (u || !name[0]) {
        *ret = u;
        return 0;
    }
    u = calloc(1, sizeof *u);
    if (!u)
        return -ENOMEM;
    const char *alone = user_alone(name);
    HASH_ADD_KEYPTR(hh, r->users, alone, strlen(alone), u);
    if (!u->hh.tbl) { /* uthash had no memory */
        free(u);
        return -ENOMEM;
    }
    u->texts = texts_ref(t);
    *ret = u;
    return 0;
}

void user_drop(struct router *r, struct user *u)
{
    if (!u || u->first)
        return;
    HASH_DELETE(hh, r->users, u);
    texts_unref(u->texts);
    free(u);
}

void user_remove(struct router *r, struct session *s)
{
    struct user *u = s->user;
    if (!u)
        return;
    s->user_prev->user_next = s->user_next;
    s->user_next->user_prev = s->user_prev;
    if (u->first == s)
        u->first = s->user_next == s ? NULL : s->user_next;
    u->count--;
    s->user = NULL;
    s->user_prev = s->user_next = NULL;
    user_drop(r, u);
}

void user_put(struct router *r, struct session *s, struct user *u)
{
    if (s->user == u)
        return;
    user_remove(r, s);
    if (!u)
        return;
    s->user = u;
    u->count++;
    if (!u->first) {
        u->first = s->user_prev = s->user_next = s;
        return;
    }
    s->user_prev = u->first->user_prev;
    s->user_next = u->first;
    s->user_prev->user_next = s;
    u->first->user_prev = s;
}
