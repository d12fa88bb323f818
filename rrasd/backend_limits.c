/* SPDX-License-Identifier: Apache-2.0 */
/* How many ports each kind of tunnel may have: what is asked for is stored first, put into force then, and answered. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <winerror.h>

#include "common/log.h"
#include "router/limit.h"
#include "rrasd/backend_private.h"
#include "rrasd/port_limits.h"

_Static_assert(ROUTER_USE_RAS == 1 && ROUTER_USE_ROUTING == 2, "MPR_ENABLE_RAS_ON_DEVICE, ..._ROUTING_ON_DEVICE");

static const char *const device_types[DIM_TUNNEL_KINDS] = {
    [DIM_TUNNEL_PPTP] = "pptp",
    [DIM_TUNNEL_L2TP] = "l2tp",
    [DIM_TUNNEL_SSTP] = "sstp",
    [DIM_TUNNEL_IKEV2] = "ikev2",
};

/* A call that waits until its limits are stored. */
struct setting {
    struct limits_change change; /* first: it comes back */
    struct backend *b;
    struct setting *prev, *next;
    struct caller caller;       /* a copy, without groups: he may leave meanwhile */
    struct caller *answered_to; /* NULL once his connection is gone */
    char *name;                 /* his, owned, or NULL */
    const struct dim_op *op;
    struct dim_pending *pending;
    struct router_limit limits[DIM_TUNNEL_KINDS];
};

static void collect(struct setting *s, const struct dim_limits *limits)
{
    for (size_t i = 0; i < DIM_TUNNEL_KINDS; i++) {
        const struct dim_limit *l = &limits->of[i];
        if (l->set)
            s->limits[s->change.n++] =
                (struct router_limit){.device_type = device_types[i], .ports = l->ports, .use = l->flags};
    }
    s->change.limits = s->limits;
}

static void audit_all(const struct setting *s, uint32_t result)
{
    struct audit_who who = {.caller = &s->caller, .name = s->name};
    for (size_t i = 0; i < s->change.n; i++) {
        struct router_limit old = {0};
        bool had = router_limit_get(s->b->env.router, s->limits[i].device_type, &old);
        audit_write_limit(s->b->env.audit, &who, s->op->name, had ? &old : NULL, &s->limits[i], result);
    }
}

static void put_into_force(struct setting *s, uint32_t *result)
{
    for (size_t i = 0; i < s->change.n; i++) {
        const struct router_limit *l = &s->limits[i];
        uint32_t above = 0;
        char text[CALLER_TEXT_MAX];
        int r = router_limit_set(s->b->env.router, l, &above);
        if (r < 0) {
            log_error("limit of %s ports: stored, but in force from the next start only: %s", l->device_type,
                      strerror(-r));
            *result = ERROR_SUCCESS_REBOOT_REQUIRED;
            continue;
        }
        log_info("limit: %s allows %" PRIu32 " %s ports%s", caller_text(text, &s->caller), l->ports, l->device_type,
                 l->use & ROUTER_USE_RAS ? "" : ", but none for users");
        if (above > 0) {
            log_info("limit: %" PRIu32 " %s sessions more than that go on until they end by themselves", above,
                     l->device_type);
            *result = ERROR_SUCCESS_REBOOT_REQUIRED;
        }
    }
}

static uint32_t present_store_result(int r)
{
    switch (r) {
    case 0:
        return ERROR_SUCCESS;
    case -EBUSY:
        return ERROR_BUSY;
    case -ENOMEM:
        return ERROR_NOT_ENOUGH_MEMORY;
    default:
        return ERROR_GEN_FAILURE;
    }
}

/* The lines are written before the limits change, because they have the old ones too. */
static uint32_t finish(struct setting *s, uint32_t result)
{
    audit_all(s, result);
    if (result == ERROR_SUCCESS)
        put_into_force(s, &result);
    return result;
}

static void free_setting(struct setting *s)
{
    struct backend *b = s->b;
    if (s->next)
        s->next->prev = s->prev;
    if (s->prev)
        s->prev->next = s->next;
    else if (b->settings == s)
        b->settings = s->next;
    free(s->name);
    free(s);
}

static void stored(struct limits_change *change, int r)
{
    struct setting *s = (struct setting *)change;
    struct backend *b = s->b;
    struct caller *to = s->answered_to;
    dim_finish(s->pending, finish(s, present_store_result(r)));
    free_setting(s);
    if (to)
        b->env.answered(b->env.ctx, to);
}

static struct setting *new_setting(struct backend *b, struct caller *caller, const struct dim_limits *limits,
                                   struct dim_pending *p)
{
    struct setting *s = calloc(1, sizeof *s);
    const char *name = backend_who(b, caller).name;
    if (!s)
        return NULL;
    *s = (struct setting){.b = b, .caller = *caller, .answered_to = caller, .op = limits->op, .pending = p};
    s->caller.groups = NULL;
    s->caller.n_groups = 0;
    s->change.done = stored;
    s->name = name ? strdup(name) : NULL; /* without memory the line has his number */
    collect(s, limits);
    return s;
}

/* The configuration's max_ports is for all types together, so none may have more. */
static bool is_too_many(const struct setting *s)
{
    for (size_t i = 0; i < s->change.n; i++)
        if (s->limits[i].ports > s->b->env.config->max_ports)
            return true;
    return false;
}

void backend_server_set(void *ctx, void *user, const struct dim_limits *limits, struct dim_pending *p)
{
    struct backend *b = ctx;
    struct setting *s = new_setting(b, user, limits, p);
    if (!s) {
        dim_finish(p, ERROR_NOT_ENOUGH_MEMORY);
        return;
    }
    uint32_t code = is_too_many(s) ? ERROR_INVALID_PARAMETER : ERROR_SUCCESS;
    if (code == ERROR_SUCCESS)
        code = present_store_result(b->env.store_limits(b->env.ctx, &s->change));
    if (code != ERROR_SUCCESS) {
        dim_finish(p, finish(s, code));
        free_setting(s);
        return;
    }
    s->next = b->settings;
    if (s->next)
        s->next->prev = s;
    b->settings = s;
}

void backend_limits_forget(struct backend *b, const struct caller *caller)
{
    for (struct setting *s = b->settings; s; s = s->next)
        if (s->answered_to == caller)
            s->answered_to = NULL;
}

void backend_limits_of(struct backend *b, struct dim_server *ret)
{
    uint32_t *const ports[] = {&ret->pptp_ports, &ret->l2tp_ports, &ret->sstp_ports, &ret->ikev2_ports};
    uint32_t *const flags[] = {&ret->pptp_flags, &ret->l2tp_flags, &ret->sstp_flags, &ret->ikev2_flags};
    for (size_t i = 0; i < DIM_TUNNEL_KINDS; i++) {
        struct router_limit l;
        if (!router_limit_get(b->env.router, device_types[i], &l))
            continue;
        *ports[i] = l.ports;
        *flags[i] = l.use;
    }
}

void backend_limits_look(struct backend *b, const char *device_type)
{
    char note[RATELIMIT_NOTE_MAX];
    uint64_t missed;
    uint32_t above = router_limit_above(b->env.router, device_type);
    if (above > 0 && ratelimit_ok(&b->above_log, backend_now(b).mono_ms, &missed))
        log_warning("limit: there are %" PRIu32 " %s sessions more than the limit allows: the daemon has let them in%s",
                    above, device_type, ratelimit_note(note, missed));
}
