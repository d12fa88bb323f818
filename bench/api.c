/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmprapi against a running rrasd. SERVER is a binding, ncalrpc:[/path].
 *
 *   api portinfo SERVER COUNT         MprAdminPortGetInfo, one client on CPU 0: calls a second
 *   api connect SERVER COUNT          a new connection, PortGetInfo, and its end, CPU 0: seconds until the answer
 *   api disconnect SERVER COUNT       MprAdminPortDisconnect of COUNT connected ports, CPU 0: calls a second
 *   api many SERVER CLIENTS MS        PortGetInfo from CLIENTS threads on CPU 1, a handle each: calls a second
 *   api enum SERVER                   one MprAdminPortEnum of all ports, CPU 0: seconds, ports
 *   api repeat SERVER MS              PortEnum of all ports on CPU 0, over and over: load for `latency`
 *   api latency SERVER MS             PortGetInfo on CPU 1: p50, p99 and the longest, in microseconds
 *   api count SERVER                  ports, ports in use
 */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "bench/client.h"

#define CLIENTS_MAX 64
#define SAMPLES_MAX 2000000

static HANDLE first_port(MPR_SERVER_HANDLE h)
{
    DWORD n;
    RAS_PORT_0 *ports = all_ports(h, &n);
    if (n == 0)
        bench_die("the server has no ports");
    HANDLE port = ports[0].hPort;
    MprAdminBufferFree(ports);
    return port;
}

static void get_info(MPR_SERVER_HANDLE h, HANDLE port)
{
    LPBYTE buffer;
    check(MprAdminPortGetInfo(h, 0, port, &buffer), "MprAdminPortGetInfo");
    MprAdminBufferFree(buffer);
}

static void portinfo(const char *server, unsigned long count)
{
    bench_pin(0);
    MPR_SERVER_HANDLE h = connect_to(server);
    HANDLE port = first_port(h);
    for (unsigned long i = 0; i < count / 10; i++)
        get_info(h, port);
    double t = bench_now();
    for (unsigned long i = 0; i < count; i++)
        get_info(h, port);
    printf("%.1f\n", (double)count / (bench_now() - t));
    MprAdminServerDisconnect(h);
}

static void connections(const char *server, unsigned long count)
{
    bench_pin(0);
    MPR_SERVER_HANDLE first = connect_to(server); /* what is loaded and read once */
    HANDLE port = first_port(first);
    double took = 0;
    for (unsigned long i = 0; i < count; i++) {
        double t = bench_now();
        MPR_SERVER_HANDLE h = connect_to(server);
        get_info(h, port);
        took += bench_now() - t;
        MprAdminServerDisconnect(h);
    }
    printf("%.9f\n", took / (double)count);
    MprAdminServerDisconnect(first);
}

static void disconnect(const char *server, unsigned long count)
{
    bench_pin(0);
    MPR_SERVER_HANDLE h = connect_to(server);
    DWORD n;
    RAS_PORT_0 *ports = all_ports(h, &n);
    unsigned long done = 0;
    double t = bench_now();
    for (DWORD i = 0; i < n && done < count; i++) {
        if (ports[i].dwPortCondition != RAS_PORT_AUTHENTICATED)
            continue;
        check(MprAdminPortDisconnect(h, ports[i].hPort), "MprAdminPortDisconnect");
        done++;
    }
    double took = bench_now() - t;
    if (done < count)
        bench_die("only %lu of %lu ports were connected", done, count);
    printf("%.1f\n", (double)count / took);
    MprAdminBufferFree(ports);
    MprAdminServerDisconnect(h);
}

struct client {
    pthread_t thread;
    MPR_SERVER_HANDLE h;
    HANDLE port;
    double until;
    unsigned long calls;
};

static void *client_main(void *arg)
{
    struct client *c = arg;
    while (bench_now() < c->until) {
        get_info(c->h, c->port);
        c->calls++;
    }
    return NULL;
}

static void many(const char *server, size_t n, unsigned long ms)
{
    static struct client c[CLIENTS_MAX];
    if (n == 0 || n > CLIENTS_MAX)
        bench_die("1 to %d clients", CLIENTS_MAX);
    bench_pin(1);
    for (size_t i = 0; i < n; i++) {
        c[i].h = connect_to(server);
        c[i].port = first_port(c[i].h);
    }
    double t = bench_now();
    unsigned long calls = 0;
    for (size_t i = 0; i < n; i++) {
        c[i].until = t + (double)ms / 1e3;
        pthread_create(&c[i].thread, NULL, client_main, &c[i]);
    }
    for (size_t i = 0; i < n; i++) {
        pthread_join(c[i].thread, NULL);
        calls += c[i].calls;
    }
    printf("%.1f\n", (double)calls / (bench_now() - t));
    for (size_t i = 0; i < n; i++)
        MprAdminServerDisconnect(c[i].h);
}

static void enumerate(const char *server)
{
    bench_pin(0);
    MPR_SERVER_HANDLE h = connect_to(server);
    DWORD n;
    get_info(h, first_port(h));
    double t = bench_now();
    RAS_PORT_0 *ports = all_ports(h, &n);
    double took = bench_now() - t;
    printf("%.6f %u\n", took, (unsigned)n);
    MprAdminBufferFree(ports);
    MprAdminServerDisconnect(h);
}

static void repeat(const char *server, unsigned long ms)
{
    DWORD n;
    MPR_SERVER_HANDLE h = connect_to(server);
    for (double until = bench_now() + (double)ms / 1e3; bench_now() < until;)
        MprAdminBufferFree(all_ports(h, &n));
    MprAdminServerDisconnect(h);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void latency(const char *server, unsigned long ms)
{
    bench_pin(1);
    MPR_SERVER_HANDLE h = connect_to(server);
    HANDLE port = first_port(h);
    double *us = malloc(SAMPLES_MAX * sizeof *us);
    size_t n = 0;
    if (!us)
        bench_die("no memory");
    for (double until = bench_now() + (double)ms / 1e3; bench_now() < until && n < SAMPLES_MAX;) {
        double t = bench_now();
        get_info(h, port);
        us[n++] = (bench_now() - t) * 1e6;
    }
    qsort(us, n, sizeof *us, by_value);
    printf("%.1f %.1f %.1f\n", us[n / 2], us[n * 99 / 100], us[n - 1]);
    free(us);
    MprAdminServerDisconnect(h);
}

static void count(const char *server)
{
    MPR_SERVER_HANDLE h = connect_to(server);
    MPR_SERVER_0 *info;
    check(MprAdminServerGetInfo(h, 0, (LPBYTE *)&info), "MprAdminServerGetInfo");
    printf("%u %u\n", (unsigned)info->dwTotalPorts, (unsigned)info->dwPortsInUse);
    MprAdminBufferFree(info);
    MprAdminServerDisconnect(h);
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    if (argc == 4 && strcmp(what, "portinfo") == 0)
        portinfo(argv[2], bench_number(argv[3]));
    else if (argc == 4 && strcmp(what, "connect") == 0)
        connections(argv[2], bench_number(argv[3]));
    else if (argc == 4 && strcmp(what, "disconnect") == 0)
        disconnect(argv[2], bench_number(argv[3]));
    else if (argc == 5 && strcmp(what, "many") == 0)
        many(argv[2], bench_number(argv[3]), bench_number(argv[4]));
    else if (argc == 3 && strcmp(what, "enum") == 0)
        enumerate(argv[2]);
    else if (argc == 4 && strcmp(what, "repeat") == 0)
        repeat(argv[2], bench_number(argv[3]));
    else if (argc == 4 && strcmp(what, "latency") == 0)
        latency(argv[2], bench_number(argv[3]));
    else if (argc == 3 && strcmp(what, "count") == 0)
        count(argv[2]);
    else
        bench_die("usage: see the head of bench/api.c");
    return 0;
}
