/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that answer nonsense. The sanitizers see what goes wrong; here is checked that nothing is half there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rassapi.h>

#include "world.h"

#define ANSWERS    300u
#define ANSWER_MAX 2000u
#define PORT_WORDS 95u /* a port of level 0, as it travels */

/* Memory of exactly their size for all that a call fills. */
struct results {
    RAS_PORT_0 *list;
    WORD n;
    RAS_SERVER_0 *server;
    RAS_PORT_1 *port;
    RAS_PORT_STATISTICS *statistics;
    RAS_PARAMETERS *parameters;
};

static bool has_end(const WCHAR *member, size_t units)
{
    for (size_t i = 0; i < units; i++)
        if (!member[i])
            return true;
    return false;
}

#define HAS_END(member) has_end(member, sizeof(member) / sizeof(member)[0])

static void check_port(const RAS_PORT_0 *p)
{
    assert_true(HAS_END(p->wszPortName) && HAS_END(p->wszDeviceType) && HAS_END(p->wszDeviceName) &&
                HAS_END(p->wszMediaName) && HAS_END(p->wszUserName) && HAS_END(p->wszComputer) &&
                HAS_END(p->wszLogonDomain));
}

static void check_list(const WCHAR *server, struct results *r)
{
    DWORD code = RasAdminPortEnum(server, &r->list, &r->n);

    assert_true(code == ERROR_SUCCESS ? r->list && r->n > 0 : !r->list && r->n == 0);
    for (WORD i = 0; i < r->n; i++)
        check_port(&r->list[i]);
    assert_int_equal(RasAdminFreeBuffer(r->list), r->list ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER);
}

static void check_info(const WCHAR *server, struct results *r)
{
    DWORD code = RasAdminPortGetInfo(server, u"vpn-1", r->port, r->statistics, &r->parameters);

    assert_true(code == ERROR_SUCCESS ? r->parameters != NULL : !r->parameters);
    check_port(&r->port->rasport0);
    assert_true(HAS_END(r->port->ProjResult.nbf.wszWksta) && HAS_END(r->port->ProjResult.ip.wszAddress));
    assert_int_equal(r->port->ProjResult.nbf.szName[NETBIOS_NAME_LEN], 0);
    if (code == ERROR_SUCCESS)
        assert_true(r->port->LineCondition >= RAS_PORT_NON_OPERATIONAL &&
                    r->port->LineCondition <= RAS_PORT_INITIALIZING);
    assert_int_equal(RasAdminFreeBuffer(r->parameters), r->parameters ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER);
}

static void call_all(const WCHAR *server)
{
    struct results r = {
        .server = malloc(sizeof *r.server), .port = malloc(sizeof *r.port), .statistics = malloc(sizeof *r.statistics)};

    assert_true(r.server && r.port && r.statistics);
    RasAdminServerGetInfo(server, r.server);
    check_list(server, &r);
    check_info(server, &r);
    RasAdminPortClearStatistics(server, u"vpn-1");
    RasAdminPortDisconnect(server, u"vpn-1");
    free(r.server);
    free(r.port);
    free(r.statistics);
}

static uint32_t random_number(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

/* Mostly small numbers in places of four bytes, as lengths, counts and pointers are. */
static size_t make_answer(uint64_t *seed, uint8_t answer[ANSWER_MAX])
{
    size_t n = random_number(seed) % ANSWER_MAX;

    for (size_t i = 0; i < n; i++)
        answer[i] = (uint8_t)(random_number(seed) % 4 ? (i % 4 ? 0 : random_number(seed) % 8) : random_number(seed));
    return n;
}

static void answers_of_any_bytes(void **state)
{
    uint8_t answer[ANSWER_MAX];
    uint64_t seed = 1;

    (void)state;
    for (unsigned i = 0; i < ANSWERS; i++) {
        struct world w = {.raw_answer = answer, .raw_len = make_answer(&seed, answer)};
        world_open(&w);
        call_all(w.name);
        world_close(&w);
    }
}

/* "All" was asked for. Who keeps something back, with or without saying so, has not told the whole. */
static void lists_that_are_not_whole(void **state)
{
    static const uint32_t nothing[] = {0, 0, 0, 3, 0, ERROR_MORE_DATA}; /* bytes, pointer, read, total, resume, code */
    uint32_t one[3 + PORT_WORDS + 4] = {4 * PORT_WORDS, 1, 4 * PORT_WORDS};
    const uint32_t end[2][4] = {{1, 2, 0, ERROR_MORE_DATA}, {1, 2, 0, ERROR_SUCCESS}};
    struct world w = {.raw_answer = nothing, .raw_len = sizeof nothing};

    (void)state;
    world_open(&w);
    assert_int_equal(RasAdminPortDisconnect(w.name, u""), RPC_X_BAD_STUB_DATA);
    world_close(&w);
    for (size_t i = 0; i < 2; i++) {
        memcpy(one + 3 + PORT_WORDS, end[i], sizeof end[i]);
        w = (struct world){.raw_answer = one, .raw_len = sizeof one};
        world_open(&w);
        assert_int_equal(RasAdminPortDisconnect(w.name, u""), RPC_X_BAD_STUB_DATA);
        world_close(&w);
    }
}

/* Well-formed answers that say strange things. */
static void handles_that_make_no_sense(void **state)
{
    static const uint32_t handles[] = {0, 1, 0x80000000u, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++) {
        struct world w = world_sample();
        for (size_t k = 0; k < w.n_ports; k++) {
            w.ports[k].handle = handles[i];
            w.ports[k].connection = handles[3 - i];
        }
        w.users[0].connection = w.users[1].connection = handles[3 - i];
        world_open(&w);
        call_all(w.name);
        world_close(&w);
    }
}

static void numbers_that_make_no_sense(void **state)
{
    struct world w = world_sample();
    RAS_PORT_STATISTICS statistics;
    RAS_PORT_1 port;
    RAS_PARAMETERS *none;

    (void)state;
    memset(&w.ports[0].counters, 0xff, sizeof w.ports[0].counters);
    memset(&w.users[1].counters, 0xff, sizeof w.users[1].counters);
    w.ports[0].seconds = UINT32_MAX;
    world_open(&w);
    call_all(w.name);
    assert_int_equal(RasAdminPortGetInfo(w.name, u"vpn-1", &port, &statistics, &none), ERROR_SUCCESS);
    assert_int_equal(statistics.dwBytesXmitedCompressed, UINT32_MAX); /* 2^32 - 1 percent of as many bytes */
    assert_int_equal(port.rasport0.dwStartSessionTime, 0);            /* before 1970 */
    RasAdminFreeBuffer(none);
    world_close(&w);
}

static void texts_that_fill_their_members(void **state)
{
    struct world w = world_sample();
    char text[600];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    w.users[1].name = w.users[1].domain = w.users[1].computer = w.users[1].address = text;
    world_open(&w);
    call_all(w.name);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_of_any_bytes),          cmocka_unit_test(lists_that_are_not_whole),
        cmocka_unit_test(handles_that_make_no_sense),    cmocka_unit_test(numbers_that_make_no_sense),
        cmocka_unit_test(texts_that_fill_their_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
