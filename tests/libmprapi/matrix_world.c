/* SPDX-License-Identifier: Apache-2.0 */
#include "matrix_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/text.h"

#define ALL                ((DWORD)-1)
#define ANSWER_MAX         4096u
#define PATIENCE_S         60
#define GENERATION         0x100000u   /* what a port's handle grows by with each session */
#define MADE_UP_PORT       0x00100001u /* these three look like handles */
#define MADE_UP_IDLE       0x00000002u
#define MADE_UP_CONNECTION 0x1001u

struct world world;

/* ---- the simulated daemon ---- */

static int connect_control(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_true(strlen(world.control) < sizeof address.sun_path);
    memcpy(address.sun_path, world.control, strlen(world.control));
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void world_say(const char *command)
{
    char answer[ANSWER_MAX] = "";
    size_t n = 0;
    int fd = connect_control();

    assert_true(dprintf(fd, "%s\n", command) > 0);
    while (!strchr(answer, '\n')) {
        ssize_t got = read(fd, answer + n, sizeof answer - 1 - n);
        assert_true(got > 0);
        n += (size_t)got;
        answer[n] = '\0';
    }
    close(fd);
    if (strcmp(answer, "ok\n") != 0)
        fail_msg("the simulated daemon, told \"%s\": %s", command, answer);
}

/* ---- what is there ---- */

static bool is_text(const WCHAR *text, const char *ascii)
{
    size_t i = 0;

    while (text[i] && text[i] == (WCHAR)ascii[i])
        i++;
    return text[i] == (WCHAR)ascii[i];
}

static HANDLE connection_of(const char *user)
{
    DWORD read, total;
    HANDLE found = NULL;
    LPBYTE b;

    assert_int_equal(MprAdminConnectionEnum(world.server, 0, &b, ALL, &read, &total, NULL), NO_ERROR);
    const RAS_CONNECTION_0 *connections = (const void *)b;
    for (DWORD i = 0; i < read; i++)
        if (is_text(connections[i].wszUserName, user))
            found = connections[i].hConnection;
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    return found;
}

/* The first port with this connection, or without one. */
static HANDLE port_with(HANDLE connection)
{
    DWORD read, total;
    HANDLE found = NULL;
    LPBYTE b;

    assert_int_equal(MprAdminPortEnum(world.server, 0, INVALID_HANDLE_VALUE, &b, ALL, &read, &total, NULL), NO_ERROR);
    const RAS_PORT_0 *ports = (const void *)b;
    for (DWORD i = 0; i < read && !found; i++)
        if (ports[i].hConnection == connection)
            found = ports[i].hPort;
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    return found;
}

HANDLE world_port_of(const char *user)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    HANDLE connection = NULL;

    for (time_t end = time(NULL) + PATIENCE_S; !connection; nanosleep(&pause, NULL)) {
        assert_true(time(NULL) <= end);
        connection = connection_of(user);
    }
    return port_with(connection);
}

DWORD world_connections(void)
{
    DWORD read, total;
    LPBYTE b;

    assert_int_equal(MprAdminConnectionEnum(world.server, 0, &b, ALL, &read, &total, NULL), NO_ERROR);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    return read;
}

/* ---- beginning and end ---- */

static bool find_asker(const char *name)
{
    static const char *const names[] = {"none", "viewer", "operator", "administrator"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            world.asker = (enum asker)i;
            return true;
        }
    }
    return false;
}

/* For matrix_users.c; while the program is still root, who may. */
static bool make_user(LPWSTR server)
{
    const OPENRRAS_USER dora = {
        .pszUser = "dora", .fPermitted = TRUE, .dwCallback = RASPRIV_AdminSetCallback, .pszNumber = "+49 30 1"};
    MPR_SERVER_HANDLE h;

    if (MprAdminServerConnect(server, &h) != NO_ERROR)
        return false;
    DWORD code = OpenRrasUserSet(h, &dora, OPENRRAS_USER_CREATE);
    MprAdminServerDisconnect(h);
    return code == NO_ERROR;
}

static bool become(const char *uid)
{
    uid_t id = (uid_t)atoi(uid);
    return setresgid(id, id, id) == 0 && setresuid(id, id, id) == 0;
}

static HANDLE handle(uint32_t number)
{
    return (HANDLE)(uintptr_t)number;
}

static void look_around(const char *over)
{
    world.port = handle(MADE_UP_PORT);
    world.idle_port = handle(MADE_UP_IDLE);
    world.connection = handle(MADE_UP_CONNECTION);
    world.old_connection = handle((uint32_t)strtoul(over, NULL, 10));
    if (world.asker != ASKER_NONE) {
        world.connection = connection_of("alice");
        world.port = port_with(world.connection);
        world.idle_port = port_with(NULL);
    }
    world.old_port = handle((uint32_t)(uintptr_t)world.port - GENERATION);
}

bool world_begin(int argc, char **argv)
{
    if (argc != 7 || !find_asker(argv[1])) {
        (void)fprintf(stderr, "usage: %s ROLE UID SERVER LAN-SERVER OVER CONTROL\n", argv[0]);
        return false;
    }
    text_to_utf16(world.server_name, sizeof world.server_name / sizeof(WCHAR), argv[3]);
    text_to_utf16(world.lan_name, sizeof world.lan_name / sizeof(WCHAR), argv[4]);
    world.control = argv[6];
    if (!make_user(world.server_name) || !make_user(world.lan_name) || !become(argv[2])) {
        (void)fprintf(stderr, "%s: can't make a user and then be %s\n", argv[0], argv[2]);
        return false;
    }
    if (MprAdminServerConnect(world.server_name, &world.server) != NO_ERROR ||
        MprAdminServerConnect(world.lan_name, &world.lan) != NO_ERROR) {
        (void)fprintf(stderr, "%s: can't connect to %s and %s\n", argv[0], argv[3], argv[4]);
        return false;
    }
    look_around(argv[5]);
    return true;
}

void world_end(void)
{
    MprAdminServerDisconnect(world.server);
    MprAdminServerDisconnect(world.lan);
}
