/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/backend_asker.h"

#include <stdlib.h>

#include "rrasd/backend_private.h"

void backend_asker_begin(struct backend *b, struct asker *a, struct caller *caller)
{
    const char *name = backend_who(b, caller).name;
    *a = (struct asker){.next = b->askers, .caller = *caller, .answered_to = caller};
    a->caller.groups = NULL;
    a->caller.n_groups = 0;
    a->name = name ? strdup(name) : NULL;
    if (a->next)
        a->next->prev = a;
    b->askers = a;
}

struct audit_who backend_asker_who(const struct asker *a)
{
    return (struct audit_who){.caller = &a->caller, .name = a->name};
}

struct caller *backend_asker_end(struct backend *b, struct asker *a)
{
    if (a->next)
        a->next->prev = a->prev;
    if (a->prev)
        a->prev->next = a->next;
    else
        b->askers = a->next;
    free(a->name);
    return a->answered_to;
}

void backend_askers_forget(struct backend *b, const struct caller *caller)
{
    for (struct asker *a = b->askers; a; a = a->next)
        if (a->answered_to == caller)
            a->answered_to = NULL;
}

size_t backend_askers_of(const struct backend *b, uid_t uid)
{
    size_t n = 0;
    for (const struct asker *a = b->askers; a; a = a->next)
        n += a->caller.uid == uid;
    return n;
}
