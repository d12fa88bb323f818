/* SPDX-License-Identifier: Apache-2.0 */
/* The server's L2TP key: who asked is answered when it is on the disk, or was read. It is in no line of any log. */
#include <errno.h>
#include <stdlib.h>
#include <winerror.h>

#include "common/log.h"
#include "rrasd/backend_private.h"
#include "dimsvc/layout.h"
#include "rrasd/present.h"
#include "rrasd/secrets.h"

_Static_assert(SECRETS_KEY_MAX == DIM_KEY_MAX, "what may come can be kept");

/* A call that waits for the file. */
struct key_call {
    struct secrets_job job; /* first: it comes back */
    struct backend *b;
    struct asker asker;
    struct dim_pending *pending;
};

static void audit(const struct key_call *c, uint32_t code)
{
    struct audit_who who = backend_asker_who(&c->asker);
    bool set = c->job.what == SECRETS_WRITE;
    audit_write_key(c->b->env.audit, &who, dim_op(set ? DIM_SET_CREDENTIALS_EX : DIM_GET_CREDENTIALS_EX)->name,
                    set && c->job.n == 0, code);
}

/* Returns whom to tell that there is an answer. */
static struct caller *finish(struct key_call *c, int r)
{
    uint32_t code = present_store_result(r);
    char text[CALLER_TEXT_MAX];
    audit(c, code);
    if (c->job.what == SECRETS_WRITE && r == 0)
        log_info("the L2TP key was %s for %s", c->job.n > 0 ? "set" : "deleted", caller_text(text, &c->asker.caller));
    if (c->job.what == SECRETS_READ)
        dim_finish_key(c->pending, code, c->job.key, c->job.n);
    else
        dim_finish(c->pending, code);
    explicit_bzero(&c->job, sizeof c->job);
    struct caller *to = backend_asker_end(c->b, &c->asker);
    free(c);
    return to;
}

static void done(struct secrets_job *job, int r)
{
    struct key_call *c = (struct key_call *)job;
    struct backend *b = c->b;
    struct caller *to = finish(c, r);
    if (to)
        b->env.answered(b->env.ctx, to);
}

static struct key_call *new_call(struct backend *b, struct caller *caller, struct dim_pending *p)
{
    struct key_call *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    *c = (struct key_call){.b = b, .pending = p};
    backend_asker_begin(b, &c->asker, caller);
    c->job.done = done;
    return c;
}

static void begin(struct key_call *c)
{
    struct backend *b = c->b;
    int r = b->env.secret(b->env.ctx, &c->job);
    if (r < 0)
        (void)finish(c, r);
}

void backend_key_set(void *ctx, void *user, const uint8_t *key, size_t n, struct dim_pending *p)
{
    struct key_call *c = new_call(ctx, user, p);
    if (!c) {
        dim_finish(p, ERROR_NOT_ENOUGH_MEMORY);
        return;
    }
    c->job.what = SECRETS_WRITE;
    c->job.n = n;
    if (n > 0)
        memcpy(c->job.key, key, n);
    begin(c);
}

void backend_key_get(void *ctx, void *user, struct dim_pending *p)
{
    struct key_call *c = new_call(ctx, user, p);
    if (!c) {
        dim_finish_key(p, ERROR_NOT_ENOUGH_MEMORY, NULL, 0);
        return;
    }
    c->job.what = SECRETS_READ;
    begin(c);
}
