/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads at once. For ThreadSanitizer: meson setup build-tsan -Db_sanitize=thread. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <cmocka.h>
#include <rassapi.h>

#include "world.h"

#define THREADS 8u
#define ROUNDS  40u

struct work {
    struct world *world;
    atomic_uint wrong; /* results that must not be */
};

static DWORD call_one(const WCHAR *server, unsigned round)
{
    RAS_PORT_STATISTICS statistics;
    RAS_PARAMETERS *none;
    RAS_SERVER_0 totals;
    RAS_PORT_0 *list;
    RAS_PORT_1 port;
    WORD n;

    switch (round % 5) {
    case 0:
        return RasAdminServerGetInfo(server, &totals);
    case 1:
        return RasAdminPortEnum(server, &list, &n) + RasAdminFreeBuffer(list);
    case 2:
        return RasAdminPortGetInfo(server, u"vpn-1", &port, &statistics, &none) + RasAdminFreeBuffer(none);
    case 3:
        return RasAdminPortClearStatistics(server, u"vpn-2");
    default:
        return RasAdminPortDisconnect(server, u"Line two");
    }
}

static void *work(void *arg)
{
    struct work *w = arg;

    for (unsigned i = 0; i < ROUNDS; i++)
        if (call_one(w->world->name, i) != ERROR_SUCCESS)
            atomic_fetch_add(&w->wrong, 1);
    return NULL;
}

static void threads_do_not_get_in_each_others_way(void **state)
{
    struct world world = world_sample();
    struct work w = {.world = &world};
    pthread_t threads[THREADS];

    (void)state;
    world_open(&world);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &w), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&w.wrong), 0);
    assert_int_equal(atomic_load(&world.orders), THREADS * ROUNDS / 5);
    assert_int_equal(atomic_load(&world.cleared), THREADS * ROUNDS / 5);
    assert_int_equal(world_connections(&world), THREADS * ROUNDS);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_get_in_each_others_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
