/* SPDX-License-Identifier: Apache-2.0 */
/* Kerberos between a client and a server of rpc/: who gets in, what is noticed on the way, and what is said. */
#include "pair.h"

#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <winerror.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The library's clock, which can be set ahead: it takes the program's functions before those of libc. */
#define FOR_THE_LIBRARY __attribute__((visibility("default")))
static time_t ahead;

FOR_THE_LIBRARY int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    struct timespec now;
    (void)tz;
    clock_gettime(CLOCK_REALTIME, &now);
    tv->tv_sec = now.tv_sec + ahead;
    tv->tv_usec = now.tv_nsec / 1000;
    return 0;
}

FOR_THE_LIBRARY time_t time(time_t *t)
{
    struct timeval now;
    gettimeofday(&now, NULL);
    if (t)
        *t = now.tv_sec;
    return now.tv_sec;
}

static const struct rpc_auth_mech *const both[] = {&kerberos_spnego, &kerberos_bare};
static const enum rpc_auth_level levels[] = {RPC_AUTH_INTEGRITY, RPC_AUTH_PRIVACY};

/* How PDUs are protected: by GSSAPI, or, after one each way, by ours. */
static const struct way {
    enum rpc_auth_level level;
    unsigned calls; /* before what is tested */
} ways[] = {{RPC_AUTH_INTEGRITY, 0}, {RPC_AUTH_PRIVACY, 0}, {RPC_AUTH_PRIVACY, 2}};

static struct pair *bound(const struct way *way)
{
    struct pair *p = pair_new(&kerberos_spnego, way->level);
    pair_bind(p);
    for (unsigned i = 0; i < way->calls; i++)
        pair_call(p, "before", 6);
    p->dispatched = 0;
    p->got.n = 0;
    return p;
}

/* Tickets lie in caches beside the one that the environment names. */
static void use_cache(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "FILE:%s/%s", getenv("REALM_FOLDER"), name);
    setenv("KRB5CCNAME", path, 1);
}

static int with_alice(void **state)
{
    (void)state;
    use_cache("alice");
    return 0;
}

static void calls_come_back_in_every_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(both) * ARRAY_SIZE(levels) * 2; i++) {
        struct pair *p = pair_new(both[i & 1], levels[i >> 1 & 1]);
        p->later = i >> 2 & 1;
        pair_bind(p);
        pair_call(p, "hello", 5);
        pair_call(p, NULL, 0);
        p->reply = 100001; /* many fragments, and one byte in the last */
        pair_call(p, "more", 4);
        p->reply = 0;
        static uint8_t large[60000];
        pair_call(p, large, sizeof large);
        enum rpc_auth_level level;
        assert_non_null(rpc_server_auth(p->server, &level));
        assert_int_equal(level, levels[i >> 1 & 1]);
        if (p->later) {
            assert_string_equal(p->principal, "alice@RRAS.TEST");
            assert_true(kerberos_is_complete(p->last));
            assert_string_equal(kerberos_local_user(p->last), "alice-local"); /* by auth_to_local */
        }
        pair_free(p);
    }
}

static void privacy_hides_the_stub(void **state)
{
    (void)state;
    static const char secret[] = "nobody must read this";
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        struct pair *p = bound(&ways[i]);
        pair_take_request(p, secret, sizeof secret);
        bool seen = memmem(p->to_server.p, p->to_server.n, secret, sizeof secret) != NULL;
        assert_int_equal(seen, ways[i].level == RPC_AUTH_INTEGRITY);
        pair_free(p);
    }
}

/* Each byte of a protected request is changed in turn. Those of the header that say how long it is are left out: with
 * them the server waits for more. */
static void a_changed_byte_is_noticed_wherever_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        size_t n = 1000; /* until it is known */
        for (size_t at = 2; at < n; at = at == 7 ? 12 : at + 1) {
            struct pair *p = bound(&ways[i]);
            pair_take_request(p, "0123456789", 10);
            n = p->to_server.n;
            p->to_server.p[at] ^= 0x40;
            (void)rpc_server_input(p->server, p->to_server.p, n);
            if (p->dispatched)
                fail_msg("way %zu: byte %zu of %zu is not protected", i, at, n);
            pair_free(p);
        }
        assert_true(n > 70);
    }
}

static void a_changed_answer_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        struct pair *p = bound(&ways[i]);
        pair_take_request(p, "0123456789", 10);
        (void)rpc_server_input(p->server, p->to_server.p, p->to_server.n);
        pair_take_reply(p);
        p->to_client.p[pdu_trailer(&p->to_client) - 16] ^= 1; /* of the stub */
        rpc_client_input(p->client, p->to_client.p, p->to_client.n);
        assert_int_equal(rpc_client_state(p->client), RPC_CLIENT_BROKEN);
        assert_int_equal(p->got.n, 0);
        pair_free(p);
    }
}

static void a_replayed_request_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        struct pair *p = bound(&ways[i]);
        pair_take_request(p, "once", 4);
        assert_int_equal(rpc_server_input(p->server, p->to_server.p, p->to_server.n), 0);
        assert_int_equal(p->dispatched, 1);
        assert_int_equal(rpc_server_input(p->server, p->to_server.p, p->to_server.n), -EPROTO);
        assert_int_equal(p->dispatched, 1);
        pair_free(p);
    }
}

static void requests_out_of_order_are_refused(void **state)
{
    (void)state;
    static struct stretch first;
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        struct pair *p = bound(&ways[i]);
        pair_take_request(p, "first", 5);
        first = p->to_server;
        p->to_server.n = 0;
        /* An answer, so that the client goes on: from another server that has got the same bytes it would be one, too.
         */
        assert_int_equal(rpc_server_input(p->server, first.p, first.n), 0);
        pair_talk(p);
        pair_take_request(p, "second", 6);
        p->to_server.n = 0; /* lost */
        assert_int_equal(rpc_server_input(p->server, first.p, first.n), -EPROTO);
        assert_int_equal(p->dispatched, 1);
        pair_free(p);
    }
}

static void a_request_of_another_connection_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        struct pair *p = bound(&ways[i]), *q = bound(&ways[i]);
        pair_take_request(p, "mine", 4);
        assert_int_equal(rpc_server_input(q->server, p->to_server.p, p->to_server.n), -EPROTO);
        assert_int_equal(q->dispatched, 0);
        pair_free(p);
        pair_free(q);
    }
}

static void a_stripped_signature_is_refused(void **state)
{
    (void)state;
    struct pair *p = pair_new(&kerberos_spnego, RPC_AUTH_INTEGRITY);
    pair_bind(p);
    pair_take_request(p, "0123456789abcdef", 16);
    size_t n = pdu_trailer(&p->to_server);
    p->to_server.p[8] = (uint8_t)n;
    p->to_server.p[9] = (uint8_t)(n >> 8);
    p->to_server.p[10] = p->to_server.p[11] = 0;
    assert_int_equal(rpc_server_input(p->server, p->to_server.p, n), -EPROTO);
    assert_int_equal(p->dispatched, 0);
    pair_free(p);
}

static void calls_of_clients_that_sign_no_headers_work(void **state)
{
    (void)state;
    struct rpc_auth_mech old = kerberos_bare;
    old.header_signing = false;
    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        struct pair *p = pair_new(&old, levels[i]);
        pair_bind(p);
        for (int n = 0; n < 3; n++)
            pair_call(p, "hello", 5);
        pair_free(p);
    }
}

/* Somebody between them takes the flag away with which both say that they sign headers: then he could change the number
 * of the operation in each. */
static void a_client_that_signs_headers_insists_on_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        struct pair *p = pair_new(&kerberos_bare, levels[i]);
        pair_start(p);
        assert_non_null(p->client);
        size_t n;
        const uint8_t *out = rpc_client_output(p->client, &n);
        memcpy(p->to_server.p, out, n);
        rpc_client_consumed(p->client, n);
        p->to_server.p[3] &= (uint8_t)~4u;
        (void)rpc_server_input(p->server, p->to_server.p, n);
        pair_talk(p);
        assert_int_equal(rpc_client_state(p->client), RPC_CLIENT_BROKEN);
        assert_int_equal(rpc_client_error(p->client), RPC_S_UNKNOWN_AUTHN_LEVEL);
        pair_free(p);
    }
}

static void weaker_levels_are_not_offered(void **state)
{
    (void)state;
    static const enum rpc_auth_level weak[] = {RPC_AUTH_CONNECT, RPC_AUTH_PACKET, RPC_AUTH_INTEGRITY};
    for (size_t i = 0; i < ARRAY_SIZE(weak); i++) {
        struct kerberos_config config = {.min_level = RPC_AUTH_PRIVACY, .target = "host@server.rras.test"};
        assert_null(kerberos_spnego.create(&config, NULL, weak[i], true));
        assert_null(kerberos_bare.create(&config, NULL, weak[i], true));
        if (weak[i] < RPC_AUTH_INTEGRITY)
            assert_null(kerberos_spnego.create(&config, NULL, weak[i], false));
    }
    for (enum rpc_auth_level level = RPC_AUTH_CONNECT; level <= RPC_AUTH_PRIVACY; level++) {
        struct kerberos_config nothing = {.min_level = RPC_AUTH_DEFAULT}, packet = {.min_level = RPC_AUTH_PACKET};
        struct rpc_auth *a = kerberos_bare.create(&nothing, NULL, level, true);
        assert_int_equal(a != NULL, level >= RPC_AUTH_INTEGRITY); /* as long as nobody asks for less */
        if (a)
            kerberos_bare.destroy(a);
        a = kerberos_bare.create(&packet, NULL, level, true);
        assert_int_equal(a != NULL, level >= RPC_AUTH_PACKET);
        if (a)
            kerberos_bare.destroy(a);
    }
    struct pair *p = pair_new(&kerberos_spnego, RPC_AUTH_INTEGRITY);
    p->theirs.min_level = RPC_AUTH_PRIVACY;
    pair_start(p);
    pair_talk(p);
    assert_int_equal(rpc_client_state(p->client), RPC_CLIENT_BROKEN);
    assert_string_equal(rpc_server_close_reason(p->server), "an authentication level that is not offered");
    pair_free(p);
}

/* What one side says of a bind that can't succeed. */
static void expect_no_start(const char *cache, const char *target, const char *word)
{
    struct pair *p = pair_new(&kerberos_spnego, RPC_AUTH_PRIVACY);
    use_cache(cache);
    if (target)
        p->ours.target = target;
    pair_start(p);
    if (p->client)
        fail_msg("a bind for %s with the cache \"%s\"", p->ours.target, cache);
    if (!strstr(p->ours.why, word))
        fail_msg("\"%s\" does not say \"%s\"", p->ours.why, word);
    pair_free(p);
}

static void a_client_without_a_good_ticket_is_told(void **state)
{
    (void)state;
    expect_no_start("none", NULL, "kinit");
    expect_no_start("expired", NULL, "kinit");
    expect_no_start("alice", "host@other.rras.test", "not found in Kerberos database");
    expect_no_start("alice", "host@server.elsewhere.test", "host@server.elsewhere.test");
}

static void a_server_that_can_not_tell_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *keytab, *word;
        time_t ahead;
    } rows[] = {
        {"FILE:/nonexistent/keytab", "no key for Kerberos", 0},
        {"OLD_KEYTAB", "Kerberos refuses the client", 0},
        {NULL, "Clock skew too great", 3600},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pair *p = pair_new(&kerberos_spnego, RPC_AUTH_PRIVACY);
        p->theirs.keytab = rows[i].keytab && rows[i].keytab[0] == 'O' ? getenv(rows[i].keytab) : rows[i].keytab;
        p->later = true;
        pair_start(p);
        assert_non_null(p->client);
        size_t n;
        const uint8_t *out = rpc_client_output(p->client, &n);
        assert_int_equal(rpc_server_input(p->server, out, n), 0);
        struct rpc_auth *a = p->waiting;
        ahead = rows[i].ahead;
        kerberos_run(a);
        ahead = 0;
        assert_false(kerberos_is_complete(a));
        assert_string_equal(kerberos_principal(a), "");
        if (!strstr(kerberos_why(a), rows[i].word))
            fail_msg("\"%s\" does not say \"%s\"", kerberos_why(a), rows[i].word);
        assert_true(kerberos_done(a));
        rpc_server_auth_ready(p->server);
        assert_string_equal(rpc_server_close_reason(p->server), "the authentication failed");
        pair_free(p);
    }
}

static void rubbish_is_no_token(void **state)
{
    (void)state;
    static const char *const rubbish[] = {"", "x", "\x60\x02\x06\x00", "\x60\x84\xff\xff\xff\xff\x06\x06",
                                          "NTLMSSP\0\1\0\0\0"};
    for (size_t i = 0; i < ARRAY_SIZE(rubbish) * 2; i++) {
        struct kerberos_config config = {.min_level = RPC_AUTH_INTEGRITY};
        const struct rpc_auth_mech *mech = both[i & 1];
        struct rpc_auth *a = mech->create(&config, NULL, RPC_AUTH_PRIVACY, true);
        const uint8_t *out;
        size_t n;
        assert_non_null(a);
        int r = mech->step(a, (const uint8_t *)rubbish[i / 2], strlen(rubbish[i / 2]), &out, &n);
        assert_true(r < 0 || r == 1); /* SPNEGO may ask for a better one; nobody is let in */
        assert_false(kerberos_is_complete(a));
        mech->destroy(a);
    }
}

static void a_context_may_lose_its_association_while_a_leg_runs(void **state)
{
    (void)state;
    struct pair *p = pair_new(&kerberos_spnego, RPC_AUTH_PRIVACY);
    size_t n;
    p->later = true;
    pair_start(p);
    const uint8_t *out = rpc_client_output(p->client, &n);
    assert_int_equal(rpc_server_input(p->server, out, n), 0);
    struct rpc_auth *a = p->waiting;
    rpc_server_free(p->server);
    p->server = NULL;
    kerberos_run(a);
    assert_false(kerberos_done(a)); /* freed: the sanitizers see to it */
    pair_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(calls_come_back_in_every_way, with_alice),
        cmocka_unit_test_setup(privacy_hides_the_stub, with_alice),
        cmocka_unit_test_setup(a_changed_byte_is_noticed_wherever_it_is, with_alice),
        cmocka_unit_test_setup(a_changed_answer_is_noticed, with_alice),
        cmocka_unit_test_setup(a_replayed_request_is_refused, with_alice),
        cmocka_unit_test_setup(requests_out_of_order_are_refused, with_alice),
        cmocka_unit_test_setup(a_request_of_another_connection_is_refused, with_alice),
        cmocka_unit_test_setup(a_stripped_signature_is_refused, with_alice),
        cmocka_unit_test_setup(calls_of_clients_that_sign_no_headers_work, with_alice),
        cmocka_unit_test_setup(a_client_that_signs_headers_insists_on_it, with_alice),
        cmocka_unit_test_setup(weaker_levels_are_not_offered, with_alice),
        cmocka_unit_test_setup(a_client_without_a_good_ticket_is_told, with_alice),
        cmocka_unit_test_setup(a_server_that_can_not_tell_says_why, with_alice),
        cmocka_unit_test_setup(rubbish_is_no_token, with_alice),
        cmocka_unit_test_setup(a_context_may_lose_its_association_while_a_leg_runs, with_alice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
