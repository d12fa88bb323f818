/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/ssh.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/text.h"

#define URL_PREFIX "ssh://"
#define LINE_SIZE  1024u /* longer lines of ssh are shown in parts */
/* Our end is closed, so the far end sees the end of its input and ssh ends within a round trip. Then it is told to. */
#define END_WAIT_MS 5000

struct ssh {
    pid_t pid;
    int err;  /* our end of its stderr */
    int stop; /* eventfd: ssh is reaped, show what is left and end */
    pthread_t reader;
};

/* ---- the name ---- */

bool ssh_is_url(const char *name)
{
    return strncmp(name, URL_PREFIX, strlen(URL_PREFIX)) == 0;
}

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool only(const char *s, size_t n, const char *allowed)
{
    if (n == 0 || s[0] == '-')
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!strchr(allowed, s[i]))
            return false;
    }
    return true;
}

/* ":port", or the end. */
static int parse_port(const char *s, char port[static 8])
{
    if (*s == '\0') {
        port[0] = '\0';
        return 0;
    }
    if (*s++ != ':' || strlen(s) > 5 || !only(s, strlen(s), "0123456789") || atoi(s) < 1 || atoi(s) > 65535)
        return -EINVAL;
    strcpy(port, s);
    return 0;
}

int ssh_parse(const char *url, struct ssh_target *ret)
{
    struct ssh_target t = {0};
    if (!ssh_is_url(url))
        return -EINVAL;
    const char *user = url + strlen(URL_PREFIX);
    const char *at = strrchr(user, '@');
    const char *host = at ? at + 1 : user;
    if (at && !only(user, (size_t)(at - user), ALNUM "._-+@\\"))
        return -EINVAL;
    bool brackets = *host == '[';
    size_t n = brackets ? strcspn(++host, "]") : strcspn(host, ":/");
    if (!only(host, n, brackets ? ALNUM ".:%" : ALNUM "._-") || (brackets && host[n] != ']'))
        return -EINVAL;
    /* A slash at the end, as in any URL, is fine; a path is not. */
    char rest[8] = "";
    const char *tail = host + n + (brackets ? 1 : 0);
    size_t tail_len = strlen(tail);
    if (tail_len && tail[tail_len - 1] == '/')
        tail_len--;
    if (tail_len >= sizeof rest)
        return -EINVAL;
    memcpy(rest, tail, tail_len);
    int len = snprintf(t.destination, sizeof t.destination, "%.*s%s%.*s", at ? (int)(at - user) : 0, user,
                       at ? "@" : "", (int)n, host);
    if (len < 0 || (size_t)len >= sizeof t.destination || parse_port(rest, t.port) < 0)
        return -EINVAL;
    *ret = t;
    return 0;
}

/* ---- what it says ---- */

/* Show the complete lines of `buf`, or all of it when it is full or `end`. Returns the bytes that are left. */
static size_t show_lines(char *buf, size_t n, bool end)
{
    size_t at = 0;
    while (at < n) {
        char *nl = memchr(buf + at, '\n', n - at);
        if (!nl && !end && (at > 0 || n < LINE_SIZE))
            break;
        size_t len = nl ? (size_t)(nl - (buf + at)) : n - at;
        size_t shown_len = len && buf[at + len - 1] == '\r' ? len - 1 : len;
        char shown[LINE_SIZE * 4 + 1];
        if (shown_len)
            fprintf(stderr, "ssh: %s\n", text_escape(shown, sizeof shown, buf + at, shown_len));
        at += len + (nl ? 1 : 0);
    }
    memmove(buf, buf + at, n - at);
    return n - at;
}

/*
 * A thread of its own, because the library blocks on the socket meanwhile. It does not wait for the end of the pipe: a
 * connection-sharing ssh leaves a process behind that keeps it open.
 */
static void *read_stderr(void *arg)
{
    struct ssh *s = arg;
    char buf[LINE_SIZE];
    size_t have = 0;
    bool stopping = false;
    for (;;) {
        struct pollfd p[] = {{.fd = s->err, .events = POLLIN}, {.fd = stopping ? -1 : s->stop, .events = POLLIN}};
        int ready = poll(p, 2, stopping ? 0 : -1);
        if (ready < 0 && errno != EINTR)
            break;
        stopping = stopping || (ready > 0 && p[1].revents);
        if (ready > 0 && p[0].revents) {
            ssize_t n = read(s->err, buf + have, sizeof buf - have);
            if (n <= 0)
                break;
            have = show_lines(buf, have + (size_t)n, false);
        } else if (ready == 0) {
            break;
        }
    }
    show_lines(buf, have, true);
    return NULL;
}

/* ---- the process ---- */

#define ARGUMENTS_MAX 10

/*
 * Ctrl-C goes to all in the foreground. We may have something to say to the server then, so what carries it must live
 * on: it starts with the signal ignored, which ssh heeds but while it asks for a password. When we end it ends by our
 * end of the socket.
 */
static int spawn_deaf(pid_t *ret, const char *program, const posix_spawn_file_actions_t *actions,
                      const posix_spawnattr_t *attr, const char *const *argv)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before;
    sigaction(SIGINT, &ignore, &before);
    /* exec's argv is const in all but its type. */
    int e = posix_spawnp(ret, program, actions, attr, (char *const *)(uintptr_t)argv, environ);
    sigaction(SIGINT, &before, NULL);
    return e;
}

static int spawn(const struct ssh_target *t, const char *program, bool batch, int io, int err, pid_t *ret)
{
    const char *argv[ARGUMENTS_MAX] = {program};
    size_t n = 1;
    if (batch) {
        argv[n++] = "-o";
        argv[n++] = "BatchMode=yes";
    }
    if (t->port[0]) {
        argv[n++] = "-p";
        argv[n++] = t->port;
    }
    argv[n++] = "--";
    argv[n++] = t->destination;
    argv[n++] = "rasadmin --stdio";

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t pipe_signal;
    int e = posix_spawn_file_actions_init(&actions);
    if (e)
        return -e;
    e = posix_spawnattr_init(&attr);
    if (e) {
        posix_spawn_file_actions_destroy(&actions);
        return -e;
    }
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE); /* we ignore it; ssh shall not inherit that */
    posix_spawnattr_setsigdefault(&attr, &pipe_signal);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
    e = posix_spawn_file_actions_adddup2(&actions, io, STDIN_FILENO);
    e = e ? e : posix_spawn_file_actions_adddup2(&actions, io, STDOUT_FILENO);
    e = e ? e : posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    e = e ? e : spawn_deaf(ret, program, &actions, &attr, argv);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return -e;
}

static void close_pair(const int fd[2])
{
    close(fd[0]);
    close(fd[1]);
}

/* Wait for the process; end it when it takes too long. */
static int reap(pid_t pid)
{
    int status = 0;
    int fd = pidfd_open(pid, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (fd < 0 || poll(&p, 1, END_WAIT_MS) <= 0)
        kill(pid, SIGTERM);
    if (fd >= 0 && poll(&p, 1, END_WAIT_MS) <= 0)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (fd >= 0)
        close(fd);
    return status;
}

static int start_reader(struct ssh *s)
{
    s->stop = eventfd(0, EFD_CLOEXEC);
    if (s->stop < 0)
        return -errno;
    int e = pthread_create(&s->reader, NULL, read_stderr, s);
    if (e)
        close(s->stop);
    return -e;
}

int ssh_start(const struct ssh_target *target, const char *program, bool batch, struct ssh **ret, int *ret_fd)
{
    int io[2], err[2];
    struct ssh *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, io) < 0) {
        int e = -errno;
        free(s);
        return e;
    }
    if (pipe2(err, O_CLOEXEC) < 0) {
        int e = -errno;
        close_pair(io);
        free(s);
        return e;
    }
    int e = spawn(target, program ? program : "ssh", batch, io[1], err[1], &s->pid);
    close(io[1]);
    close(err[1]);
    s->err = err[0];
    if (e == 0 && (e = start_reader(s)) < 0) {
        close(io[0]);
        io[0] = -1;
        reap(s->pid);
    }
    if (e < 0) {
        if (io[0] >= 0)
            close(io[0]);
        close(s->err);
        free(s);
        return e;
    }
    *ret = s;
    *ret_fd = io[0];
    return 0;
}

int ssh_finish(struct ssh *s)
{
    int status = reap(s->pid);
    eventfd_write(s->stop, 1);
    pthread_join(s->reader, NULL);
    close(s->stop);
    close(s->err);
    free(s);
    return status;
}
