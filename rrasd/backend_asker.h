/* SPDX-License-Identifier: Apache-2.0 */
/* Who has asked for something that a worker does: he may leave before it is answered. Private to backend*.c. */
#ifndef OPENRRAS_RRASD_BACKEND_ASKER_H
#define OPENRRAS_RRASD_BACKEND_ASKER_H

#include "rrasd/access.h"
#include "rrasd/audit.h"

struct backend;

struct asker {
    struct asker *prev, *next;
    struct caller caller;       /* a copy, without groups */
    struct caller *answered_to; /* NULL once his connection is gone */
    char *name;                 /* owned; NULL: not known, or no memory, and then his number stands for it */
};

void backend_asker_begin(struct backend *b, struct asker *a, struct caller *caller);
/* For his lines in the audit log. */
struct audit_who backend_asker_who(const struct asker *a);
/* Returns whom to tell that there is an answer: NULL, nobody. */
struct caller *backend_asker_end(struct backend *b, struct asker *a);
void backend_askers_forget(struct backend *b, const struct caller *caller);
/* So many things are being done for this user of the machine. */
size_t backend_askers_of(const struct backend *b, uid_t uid);

#endif
