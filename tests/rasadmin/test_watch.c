/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "tests/rasadmin/unit.h"

#include "rasadmin/watch.h"

struct record {
    char text[512];
};

static void note(void *ctx, enum watch_event event, const struct port *p)
{
    struct record *r = ctx;
    size_t n = strlen(r->text);
    snprintf(r->text + n, sizeof r->text - n, "%s:%s ", watch_event_word(event), p->name);
}

static struct connection alice = A_CONNECTION(.handle = 5, .user = "alice", .client4 = "10.8.0.6");
static struct connection moved = A_CONNECTION(.handle = 5, .user = "alice", .client4 = "10.8.0.9");

static void expect(const struct port *before, size_t n, const struct port *now, size_t m, bool first,
                   const char *events)
{
    struct record r = {""};
    const struct listing a = {.ports = (struct port *)(uintptr_t)before, .n_ports = n};
    const struct listing b = {.ports = (struct port *)(uintptr_t)now, .n_ports = m};
    assert_int_equal(watch_compare(&a, &b, first, note, &r), 0);
    assert_string_equal(r.text, events);
}

static const struct port idle = A_PORT(.handle = 1, .condition = CONDITION_LISTENING, .name = "p1");
static const struct port in =
    A_PORT(.handle = 2, .connection = 5, .condition = CONDITION_AUTHENTICATED, .name = "p1", .conn = &alice);
static const struct port next =
    A_PORT(.handle = 3, .connection = 6, .condition = CONDITION_AUTHENTICATED, .name = "p1");

static void the_first_look_shows_who_is_there(void **state)
{
    (void)state;
    expect(NULL, 0, &in, 1, true, "present:p1 ");
    expect(NULL, 0, &idle, 1, true, "");
}

static void coming_and_leaving_are_seen(void **state)
{
    (void)state;
    expect(&idle, 1, &in, 1, false, "up:p1 ");
    expect(&in, 1, &idle, 1, false, "gone:p1 ");
    expect(&in, 1, &in, 1, false, "");
    expect(&idle, 1, &idle, 1, false, "");
}

static void another_session_on_the_port_is_another_session(void **state)
{
    (void)state;
    expect(&in, 1, &next, 1, false, "gone:p1 up:p1 ");
    /* A server whose port handles stay: the connection is another. */
    const struct port same_handle =
        A_PORT(.handle = 2, .connection = 6, .condition = CONDITION_AUTHENTICATED, .name = "p1");
    expect(&in, 1, &same_handle, 1, false, "gone:p1 up:p1 ");
}

static void changes_are_seen(void **state)
{
    (void)state;
    const struct port auth = A_PORT(.handle = 2, .condition = CONDITION_AUTHENTICATING, .name = "p1");
    expect(&auth, 1, &in, 1, false, "changed:p1 ");
    struct port other = in;
    other.conn = &moved;
    expect(&in, 1, &other, 1, false, "changed:p1 ");
    other = in;
    other.condition = CONDITION_DISCONNECTED;
    expect(&in, 1, &other, 1, false, "changed:p1 ");
    other = in;
    other.seconds = 99;
    expect(&in, 1, &other, 1, false, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_look_shows_who_is_there),
        cmocka_unit_test(coming_and_leaving_are_seen),
        cmocka_unit_test(another_session_on_the_port_is_another_session),
        cmocka_unit_test(changes_are_seen),
    };
    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
