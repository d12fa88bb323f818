/* SPDX-License-Identifier: Apache-2.0 */
/* Security contexts: which one a bind or alter_context begins or takes on, and its legs (MS-RPCE 3.3.1.5.2). */
#include "rpc/bind.h"

/*
 * That headers are signed is agreed on for the connection (MS-RPCE 3.3.1.5.2.2), by any bind or alter_context that says
 * that the client can: from then on for the contexts that there are as well. It is never taken back. So an
 * alter_context that somebody else puts in can only end the connection.
 */
static void agree_on_headers(struct rpc_server *s, const struct rpc_bind *b)
{
    if (!(b->pdu->flags & RPC_PFC_HEADER_SIGN))
        return;
    s->client_signs_headers = true;
    for (size_t i = 0; i < s->n_securities; i++)
        s->securities[i].sign_header = s->securities[i].mech->header_signing;
}

static const struct rpc_auth_mech *find_mech(const struct rpc_server_config *config, uint8_t type)
{
    for (size_t i = 0; i < config->n_mechs; i++)
        if (config->mechs[i]->type == type)
            return config->mechs[i];
    return NULL;
}

struct rpc_security *rpc_server_security(struct rpc_server *s, const struct rpc_verifier *v)
{
    for (size_t i = 0; i < s->n_securities; i++)
        if (rpc_security_matches(&s->securities[i], v))
            return &s->securities[i];
    return NULL;
}

struct rpc_security *rpc_server_first_security(struct rpc_server *s)
{
    return s->n_securities ? &s->securities[0] : NULL;
}

/* The id of its context belongs to another one, or to one that is complete: what is begun is not changed. */
static int refuse_change(struct rpc_server *s, const struct rpc_bind *b, const struct rpc_security *old)
{
    uint32_t status = b->verifier.type != old->mech->type ? RPC_FAULT_SEC_PKG_ERROR : RPC_FAULT_ACCESS_DENIED;
    return rpc_bind_fault(s, b->pdu, status, "a security context that is defined twice");
}

/* May there be one more, as the verifier says? *ret is its mechanism then. 0, or the end of the association. */
static int check_another(struct rpc_server *s, const struct rpc_bind *b, const struct rpc_auth_mech **ret)
{
    const struct rpc_verifier *v = &b->verifier;
    for (size_t i = 0; i < s->n_securities; i++)
        if (s->securities[i].context_id == v->context_id)
            return refuse_change(s, b, &s->securities[i]);
    if (s->n_securities == RPC_SECURITIES_MAX)
        return rpc_bind_refuse(s, b, RPC_NAK_LOCAL_LIMIT, "too many security contexts");
    if (v->level < RPC_AUTH_CONNECT || v->level > RPC_AUTH_PRIVACY)
        return rpc_bind_refuse(s, b, RPC_NAK_NOT_SPECIFIED, "an authentication level that there is not");
    *ret = find_mech(s->config, v->type);
    if (!*ret)
        return rpc_bind_refuse(s, b, RPC_NAK_AUTH_TYPE, "an authentication type that is not offered");
    /* Protecting only the beginning of calls is nothing that a connection can do: clients ask for PACKET instead. */
    if (v->level == RPC_AUTH_CALL)
        return rpc_bind_refuse(s, b, RPC_NAK_CHECKSUM, "authentication of calls, which connections do not have");
    return 0;
}

static int begin_security(struct rpc_server *s, struct rpc_bind *b)
{
    const struct rpc_verifier *v = &b->verifier;
    const struct rpc_auth_mech *mech = NULL;
    int rc = check_another(s, b, &mech);
    if (rc < 0)
        return rc;
    enum rpc_auth_level level = (enum rpc_auth_level)v->level;
    struct rpc_auth *context = mech->create(s->config->mech_ctx, s->user, level, true);
    if (!context)
        return rpc_bind_refuse(s, b, RPC_NAK_AUTH_TYPE, "an authentication level that is not offered");
    b->security = &s->securities[s->n_securities++];
    *b->security = (struct rpc_security){
        .state = RPC_SECURITY_LEGS,
        .mech = mech,
        .context = context,
        .level = level,
        .context_id = v->context_id,
        .sign_header = s->client_signs_headers && mech->header_signing,
    };
    return 0;
}

int rpc_bind_authenticate(struct rpc_server *s, struct rpc_bind *b)
{
    agree_on_headers(s, b);
    if (!b->has_verifier)
        return 0;
    b->security = rpc_server_security(s, &b->verifier);
    if (!b->security) {
        int rc = begin_security(s, b);
        if (rc < 0)
            return rc;
    } else if (b->security->state != RPC_SECURITY_LEGS) {
        return refuse_change(s, b, b->security);
    }
    if (rpc_security_step(b->security, b->verifier.token, b->verifier.token_len, &b->token, &b->token_len) < 0)
        return rpc_bind_refuse(s, b, RPC_NAK_CHECKSUM, "the authentication failed");
    return 0;
}
