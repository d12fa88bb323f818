/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sessions of a real daemon through libmprapi and rrasd: what bench-native does without them. On CPU 0.
 *
 *   bench-sessions each SERVER NUMBER      list the NUMBER connected ports, disconnect them one by one, look until all
 * are gone: "LIST ORDERS GONE" in seconds, as bench-native bench-sessions select SERVER TYPE NUMBER   all of a device
 * type by one OpenRrasDisconnect(), as fast as it goes: seconds until all are confirmed bench-sessions list SERVER
 * NUMBER      everything about NUMBER sessions: seconds
 */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <openrras.h>

#include "bench/client.h"

#define LIMIT_S 60.0
#define LOOK_US 1000

/* Connected ports to the front; how many there are. */
static size_t connected(RAS_PORT_0 *ports, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (ports[i].dwPortCondition == RAS_PORT_AUTHENTICATED)
            ports[k++] = ports[i];
    return k;
}

static size_t in_use(MPR_SERVER_HANDLE h)
{
    MPR_SERVER_0 *info;
    check(MprAdminServerGetInfo(h, 0, (LPBYTE *)&info), "MprAdminServerGetInfo");
    size_t n = info->dwPortsInUse;
    MprAdminBufferFree(info);
    return n;
}

static void each(const char *server, size_t number)
{
    MPR_SERVER_HANDLE h = connect_to(server);
    DWORD n;
    double t = bench_now();
    RAS_PORT_0 *ports = all_ports(h, &n);
    double listed = bench_now() - t;
    if (connected(ports, n) != number)
        bench_die("%zu ports are connected, not %zu", connected(ports, n), number);
    t = bench_now();
    for (size_t i = 0; i < number; i++)
        check(MprAdminPortDisconnect(h, ports[i].hPort), "MprAdminPortDisconnect");
    double ordered = bench_now() - t;
    for (size_t left; (left = in_use(h)) > 0; usleep(LOOK_US))
        if (bench_now() - t > LIMIT_S)
            bench_die("%zu sessions are still there", left);
    printf("%.6f %.6f %.6f\n", listed, ordered, bench_now() - t);
    MprAdminBufferFree(ports);
    MprAdminServerDisconnect(h);
}

static void by_selection(const char *server, const char *type, size_t number)
{
    MPR_SERVER_HANDLE h = connect_to(server);
    const OPENRRAS_DISCONNECT d = {.Selector.pszDeviceType = type, .dwRate = OPENRRAS_RATE_UNLIMITED};
    OPENRRAS_JOB *job;
    double t = bench_now();
    check(OpenRrasDisconnect(h, &d, OPENRRAS_EVENT_WAIT_MAX_MS, &job), "OpenRrasDisconnect");
    double took = bench_now() - t;
    if (job->dwState != OPENRRAS_JOB_DONE || job->dwMatched != number || job->dwConfirmed != number)
        bench_die("of %zu sessions %u matched, %u are gone", number, (unsigned)job->dwMatched,
                  (unsigned)job->dwConfirmed);
    printf("%.6f\n", took);
    MprAdminBufferFree(job);
    MprAdminServerDisconnect(h);
}

static void list(const char *server, size_t number)
{
    MPR_SERVER_HANDLE h = connect_to(server);
    OPENRRAS_SESSION_LIST *sessions;
    double t = bench_now();
    check(OpenRrasSessionEnum(h, NULL, &sessions), "OpenRrasSessionEnum");
    double took = bench_now() - t;
    if (sessions->dwCount != number)
        bench_die("%u sessions are listed, not %zu", (unsigned)sessions->dwCount, number);
    printf("%.6f\n", took);
    MprAdminBufferFree(sessions);
    MprAdminServerDisconnect(h);
}

int main(int argc, char **argv)
{
    const char *what = argc > 3 ? argv[1] : "";
    bench_pin(0);
    if (argc == 4 && strcmp(what, "each") == 0)
        each(argv[2], bench_number(argv[3]));
    else if (argc == 5 && strcmp(what, "select") == 0)
        by_selection(argv[2], argv[3], bench_number(argv[4]));
    else if (argc == 4 && strcmp(what, "list") == 0)
        list(argv[2], bench_number(argv[3]));
    else
        bench_die("usage: see the head of bench/sessions.c");
    return 0;
}
