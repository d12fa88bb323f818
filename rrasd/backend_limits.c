/* SPDX-License-Identifier: Apache-2.0 */
/* How many ports each kind of tunnel may have: what is asked for is stored first, put into force then, and answered. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <winerror.h>

#include "common/log.h"
#include "router/limit.h"
#include "rrasd/backend_private.h"
#include "rrasd/driver_message.h"
#include "rrasd/port_limits.h"
#include "rrasd/present.h"

_Static_assert(ROUTER_USE_RAS == 1 && ROUTER_USE_ROUTING == 2, "MPR_ENABLE_RAS_ON_DEVICE, ..._ROUTING_ON_DEVICE");

static const char *const device_types[DIM_TUNNEL_KINDS] = {
    [DIM_TUNNEL_PPTP] = "pptp",
    [DIM_TUNNEL_L2TP] = "l2tp",
    [DIM_TUNNEL_SSTP] = "sstp",
    [DIM_TUNNEL_IKEV2] = "ikev2",
};

#define TYPE_MAX 64u /* as rrasx has it */

/* A call that waits until its limits are stored. */
struct setting {
    struct limits_change change; /* first: it comes back */
    struct backend *b;
    struct asker asker;
    const struct dim_op *op;
    struct dim_pending *pending; /* who is answered: one of them */
    struct rrasx_pending *x;
    char type[TYPE_MAX + 1u]; /* of limits[0], when `x` asks */
    uint32_t above;           /* so many sessions more than the limits allow */
    size_t places;            /* that are kept for it, of limits_coming */
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
    struct audit_who who = backend_asker_who(&s->asker);
    for (size_t i = 0; i < s->change.n; i++) {
        struct router_limit old = {0};
        bool had = router_limit_get(s->b->env.router, s->limits[i].device_type, &old);
        audit_write_limit(s->b->env.audit, &who, s->op->name, had ? &old : NULL, &s->limits[i], result);
    }
}

static void take_away(struct setting *s, const struct router_limit *l)
{
    char text[CALLER_TEXT_MAX];
    if (router_limit_remove(s->b->env.router, l->device_type) == 0)
        log_info("limit: %s takes that of %s away", caller_text(text, &s->asker.caller), l->device_type);
}

static void put_into_force(struct setting *s, uint32_t *result)
{
    for (size_t i = 0; i < s->change.n; i++) {
        const struct router_limit *l = &s->limits[i];
        uint32_t above = 0;
        char text[CALLER_TEXT_MAX];
        if (l->ports == 0) {
            take_away(s, l);
            continue;
        }
        int r = router_limit_set(s->b->env.router, l, &above);
        if (r < 0) {
            log_error("limit of %s ports: stored, but in force from the next start only: %s", l->device_type,
                      strerror(-r));
            *result = ERROR_SUCCESS_REBOOT_REQUIRED;
            continue;
        }
        log_info("limit: %s allows %" PRIu32 " %s ports%s", caller_text(text, &s->asker.caller), l->ports,
                 l->device_type, l->use & ROUTER_USE_RAS ? "" : ", but none for users");
        if (above > 0) {
            log_info("limit: %" PRIu32 " %s sessions more than that go on until they end by themselves", above,
                     l->device_type);
            *result = ERROR_SUCCESS_REBOOT_REQUIRED;
            s->above += above;
        }
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

static void answer(struct setting *s, uint32_t code)
{
    if (s->pending)
        dim_finish(s->pending, code);
    else
        rrasx_finish_limit(s->x, code == ERROR_SUCCESS_REBOOT_REQUIRED ? ERROR_SUCCESS : code, s->above);
}

/* Returns whom to tell that there is an answer. */
static struct caller *free_setting(struct setting *s)
{
    struct caller *to = backend_asker_end(s->b, &s->asker);
    s->b->limits_coming -= s->places;
    free(s);
    return to;
}

static void stored(struct limits_change *change, int r)
{
    struct setting *s = (struct setting *)change;
    struct backend *b = s->b;
    answer(s, finish(s, present_store_result(r)));
    struct caller *to = free_setting(s);
    if (to)
        b->env.answered(b->env.ctx, to);
}

static struct setting *new_setting(struct backend *b, struct caller *caller, const struct dim_op *op)
{
    struct setting *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    *s = (struct setting){.b = b, .op = op};
    s->change.done = stored;
    backend_asker_begin(b, &s->asker, caller);
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

/* What is stored has to have its place in the router: also when others that came before are not stored yet. */
static bool keep_places(struct setting *s)
{
    struct router_limit l;
    const struct router *r = s->b->env.router;
    size_t wanted = 0;
    for (size_t i = 0; i < s->change.n; i++)
        wanted += s->limits[i].ports > 0 && !router_limit_get(r, s->limits[i].device_type, &l);
    size_t coming = s->b->limits_coming + wanted;
    if (wanted > 0 && (coming > ROUTER_LIMITS_MAX || router_limit_at(r, ROUTER_LIMITS_MAX - (uint32_t)coming, &l)))
        return false;
    s->places = wanted;
    s->b->limits_coming = coming;
    return true;
}

/* `code`: why it is refused at once, or 0. */
static void begin(struct setting *s, uint32_t code)
{
    struct backend *b = s->b;
    if (code == ERROR_SUCCESS && is_too_many(s))
        code = ERROR_INVALID_PARAMETER;
    if (code == ERROR_SUCCESS && !keep_places(s))
        code = RPC_S_SERVER_TOO_BUSY;
    if (code == ERROR_SUCCESS)
        code = present_store_result(b->env.store_limits(b->env.ctx, &s->change));
    if (code != ERROR_SUCCESS) {
        answer(s, finish(s, code));
        (void)free_setting(s);
    }
}

void backend_server_set(void *ctx, void *user, const struct dim_limits *limits, struct dim_pending *p)
{
    struct setting *s = new_setting(ctx, user, limits->op);
    if (!s) {
        dim_finish(p, ERROR_NOT_ENOUGH_MEMORY);
        return;
    }
    s->pending = p;
    collect(s, limits);
    begin(s, ERROR_SUCCESS);
}

/* ---- of any type, over rrasx ---- */

/* Types are the same in upper and lower case, and the store has them in lower case. */
static void take_type(struct setting *s, const char *type)
{
    size_t i = 0;
    for (; type[i] && i < TYPE_MAX; i++)
        s->type[i] = (char)(type[i] >= 'A' && type[i] <= 'Z' ? type[i] - 'A' + 'a' : type[i]);
    s->type[i] = '\0';
}

/* Why it can't be: what would be stored and never be in force, and what there is not. */
static uint32_t look_at(const struct setting *s, const struct router_limit *l)
{
    struct router_limit other;
    const struct router *r = s->b->env.router;
    bool known = router_limit_get(r, l->device_type, &other);
    if (l->ports == 0)
        return known ? ERROR_SUCCESS : l->device_type[0] ? ERROR_NOT_FOUND : ERROR_INVALID_PARAMETER;
    if (!driver_message_is_type(l->device_type) || (l->use & ~(uint32_t)(ROUTER_USE_RAS | ROUTER_USE_ROUTING)) != 0)
        return ERROR_INVALID_PARAMETER;
    return ERROR_SUCCESS;
}

void backend_x_limit_set(void *ctx, void *user, const char *device_type, uint32_t ports, uint32_t use,
                         struct rrasx_pending *p)
{
    struct setting *s = new_setting(ctx, user, rrasx_op(RRASX_LIMIT_SET));
    if (!s) {
        rrasx_finish_code(p, ERROR_NOT_ENOUGH_MEMORY);
        return;
    }
    s->x = p;
    take_type(s, device_type);
    s->limits[0] = (struct router_limit){.device_type = s->type, .ports = ports, .use = use};
    s->change.n = 1;
    s->change.limits = s->limits;
    begin(s, look_at(s, &s->limits[0]));
}

uint32_t backend_x_limit_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next)
{
    const struct backend *b = ctx;
    struct router_limit l;
    bool room = true;
    while (room && router_limit_at(b->env.router, after, &l)) {
        after++;
        room = rrasx_put_limit(out, &(OPENRRAS_PORT_LIMIT){.dwPorts = l.ports,
                                                           .dwUse = l.use,
                                                           .dwInUse = router_limit_in_use(b->env.router, l.device_type),
                                                           .pszDeviceType = l.device_type});
    }
    *next = room ? 0 : after;
    return ERROR_SUCCESS;
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
