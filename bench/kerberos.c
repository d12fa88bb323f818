/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What MIT's GSSAPI takes by itself, both sides in this process and nothing else: what ours over TCP is measured
 * against. The environment says where ticket and keytab are. TARGET is who the server is, "host@localhost".
 *
 *   kerberos exchange TARGET COUNT         SPNEGO with Kerberos in DCE style, credentials and all: seconds for each
 *   kerberos wrap TARGET REQUEST REPLY COUNT
 *                                          a request wrapped and unwrapped, and its reply, each with a header and
 *                                          so many bytes of stub: seconds for each pair
 */
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

#include "bench/bench.h"

#define HEADER   24u
#define TRAILER  8u
#define STUB_MAX 4096u
#define FLAGS                                                                                                          \
    (GSS_C_DCE_STYLE | GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG)

static uint8_t spnego_bytes[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};
static gss_OID_desc spnego = {sizeof spnego_bytes, spnego_bytes};

static void must(OM_uint32 major, OM_uint32 minor, const char *what)
{
    OM_uint32 ignored, more = 0;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    if (!GSS_ERROR(major))
        return;
    (void)gss_display_status(&ignored, minor ? minor : major, minor ? GSS_C_MECH_CODE : GSS_C_GSS_CODE, gss_mech_krb5,
                             &more, &text);
    bench_die("%s: %.*s", what, (int)text.length, (const char *)text.value);
}

/* ---- the exchange ---- */

struct side {
    gss_cred_id_t cred;
    gss_ctx_id_t ctx;
    gss_buffer_desc out;
    OM_uint32 major;
};

struct exchange {
    gss_name_t target;
    struct side client, server;
};

static void acquire(struct side *s, gss_cred_usage_t usage)
{
    OM_uint32 minor, major;
    gss_OID_set_desc mech = {1, &spnego}, krb5 = {1, gss_mech_krb5};
    *s = (struct side){.cred = GSS_C_NO_CREDENTIAL, .ctx = GSS_C_NO_CONTEXT, .major = GSS_S_CONTINUE_NEEDED};
    major = gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mech, usage, &s->cred, NULL, NULL);
    must(major, minor, "credentials");
    major = gss_set_neg_mechs(&minor, s->cred, &krb5);
    must(major, minor, "the choice of a mechanism");
}

static void client_leg(struct exchange *x)
{
    OM_uint32 minor;
    struct side *c = &x->client;
    (void)gss_release_buffer(&minor, &c->out);
    c->major = gss_init_sec_context(&minor, c->cred, &c->ctx, x->target, &spnego, FLAGS, 0, GSS_C_NO_CHANNEL_BINDINGS,
                                    &x->server.out, NULL, &c->out, NULL, NULL);
    must(c->major, minor, "the client's leg");
}

static void server_leg(struct exchange *x)
{
    OM_uint32 minor;
    struct side *s = &x->server;
    (void)gss_release_buffer(&minor, &s->out);
    s->major = gss_accept_sec_context(&minor, &s->ctx, s->cred, &x->client.out, GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL,
                                      &s->out, NULL, NULL, NULL);
    must(s->major, minor, "the server's leg");
}

static void begin(struct exchange *x, const char *target)
{
    gss_buffer_desc name = {strlen(target), (void *)(uintptr_t)target};
    OM_uint32 minor, major;
    major = gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &x->target);
    must(major, minor, "the target");
    acquire(&x->client, GSS_C_INITIATE);
    acquire(&x->server, GSS_C_ACCEPT);
    while (x->client.major != GSS_S_COMPLETE || x->server.major != GSS_S_COMPLETE) {
        if (x->client.major != GSS_S_COMPLETE)
            client_leg(x);
        if (x->server.major != GSS_S_COMPLETE)
            server_leg(x);
    }
}

static void end_side(struct side *s)
{
    OM_uint32 minor;
    (void)gss_release_buffer(&minor, &s->out);
    (void)gss_delete_sec_context(&minor, &s->ctx, GSS_C_NO_BUFFER);
    (void)gss_release_cred(&minor, &s->cred);
}

static void end(struct exchange *x)
{
    OM_uint32 minor;
    end_side(&x->client);
    end_side(&x->server);
    (void)gss_release_name(&minor, &x->target);
}

static void exchange(const char *target, unsigned long count)
{
    struct exchange x;
    begin(&x, target); /* what is loaded and read once */
    end(&x);
    double t = bench_now();
    for (unsigned long i = 0; i < count; i++) {
        begin(&x, target);
        end(&x);
    }
    printf("%.9f\n", (bench_now() - t) / (double)count);
}

/* ---- protection ---- */

struct pdu {
    uint8_t header[HEADER], stub[STUB_MAX], trailer[TRAILER], token[128];
    gss_iov_buffer_desc iov[4];
};

static void name_parts(struct pdu *p, size_t stub, size_t token)
{
    p->iov[0] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_HEADER, {token, p->token}};
    p->iov[1] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_SIGN_ONLY, {HEADER, p->header}};
    p->iov[2] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_DATA, {stub, p->stub}};
    p->iov[3] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_SIGN_ONLY, {TRAILER, p->trailer}};
}

static size_t token_size(gss_ctx_id_t ctx, struct pdu *p)
{
    OM_uint32 minor, major;
    name_parts(p, 16, 0);
    major = gss_wrap_iov_length(&minor, ctx, 1, GSS_C_QOP_DEFAULT, NULL, p->iov, 4);
    must(major, minor, "the size of a token");
    if (p->iov[0].buffer.length > sizeof p->token)
        bench_die("a token of %zu bytes", p->iov[0].buffer.length);
    return p->iov[0].buffer.length;
}

static void send_one(gss_ctx_id_t from, gss_ctx_id_t to, struct pdu *p, size_t stub, size_t token)
{
    OM_uint32 minor, major;
    gss_qop_t qop;
    int encrypted;
    name_parts(p, stub, token);
    major = gss_wrap_iov(&minor, from, 1, GSS_C_QOP_DEFAULT, &encrypted, p->iov, 4);
    must(major, minor, "wrapping");
    name_parts(p, stub, token);
    major = gss_unwrap_iov(&minor, to, &encrypted, &qop, p->iov, 4);
    must(major, minor, "unwrapping");
}

static void wrap(const char *target, size_t request, size_t reply, unsigned long count)
{
    static struct pdu p;
    struct exchange x;
    if (request > STUB_MAX || reply > STUB_MAX)
        bench_die("%u bytes of stub at most", STUB_MAX);
    begin(&x, target);
    size_t token = token_size(x.client.ctx, &p);
    double t = 0;
    for (unsigned long i = 0; i < count + count / 10; i++) {
        if (i == count / 10)
            t = bench_now();
        send_one(x.client.ctx, x.server.ctx, &p, request, token);
        send_one(x.server.ctx, x.client.ctx, &p, reply, token);
    }
    printf("%.9f\n", (bench_now() - t) / (double)count);
    end(&x);
}

int main(int argc, char **argv)
{
    bench_pin(0);
    if (argc == 4 && strcmp(argv[1], "exchange") == 0)
        exchange(argv[2], bench_number(argv[3]));
    else if (argc == 6 && strcmp(argv[1], "wrap") == 0)
        wrap(argv[2], bench_number(argv[3]), bench_number(argv[4]), bench_number(argv[5]));
    else
        bench_die("usage: kerberos exchange TARGET COUNT | wrap TARGET REQUEST REPLY COUNT");
    return 0;
}
