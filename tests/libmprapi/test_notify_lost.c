/* SPDX-License-Identifier: Apache-2.0 */
/* Registrations when the server goes away, comes back, is another one, or does not want to tell. */
#include "notify_world.h"

#define LOST_TIMES 5u

static void a_restart_is_signalled(void **state)
{
    struct world w;
    (void)state;
    world_start(&w);
    for (unsigned i = 0; i < LOST_TIMES; i++) {
        settle(&w, 1);
        journal_restart(w.server, &w.journal);
        assert_signalled(w.event);
        assert_quiet(&w, 1);
        journal_tell(w.server, &w.journal, UP);
        assert_signalled(w.event);
    }
    world_stop(&w);
}

/* The numbers of events tell that nothing was missed. */
static void a_lost_connection_alone_is_not_signalled(void **state)
{
    struct world w;
    (void)state;
    world_start(&w);
    for (unsigned i = 0; i < LOST_TIMES; i++) {
        settle(&w, 1);
        fake_drop_connections(w.server);
        assert_quiet(&w, 1);
        journal_tell(w.server, &w.journal, GONE);
        assert_signalled(w.event);
    }
    world_stop(&w);
}

static void what_happens_while_the_connection_is_lost_is_not(void **state)
{
    struct world w;
    (void)state;
    world_start(&w);
    settle(&w, 1);
    fake_drop_connections(w.server);
    journal_tell(w.server, &w.journal, UP);
    assert_signalled(w.event);
    assert_quiet(&w, 1);
    world_stop(&w);
}

static void a_half_closed_connection_is_lost(void **state)
{
    struct world w;
    (void)state;
    world_start(&w);
    settle(&w, 1);
    fake_half_close_connections(w.server);
    journal_tell(w.server, &w.journal, UP);
    assert_signalled(w.event);
    world_stop(&w);
}

static void who_may_not_look_any_more_is_told_once(void **state)
{
    struct world w;
    (void)state;
    world_start(&w);
    settle(&w, 1);
    journal_denies(w.server, &w.journal, true);
    fake_drop_connections(w.server);
    assert_signalled(w.event);
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(OpenRrasNotifyWait(1, &w.event, 10, NULL), WAIT_TIMEOUT);
    journal_denies(w.server, &w.journal, false);
    assert_quiet(&w, 1);
    journal_tell(w.server, &w.journal, UP);
    assert_signalled(w.event);
    world_stop(&w);
}

/* One after the other: what the server does with the connection of a registration. */
static void bad_manners_are_survived(void **state)
{
    static const enum manners bad[] = {CLOSES_AT_ONCE, CLOSES_ON_REQUEST, CLOSES_IN_ANSWER, TALKS_GARBAGE, DRIPS};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct world w;
        journal_init(&w.journal);
        /* The second connection is that of the registration, the third one is made in its place. */
        w.server = fake_start(&(struct fake_config){
            .script = {POLITE, POLITE, bad[i], POLITE}, .n_script = 4, .n_ports = 3, .rrasx = &w.journal.backend});
        w.h = fake_connect(w.server);
        assert_int_equal(OpenRrasNotifyCreate(&w.event), NO_ERROR);
        assert_int_equal(MprAdminRegisterConnectionNotification(w.h, w.event), NO_ERROR);
        journal_restart(w.server, &w.journal);
        assert_signalled(w.event);
        journal_tell(w.server, &w.journal, UP);
        assert_signalled(w.event);
        world_stop(&w);
    }
}

static void an_answer_that_makes_no_sense_is_told_once(void **state)
{
    static const enum journal_lie lies[] = {JOURNAL_GOES_BACK, JOURNAL_REFUSES};
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct world w;
        world_start(&w);
        settle(&w, 1);
        journal_tell(w.server, &w.journal, UP);
        assert_signalled(w.event);
        settle(&w, 1);
        journal_lies(w.server, &w.journal, lies[i]);
        if (lies[i] == JOURNAL_REFUSES)
            fake_drop_connections(w.server);
        assert_signalled(w.event);
        for (unsigned n = 0; n < 50; n++)
            assert_int_equal(OpenRrasNotifyWait(1, &w.event, 10, NULL), WAIT_TIMEOUT);
        journal_lies(w.server, &w.journal, JOURNAL_HONEST);
        assert_quiet(&w, 1);
        journal_tell(w.server, &w.journal, UP);
        assert_signalled(w.event);
        world_stop(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_is_signalled),
        cmocka_unit_test(a_lost_connection_alone_is_not_signalled),
        cmocka_unit_test(what_happens_while_the_connection_is_lost_is_not),
        cmocka_unit_test(a_half_closed_connection_is_lost),
        cmocka_unit_test(who_may_not_look_any_more_is_told_once),
        cmocka_unit_test(bad_manners_are_survived),
        cmocka_unit_test(an_answer_that_makes_no_sense_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
