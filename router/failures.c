/* SPDX-License-Identifier: Apache-2.0 */
#include "router/failures.h"

#include <stdlib.h>
#include <string.h>

/* The three texts in one block. */
static bool copy_texts(struct router_job_failure *f, const char *port_name, const char *user, const char *reason)
{
    size_t p = strlen(port_name) + 1u, u = strlen(user) + 1u, w = strlen(reason) + 1u;
    char *block = malloc(p + u + w);
    if (!block)
        return false;
    f->port_name = memcpy(block, port_name, p);
    f->user = memcpy(block + p, user, u);
    f->reason = memcpy(block + p + u, reason, w);
    return true;
}

static bool grow(struct failures *f)
{
    size_t cap = f->cap ? f->cap * 2u : 8u;
    struct router_job_failure *grown = realloc(f->all, cap * sizeof *grown);
    if (!grown)
        return false;
    f->all = grown;
    f->cap = cap;
    return true;
}

void failures_note(struct router *r, struct failures *f, const struct session *s, int result, const char *reason)
{
    if (f->n >= ROUTER_FAILURES_MAX || r->failures_kept >= ROUTER_FAILURES_KEPT || (f->n == f->cap && !grow(f)))
        return;
    struct router_job_failure *at = &f->all[f->n];
    *at = (struct router_job_failure){.port = port_handle(s->port), .result = result};
    if (!copy_texts(at, s->port->name, text_get(s->texts, TEXT_USER), reason ? reason : ""))
        return;
    f->n++;
    r->failures_kept++;
}

void failures_free(struct router *r, struct failures *f)
{
    r->failures_kept -= f->n;
    for (size_t i = 0; i < f->n; i++)
        free((char *)(uintptr_t)f->all[i].port_name); /* one block for all three */
    free(f->all);
}
