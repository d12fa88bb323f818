/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hundred events that are registered with one server, for notify_real.py: says "ready N" when nothing is signalled
 * any more, and "signalled N" once all of them have been, so many times.
 *
 * usage: notify_crowd SERVER ROUNDS
 */
#include <stdio.h>
#include <stdlib.h>

#include <openrras.h>

#include "common/text.h"

#define CROWD    100u
#define QUIET_MS 500u /* longer than questions are apart */

static HANDLE events[CROWD];

static void must(DWORD code, const char *what)
{
    char detail[512];
    if (code == NO_ERROR)
        return;
    OpenRrasLastDetail(detail, sizeof detail);
    fprintf(stderr, "%s: %u %s\n", what, code, detail);
    exit(1);
}

static void register_all(MPR_SERVER_HANDLE server)
{
    for (size_t i = 0; i < CROWD; i++) {
        must(OpenRrasNotifyCreate(&events[i]), "create");
        must(MprAdminRegisterConnectionNotification(server, events[i]), "register");
    }
}

static void drain(void)
{
    DWORD code;
    do
        code = OpenRrasNotifyWait(CROWD, events, QUIET_MS, NULL);
    while (code == NO_ERROR);
    must(code == WAIT_TIMEOUT ? NO_ERROR : code, "drain");
}

static void wait_for_all(void)
{
    int seen[CROWD] = {0};
    for (unsigned left = CROWD; left > 0;) {
        DWORD which;
        must(OpenRrasNotifyWait(CROWD, events, OPENRRAS_WAIT_FOREVER, &which), "wait");
        left -= !seen[which];
        seen[which] = 1;
    }
}

int main(int argc, char **argv)
{
    WCHAR name[256];
    MPR_SERVER_HANDLE server;
    if (argc != 3)
        return 2;
    text_to_utf16(name, sizeof name / sizeof name[0], argv[1]);
    must(MprAdminServerConnect(name, &server), "connect");
    register_all(server);
    for (int i = 1; i <= atoi(argv[2]); i++) {
        drain();
        printf("ready %d\n", i);
        fflush(stdout);
        wait_for_all();
        printf("signalled %d\n", i);
        fflush(stdout);
    }
    MprAdminServerDisconnect(server);
    for (size_t i = 0; i < CROWD; i++)
        must(OpenRrasNotifyClose(events[i]), "close");
    return 0;
}
