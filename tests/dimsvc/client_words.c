/* SPDX-License-Identifier: Apache-2.0 */
#include "client_words.h"

#include <stdlib.h>
#include <string.h>

#include <winerror.h>

#include "dimsvc/client.h"
#include "dimsvc/connections_ex.h"
#include "dimsvc/server_ex.h"

#define WORDS_MAX 5

/* ---- requests ---- */

struct words {
    const char *w[WORDS_MAX];
    uint32_t v[WORDS_MAX]; /* as numbers */
    int n;
};

static const uint32_t *optional(const struct words *w, int i)
{
    return i < w->n ? &w->v[i] : NULL;
}

static size_t units(const char *ascii, char16_t *dst, size_t cap)
{
    size_t n = strlen(ascii);
    assert_true(n < cap);
    for (size_t i = 0; i <= n; i++)
        dst[i] = (char16_t)ascii[i];
    return n;
}

static size_t server_set(const struct words *w, uint8_t *buf)
{
    struct bytes record = bytes_from_hex(w->w[2]);
    size_t n = dim_req_server_set(buf, w->v[1], record.p, record.n);
    bytes_free(&record);
    return n;
}

/* The ports of the server in examples.txt, and with `every` something behind each pointer. */
static size_t server_set_ex(const struct words *w, uint8_t *buf)
{
    static const struct dim_policy policy = {.there = true, .dwords = {1, 2, 3, 4, 5, 6}};
    static struct dim_server_ex s;
    s = (struct dim_server_ex){.revision = (uint8_t)w->v[1],
                               .protocols = 15,
                               .ike = {.ports = 40, .flags = 1},
                               .pptp = {.ports = 10, .flags = 1},
                               .l2tp = {.ports = 20, .flags = 3},
                               .sstp = {.ports = 30, .flags = 1}};
    if (w->n > 2) {
        s.ike.has_params = 1, s.ike.idle_time = 300, s.ike.blackout_time = 120, s.ike.sa_time = 3600;
        s.ike.sa_data = 1024, s.ike.options = 2, s.ike.n_certificates = 2, s.ike.encryption = 2;
        s.ike.certificates[0] = (struct dim_octets){(const uint8_t *)"abc", 3};
        s.ike.certificates[1] = (struct dim_octets){(const uint8_t *)"longer", 6};
        s.ike.machine_certificate = (struct dim_octets){(const uint8_t *)"name!", 5};
        s.ike.machine_hash = (struct dim_octets){(const uint8_t *)"hash of", 7};
        s.ike.policy = s.l2tp.policy = policy;
        s.ike.n_ekus = 2;
        s.ike.ekus[0] = (struct dim_eku){(const uint8_t *)"1\0.\0002\0", 3, 3, true};
        s.ike.ekus[1] = (struct dim_eku){(const uint8_t *)"a\0n\0y\0", 3, 3, true};
        s.l2tp.has_params = 1, s.l2tp.idle_time = 300, s.l2tp.encryption = 1, s.l2tp.sa_time = 3600;
        s.l2tp.sa_data = 1024;
        s.sstp.use_https = 1, s.sstp.algorithm = 0x800c;
        s.sstp.certificate = (struct dim_octets){(const uint8_t *)"xyz", 3};
    }
    return dim_req_server_set_ex(buf, CLIENT_REQUEST_MAX, &s);
}

static size_t with_text(const struct words *w, uint8_t *buf)
{
    char16_t text[DIM_UNITS_ENDPOINT] = {0};
    if (strcmp(w->w[0], "update_connection") == 0) {
        (void)units(w->w[3], text, DIM_UNITS_ENDPOINT);
        return dim_req_update_connection(buf, w->v[1], w->v[2], text);
    }
    (void)units(w->w[2], text, DIM_UNITS_ENDPOINT);
    return dim_req_user_message(buf, w->v[1], text);
}

static size_t credentials(const struct words *w, uint8_t *buf)
{
    if (strcmp(w->w[0], "credentials_get") == 0)
        return dim_req_credentials_get(buf, w->v[1], w->v[2]);
    return dim_req_credentials_set(buf, w->v[1], w->v[2], (const uint8_t *)w->w[3], strlen(w->w[3]));
}

static size_t enumeration(const struct words *w, uint8_t *buf)
{
    const uint32_t *v = w->v;
    if (strcmp(w->w[0], "connection_enum") == 0)
        return dim_req_connection_enum(buf, v[1], v[2], optional(w, 3));
    if (strcmp(w->w[0], "port_enum") == 0)
        return dim_req_port_enum(buf, v[1], v[2], v[3], optional(w, 4));
    return dim_req_connection_enum_ex(buf, v[1], optional(w, 2));
}

static size_t of_numbers(const struct words *w, uint8_t *buf)
{
    const uint32_t *v = w->v;
    const char *name = w->w[0];
    if (strcmp(name, "server_get") == 0)
        return dim_req_server_get(buf, v[1]);
    if (strcmp(name, "get_info") == 0)
        return dim_req_get_info(buf, v[1], v[2]);
    if (strcmp(name, "handle") == 0)
        return dim_req_handle(buf, v[1]);
    if (strcmp(name, "device_enum") == 0)
        return dim_req_device_enum(buf, v[1]);
    if (strcmp(name, "quarantine") == 0)
        return dim_req_remove_quarantine(buf, v[1], v[2] != 0);
    if (strcmp(name, "server_get_ex") == 0)
        return dim_req_server_get_ex(buf, (uint8_t)v[1]);
    if (strcmp(name, "connection_get_ex") == 0)
        return dim_req_connection_get_ex(buf, v[1]);
    fail_msg("the client has no %s", name);
    return 0;
}

static size_t make(const struct words *w, uint8_t *buf)
{
    static const struct {
        const char *name;
        size_t (*make)(const struct words *w, uint8_t *buf);
    } others[] = {
        {"connection_enum", enumeration}, {"port_enum", enumeration},       {"connection_enum_ex", enumeration},
        {"server_set", server_set},       {"server_set_ex", server_set_ex}, {"update_connection", with_text},
        {"user_message", with_text},      {"credentials_get", credentials}, {"credentials_set", credentials},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(others[i].name, w->w[0]) == 0)
            return others[i].make(w, buf);
    }
    return of_numbers(w, buf);
}

size_t client_request(const char *words, uint8_t buf[static CLIENT_REQUEST_MAX])
{
    struct words w = {0};
    char *copy = strdup(words), *next = copy;
    assert_non_null(copy);
    while (w.n < WORDS_MAX && (w.w[w.n] = strsep(&next, " "))) {
        w.v[w.n] = (uint32_t)strtoul(w.w[w.n], NULL, 10);
        w.n++;
    }
    size_t n = make(&w, buf);
    free(copy);
    return n;
}

/* ---- answers ---- */

static uint32_t add(struct reading *r, const uint8_t *p, size_t n)
{
    r->records = realloc(r->records, r->n + n);
    assert_non_null(r->records);
    memcpy(r->records + r->n, p, n);
    r->n += n;
    return 0;
}

static uint32_t take_bytes(void *ctx, const uint8_t *p, size_t n)
{
    return add(ctx, p, n);
}

static uint32_t take_element(void *ctx, const uint8_t *arm, bool ikev2)
{
    return add(ctx, arm, dim_connection_ex_size(ikev2));
}

/* In pieces of their own, so that a sanitizer sees a step outside. */
static uint32_t feed(const uint8_t *p, size_t n, size_t piece, void *decoder,
                     uint32_t (*take)(void *, const uint8_t *, size_t, bool))
{
    uint32_t code = 0;
    while (n > 0 && code == 0) {
        size_t now = n < piece ? n : piece;
        uint8_t *copy = malloc(now);
        assert_non_null(copy);
        memcpy(copy, p, now);
        code = take(decoder, copy, now, false);
        free(copy);
        p += now;
        n -= now;
    }
    return code;
}

static const struct {
    uint16_t opnum;
    enum dim_answer kind;
} kinds[] = {
    {0, DIM_ANSWER_CONTAINER}, {1, DIM_ANSWER_LIST},      {2, DIM_ANSWER_CONTAINER}, {3, DIM_ANSWER_CODE},
    {4, DIM_ANSWER_LIST},      {5, DIM_ANSWER_CONTAINER}, {6, DIM_ANSWER_CODE},      {7, DIM_ANSWER_CODE},
    {8, DIM_ANSWER_CODE},      {35, DIM_ANSWER_CODE},     {36, DIM_ANSWER_COUNTED},  {40, DIM_ANSWER_CODE},
    {41, DIM_ANSWER_MESSAGE},  {42, DIM_ANSWER_CODE},     {43, DIM_ANSWER_CODE},     {47, DIM_ANSWER_CODE},
    {48, DIM_ANSWER_CODE},
};

static bool is_ex(uint16_t opnum)
{
    return opnum >= 44 && opnum <= 46;
}

bool client_has(uint16_t opnum)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].opnum == opnum)
            return true;
    }
    return is_ex(opnum);
}

static enum dim_answer kind_of(uint16_t opnum)
{
    size_t i = 0;
    while (kinds[i].opnum != opnum)
        i++;
    return kinds[i].kind;
}

/* The sizes that libmprapi allows at this level. */
static void set_sizes(uint16_t opnum, uint32_t level, size_t sizes[2])
{
    sizes[1] = 0;
    if (opnum == 0)
        sizes[0] = dim_server_size(level);
    else if (opnum == 36)
        sizes[0] = DIM_DEVICE0_SIZE;
    else if (opnum == 4 || opnum == 5)
        sizes[0] = level == 0 ? DIM_PORT0_SIZE : DIM_PORT1_SIZE;
    else
        sizes[0] = dim_connection_size(level);
    if ((opnum == 1 || opnum == 2) && level == 1)
        sizes[1] = DIM_CONN1_SIZE(DIM_IPX_SPEC);
    if ((opnum == 1 || opnum == 2) && level == 2)
        sizes[1] = DIM_CONN2_SIZE(DIM_IPX_SPEC);
}

static void read_records(uint16_t opnum, const struct dim_args *a, struct bytes stub, size_t piece, struct reading *r)
{
    struct dim_decoder d = {.kind = kind_of(opnum), .resume = a->has_resume, .bytes = take_bytes, .ctx = r};
    set_sizes(opnum, a->level, d.sizes);
    r->error = feed(stub.p, stub.n, piece, &d, dim_decoder_data);
    if (r->error == 0)
        r->error = dim_decoder_end(&d);
    r->code = d.code;
    r->read = d.read;
    r->total = d.total;
    r->resume = d.resume_out;
}

static void read_connections(bool list, const struct dim_args *a, struct bytes stub, size_t piece, struct reading *r)
{
    static struct dim_connections_ex d;
    d = (struct dim_connections_ex){.list = list, .resume = a->has_resume, .element = take_element, .ctx = r};
    r->error = feed(stub.p, stub.n, piece, &d, dim_connections_ex_data);
    if (r->error == 0)
        r->error = dim_connections_ex_end(&d);
    r->code = d.code;
    r->read = d.read;
    r->total = d.total;
    r->resume = d.resume_out;
}

static void add_octets(struct reading *r, struct dim_octets o)
{
    if (o.n > 0)
        (void)add(r, o.p, o.n);
}

/* Everything that its pointers lead to, in the order of the structure. */
static void read_server(const struct dim_args *a, struct bytes stub, struct reading *r)
{
    static struct dim_server_ex s;
    uint8_t *copy = malloc(stub.n ? stub.n : 1);
    assert_non_null(copy);
    memcpy(copy, stub.p, stub.n);
    r->error = dim_server_ex_decode(copy, stub.n, false, a->revision, &s, &r->code);
    if (r->error == 0 && r->code == 0) {
        r->read = s.pptp.ports;
        r->total = s.total_ports;
        for (uint32_t i = 0; i < s.ike.n_certificates; i++)
            add_octets(r, s.ike.certificates[i]);
        add_octets(r, s.ike.machine_certificate);
        for (uint32_t i = 0; i < s.ike.n_ekus; i++)
            add_octets(r, (struct dim_octets){s.ike.ekus[i].units, 2 * s.ike.ekus[i].n});
        add_octets(r, s.ike.machine_hash);
        add_octets(r, s.sstp.certificate);
    }
    free(copy);
}

static void read_key(struct reading *r)
{
    const uint8_t *key;
    size_t n;
    if (r->error == 0 && r->code == 0 &&
        !dim_credentials_key(r->records ? r->records : (const uint8_t *)"", r->n, &key, &n))
        r->error = RPC_X_BAD_STUB_DATA;
}

struct reading client_read(uint16_t opnum, struct bytes request, const uint8_t *stub, size_t n, size_t piece)
{
    struct reading r = {0};
    struct dim_args a = {.has_resume = true, .revision = 1};
    struct bytes bytes = {.p = (uint8_t *)(uintptr_t)stub, .n = n};
    struct rpc_rd rd = rpc_rd_init(request.p, request.n, false);
    if (request.n > 0)
        assert_int_equal(dim_request_decode(&rd, dim_op(opnum)->impl->in, &a), 0);
    if (opnum == DIM_SERVER_GET_INFO_EX)
        read_server(&a, bytes, &r);
    else if (is_ex(opnum))
        read_connections(opnum == DIM_CONNECTION_ENUM_EX, &a, bytes, piece, &r);
    else
        read_records(opnum, &a, bytes, piece, &r);
    if (opnum == DIM_GET_CREDENTIALS_EX)
        read_key(&r);
    return r;
}

void reading_free(struct reading *r)
{
    free(r->records);
    *r = (struct reading){0};
}
