/* SPDX-License-Identifier: Apache-2.0 */
/* Presentation contexts: what becomes of the elements of a bind or alter_context (MS-RPCE 3.3.1.5.3 and 3.3.1.5.6). */
#include "rpc/bind.h"

static const struct rpc_context *find_context(const struct rpc_server *s, uint16_t id)
{
    for (size_t i = 0; i < s->n_contexts; i++)
        if (s->contexts[i].id == id)
            return &s->contexts[i];
    return NULL;
}

const struct rpc_interface *rpc_server_context(const struct rpc_server *s, uint16_t id)
{
    const struct rpc_context *context = find_context(s, id);
    return context ? context->interface : NULL;
}

static bool offers(const struct rpc_interface *interface, const struct rpc_syntax *asked)
{
    return rpc_uuid_equal(&interface->id.uuid, &asked->uuid) && interface->id.major == asked->major &&
           asked->minor <= interface->id.minor;
}

static const struct rpc_interface *find_interface(const struct rpc_server *s, const struct rpc_syntax *asked)
{
    for (size_t i = 0; i < s->config->n_interfaces; i++)
        if (offers(s->config->interfaces[i], asked))
            return s->config->interfaces[i];
    return s->config->offer_mgmt && offers(&s->mgmt, asked) ? &s->mgmt : NULL;
}

/* Has an earlier element of the same PDU got this interface? Then this one is refused, but what it may have defined
 * before stays. */
static bool is_taken(const struct rpc_bind *b, const struct rpc_bind_element *e)
{
    for (const struct rpc_bind_element *other = b->elements; other < e; other++)
        if (b->results[other - b->elements].result == RPC_RESULT_ACCEPT &&
            rpc_uuid_equal(&other->abstract.uuid, &e->abstract.uuid))
            return true;
    return false;
}

/* Does an element say something else than what the context was defined as? NDR64, which we don't speak, is the one
 * other syntax that has a meaning: it may be left out later, and not be added. */
static bool redefines(const struct rpc_context *context, const struct rpc_interface *interface,
                      const struct rpc_bind_element *e)
{
    return interface != context->interface || (e->ndr64 && !(context->ndr64 && e->ndr20));
}

/* What becomes of one element. 0, or the negative errno of a failed association. */
static int negotiate(struct rpc_server *s, struct rpc_bind *b, const struct rpc_bind_element *e,
                     struct rpc_bind_result *result)
{
    if (e->feature) {
        unsigned have = RPC_FEATURE_KEEP_ON_ORPHAN;
        if (s->config->n_mechs)
            have |= RPC_FEATURE_MANY_SECURITIES | RPC_FEATURE_PROTECTED_FAULTS;
        *result = (struct rpc_bind_result){RPC_RESULT_NEGOTIATE_ACK, (uint16_t)(e->features & have)};
        s->protected_faults |= !b->alter && result->reason & RPC_FEATURE_PROTECTED_FAULTS;
        return 0;
    }
    const struct rpc_interface *interface = find_interface(s, &e->abstract);
    const struct rpc_context *defined = find_context(s, e->id);
    if (defined && redefines(defined, interface, e))
        return rpc_bind_refuse(s, b, RPC_NAK_NOT_SPECIFIED, "a context that is defined twice and differently");
    if (!interface)
        *result = (struct rpc_bind_result){RPC_RESULT_PROVIDER_REJECT, RPC_REJECT_ABSTRACT_SYNTAX};
    else if (!e->ndr20 || is_taken(b, e))
        *result = (struct rpc_bind_result){RPC_RESULT_PROVIDER_REJECT, RPC_REJECT_TRANSFER_SYNTAXES};
    else if (!defined && s->n_contexts == RPC_CONTEXTS_MAX)
        *result = (struct rpc_bind_result){RPC_RESULT_PROVIDER_REJECT, RPC_REJECT_LOCAL_LIMIT};
    else {
        *result = (struct rpc_bind_result){RPC_RESULT_ACCEPT, 0};
        if (!defined)
            s->contexts[s->n_contexts++] = (struct rpc_context){e->id, interface, e->ndr64};
    }
    return 0;
}

int rpc_bind_negotiate(struct rpc_server *s, struct rpc_bind *b)
{
    for (size_t i = 0; i < b->n; i++) {
        int rc = negotiate(s, b, &b->elements[i], &b->results[i]);
        if (rc < 0)
            return rc;
    }
    return 0;
}
