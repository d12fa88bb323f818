/* SPDX-License-Identifier: Apache-2.0 */
#include "ntlm/worker.h"

#include <errno.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ntlm/acceptor.h"
#include "ntlm/confine.h"
#include "ntlm/stream.h"

/* ---- inside it ---- */

/* 1 when another leg must follow, else 0, or negative errno. */
static int take_leg(struct acceptor **acceptor, const uint8_t *frame, size_t n)
{
    static uint8_t out[NTLM_ANSWER_MAX];
    struct ntlm_request request;
    if (ntlm_request_read(frame, n, &request) < 0 || request.kind != NTLM_LEG)
        return -EBADMSG;
    if (!*acceptor)
        *acceptor = acceptor_new(request.spnego);
    if (!*acceptor)
        return -ENOMEM;
    struct ntlm_answer answer = {.context = request.context};
    acceptor_leg(*acceptor, request.token, request.token_len, &answer);
    int r = stream_send(STDIN_FILENO, out, ntlm_answer_write(out, sizeof out, &answer));
    return r < 0 ? r : answer.outcome == NTLM_MORE;
}

/* What is left at the end belongs to the kernel: libraries may not run again after what a client has sent. */
static _Noreturn void work(int fd)
{
    static uint8_t in[NTLM_REQUEST_MAX];
    struct acceptor *acceptor = NULL;
    bool alone = dup2(fd, STDIN_FILENO) >= 0 && close_range(STDERR_FILENO + 1, ~0u, 0) == 0;
    int r = alone ? confine_worker() : -errno;
    if (r < 0)
        fprintf(stderr, "rras-ntlm: privileges can't be given up: %s\n", strerror(-r));
    for (r = r < 0 ? r : 1; r > 0;) {
        long n = stream_receive(STDIN_FILENO, in, sizeof in, -1);
        r = n > 0 ? take_leg(&acceptor, in, (size_t)n) : (int)n;
    }
    _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* ---- outside ---- */

int worker_begin(struct worker *ret, uint32_t context)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0)
        work(ends[1]);
    int r = pid < 0 ? -errno : 0;
    close(ends[1]);
    if (r < 0)
        close(ends[0]);
    else
        *ret = (struct worker){context, pid, ends[0]};
    return r;
}

static void say_end(char why[static NTLM_WHY_MAX], int status)
{
    if (WIFSIGNALED(status))
        snprintf(why, NTLM_WHY_MAX, "the NTLM library has crashed on what the client has sent: signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(why, NTLM_WHY_MAX, "the NTLM library has ended on what the client has sent, with status %d",
                 WEXITSTATUS(status));
}

/* How it has ended; a worker that has not is ended. */
static int reap(struct worker *w)
{
    int status = 0;
    close(w->fd);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    *w = (struct worker){0};
    return status;
}

size_t worker_ask(struct worker *w, const uint8_t *frame, size_t n, uint8_t answer[static NTLM_ANSWER_MAX],
                  char why[static NTLM_WHY_MAX])
{
    struct ntlm_answer read;
    long got = stream_send(w->fd, frame, n);
    if (got == 0)
        got = stream_receive(w->fd, answer, NTLM_ANSWER_MAX, NTLM_WORKER_MS);
    if (got > 0 && ntlm_answer_read(answer, (size_t)got, &read) == 0 && read.context == w->context) {
        explicit_bzero(read.key, sizeof read.key);
        return (size_t)got;
    }
    bool has_ended = got == 0 || got == -EPIPE || got == -ECONNRESET;
    if (!has_ended)
        (void)kill(w->pid, SIGKILL);
    int status = reap(w);
    if (has_ended)
        say_end(why, status);
    else
        snprintf(why, NTLM_WHY_MAX, "%s",
                 got == -ETIMEDOUT ? "the NTLM library has not answered in time"
                                   : "the NTLM library has given an answer that is none");
    return 0;
}

void worker_end(struct worker *w)
{
    if (!w->context)
        return;
    (void)kill(w->pid, SIGKILL);
    (void)reap(w);
}
