/* SPDX-License-Identifier: Apache-2.0 */
#include "ntlm/acceptor.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/cursor.h"

/* A NEGOTIATE message without its last field, the version of the client's system, is good (MS-NLMP 2.2.1.1), and the
 * library does not take it. With zeros there it means the same. */
#define NEGOTIATE_SHORTEST 16u
#define NEGOTIATE_WHOLE    40u

static uint8_t ntlm_bytes[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a}; /* 1.3.6.1.4.1.311.2.2.10 */
static gss_OID_desc ntlm_oid = {sizeof ntlm_bytes, ntlm_bytes};
static uint8_t spnego_bytes[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x02}; /* 1.3.6.1.5.5.2 */
static gss_OID_desc spnego_oid = {sizeof spnego_bytes, spnego_bytes};
static uint8_t key_bytes[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x05, 0x05}; /* the session key */
static gss_OID_desc key_oid = {sizeof key_bytes, key_bytes};

struct acceptor {
    gss_OID mech; /* what the tokens are of */
    gss_cred_id_t cred;
    gss_ctx_id_t ctx;
    gss_buffer_desc out; /* GSSAPI's, until the next leg */
};

bool acceptor_is_there(const char **why)
{
    OM_uint32 minor;
    gss_OID_set mechs = GSS_C_NO_OID_SET;
    int there = 0;
    if (GSS_ERROR(gss_indicate_mechs(&minor, &mechs)) ||
        GSS_ERROR(gss_test_oid_set_member(&minor, &ntlm_oid, mechs, &there)))
        there = 0;
    (void)gss_release_oid_set(&minor, &mechs);
    *why = "GSSAPI has no NTLM on this machine: is gss-ntlmssp installed?";
    return there;
}

struct acceptor *acceptor_new(bool spnego)
{
    struct acceptor *a = calloc(1, sizeof *a);
    if (a)
        a->mech = spnego ? &spnego_oid : &ntlm_oid;
    return a;
}

void acceptor_free(struct acceptor *a)
{
    OM_uint32 minor;
    if (!a)
        return;
    (void)gss_release_buffer(&minor, &a->out);
    (void)gss_delete_sec_context(&minor, &a->ctx, GSS_C_NO_BUFFER);
    (void)gss_release_cred(&minor, &a->cred);
    free(a);
}

/* ---- why ---- */

static void refuse(struct ntlm_answer *answer, const char *why)
{
    answer->outcome = NTLM_REFUSED;
    answer->name[0] = '\0';
    snprintf(answer->why, sizeof answer->why, "%s", why);
}

static void refuse_by(struct acceptor *a, struct ntlm_answer *answer, const char *what, OM_uint32 major,
                      OM_uint32 minor)
{
    OM_uint32 ignored, more = 0;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    /* The mechanism is asked where GSSAPI knows nothing: it has words for no more than that. */
    OM_uint32 told = GSS_ROUTINE_ERROR(major) == GSS_S_FAILURE
                         ? gss_display_status(&ignored, minor, GSS_C_MECH_CODE, a->mech, &more, &text)
                         : gss_display_status(&ignored, major, GSS_C_GSS_CODE, a->mech, &more, &text);
    refuse(answer, what);
    size_t n = strlen(answer->why);
    if (told == GSS_S_COMPLETE)
        snprintf(answer->why + n, sizeof answer->why - n, ": %.*s", (int)text.length, (const char *)text.value);
    (void)gss_release_buffer(&ignored, &text);
}

/* ---- what the client is ---- */

static bool read_name(struct acceptor *a, gss_name_t name, struct ntlm_answer *answer)
{
    OM_uint32 minor;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 major = gss_display_name(&minor, name, &text, NULL);
    if (GSS_ERROR(major)) {
        refuse_by(a, answer, "the client's name can't be read", major, minor);
        return false;
    }
    size_t n = text.length;
    if (n > 0 && ((const char *)text.value)[n - 1] == '\0')
        n--; /* this library counts it */
    bool fits = n > 0 && n < sizeof answer->name && !memchr(text.value, 0, n);
    if (fits)
        memcpy(answer->name, text.value, n);
    else
        refuse(answer, "the client's name is empty or too long");
    (void)gss_release_buffer(&minor, &text);
    return fits;
}

static bool read_key(struct acceptor *a, struct ntlm_answer *answer)
{
    OM_uint32 minor;
    gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
    OM_uint32 major = gss_inquire_sec_context_by_oid(&minor, a->ctx, &key_oid, &set);
    bool good = !GSS_ERROR(major) && set && set->count > 0 && set->elements[0].length == sizeof answer->key;
    if (good)
        memcpy(answer->key, set->elements[0].value, sizeof answer->key);
    (void)gss_release_buffer_set(&minor, &set);
    return good;
}

/* Would our own signature of this be the same? Only with extended session security, 128 bits and a key exchange:
 * whatever else can be negotiated is weaker. */
static bool signs_alike(const gss_buffer_desc *text, const gss_buffer_desc *mic, const struct ntlm_answer *answer)
{
    uint8_t ours[NTLM_SIGNATURE_SIZE];
    struct ntlm_part part = {.bytes = text->value, .len = text->length};
    struct ntlm_seal *seal = ntlm_seal_new(answer->key, answer->sequence, NTLM_SERVER);
    if (!seal)
        return false;
    ntlm_seal_protect(seal, &part, ours);
    ntlm_seal_free(seal);
    return memcmp(ours, mic->value, sizeof ours) == 0;
}

/*
 * What the key is good for, and where the numbers of messages begin, by the library's own next signature. It is not
 * sent: from here on rrasd signs by itself.
 */
static void find_protection(struct acceptor *a, OM_uint32 flags, struct ntlm_answer *answer)
{
    uint8_t bytes[] = "what is signed";
    gss_buffer_desc text = {sizeof bytes, bytes}, mic = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;
    if (!read_key(a, answer))
        return;
    OM_uint32 major = gss_get_mic(&minor, a->ctx, GSS_C_QOP_DEFAULT, &text, &mic);
    if (major == GSS_S_COMPLETE && mic.length == NTLM_SIGNATURE_SIZE) {
        struct rpc_rd r = rpc_rd_init(mic.value, mic.length, false);
        (void)rpc_rd_bytes(&r, NTLM_SIGNATURE_SIZE - 4);
        answer->sequence = rpc_rd_u32_raw(&r);
        if (signs_alike(&text, &mic, answer))
            answer->protects = flags & GSS_C_CONF_FLAG ? NTLM_SEALS : NTLM_SIGNS;
    }
    (void)gss_release_buffer(&minor, &mic);
}

static bool is_ntlm(gss_OID mech)
{
    return mech && mech->length == ntlm_oid.length && memcmp(mech->elements, ntlm_oid.elements, mech->length) == 0;
}

static void end_exchange(struct acceptor *a, gss_name_t client, gss_OID mech, OM_uint32 flags,
                         struct ntlm_answer *answer)
{
    answer->outcome = NTLM_DONE;
    if (!is_ntlm(mech))
        refuse(answer, "the client has negotiated something else than NTLM");
    else if (flags & GSS_C_ANON_FLAG || client == GSS_C_NO_NAME)
        refuse(answer, "the client wants to be anonymous");
    else if (read_name(a, client, answer))
        find_protection(a, flags, answer);
}

/* ---- a leg ---- */

static OM_uint32 get_cred(struct acceptor *a, OM_uint32 *minor)
{
    gss_OID_set_desc mechs = {1, a->mech}, ntlm = {1, &ntlm_oid};
    OM_uint32 major =
        gss_acquire_cred(minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechs, GSS_C_ACCEPT, &a->cred, NULL, NULL);
    if (!GSS_ERROR(major) && a->mech == &spnego_oid)
        major = gss_set_neg_mechs(minor, a->cred, &ntlm);
    return major;
}

static bool is_short_negotiate(const struct acceptor *a, const uint8_t *token, size_t n)
{
    static const uint8_t begins[] = "NTLMSSP\0\1\0\0"; /* and the last zero of the type */
    return a->mech == &ntlm_oid && n >= NEGOTIATE_SHORTEST && n < NEGOTIATE_WHOLE &&
           memcmp(token, begins, sizeof begins) == 0;
}

static void accept_token(struct acceptor *a, gss_buffer_desc *in, struct ntlm_answer *answer)
{
    OM_uint32 minor, flags = 0;
    gss_name_t client = GSS_C_NO_NAME;
    gss_OID mech = GSS_C_NO_OID;
    bool is_first = a->ctx == GSS_C_NO_CONTEXT;
    OM_uint32 major = gss_accept_sec_context(&minor, &a->ctx, a->cred, in, GSS_C_NO_CHANNEL_BINDINGS, &client, &mech,
                                             &a->out, &flags, NULL, NULL);
    if (GSS_ERROR(major))
        refuse_by(a, answer, is_first ? "NTLM refuses the client" : "NTLM refuses the client or his password", major,
                  minor);
    else if (major & GSS_S_CONTINUE_NEEDED)
        answer->outcome = NTLM_MORE;
    else
        end_exchange(a, client, mech, flags, answer);
    (void)gss_release_name(&minor, &client);
}

void acceptor_leg(struct acceptor *a, const uint8_t *token, size_t n, struct ntlm_answer *answer)
{
    uint8_t whole[NEGOTIATE_WHOLE] = {0};
    gss_buffer_desc in = {n, (void *)(uintptr_t)token};
    OM_uint32 minor, major = GSS_S_COMPLETE;
    if (is_short_negotiate(a, token, n)) {
        memcpy(whole, token, n);
        in = (gss_buffer_desc){sizeof whole, whole};
    }
    (void)gss_release_buffer(&minor, &a->out);
    if (!a->cred)
        major = get_cred(a, &minor);
    if (GSS_ERROR(major))
        refuse_by(a, answer, "this server can't do NTLM", major, minor);
    else
        accept_token(a, &in, answer);
    if (a->out.length > RPC_AUTH_TOKEN_MAX)
        refuse(answer, "the answer to the client would be too long");
    answer->token = answer->outcome == NTLM_REFUSED ? NULL : a->out.value;
    answer->token_len = answer->outcome == NTLM_REFUSED ? 0 : a->out.length;
}
