/* SPDX-License-Identifier: Apache-2.0 */
/* What charon 5.9.8 says of IKE_SAs, CHILD_SAs and connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>

#include "drivers/vici/conns.h"
#include "drivers/vici/sa.h"
#include "tests/vici/message.h"

static struct sa_message m;

static void a_row_of_list_sas_is_understood(void **state)
{
    struct message b = {0};
    (void)state;
    section(&b, "ra");
    number(&b, "uniqueid", 7);
    number(&b, "version", 1);
    value(&b, "state", "ESTABLISHED");
    value(&b, "remote-host", "2001:db8::7");
    value(&b, "remote-port", "500");
    value(&b, "remote-id", "carol.device");
    value(&b, "remote-xauth-id", "carol");
    value(&b, "initiator-spi", "fedcba9876543210");
    value(&b, "initiator", "yes");
    number(&b, "established", 12);
    list(&b, "remote-vips", "10.98.0.3", "fd98::3");
    list(&b, "tasks-passive", "IKE_DELETE", NULL);
    section(&b, "child-sas");
    section(&b, "net-3");
    put_child(&b, &(struct fake_child){.id = 3, .in = 1000, .out = 2000});
    list(&b, "local-ts", "10.99.0.0/24", NULL);
    end(&b);
    section(&b, "net-4");
    put_child(&b, &(struct fake_child){.id = 4});
    end(&b);
    end(&b);
    end(&b);
    assert_int_equal(sa_parse(bytes_of(&b), &m), 0);
    assert_true(bytes_are(m.connection, "ra"));
    assert_int_equal(m.sa.id, 7);
    assert_int_equal(m.sa.version, 1);
    assert_int_equal(m.sa.state, SA_ESTABLISHED);
    assert_true(bytes_are(m.sa.remote_host, "2001:db8::7") && bytes_are(m.sa.remote_port, "500"));
    assert_true(bytes_are(sa_user(&m.sa), "carol"));
    assert_true(bytes_are(m.sa.vip4, "10.98.0.3") && bytes_are(m.sa.vip6, "fd98::3"));
    assert_true(m.sa.is_initiator && m.sa.has_established && m.sa.has_delete);
    assert_int_equal(m.sa.established, 12);
    assert_int_equal(m.sa.children_n, 2);
    assert_int_equal(m.sa.children[0].id, 3);
    assert_int_equal(m.sa.children[0].counts.bytes_in, 1000);
    assert_int_equal(m.sa.children[0].counts.packets_out, 20);
    assert_false(m.up);
}

static void the_user_is_of_eap_before_xauth_before_ike(void **state)
{
    struct fake_sa sa = {.id = 1, .user = "device", .xauth = "x", .eap = "e"};
    (void)state;
    struct message a = {0};
    put_sa(&a, &sa);
    assert_int_equal(sa_parse(bytes_of(&a), &m), 0);
    assert_true(bytes_are(sa_user(&m.sa), "e"));
    sa.eap = NULL;
    struct message b = {0};
    put_sa(&b, &sa);
    sa_parse(bytes_of(&b), &m);
    assert_true(bytes_are(sa_user(&m.sa), "x"));
    sa.xauth = NULL;
    struct message c = {0};
    put_sa(&c, &sa);
    sa_parse(bytes_of(&c), &m);
    assert_true(bytes_are(sa_user(&m.sa), "device"));
}

static void rekeying_tells_the_old_one_and_the_new_one(void **state)
{
    struct message b = {0};
    (void)state;
    section(&b, "ra");
    section(&b, "old");
    put_sa_values(&b, &(struct fake_sa){.id = 4, .user = "old", .state = "REKEYING"});
    end(&b);
    section(&b, "new");
    put_sa_values(&b, &(struct fake_sa){.id = 9, .user = "new"});
    end(&b);
    end(&b);
    assert_int_equal(sa_parse(bytes_of(&b), &m), 0);
    assert_int_equal(m.old_id, 4);
    assert_int_equal(m.sa.id, 9);
    assert_int_equal(m.sa.state, SA_ESTABLISHED);
    assert_true(bytes_are(m.sa.remote_id, "new"));
}

static void a_rekeyed_child_tells_both(void **state)
{
    struct message b = {0};
    (void)state;
    section(&b, "ra");
    put_sa_values(&b, &(struct fake_sa){.id = 4});
    section(&b, "child-sas");
    section(&b, "net");
    section(&b, "old");
    put_child(&b, &(struct fake_child){.id = 1, .in = 500});
    end(&b);
    section(&b, "new");
    put_child(&b, &(struct fake_child){.id = 2});
    end(&b);
    end(&b);
    end(&b);
    end(&b);
    assert_int_equal(sa_parse(bytes_of(&b), &m), 0);
    assert_int_equal(m.sa.children_n, 2);
    assert_true(m.sa.children[0].old && m.sa.children[0].id == 1 && m.sa.children[0].counts.bytes_in == 500);
    assert_true(!m.sa.children[1].old && m.sa.children[1].id == 2);
}

static void an_event_has_members_of_its_own(void **state)
{
    struct message b = {0};
    (void)state;
    value(&b, "up", "yes");
    value(&b, "remote-host", "198.51.100.8");
    value(&b, "remote-port", "4501");
    put_sa(&b, &(struct fake_sa){.id = 1});
    assert_int_equal(sa_parse(bytes_of(&b), &m), 0);
    assert_true(m.up);
    assert_true(bytes_are(m.remote_host, "198.51.100.8") && bytes_are(m.remote_port, "4501"));
    assert_true(bytes_are(m.sa.remote_host, "198.51.100.7"));
}

static void names_that_users_choose_stand_where_they_can_do_no_harm(void **state)
{
    /* An identity that looks like elements of a message, and one with a NUL in it. */
    static const char identity[] = "\2\2\3\10uniqueid\0\1"
                                   "9";
    struct message b = {0};
    (void)state;
    section(&b, "ra");
    number(&b, "uniqueid", 1);
    message_named(&b, WIRE_VALUE, "remote-id");
    message_bytes(&b, identity, sizeof(identity) - 1);
    end(&b);
    assert_int_equal(sa_parse(bytes_of(&b), &m), 0);
    assert_int_equal(m.sa.id, 1);
    assert_int_equal(m.sa.remote_id.n, sizeof(identity) - 1);
}

static void what_is_no_ike_sa_is_refused(void **state)
{
    struct message none = {0}, without = {0}, bad = {0}, negative = {0};
    (void)state;
    assert_int_equal(sa_parse(bytes_of(&none), &m), -EPROTO);
    section(&without, "ra");
    value(&without, "state", "ESTABLISHED");
    end(&without);
    assert_int_equal(sa_parse(bytes_of(&without), &m), -EPROTO);
    section(&bad, "ra");
    value(&bad, "uniqueid", "1x");
    end(&bad);
    assert_int_equal(sa_parse(bytes_of(&bad), &m), -EPROTO);
    section(&negative, "ra");
    number(&negative, "uniqueid", 1);
    section(&negative, "child-sas");
    section(&negative, "net-1");
    value(&negative, "bytes-in", "-5");
    end(&negative);
    end(&negative);
    end(&negative);
    assert_int_equal(sa_parse(bytes_of(&negative), &m), -EPROTO);
}

static void too_many_children_are_left_out_and_counted(void **state)
{
    static struct message b;
    (void)state;
    b.n = 0;
    section(&b, "ra");
    number(&b, "uniqueid", 1);
    section(&b, "child-sas");
    for (unsigned i = 1; i <= SA_CHILDREN_MAX + 5; i++) {
        section(&b, "net");
        number(&b, "uniqueid", i);
        end(&b);
    }
    end(&b);
    end(&b);
    assert_int_equal(sa_parse(bytes_of(&b), &m), 0);
    assert_int_equal(m.sa.children_n, SA_CHILDREN_MAX);
    assert_int_equal(m.sa.children_left_out, 5);
    assert_int_equal(m.sa.children[SA_CHILDREN_MAX - 1].id, SA_CHILDREN_MAX);
}

static void deep_and_unknown_sections_are_passed_over(void **state)
{
    struct message b = {0};
    (void)state;
    section(&b, "ra");
    number(&b, "uniqueid", 1);
    section(&b, "something-new");
    section(&b, "child-sas");
    number(&b, "uniqueid", 99);
    end(&b);
    end(&b);
    number(&b, "version", 2);
    end(&b);
    section(&b, "another-sa");
    number(&b, "uniqueid", 2);
    end(&b);
    assert_int_equal(sa_parse(bytes_of(&b), &m), 0);
    assert_int_equal(m.sa.id, 1);
    assert_int_equal(m.sa.version, 2);
    assert_int_equal(m.sa.children_n, 0);
    assert_true(bytes_are(m.connection, "ra"));
}

/* ---- connections ---- */

static void round_of(struct message *b, const char *name, const char *class, const char *eap)
{
    section(b, name);
    value(b, "class", class);
    if (eap)
        value(b, "eap-type", eap);
    end(b);
}

static int conn(struct conns *c, const char *name, const char *class, const char *eap, const char *second)
{
    struct message b = {0};
    section(&b, name);
    value(&b, "version", "IKEv2");
    round_of(&b, "local-1", "public key", NULL);
    round_of(&b, "remote-1", class, eap);
    if (second)
        round_of(&b, "remote-2", second, NULL);
    section(&b, "children");
    end(&b);
    end(&b);
    return conns_row(c, bytes_of(&b));
}

static const char *auth(const struct conns *c, const char *name)
{
    return conns_auth(c, (struct bytes){name, strlen(name)});
}

static void connections_tell_how_peers_show_who_they_are(void **state)
{
    struct conns *c = conns_new();
    (void)state;
    conns_begin(c);
    assert_int_equal(conn(c, "a", "pre-shared key", NULL, NULL), 0);
    assert_int_equal(conn(c, "b", "EAP", "EAP_MD5", NULL), 0);
    assert_int_equal(conn(c, "c", "pre-shared key", NULL, "XAuth"), 0);
    assert_int_equal(conn(c, "d", "public key", NULL, NULL), 0);
    assert_int_equal(conn(c, "e", "any", NULL, NULL), 0);
    conns_end(c);
    assert_string_equal(auth(c, "a"), "psk");
    assert_string_equal(auth(c, "b"), "eap-md5");
    assert_string_equal(auth(c, "c"), "psk+xauth");
    assert_string_equal(auth(c, "d"), "certificate");
    assert_string_equal(auth(c, "e"), "any");
    assert_null(auth(c, "f"));
    conns_free(c);
}

static void connections_that_are_not_configured_any_more_are_forgotten(void **state)
{
    struct conns *c = conns_new();
    (void)state;
    conns_begin(c);
    conn(c, "a", "pre-shared key", NULL, NULL);
    conn(c, "b", "pre-shared key", NULL, NULL);
    conns_end(c);
    conns_begin(c);
    conn(c, "b", "public key", NULL, NULL);
    assert_string_equal(auth(c, "a"), "psk"); /* the new listing is not complete */
    conns_end(c);
    assert_null(auth(c, "a"));
    assert_string_equal(auth(c, "b"), "certificate");
    conns_free(c);
}

static void connections_are_bounded(void **state)
{
    struct conns *c = conns_new();
    char name[16];
    (void)state;
    conns_begin(c);
    for (unsigned i = 0; i < CONNS_MAX; i++) {
        snprintf(name, sizeof(name), "c%u", i);
        assert_int_equal(conn(c, name, "EAP",
                              "a type of EAP with a very long name indeed, so long that it must be cut somewhere",
                              "XAuth"),
                         0);
    }
    assert_int_equal(conn(c, "one more", "EAP", NULL, NULL), -ENOBUFS);
    assert_true(strlen(auth(c, "c0")) < CONNS_AUTH_MAX);
    conns_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_of_list_sas_is_understood),
        cmocka_unit_test(the_user_is_of_eap_before_xauth_before_ike),
        cmocka_unit_test(rekeying_tells_the_old_one_and_the_new_one),
        cmocka_unit_test(a_rekeyed_child_tells_both),
        cmocka_unit_test(an_event_has_members_of_its_own),
        cmocka_unit_test(names_that_users_choose_stand_where_they_can_do_no_harm),
        cmocka_unit_test(what_is_no_ike_sa_is_refused),
        cmocka_unit_test(too_many_children_are_left_out_and_counted),
        cmocka_unit_test(deep_and_unknown_sections_are_passed_over),
        cmocka_unit_test(connections_tell_how_peers_show_who_they_are),
        cmocka_unit_test(connections_that_are_not_configured_any_more_are_forgotten),
        cmocka_unit_test(connections_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
