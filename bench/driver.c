/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver that does nothing but to be fast, for figures about rrasd alone: it presents PORTS ports with SESSIONS
 * connected users, and takes every order at once.
 *
 *   bench-driver SOCKET PORTS SESSIONS
 *
 * The snapshot is made before the clock starts; its end is known by an answer of rrasd to a record that can't be taken
 * (a session without id), which comes after all that was sent before. Prints "snapshot SECONDS", then serves orders
 * until rrasd is gone.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bench.h"

#define LINE_MAX_BYTES 512

static void send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t r = send(fd, p, n, MSG_NOSIGNAL);
        if (r < 0)
            bench_die("rrasd is gone: %s", strerror(errno));
        p += r;
        n -= (size_t)r;
    }
}

static char *make_snapshot(unsigned long sessions, size_t *n)
{
    char *out = malloc((sessions + 2) * LINE_MAX_BYTES);
    size_t at = 0;
    if (!out)
        bench_die("no memory");
    for (unsigned long i = 0; i < sessions; i++)
        at += (size_t)snprintf(
            out + at, LINE_MAX_BYTES,
            "{\"type\":\"session\",\"id\":\"%lu\",\"start\":1764084000,\"state\":\"connected\","
            "\"user\":\"user%06lu\",\"client_address\":\"198.51.100.%lu:%lu\","
            "\"tunnel_address4\":\"10.%lu.%lu.%lu\",\"counters\":{\"bytes_in\":%lu,\"bytes_out\":%lu,"
            "\"frames_in\":%lu,\"frames_out\":%lu}}\n",
            i, i, i % 250, 1024 + i % 60000, i >> 16, i >> 8 & 255, i & 255, i * 1000, i * 2000, i * 10, i * 20);
    at += (size_t)snprintf(out + at, LINE_MAX_BYTES, "{\"type\":\"snapshot-end\"}\n{\"type\":\"session\"}\n");
    *n = at;
    return out;
}

static unsigned long long member(const char *line, const char *name)
{
    const char *p = strstr(line, name);
    return p ? strtoull(p + strlen(name), NULL, 10) : 0;
}

static void serve(int fd)
{
    char out[256];
    for (char *line; (line = bench_line(fd)) != NULL;) {
        int n = 0;
        if (strstr(line, "\"type\":\"ping\"")) {
            n = snprintf(out, sizeof out, "{\"type\":\"pong\",\"n\":%llu}\n", member(line, "\"n\":"));
        } else if (strstr(line, "\"type\":\"disconnect\"")) {
            const char *id = strstr(line, "\"id\":\"");
            n = snprintf(out, sizeof out,
                         "{\"type\":\"reply\",\"order\":%llu,\"result\":\"accepted\"}\n"
                         "{\"type\":\"gone\",\"id\":\"%llu\",\"start\":1764084000,\"reason\":\"administrator\"}\n",
                         member(line, "\"order\":"), id ? strtoull(id + 6, NULL, 10) : 0);
        }
        if (n > 0)
            send_all(fd, out, (size_t)n);
    }
}

int main(int argc, char **argv)
{
    char hello[256];
    size_t n;
    if (argc != 4)
        bench_die("usage: bench-driver SOCKET PORTS SESSIONS");
    unsigned long ports = bench_number(argv[2]), sessions = bench_number(argv[3]);
    bench_pin(0);
    char *snapshot = make_snapshot(sessions, &n);
    int fd = bench_connect(argv[1]);
    int k = snprintf(hello, sizeof hello,
                     "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"bench\",\"instance\":\"main\","
                     "\"device_type\":\"bench\",\"ports\":%lu,\"capabilities\":[\"disconnect\",\"hard\"]}\n",
                     ports);
    send_all(fd, hello, (size_t)k);
    char *line = bench_line(fd);
    if (!line || !strstr(line, "\"welcome\""))
        bench_die("not welcome: %s", line ? line : "end of file");
    double t = bench_now();
    send_all(fd, snapshot, n);
    while ((line = bench_line(fd)) != NULL && !strstr(line, "\"refused\""))
        ;
    if (!line)
        bench_die("rrasd ended the connection");
    printf("snapshot %.6f\n", bench_now() - t);
    fflush(stdout);
    free(snapshot);
    serve(fd);
    return 0;
}
