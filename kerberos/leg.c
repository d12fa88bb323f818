/* SPDX-License-Identifier: Apache-2.0 */
/* One leg of the exchange, for either side. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kerberos/private.h"

/* What both sides must have agreed on to protect calls: replays and changes of order are noticed, and the server has
 * proved who it is as well. */
#define FLAGS_ALWAYS (GSS_C_DCE_STYLE | GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG)

#define NO_KEY       "this server has no key for Kerberos"

static OM_uint32 wanted_flags(const struct rpc_auth *a)
{
    if (a->level < RPC_AUTH_PACKET) /* no call is protected */
        return GSS_C_DCE_STYLE | GSS_C_MUTUAL_FLAG;
    return FLAGS_ALWAYS | (a->level == RPC_AUTH_PRIVACY ? GSS_C_CONF_FLAG : 0u);
}

/* ---- why ---- */

/* The first line of what GSSAPI says to a code, behind what is there. */
static void add_text(struct rpc_auth *a, const char *before, OM_uint32 code, int type)
{
    OM_uint32 minor, more = 0;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    size_t n = strlen(a->why);
    if (gss_display_status(&minor, code, type, a->mech, &more, &text) != GSS_S_COMPLETE)
        return;
    snprintf(a->why + n, sizeof a->why - n, "%s%.*s", before, (int)text.length, (const char *)text.value);
    (void)gss_release_buffer(&minor, &text);
}

static bool is_no_ticket(OM_uint32 major)
{
    return GSS_ERROR(major) == GSS_S_NO_CRED || GSS_ERROR(major) == GSS_S_CREDENTIALS_EXPIRED;
}

/* What a user can do himself. The code for an expired ticket is the mechanism's own, so the ticket is looked at. */
static const char *hint(const struct rpc_auth *a, OM_uint32 major)
{
    OM_uint32 minor, lifetime = 1;
    if (a->is_server)
        return "";
    OM_uint32 looked = gss_inquire_cred(&minor, GSS_C_NO_CREDENTIAL, NULL, &lifetime, NULL, NULL);
    return is_no_ticket(major) || is_no_ticket(looked) || lifetime == 0 ? "; kinit gets a new ticket" : "";
}

static int failed(struct rpc_auth *a, const char *what, OM_uint32 major, OM_uint32 minor)
{
    snprintf(a->why, sizeof a->why, "%s: ", what);
    /* The mechanism knows better than GSSAPI, where it says anything. */
    if (minor)
        add_text(a, "", minor, GSS_C_MECH_CODE);
    else
        add_text(a, "", major, GSS_C_GSS_CODE);
    size_t n = strlen(a->why);
    snprintf(a->why + n, sizeof a->why - n, "%s", hint(a, major));
    return -EACCES;
}

static int refused(struct rpc_auth *a, const char *why)
{
    snprintf(a->why, sizeof a->why, "%s", why);
    return -EACCES;
}

/* ---- names ---- */

/* A buffer as text; false when it does not fit or has a NUL in it, for then it would mean another name. */
static bool take_name(char *dst, gss_buffer_desc *text)
{
    OM_uint32 minor;
    bool fits = text->length > 0 && text->length < KERBEROS_NAME_MAX && !memchr(text->value, 0, text->length);
    if (fits) {
        memcpy(dst, text->value, text->length);
        dst[text->length] = '\0';
    }
    (void)gss_release_buffer(&minor, text);
    return fits;
}

static int read_client(struct rpc_auth *a, gss_name_t name, gss_OID mech)
{
    OM_uint32 minor;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 major = gss_display_name(&minor, name, &text, NULL);
    if (GSS_ERROR(major))
        return failed(a, "the client's name can't be read", major, minor);
    if (!take_name(a->principal, &text))
        return refused(a, "the client's name is too long");
    /* No such user is no failure of Kerberos: the caller is known, and may do nothing. */
    if (!GSS_ERROR(gss_localname(&minor, name, mech, &text)))
        (void)take_name(a->local_user, &text);
    return 0;
}

/* ---- the two sides ---- */

static int check_flags(struct rpc_auth *a, OM_uint32 flags)
{
    OM_uint32 missing = wanted_flags(a) & ~flags;
    if (missing & GSS_C_DCE_STYLE)
        return refused(a, "the other side does not speak Kerberos in DCE style");
    if (missing & GSS_C_CONF_FLAG)
        return refused(a, "the other side can't encrypt");
    if (missing || flags & GSS_C_ANON_FLAG)
        return refused(a, "the other side does not offer mutual authentication, integrity and protection from replays");
    return 0;
}

static int end_exchange(struct rpc_auth *a, OM_uint32 flags)
{
    int r = check_flags(a, flags);
    if (r == 0)
        r = kerberos_measure(a);
    if (r == 0)
        a->complete = true;
    return r;
}

/* What SPNEGO may negotiate with these credentials. */
static OM_uint32 only_kerberos(struct rpc_auth *a, OM_uint32 *minor)
{
    gss_OID_set_desc krb5 = {1, gss_mech_krb5};
    return a->mech == gss_mech_krb5 ? GSS_S_COMPLETE : gss_set_neg_mechs(minor, a->cred, &krb5);
}

static bool is_kerberos(gss_OID mech)
{
    return mech && mech->length == gss_mech_krb5->length &&
           memcmp(mech->elements, gss_mech_krb5->elements, mech->length) == 0;
}

static OM_uint32 acquire_key(const struct rpc_auth *a, gss_OID mech, gss_cred_id_t *ret, OM_uint32 *minor)
{
    gss_OID_set_desc mechs = {1, mech};
    gss_key_value_element_desc keytab = {"keytab", a->config->keytab};
    gss_key_value_set_desc store = {a->config->keytab ? 1u : 0u, &keytab};
    return gss_acquire_cred_from(minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechs, GSS_C_ACCEPT, &store, ret, NULL, NULL);
}

/*
 * The replay cache stays as the site has it, though DCE style does not rest on it: who sends somebody else's first leg
 * again can't make the third one without the key of that session, and nobody is let in before that. As a second lock it
 * is worth a lookup in a file, which is nothing beside the rest of a leg.
 */
static int server_cred(struct rpc_auth *a)
{
    OM_uint32 minor;
    OM_uint32 major = acquire_key(a, a->mech, &a->cred, &minor);
    if (!GSS_ERROR(major))
        major = only_kerberos(a, &minor);
    return GSS_ERROR(major) ? failed(a, NO_KEY, major, minor) : 0;
}

/*
 * Kerberos by itself is asked for a key: where another mechanism is installed for GSSAPI, SPNEGO has something to
 * accept with even so, and only finds nothing to negotiate later.
 */
static int explain_refusal(struct rpc_auth *a, OM_uint32 major, OM_uint32 minor)
{
    OM_uint32 ignored, key_minor;
    gss_cred_id_t key = GSS_C_NO_CREDENTIAL;
    OM_uint32 key_major = acquire_key(a, gss_mech_krb5, &key, &key_minor);
    (void)gss_release_cred(&ignored, &key);
    return GSS_ERROR(key_major) ? failed(a, NO_KEY, key_major, key_minor)
                                : failed(a, "Kerberos refuses the client", major, minor);
}

static int accept_leg(struct rpc_auth *a, gss_buffer_desc *in)
{
    OM_uint32 minor, flags = 0;
    gss_name_t client = GSS_C_NO_NAME;
    gss_OID mech = GSS_C_NO_OID;
    int r = a->cred ? 0 : server_cred(a);
    if (r < 0)
        return r;
    OM_uint32 major = gss_accept_sec_context(&minor, &a->ctx, a->cred, in, GSS_C_NO_CHANNEL_BINDINGS, &client, &mech,
                                             &a->out, &flags, NULL, NULL);
    if (GSS_ERROR(major)) {
        r = explain_refusal(a, major, minor);
    } else if (major & GSS_S_CONTINUE_NEEDED) {
        r = 1;
    } else if (!is_kerberos(mech)) {
        r = refused(a, "the client has negotiated something else than Kerberos");
    } else {
        r = read_client(a, client, mech);
        if (r == 0)
            r = end_exchange(a, flags);
    }
    (void)gss_release_name(&minor, &client);
    return r;
}

static int client_cred(struct rpc_auth *a)
{
    gss_OID_set_desc mech = {1, a->mech};
    gss_buffer_desc name = {strlen(a->config->target), (void *)(uintptr_t)a->config->target};
    OM_uint32 minor;
    OM_uint32 major = gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &a->target);
    if (GSS_ERROR(major))
        return failed(a, "Kerberos does not take the server's name", major, minor);
    major = gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mech, GSS_C_INITIATE, &a->cred, NULL, NULL);
    if (!GSS_ERROR(major))
        major = only_kerberos(a, &minor);
    return GSS_ERROR(major) ? failed(a, "you have no ticket", major, minor) : 0;
}

static int init_leg(struct rpc_auth *a, gss_buffer_desc *in)
{
    char what[KERBEROS_NAME_MAX + 64];
    OM_uint32 minor, flags = 0;
    int r = a->cred ? 0 : client_cred(a);
    if (r < 0)
        return r;
    OM_uint32 major = gss_init_sec_context(&minor, a->cred, &a->ctx, a->target, a->mech, wanted_flags(a), 0,
                                           GSS_C_NO_CHANNEL_BINDINGS, in, NULL, &a->out, &flags, NULL);
    if (GSS_ERROR(major)) {
        snprintf(what, sizeof what, "Kerberos gives no access to %s", a->config->target);
        return failed(a, what, major, minor);
    }
    return major & GSS_S_CONTINUE_NEEDED ? 1 : end_exchange(a, flags);
}

int kerberos_leg(struct rpc_auth *a, const uint8_t *in, size_t in_len)
{
    OM_uint32 minor;
    gss_buffer_desc token = {in_len, (void *)(uintptr_t)in};
    (void)gss_release_buffer(&minor, &a->out);
    a->why[0] = '\0';
    return a->is_server ? accept_leg(a, &token) : init_leg(a, &token);
}
