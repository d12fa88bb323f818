/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rras-ntlm: asks the NTLM library for rrasd, which has started it and speaks with it over standard input
 * (ntlm/message.h). It ends when rrasd does, or at the first request that is none.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ntlm/acceptor.h"
#include "ntlm/confine.h"

#define RRASD STDIN_FILENO

struct context {
    uint32_t number; /* 0: free */
    struct acceptor *acceptor;
};

static struct {
    struct context contexts[NTLM_CONTEXTS_MAX];
    uint8_t in[NTLM_REQUEST_MAX];
    size_t in_len;
    uint8_t out[NTLM_ANSWER_MAX];
} w;

/* ---- contexts ---- */

static struct context *find(uint32_t number)
{
    for (size_t i = 0; i < NTLM_CONTEXTS_MAX; i++)
        if (w.contexts[i].number == number)
            return &w.contexts[i];
    return NULL;
}

static struct context *find_or_begin(const struct ntlm_request *request)
{
    struct context *c = find(request->context);
    if (c)
        return c;
    c = find(0);
    struct acceptor *acceptor = c ? acceptor_new(request->spnego) : NULL;
    if (!acceptor)
        return NULL;
    *c = (struct context){request->context, acceptor};
    return c;
}

static void forget(struct context *c)
{
    if (!c)
        return;
    acceptor_free(c->acceptor);
    *c = (struct context){0};
}

/* ---- requests ---- */

static int send_all(const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(RRASD, bytes, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -errno;
        bytes += sent;
        n -= (size_t)sent;
    }
    return 0;
}

static int answer_leg(const struct ntlm_request *request)
{
    struct ntlm_answer answer = {.context = request->context, .outcome = NTLM_REFUSED};
    struct context *c = find_or_begin(request);
    if (c)
        acceptor_leg(c->acceptor, request->token, request->token_len, &answer);
    else
        snprintf(answer.why, sizeof answer.why, "the NTLM process has no room for another exchange");
    size_t n = ntlm_answer_write(w.out, sizeof w.out, &answer);
    if (answer.outcome != NTLM_MORE)
        forget(c);
    int r = n ? send_all(w.out, n) : -EMSGSIZE;
    explicit_bzero(&answer, sizeof answer);
    explicit_bzero(w.out, n);
    return r;
}

static int do_request(const uint8_t *frame, size_t n)
{
    struct ntlm_request request;
    int r = ntlm_request_read(frame, n, &request);
    if (r == 0 && request.kind == NTLM_LEG)
        return answer_leg(&request);
    if (r == 0)
        forget(find(request.context));
    return r;
}

/* All that has come whole. */
static int do_requests(void)
{
    size_t done = 0;
    for (;;) {
        long n = ntlm_frame_size(w.in + done, w.in_len - done, sizeof w.in);
        int r = n > 0 ? do_request(w.in + done, (size_t)n) : (int)n;
        if (n > 0 && r == 0) {
            done += (size_t)n;
            continue;
        }
        w.in_len -= done;
        memmove(w.in, w.in + done, w.in_len);
        return r;
    }
}

/* 0 when rrasd has ended. */
static int serve(void)
{
    for (;;) {
        ssize_t n = read(RRASD, w.in + w.in_len, sizeof w.in - w.in_len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        w.in_len += (size_t)n;
        int r = do_requests();
        if (r < 0)
            return r;
    }
}

/* What is left belongs to the kernel: libraries may not run again after what clients have sent. */
static _Noreturn void leave(const char *what, int error)
{
    if (error < 0)
        fprintf(stderr, "rras-ntlm: %s: %s\n", what, strerror(-error));
    fflush(stderr);
    _exit(error < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

int main(void)
{
    const char *why;
    if (close_range(STDERR_FILENO + 1, ~0u, 0) < 0) /* what rrasd itself was started with, and does not know of */
        leave("descriptors can't be closed", -errno);
    if (!acceptor_is_there(&why)) /* each client is refused, with the library's own words */
        fprintf(stderr, "rras-ntlm: %s\n", why);
    int r = confine_process();
    if (r < 0)
        leave("privileges can't be given up", r);
    leave("rrasd can't be understood", serve());
}
