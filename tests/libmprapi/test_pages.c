/* SPDX-License-Identifier: Apache-2.0 */
/* Lists in pages, of every function that has them, from a real rrasd on which users come and go. */
#include "matrix_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define ALL      ((DWORD)-1)
#define LIST_MAX 64u
#define LINKS    3u /* of mike's connection */

/* ---- functions that list ---- */

struct page {
    LPBYTE buffer;
    DWORD read, total;
    DWORD *resume;
};

struct lister {
    const char *name;
    DWORD (*list)(const struct lister *l, DWORD pref, struct page *p);
    DWORD level;
    size_t wire; /* bytes of a record as it travels */
    DWORD extra; /* so many more than fit */
    size_t stride, handle_at;
    bool ports, of_mike; /* ports instead of connections; his only */
};

static HANDLE mike;

static DWORD list_ports(const struct lister *l, DWORD pref, struct page *p)
{
    return MprAdminPortEnum(world.server, l->level, l->of_mike ? mike : INVALID_HANDLE_VALUE, &p->buffer, pref,
                            &p->read, &p->total, p->resume);
}

static DWORD list_connections(const struct lister *l, DWORD pref, struct page *p)
{
    return MprAdminConnectionEnum(world.server, l->level, &p->buffer, pref, &p->read, &p->total, p->resume);
}

static DWORD list_connections_ex(const struct lister *l, DWORD pref, struct page *p)
{
    MPRAPI_OBJECT_HEADER header = {1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof(RAS_CONNECTION_EX)};
    PRAS_CONNECTION_EX list = NULL;
    DWORD code = MprAdminConnectionEnumEx(world.server, &header, pref, &p->read, &p->total, &list, p->resume);

    (void)l;
    p->buffer = (LPBYTE)list;
    return code;
}

#define CONNECTIONS(type, number, bytes, member)                                                                       \
    {                                                                                                                  \
        .name = "connections, level " #number, .list = list_connections, .level = (number), .wire = (bytes),           \
        .stride = sizeof(type), .handle_at = offsetof(type, member)                                                    \
    }

/* clang-format off */
static const struct lister listers[] = {
    {"ports", list_ports, 0, 380, 0, sizeof(RAS_PORT_0), offsetof(RAS_PORT_0, hPort), true, false},
    {"ports of one connection", list_ports, 0, 380, 0, sizeof(RAS_PORT_0), offsetof(RAS_PORT_0, hPort), true, true},
    CONNECTIONS(RAS_CONNECTION_0, 0, 1116, hConnection),
    CONNECTIONS(RAS_CONNECTION_1, 1, 288, hConnection),
    CONNECTIONS(RAS_CONNECTION_2, 2, 844, hConnection),
    CONNECTIONS(RAS_CONNECTION_3, 3, 788, hConnection),
    CONNECTIONS(RAS_CONNECTION_4, 4, 1680, hConnection),
    {"connections, Ex", list_connections_ex, 0, 1664, 1, sizeof(RAS_CONNECTION_EX), offsetof(RAS_CONNECTION_EX, hConnection), false, false},
};
/* clang-format on */

#define EACH_LISTER(l) for (const struct lister *l = listers; l < listers + sizeof listers / sizeof listers[0]; (l)++)

static HANDLE handle_in(const struct lister *l, const struct page *p, DWORD i)
{
    HANDLE h;

    memcpy(&h, p->buffer + i * l->stride + l->handle_at, sizeof h);
    return h;
}

static DWORD number_of(HANDLE h)
{
    return (DWORD)(uintptr_t)h;
}

/* What orders them: slots, and numbers that rise. */
static DWORD place_of(const struct lister *l, HANDLE h)
{
    return l->ports ? number_of(h) & 0xfffff : number_of(h);
}

static DWORD take(const struct lister *l, DWORD pref, struct page *p)
{
    DWORD code = l->list(l, pref, p);

    if (code != NO_ERROR && code != ERROR_MORE_DATA)
        fail_msg("%s: %u", l->name, code);
    assert_non_null(p->buffer);
    return code;
}

static void give_back(const struct page *p)
{
    assert_int_equal(MprAdminBufferFree(p->buffer), NO_ERROR);
}

/* All that there are now; how many. */
static DWORD all_of(const struct lister *l, HANDLE *ret)
{
    DWORD resume = 0;
    struct page p = {.resume = &resume};

    assert_int_equal(take(l, ALL, &p), NO_ERROR);
    assert_int_equal(p.read, p.total);
    assert_in_range(p.read, 2, LIST_MAX);
    assert_int_equal(resume, 0);
    for (DWORD i = 0; i < p.read; i++)
        ret[i] = handle_in(l, &p, i);
    give_back(&p);
    return p.read;
}

/* ---- who is there ---- */

static void wait_for_connections(DWORD n)
{
    const struct timespec pause = {.tv_nsec = 10000000};

    for (time_t end = time(NULL) + 60; world_connections() != n; nanosleep(&pause, NULL))
        assert_true(time(NULL) <= end);
}

static int people_come(void **state)
{
    (void)state;
    DWORD before = world_connections();
    for (size_t i = 0; i < LINKS; i++)
        world_say("connect mike bundle=mike");
    world_say("users 6");
    wait_for_connections(before + 7);
    DWORD read, total;
    LPBYTE b;
    HANDLE port = world_port_of("mike");
    assert_int_equal(MprAdminPortGetInfo(world.server, 0, port, &b), NO_ERROR);
    mike = ((const RAS_PORT_0 *)(const void *)b)->hConnection;
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    assert_int_equal(MprAdminPortEnum(world.server, 0, mike, &b, ALL, &read, &total, NULL), NO_ERROR);
    assert_int_equal(read, LINKS);
    return MprAdminBufferFree(b) == NO_ERROR ? 0 : -1;
}

/* ---- pages ---- */

static void read_in_pages(const struct lister *l, DWORD pref, const HANDLE *all, DWORD n)
{
    DWORD resume = 0, seen = 0, code, fit = pref / (DWORD)l->wire + l->extra;
    struct page p = {.resume = &resume};

    fit = fit ? fit : 1;
    do {
        code = take(l, pref, &p);
        assert_int_equal(p.total, n - seen);
        assert_int_equal(p.read, fit < n - seen ? fit : n - seen);
        for (DWORD i = 0; i < p.read; i++)
            assert_ptr_equal(handle_in(l, &p, i), all[seen + i]);
        seen += p.read;
        assert_int_equal(code, seen < n ? ERROR_MORE_DATA : NO_ERROR);
        /* The position is the last one that was given; in the end it is that of the beginning. */
        assert_int_equal(resume, seen < n ? number_of(all[seen - 1]) : 0);
        give_back(&p);
    } while (code == ERROR_MORE_DATA);
}

static void pages_of_every_size_give_each_once_and_count_down(void **state)
{
    (void)state;
    EACH_LISTER(l)
    {
        HANDLE all[LIST_MAX];
        DWORD n = all_of(l, all), bytes = (DWORD)l->wire;
        const DWORD sizes[] = {0, 1, bytes - 1, bytes, bytes + 1, 2 * bytes, 3 * bytes - 1, (n - 1) * bytes, n * bytes};
        for (DWORD i = 1; i < n; i++)
            assert_true(place_of(l, all[i - 1]) < place_of(l, all[i]));
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            read_in_pages(l, sizes[i], all, n);
    }
}

static void without_a_place_for_the_position_there_is_one_page(void **state)
{
    (void)state;
    EACH_LISTER(l)
    {
        HANDLE all[LIST_MAX];
        DWORD n = all_of(l, all);
        struct page p = {0};
        assert_int_equal(take(l, 1, &p), ERROR_MORE_DATA);
        assert_int_equal(p.read, 1);
        assert_int_equal(p.total, n);
        assert_ptr_equal(handle_in(l, &p, 0), all[0]);
        give_back(&p);
        assert_int_equal(take(l, ALL, &p), NO_ERROR);
        assert_int_equal(p.read, n);
        give_back(&p);
    }
}

static void behind_the_last_there_is_nothing_and_that_is_no_failure(void **state)
{
    (void)state;
    EACH_LISTER(l)
    {
        DWORD resume = l->ports ? 0x000fffff : 0xfffffffe;
        struct page p = {.resume = &resume};
        assert_int_equal(take(l, 1, &p), NO_ERROR);
        assert_int_equal(p.read, 0);
        assert_int_equal(p.total, 0);
        assert_int_equal(resume, 0);
        give_back(&p);
    }
}

/* No value is refused: the list goes on behind it, be it of something or not. */
static void any_number_is_a_position(void **state)
{
    (void)state;
    EACH_LISTER(l)
    {
        HANDLE all[LIST_MAX];
        DWORD n = all_of(l, all);
        DWORD resume = place_of(l, all[0]); /* of a port: without its generation */
        struct page p = {.resume = &resume};
        assert_int_equal(take(l, ALL, &p), NO_ERROR);
        assert_int_equal(p.read, n - 1);
        assert_ptr_equal(handle_in(l, &p, 0), all[1]);
        give_back(&p);
        resume = place_of(l, all[0]) - 1; /* 0 is the beginning too */
        assert_int_equal(take(l, ALL, &p), NO_ERROR);
        assert_int_equal(p.read, n);
        give_back(&p);
    }
}

/* The one at which a page ended goes away before the next is asked for; of a port, its session and so its handle. */
static void who_goes_between_two_pages_hides_nobody(void **state)
{
    (void)state;
    EACH_LISTER(l)
    {
        HANDLE all[LIST_MAX];
        DWORD resume = 0, connections = world_connections(), n;
        struct page p = {.resume = &resume};
        char command[64];
        if (l->of_mike)
            continue; /* his connection goes with its links */
        snprintf(command, sizeof command, "connect leaver%td", l - listers);
        world_say(command);
        wait_for_connections(connections + 1);
        n = all_of(l, all);
        if (l->ports)
            resume = number_of(world_port_of(strchr(command, ' ') + 1));
        else
            resume = number_of(all[n - 1]);
        world_say("connect keeper"); /* comes behind it */
        wait_for_connections(connections + 2);
        memcpy(command, "drop   ", 7);
        world_say(command);
        wait_for_connections(connections + 1);
        DWORD left = l->ports ? n - (DWORD)(resume & 0xfffff) : 1;
        assert_int_equal(take(l, ALL, &p), NO_ERROR);
        assert_int_equal(p.read, left);
        give_back(&p);
        world_say("drop keeper");
        wait_for_connections(connections);
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_every_size_give_each_once_and_count_down),
        cmocka_unit_test(without_a_place_for_the_position_there_is_one_page),
        cmocka_unit_test(behind_the_last_there_is_nothing_and_that_is_no_failure),
        cmocka_unit_test(any_number_is_a_position),
        cmocka_unit_test(who_goes_between_two_pages_hides_nobody),
    };

    if (!world_begin(argc, argv))
        return 2;
    int failed = cmocka_run_group_tests(tests, people_come, NULL);
    world_end();
    return failed;
}
