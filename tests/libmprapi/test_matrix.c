/* SPDX-License-Identifier: Apache-2.0 */
/* The error matrix against a real rrasd, in each role, and in LAN-only mode: every combination of what can be wrong. */
#include "matrix_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- what can be wrong ---- */

enum server_fault { SERVER_GOOD, SERVER_NULL, SERVER_GARBAGE, SERVER_CLOSED, SERVER_EVENT, SERVER_FAULTS };
enum object_fault { GOOD, NIL, MINUS_ONE, WIDE, UNKNOWN, OVER, IDLE, OBJECT_FAULTS };

static const char *const server_words[] = {"good", "NULL", "garbage", "closed", "an event's"};
static const char *const object_words[] = {"good", "NULL", "-1", "too wide", "unknown", "over", "idle"};

struct faults {
    bool lan;
    enum server_fault server;
    unsigned null;     /* ARG_* */
    DWORD level;       /* or 0: a good header, 1 to 4: a wrong one */
    bool level_is_bad; /* or the header */
    enum object_fault object;
};

static MPR_SERVER_HANDLE closed;
static HANDLE event, closed_event;
static int garbage;

static MPR_SERVER_HANDLE make_server(const struct faults *x)
{
    switch (x->server) {
    case SERVER_NULL:
        return NULL;
    case SERVER_GARBAGE:
        return (MPR_SERVER_HANDLE)&garbage;
    case SERVER_CLOSED:
        return closed;
    case SERVER_EVENT:
        return event;
    case SERVER_GOOD:
    case SERVER_FAULTS:
        break;
    }
    return x->lan ? world.lan : world.server;
}

/* Of a port, a connection or an event. */
static HANDLE make_object(enum object what, enum object_fault fault)
{
    HANDLE good = what == OBJECT_PORT ? world.port : what == OBJECT_CONNECTION ? world.connection : event;
    HANDLE over = what == OBJECT_PORT         ? world.old_port
                  : what == OBJECT_CONNECTION ? world.old_connection
                                              : closed_event;

    switch (fault) {
    case NIL:
        return NULL;
    case MINUS_ONE:
        return INVALID_HANDLE_VALUE;
    case WIDE:
        return (HANDLE)((uintptr_t)good ^ (uintptr_t)1 << (sizeof(HANDLE) * 8 - 2));
    case UNKNOWN:
        return what == OBJECT_EVENT ? world.server : (HANDLE)(uintptr_t)0x7fefffff;
    case OVER:
        return over;
    case IDLE:
        return world.idle_port;
    case GOOD:
    case OBJECT_FAULTS:
        break;
    }
    return good;
}

static MPRAPI_OBJECT_HEADER make_header(const struct function *f, DWORD variant)
{
    MPRAPI_OBJECT_HEADER h = f->header;

    h.revision = variant == 1 ? 77 : h.revision;
    h.type = variant == 2 ? (UCHAR)(h.type + 1) : h.type;
    h.size = variant == 3 ? (USHORT)(h.size - 1) : h.size;
    return h;
}

/* ---- what must come of it ---- */

static DWORD object_code(const struct function *f, enum object_fault fault)
{
    switch (fault) {
    case NIL:
        return f->object_null;
    case MINUS_ONE:
        return f->all ? NO_ERROR : f->object_impossible;
    case WIDE:
        return f->object_impossible;
    case UNKNOWN:
        return f->object_unknown;
    case OVER:
        return f->object_over;
    case IDLE:
        return f->object_idle;
    case GOOD:
    case OBJECT_FAULTS:
        break;
    }
    return NO_ERROR;
}

/* Before anything is sent. An event is the library's own, so it knows all of them. */
static bool is_seen_here(const struct function *f, enum object_fault fault)
{
    return fault == NIL || fault == MINUS_ONE || fault == WIDE || f->object == OBJECT_EVENT;
}

/* The first that is wrong, in the order of checks. */
static DWORD expected(const struct function *f, const struct faults *x)
{
    DWORD object = object_code(f, x->object);

    if (x->null)
        return f->null_pointer;
    if (x->server != SERVER_GOOD)
        return x->server == SERVER_NULL ? f->server_null : f->server_bad;
    if (x->level_is_bad)
        return f->bad_level;
    if (object && is_seen_here(f, x->object))
        return object;
    if (world.asker < f->least)
        return f->denied;
    if (x->lan && f->lan_only)
        return f->lan_only;
    return object ? object : f->done;
}

/* ---- one call ---- */

#define RESUME 5u

static void prepare(const struct function *f, const struct faults *x, struct call *c)
{
    memset(c, 0xa5, sizeof *c);
    c->server = make_server(x);
    c->object = make_object(f->object, x->object);
    c->level = x->level;
    c->null = x->null;
    c->no_header = f->separate_header && x->level == 4;
    c->buffer = (LPBYTE)&garbage;
    c->read = c->total = 7;
    c->resume = RESUME;
    if (f->header.size)
        c->given.header = make_header(f, x->level);
}

static void describe(const struct function *f, const struct faults *x, char *text, size_t size)
{
    (void)snprintf(text, size, "%s, asked by %u%s, server %s, pointers %#x NULL, level or header %u, handle %s",
                   f->name, (unsigned)world.asker, x->lan ? " in LAN mode" : "", server_words[x->server], x->null,
                   x->level, f->object ? object_words[x->object] : "none");
}

/* All pointers NULL and all counts 0, the page still to be asked for, and nothing written into what is the caller's. */
static bool is_clean(const struct function *f, const struct call *c, const struct call *before)
{
    unsigned has = f->pointers & ~c->null;

    if ((has & ARG_BUFFER && c->buffer) || (has & ARG_READ && c->read) || (has & ARG_TOTAL && c->total))
        return false;
    if (f->header.size && memcmp(&c->given.header, &before->given.header, sizeof c->given.header) != 0)
        return false;
    return c->resume == RESUME;
}

/* A structure that is filled is as it was after a failure, and a header always. */
static bool is_untouched(const struct function *f, const struct call *c, const struct call *before)
{
    size_t n = f->header.type == MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT       ? sizeof c->given.server
               : f->header.type == MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT ? sizeof c->given.connection
                                                                            : 0;
    return memcmp(&c->given, &before->given, n) == 0;
}

static bool is_done(const struct function *f, const struct call *c)
{
    if (f->pointers & ARG_BUFFER && MprAdminBufferFree(c->buffer) != NO_ERROR)
        return false;
    /* A simulated daemon has few ports, so what is asked for is the last page. */
    return !(f->pointers & ARG_READ) || (c->resume == 0 && c->read == c->total);
}

static void check(const struct function *f, const struct faults *x)
{
    struct call c, before;
    char what[256];

    prepare(f, x, &c);
    before = c;
    DWORD code = f->call(&c), right = expected(f, x);
    describe(f, x, what, sizeof what);
    if (code != right)
        fail_msg("%s: %u instead of %u", what, code, right);
    if (code == NO_ERROR ? !is_done(f, &c) : !is_clean(f, &c, &before) || !is_untouched(f, &c, &before))
        fail_msg("%s: %u, but what was left in the outputs is wrong", what, code);
}

/* ---- all combinations ---- */

static void with_each_object(const struct function *f, struct faults *x)
{
    int last = f->object == OBJECT_NONE ? GOOD : f->object == OBJECT_PORT ? IDLE : OVER;

    for (int i = last; i >= 0; i--) { /* the good one last: it may end a session */
        x->object = (enum object_fault)i;
        check(f, x);
    }
}

static void with_each_level(const struct function *f, struct faults *x)
{
    DWORD bad[] = {f->last_level + 1, 0xffffffff, 0};
    size_t n = !f->has_level ? 0 : f->first_level > 0 ? 3 : 2;

    x->level_is_bad = true;
    for (size_t i = 0; i < n; i++) {
        x->level = bad[i];
        with_each_object(f, x);
    }
    for (x->level = 1; f->header.size && x->level <= (f->separate_header ? 4 : 3); x->level++)
        with_each_object(f, x);
    x->level_is_bad = false;
    for (x->level = f->first_level; x->level <= f->last_level; x->level++)
        with_each_object(f, x);
}

/* Each pointer alone, all, and none. */
static void with_each_pointer(const struct function *f, struct faults *x)
{
    for (unsigned i = 0; i <= ARG_BITS; i++) {
        x->null = i < ARG_BITS ? f->pointers & 1u << i : f->pointers;
        if (x->null)
            with_each_level(f, x);
    }
    x->null = 0;
    with_each_level(f, x);
}

static void every_combination_of_faults_has_the_code_of_the_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < matrix_rows; i++) {
        for (int j = 0; j < 2 * SERVER_FAULTS; j++) {
            struct faults x = {.lan = j & 1, .server = (enum server_fault)(j / 2)};
            with_each_pointer(&matrix[i], &x);
        }
    }
}

/* ---- a server, and whether it is there ---- */

static void connecting_needs_no_role_but_running_does(void **state)
{
    BOOL ready = TRUE;
    DWORD code = world.asker == ASKER_NONE ? ERROR_ACCESS_DENIED : NO_ERROR;
    MPR_SERVER_HANDLE h;

    (void)state;
    assert_int_equal(MprAdminServerConnect(world.server_name, &h), NO_ERROR);
    MprAdminServerDisconnect(h);
    assert_int_equal(MprAdminIsServiceRunning(world.server_name), code == NO_ERROR);
    assert_int_equal(MprAdminIsServiceRunning(world.lan_name), code == NO_ERROR);
    assert_int_equal(MprAdminIsServiceInitialized(world.server_name, &ready), code);
    assert_int_equal(ready, code == NO_ERROR);
    assert_int_equal(MprAdminIsServiceInitialized(world.lan_name, &ready), code);
    assert_int_equal(MprAdminIsServiceInitialized(world.server_name, NULL), ERROR_INVALID_PARAMETER);
}

/* ---- what the daemon says ---- */

struct order {
    const char *before; /* what the simulated daemon is told first */
    const char *user;
    DWORD code;
};

enum errand { MESSAGE, HOLD, RELEASE };

static DWORD run_errand(enum errand what, HANDLE connection)
{
    WCHAR text[] = u"!";

    if (what == MESSAGE)
        return MprAdminSendUserMessage(world.server, connection, text);
    if (what == RELEASE)
        return MprAdminConnectionRemoveQuarantine(world.server, connection, FALSE);
    return OpenRrasQuarantineSet(world.server, (DWORD)(uintptr_t)connection, TRUE);
}

/* Only an administrator may, so all others hear the same whatever the daemon would say. */
static void messages_and_quarantine_have_the_codes_of_the_daemon(void **state)
{
    static const struct {
        const char *before;
        enum errand what;
        DWORD code;
    } rows[] = {
        {"behave accept", MESSAGE, NO_ERROR},
        {"behave refuse \"no screen\"", MESSAGE, ERROR_GEN_FAILURE},
        {"behave silent", MESSAGE, ERROR_TIMEOUT},
        {"behave accept", RELEASE, ERROR_NOT_FOUND},
        {"behave refuse \"no filter\"", HOLD, ERROR_GEN_FAILURE},
        {"behave accept", HOLD, NO_ERROR},
        {"behave refuse \"no\"", RELEASE, ERROR_GEN_FAILURE},
        {"behave accept", RELEASE, NO_ERROR},
        {"behave accept", RELEASE, ERROR_NOT_FOUND},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_say(rows[i].before);
        DWORD right = world.asker == ASKER_ADMINISTRATOR ? rows[i].code : ERROR_ACCESS_DENIED;
        DWORD code = run_errand(rows[i].what, world.connection);
        if (code != right)
            fail_msg("%u after \"%s\": %u instead of %u", (unsigned)rows[i].what, rows[i].before, code, right);
    }
}

static void an_order_has_the_code_of_what_became_of_it(void **state)
{
    static const struct order orders[] = {
        {"behave refuse \"not today\" for bob", "bob", ERROR_GEN_FAILURE},
        {"behave silent for bob", "bob", ERROR_TIMEOUT},
        {"behave lie for carol", "carol", NO_ERROR},
        {"behave refuse \"no\"", "carol", NO_ERROR}, /* joins what was accepted */
        {"disconnect-driver", "dave", ERROR_NOT_READY},
    };

    (void)state;
    world_say("connect bob");
    world_say("connect carol");
    world_say("connect dave");
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        const struct order *o = &orders[i];
        HANDLE port = world_port_of(o->user);
        world_say(o->before);
        DWORD code = MprAdminPortDisconnect(world.server, port);
        if (code != o->code)
            fail_msg("after \"%s\", %s: %u instead of %u", o->before, o->user, code, o->code);
    }
}

/* ---- */

static int begin(void **state)
{
    (void)state;
    if (MprAdminServerConnect(world.server_name, &closed) != NO_ERROR || OpenRrasNotifyCreate(&event) != NO_ERROR ||
        OpenRrasNotifyCreate(&closed_event) != NO_ERROR)
        return -1;
    MprAdminServerDisconnect(closed);
    return OpenRrasNotifyClose(closed_event) == NO_ERROR ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    return OpenRrasNotifyClose(event) == NO_ERROR ? 0 : -1;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_of_faults_has_the_code_of_the_first),
        cmocka_unit_test(connecting_needs_no_role_but_running_does),
        cmocka_unit_test(functions_about_users_have_the_code_of_the_first_fault),
        cmocka_unit_test(messages_and_quarantine_have_the_codes_of_the_daemon),
        cmocka_unit_test(an_order_has_the_code_of_what_became_of_it), /* the last: not for those who may not */
    };

    if (argc == 2 && strcmp(argv[1], "--names") == 0) {
        for (size_t i = 0; i < matrix_rows; i++)
            (void)printf("%s\n", matrix[i].name);
        (void)printf("MprAdminUserGetInfo\nMprAdminUserSetInfo\n");
        return 0;
    }
    if (!world_begin(argc, argv))
        return 2;
    size_t n = sizeof tests / sizeof tests[0] - (world.asker < ASKER_OPERATOR ? 1 : 0);
    int failed = _cmocka_run_group_tests("matrix", tests, n, begin, end);
    world_end();
    return failed;
}
