/* SPDX-License-Identifier: Apache-2.0 */
#include "notify_world.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

void world_start(struct world *w)
{
    journal_init(&w->journal);
    w->server = fake_start(&(struct fake_config){.n_ports = 3, .rrasx = &w->journal.backend});
    w->h = fake_connect(w->server);
    assert_int_equal(OpenRrasNotifyCreate(&w->event), NO_ERROR);
    assert_int_equal(MprAdminRegisterConnectionNotification(w->h, w->event), NO_ERROR);
}

void world_stop(struct world *w)
{
    assert_int_equal(OpenRrasNotifyClose(w->event), NO_ERROR);
    MprAdminServerDisconnect(w->h);
    fake_stop(w->server);
    journal_clear(&w->journal);
}

void assert_signalled(HANDLE event)
{
    DWORD which = 9;
    assert_int_equal(OpenRrasNotifyWait(1, &event, PATIENCE_MS, &which), NO_ERROR);
    assert_int_equal(which, 0);
}

void settle(struct world *w, unsigned waiting)
{
    time_t end = time(NULL) + PATIENCE_MS / 1000;
    do {
        assert_int_equal(OpenRrasNotifyWait(1, &w->event, 10, NULL), WAIT_TIMEOUT);
        assert_true(time(NULL) < end);
    } while (journal_waiting(w->server, &w->journal) != waiting);
}

void assert_quiet(struct world *w, unsigned waiting)
{
    settle(w, waiting);
    assert_int_equal(OpenRrasNotifyWait(1, &w->event, 0, NULL), WAIT_TIMEOUT);
}

MPR_SERVER_HANDLE connect_given(struct fake_server *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    MPR_SERVER_HANDLE h;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_true(strlen(fake_path(f)) < sizeof address.sun_path);
    memcpy(address.sun_path, fake_path(f), strlen(fake_path(f)) + 1);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(OpenRrasServerConnectFd(fd, &h), NO_ERROR);
    return h;
}
