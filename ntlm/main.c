/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rras-ntlm: asks the NTLM library for rrasd, which has started it and speaks with it over standard input
 * (ntlm/message.h). It reads no token itself: each client has a worker (ntlm/worker.h), so whoever crashes the library
 * is alone with that. It ends when rrasd does, or at the first request that is none.
 */
#include <errno.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ntlm/acceptor.h"
#include "ntlm/confine.h"
#include "ntlm/stream.h"
#include "ntlm/worker.h"

#define RRASD STDIN_FILENO
#define USERS "NTLM_USER_FILE" /* the library's; without it winbind knows them */

static struct worker workers[NTLM_CONTEXTS_MAX];

static struct worker *find(uint32_t context)
{
    for (size_t i = 0; i < NTLM_CONTEXTS_MAX; i++)
        if (workers[i].context == context)
            return &workers[i];
    return NULL;
}

static int refuse(uint32_t context, const char *why)
{
    uint8_t out[NTLM_FRAME_HEADER + NTLM_ANSWER_FIXED + 4 + NTLM_WHY_MAX];
    struct ntlm_answer answer = {.context = context, .outcome = NTLM_REFUSED};
    snprintf(answer.why, sizeof answer.why, "%s", why);
    return stream_send(RRASD, out, ntlm_answer_write(out, sizeof out, &answer));
}

static bool needs_another_leg(const uint8_t *answer, size_t n)
{
    struct ntlm_answer read;
    bool more = ntlm_answer_read(answer, n, &read) == 0 && read.outcome == NTLM_MORE;
    explicit_bzero(&read, sizeof read);
    return more;
}

/* What the worker says goes on as it is. */
static int have_leg_taken(struct worker *w, const uint8_t *frame, size_t n)
{
    static uint8_t answer[NTLM_ANSWER_MAX];
    char why[NTLM_WHY_MAX];
    uint32_t context = w->context;
    size_t size = worker_ask(w, frame, n, answer, why);
    if (size == 0)
        return refuse(context, why);
    if (!needs_another_leg(answer, size))
        worker_end(w);
    int r = stream_send(RRASD, answer, size);
    explicit_bzero(answer, size);
    return r;
}

static int take_leg(const struct ntlm_request *request, const uint8_t *frame, size_t n)
{
    struct worker *w = find(request->context);
    if (w)
        return have_leg_taken(w, frame, n);
    w = find(0);
    if (!w)
        return refuse(request->context, "the NTLM process has no room for another exchange");
    if (worker_begin(w, request->context) < 0)
        return refuse(request->context, "the NTLM process can't make another one for the client");
    return have_leg_taken(w, frame, n);
}

static int do_request(const uint8_t *frame, size_t n)
{
    struct ntlm_request request;
    int r = ntlm_request_read(frame, n, &request);
    if (r < 0)
        return r;
    if (request.kind == NTLM_LEG)
        return take_leg(&request, frame, n);
    struct worker *w = find(request.context);
    if (w)
        worker_end(w);
    return 0;
}

/* 0 when rrasd has ended. */
static int serve(void)
{
    static uint8_t in[NTLM_REQUEST_MAX];
    for (;;) {
        long n = stream_receive(RRASD, in, sizeof in, -1);
        int r = n > 0 ? do_request(in, (size_t)n) : (int)n;
        if (n <= 0 || r < 0)
            return r;
    }
}

/* What is left at the end belongs to the kernel: there are libraries here that nobody needs to end. */
static _Noreturn void leave(const char *what, int error)
{
    if (error < 0)
        fprintf(stderr, "rras-ntlm: %s: %s\n", what, strerror(-error));
    _exit(error < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

int main(void)
{
    const char *why;
    if (close_range(STDERR_FILENO + 1, ~0u, 0) < 0) /* what rrasd itself was started with, and does not know of */
        leave("descriptors can't be closed", -errno);
    if (!acceptor_is_there(&why)) /* each client is refused, with the library's own words */
        fprintf(stderr, "rras-ntlm: %s\n", why);
    int r = confine_process(!getenv(USERS));
    if (r < 0)
        leave("privileges can't be given up", r);
    r = serve();
    for (size_t i = 0; i < NTLM_CONTEXTS_MAX; i++)
        worker_end(&workers[i]);
    leave("rrasd can't be understood", r);
}
