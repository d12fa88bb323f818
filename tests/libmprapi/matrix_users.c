/* SPDX-License-Identifier: Apache-2.0 */
/* The two functions about users, which have the name of a server instead of a handle. */
#include "matrix_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What can be wrong, in the order in which it is looked at (mprapi.h), and in how many ways; 0 is good in each. */
enum { USER, BUFFER, LEVEL, DATA, SERVER, KNOWN, FAULTS };
static const int ways[FAULTS] = {[USER] = 5, [BUFFER] = 2, [LEVEL] = 4, [DATA] = 4, [SERVER] = 4, [KNOWN] = 2};

static WCHAR too_long[UNLEN + 2], empty[] = u"", control[] = u"do\nra", known[] = u"dora", unknown[] = u"nemo";
static WCHAR no_name[] = u"ncacn_http:x", nobody[] = u"ncalrpc:[/nonexistent/rrasd.sock]";

static LPCWSTR user_of(const int *x)
{
    const LPCWSTR users[] = {x[KNOWN] == 0 ? known : unknown, NULL, empty, too_long, control};
    return users[x[USER]];
}

static DWORD level_of(const int *x)
{
    static const DWORD levels[] = {0, 1, 2, 0xffffffff};
    return levels[x[LEVEL]];
}

/* The second is of the server that routes between LANs only: users have nothing to do with ports. */
static LPCWSTR server_of(const int *x)
{
    const LPCWSTR servers[] = {world.server_name, world.lan_name, no_name, nobody};
    return servers[x[SERVER]];
}

static BYTE privilege_of(const int *x)
{
    static const BYTE privileges[] = {RASPRIV_AdminSetCallback | RASPRIV_DialinPrivilege, RASPRIV_DialinPrivilege,
                                      RASPRIV_NoCallback | RASPRIV_CallerSetCallback, RASPRIV_NoCallback | 0x80};
    return privileges[x[DATA]];
}

static DWORD expected(const int *x, bool set)
{
    if (x[USER] || x[BUFFER])
        return ERROR_INVALID_PARAMETER;
    if (x[LEVEL] > 1)
        return ERROR_INVALID_LEVEL;
    if (set && x[DATA])
        return ERROR_INVALID_DATA;
    if (x[SERVER] > 1)
        return x[SERVER] == 2 ? RPC_S_INVALID_BINDING : RPC_S_SERVER_UNAVAILABLE;
    if (world.asker < (set ? ASKER_ADMINISTRATOR : ASKER_VIEWER))
        return ERROR_ACCESS_DENIED;
    return x[KNOWN] == 0 ? NO_ERROR : ERROR_NO_SUCH_USER;
}

static void get(const int *x)
{
    RAS_USER_1 u, before;

    memset(&u, 0xa5, sizeof u);
    before = u;
    DWORD code = MprAdminUserGetInfo(server_of(x), user_of(x), level_of(x), x[BUFFER] ? NULL : (LPBYTE)&u);
    if (code != expected(x, false))
        fail_msg(
            "MprAdminUserGetInfo, asked by %u: user %d, buffer %d, level %d, server %d, known %d: %u instead of %u",
            (unsigned)world.asker, x[USER], x[BUFFER], x[LEVEL], x[SERVER], x[KNOWN], code, expected(x, false));
    if (code != NO_ERROR)
        assert_memory_equal(&u, &before, sizeof u);
    else
        assert_int_equal(u.bfPrivilege, privilege_of((const int[FAULTS]){0}));
}

static void set(const int *x)
{
    RAS_USER_1 u = {.bfPrivilege = privilege_of(x), .wszPhoneNumber = u"+49 30 1"};
    DWORD code = MprAdminUserSetInfo(server_of(x), user_of(x), level_of(x), x[BUFFER] ? NULL : (LPBYTE)&u);

    if (code != expected(x, true))
        fail_msg("MprAdminUserSetInfo, asked by %u: user %d, buffer %d, level %d, data %d, server %d, known %d: %u "
                 "instead of %u",
                 (unsigned)world.asker, x[USER], x[BUFFER], x[LEVEL], x[DATA], x[SERVER], x[KNOWN], code,
                 expected(x, true));
}

/* The next combination, as digits of a number. False: that were all. */
static bool next(int *x)
{
    int i = 0;

    while (i < FAULTS && ++x[i] == ways[i])
        x[i++] = 0;
    return i < FAULTS;
}

void functions_about_users_have_the_code_of_the_first_fault(void **state)
{
    int x[FAULTS] = {0};

    (void)state;
    for (size_t i = 0; i <= UNLEN; i++)
        too_long[i] = u'x';
    do {
        if (x[DATA] == 0)
            get(x);
        set(x);
    } while (next(x));
}
