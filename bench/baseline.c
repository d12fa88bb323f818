/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the machine can do with nothing but sockets: the figures that ours are measured against.
 *
 *   baseline pingpong REQUEST REPLY COUNT     one client, blocking read and write, both ends on CPU 0: calls a second
 *   baseline tcp REQUEST REPLY COUNT          the same over TCP on loopback
 *   baseline echo REQUEST REPLY CLIENTS MS CPU   a bare epoll server on CPU 0, CLIENTS threads on CPU: calls a second
 *   baseline bulk BYTES PIECE                 BYTES through a unix socket in pieces into one fresh buffer, CPU 0:
 * seconds
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"

#define CLIENTS_MAX 64

static void read_all(int fd, char *p, size_t n)
{
    while (n > 0) {
        ssize_t r = read(fd, p, n);
        if (r <= 0)
            bench_die("the other end is gone");
        p += r;
        n -= (size_t)r;
    }
}

static void write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t r = write(fd, p, n);
        if (r <= 0)
            bench_die("the other end is gone");
        p += r;
        n -= (size_t)r;
    }
}

static void make_pair(int fd[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0)
        bench_die("socketpair: %s", strerror(errno));
}

static void no_delay(int fd)
{
    static const int on = 1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        bench_die("TCP_NODELAY: %s", strerror(errno));
}

static void make_tcp_pair(int fd[2])
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    fd[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || fd[0] < 0 || bind(listener, (struct sockaddr *)&a, n) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&a, &n) != 0 || connect(fd[0], (struct sockaddr *)&a, n) != 0)
        bench_die("TCP on loopback: %s", strerror(errno));
    fd[1] = accept(listener, NULL, NULL);
    if (fd[1] < 0)
        bench_die("accept: %s", strerror(errno));
    close(listener);
    no_delay(fd[0]);
    no_delay(fd[1]);
}

static void pingpong(void (*make)(int fd[2]), size_t req, size_t rep, unsigned long count)
{
    int fd[2];
    char *a = calloc(1, req), *b = calloc(1, rep);
    make(fd);
    bench_pin(0);
    pid_t child = fork();
    if (child == 0) {
        close(fd[0]);
        for (;;) {
            ssize_t n = read(fd[1], a, req);
            if (n <= 0)
                _exit(0);
            if ((size_t)n < req)
                read_all(fd[1], a + n, req - (size_t)n);
            write_all(fd[1], b, rep);
        }
    }
    close(fd[1]);
    for (unsigned long i = 0; i < count / 10; i++) {
        write_all(fd[0], a, req);
        read_all(fd[0], b, rep);
    }
    double t = bench_now();
    for (unsigned long i = 0; i < count; i++) {
        write_all(fd[0], a, req);
        read_all(fd[0], b, rep);
    }
    printf("%.1f\n", (double)count / (bench_now() - t));
    close(fd[0]);
    waitpid(child, NULL, 0);
    free(a);
    free(b);
}

/* The server that a server with nothing to do but to answer would be. */
static void echo_server(int *fds, size_t n, size_t req, size_t rep)
{
    int ep = epoll_create1(0);
    char *a = calloc(1, req), *b = calloc(1, rep);
    size_t open = n;
    for (size_t i = 0; i < n; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.fd = fds[i]};
        if (epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &e) != 0)
            _exit(1);
    }
    while (open > 0) {
        struct epoll_event e[CLIENTS_MAX];
        int k = epoll_wait(ep, e, CLIENTS_MAX, -1);
        for (int i = 0; i < k; i++) {
            if (read(e[i].data.fd, a, req) <= 0) {
                close(e[i].data.fd);
                open--;
                continue;
            }
            if (write(e[i].data.fd, b, rep) < 0)
                _exit(1);
        }
    }
    _exit(0);
}

struct client {
    pthread_t thread;
    int fd;
    size_t req, rep;
    double until;
    unsigned long calls;
};

static void *client_main(void *arg)
{
    struct client *c = arg;
    char *a = calloc(1, c->req), *b = calloc(1, c->rep);
    while (bench_now() < c->until) {
        write_all(c->fd, a, c->req);
        read_all(c->fd, b, c->rep);
        c->calls++;
    }
    free(a);
    free(b);
    return NULL;
}

static void echo(size_t req, size_t rep, size_t n, unsigned long ms, int cpu)
{
    int server[CLIENTS_MAX];
    static struct client c[CLIENTS_MAX];
    if (n == 0 || n > CLIENTS_MAX)
        bench_die("1 to %d clients", CLIENTS_MAX);
    for (size_t i = 0; i < n; i++) {
        int fd[2];
        make_pair(fd);
        server[i] = fd[1];
        c[i] = (struct client){.fd = fd[0], .req = req, .rep = rep};
    }
    pid_t child = fork();
    if (child == 0) {
        bench_pin(0);
        for (size_t i = 0; i < n; i++)
            close(c[i].fd);
        echo_server(server, n, req, rep);
    }
    bench_pin(cpu);
    for (size_t i = 0; i < n; i++)
        close(server[i]);
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
        close(c[i].fd);
    waitpid(child, NULL, 0);
}

static void bulk(size_t bytes, size_t piece)
{
    int fd[2];
    make_pair(fd);
    bench_pin(0);
    pid_t child = fork();
    if (child == 0) {
        char go;
        char *p = malloc(piece);
        memset(p, 1, piece);
        close(fd[0]);
        read_all(fd[1], &go, 1);
        for (size_t left = bytes; left > 0;) {
            size_t k = left < piece ? left : piece;
            write_all(fd[1], p, k);
            left -= k;
        }
        _exit(0);
    }
    close(fd[1]);
    double t = bench_now();
    char *fresh = malloc(bytes);
    write_all(fd[0], "g", 1);
    read_all(fd[0], fresh, bytes);
    printf("%.6f\n", bench_now() - t);
    free(fresh);
    waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "pingpong") == 0)
        pingpong(make_pair, bench_number(argv[2]), bench_number(argv[3]), bench_number(argv[4]));
    else if (argc == 5 && strcmp(argv[1], "tcp") == 0)
        pingpong(make_tcp_pair, bench_number(argv[2]), bench_number(argv[3]), bench_number(argv[4]));
    else if (argc == 7 && strcmp(argv[1], "echo") == 0)
        echo(bench_number(argv[2]), bench_number(argv[3]), bench_number(argv[4]), bench_number(argv[5]),
             (int)bench_number(argv[6]));
    else if (argc == 4 && strcmp(argv[1], "bulk") == 0)
        bulk(bench_number(argv[2]), bench_number(argv[3]));
    else
        bench_die(
            "usage: baseline pingpong|tcp REQUEST REPLY COUNT | echo REQUEST REPLY CLIENTS MS CPU | bulk BYTES PIECE");
    return 0;
}
