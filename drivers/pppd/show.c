/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/pppd/show.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/text.h"

#define VARIABLES    10u
#define VARIABLE_MAX (4u * SESSION_TEXT_MAX + 32u) /* a text with each byte escaped, and the name */

/* What the program is told of the session. Texts from outside are escaped: no control characters are left. */
struct environment {
    char text[VARIABLES][VARIABLE_MAX];
    char *list[VARIABLES + 1];
    size_t n;
};

static void put(struct environment *e, const char *name, const char *value)
{
    char shown[VARIABLE_MAX - 32u];
    snprintf(e->text[e->n], VARIABLE_MAX, "%s=%s", name, text_escape_z(shown, sizeof(shown), value));
    e->list[e->n] = e->text[e->n];
    e->n++;
}

static void fill(struct environment *e, const struct session *s)
{
    e->n = 0;
    put(e, "PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    put(e, "RRAS_DRIVER", "pppd");
    put(e, "RRAS_SESSION", s->id);
    put(e, "RRAS_USER", s->user);
    put(e, "RRAS_CLIENT_ADDRESS", s->client_address);
    put(e, "RRAS_TUNNEL_ADDRESS4", s->tunnel_address4);
    put(e, "RRAS_TUNNEL_ADDRESS6", s->tunnel_address6);
    put(e, "RRAS_INTERFACE", s->interface);
    put(e, "RRAS_CALLER", s->caller);
    e->list[e->n] = NULL;
}

/* pppd catches and holds signals, which is not the program's business. */
static void reset_signals(void)
{
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int i = 1; i < NSIG; i++)
        sigaction(i, &plain, NULL); /* those that can't be changed are as they should be */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void become(const char *command, int input, struct environment *e)
{
    char *arguments[] = {e->list[0], NULL};
    union {
        const char *in;
        char *out;
    } name = {.in = command};
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    arguments[0] = name.out;
    if (nowhere < 0 || dup2(input, 0) < 0 || dup2(nowhere, 1) < 0 || dup2(nowhere, 2) < 0)
        return;
    if (close_range(3, ~0u, 0) < 0) /* pppd's line and everything else */
        return;
    reset_signals();
    setsid();
    if (chdir("/") == 0) {
        alarm(SHOW_SECONDS); /* goes with it: who does not end by then is ended */
        execve(command, arguments, e->list);
    }
}

/* A child of a child, so that pppd, which waits for scripts of its own, never hears of it. _Fork() may be called in a
 * handler, and runs nothing of pppd's or of a library. */
static int start(const char *command, int input, struct environment *e)
{
    int status;
    pid_t pid = _Fork();
    if (pid < 0)
        return -errno;
    if (pid == 0) {
        pid_t program = _Fork();
        if (program == 0)
            become(command, input, e);
        _exit(program > 0 ? 0 : 1);
    }
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) /* pppd has waited for it in our place: nobody knows more */
            return 0;
    }
    return status == 0 ? 0 : -EAGAIN;
}

int show_message(const char *command, const struct session *s, const char *words)
{
    static struct environment e; /* too large for a handler's stack */
    int ends[2];
    size_t n = strlen(words);
    if (command[0] != '/' || access(command, X_OK) < 0)
        return command[0] != '/' ? -EINVAL : -errno;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    /* A pipe that is empty takes a whole message at once, and a line end. */
    int r = write(ends[1], words, n) == (ssize_t)n && write(ends[1], "\n", 1) == 1 ? 0 : -EIO;
    close(ends[1]);
    if (r == 0 && fcntl(ends[0], F_SETFL, 0) < 0) /* for the program, reading waits */
        r = -errno;
    if (r == 0) {
        fill(&e, s);
        r = start(command, ends[0], &e);
    }
    close(ends[0]);
    return r;
}
