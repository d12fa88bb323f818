/* SPDX-License-Identifier: Apache-2.0 */
#include "ntlm/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ntlm/private.h"

#define PATH_ROOM 4096u
#define ENDED_MAX (NTLM_WHY_MAX - 64u)

TAILQ_HEAD(leg_queue, ntlm_leg);

/* One process from its start to its end. Freed when both handles are closed. */
struct run {
    struct ntlm_process *owner;
    uv_process_t process;
    uv_pipe_t pipe;
    unsigned handles;
};

struct ntlm_process {
    struct ntlm_process_config config;
    uv_timer_t work;        /* there is something to begin with */
    uv_timer_t deadline;    /* of the leg that was asked */
    struct run *run;        /* NULL: no process */
    uint32_t runs;          /* started so far: the number of the present one */
    const char *distrusted; /* why it is being ended; NULL: it is not */
    uint64_t start_after;   /* the time before which none is started */
    bool closed;

    struct leg_queue queue;
    uint32_t awaited;       /* the context that was asked for; 0: none */
    struct ntlm_leg *asked; /* its leg; NULL when nobody wants to know any more */
    uint32_t last_context;
    struct leg_queue numbered; /* that have a number, in the order in which they came by it */
    unsigned n_numbered;
    size_t in_len;
    uint8_t in[NTLM_ANSWER_MAX];
};

/* ---- legs and their outcome ---- */

static void expel(struct ntlm_leg *leg)
{
    struct ntlm_process *p = leg->process;
    if (leg->context) {
        TAILQ_REMOVE(&p->numbered, leg, in_numbered);
        p->n_numbered--;
    }
    leg->context = leg->run = 0;
}

static void settle(struct ntlm_leg *leg)
{
    leg->waits = false;
    free(leg->token);
    leg->token = NULL;
}

static void deliver(struct ntlm_leg *leg, const struct ntlm_answer *answer)
{
    settle(leg);
    if (answer->outcome != NTLM_MORE)
        expel(leg);
    leg->answered(leg, answer);
}

/* Does the process know of it? Then it has to be told when nobody wants to know any more. */
static bool is_known(const struct ntlm_leg *leg)
{
    const struct ntlm_process *p = leg->process;
    return p->run && !p->distrusted && leg->run == p->runs;
}

static void fail(struct ntlm_leg *leg, const char *why)
{
    struct ntlm_answer answer = {.context = leg->context, .outcome = NTLM_REFUSED};
    snprintf(answer.why, sizeof answer.why, "%s", why);
    settle(leg);
    if (!is_known(leg))
        expel(leg);
    leg->answered(leg, &answer);
}

static void fail_all(struct ntlm_process *p, const char *why)
{
    struct ntlm_leg *leg;
    while ((leg = TAILQ_FIRST(&p->queue))) {
        TAILQ_REMOVE(&p->queue, leg, in_queue);
        fail(leg, why);
    }
}

/* ---- the end of a process ---- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct run *run = handle->data;
    if (--run->handles == 0)
        free(run);
}

static void close_run(struct run *run)
{
    uv_close((uv_handle_t *)&run->process, on_handle_closed);
    uv_close((uv_handle_t *)&run->pipe, on_handle_closed);
}

/* It is told to its owner when it has ended, which can't be long. */
static void distrust(struct ntlm_process *p, const char *why)
{
    if (!p->distrusted)
        p->distrusted = why;
    (void)uv_process_kill(&p->run->process, SIGKILL); /* fails when it has ended: on_process_end() is on its way */
    (void)uv_read_stop((uv_stream_t *)&p->run->pipe);
    uv_timer_stop(&p->deadline);
}

static void say_end(char dst[static ENDED_MAX], const struct ntlm_process *p, int64_t status, int number)
{
    if (p->distrusted)
        snprintf(dst, ENDED_MAX, "the NTLM process was ended: %s", p->distrusted);
    else if (number)
        snprintf(dst, ENDED_MAX, "the NTLM process has crashed: signal %d (%s)", number, strsignal(number));
    else
        snprintf(dst, ENDED_MAX, "the NTLM process has ended with status %d", (int)status);
}

static void arm_work(struct ntlm_process *p);

/* There is none. The next one may be started after the pause. */
static void is_over(struct ntlm_process *p, const char *why)
{
    struct ntlm_leg *asked = p->asked;
    p->run = NULL;
    p->distrusted = NULL;
    p->asked = NULL;
    p->awaited = 0;
    p->in_len = 0;
    p->start_after = uv_now(p->config.loop) + p->config.pause_ms;
    uv_timer_stop(&p->deadline);
    p->config.ended(p->config.ctx, why);
    if (asked)
        fail(asked, why);
    arm_work(p);
}

static void on_process_end(uv_process_t *process, int64_t status, int number)
{
    struct run *run = process->data;
    struct ntlm_process *p = run->owner;
    char why[ENDED_MAX];
    close_run(run);
    say_end(why, p, status, number);
    is_over(p, why);
}

/* ---- what it says ---- */

static int write_request(struct ntlm_process *p, const struct ntlm_request *request);

static int take_answer(struct ntlm_process *p, const struct ntlm_answer *answer)
{
    struct ntlm_leg *leg = p->asked;
    if (!p->awaited || answer->context != p->awaited)
        return -EBADMSG;
    p->awaited = 0;
    p->asked = NULL;
    uv_timer_stop(&p->deadline);
    if (leg)
        deliver(leg, answer);
    else if (answer->outcome == NTLM_MORE)
        return write_request(p, &(struct ntlm_request){.kind = NTLM_FORGET, .context = answer->context});
    return 0;
}

/* One answer, for one question: nothing may follow it. */
static int take_input(struct ntlm_process *p)
{
    struct ntlm_answer answer;
    long n = ntlm_frame_size(p->in, p->in_len, sizeof p->in);
    if (n <= 0)
        return (int)n;
    if (ntlm_answer_read(p->in, p->in_len, &answer) < 0)
        return -EBADMSG;
    p->in_len = 0;
    int r = take_answer(p, &answer);
    explicit_bzero(p->in, (size_t)n);
    explicit_bzero(&answer, sizeof answer);
    return r;
}

static void lend_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct run *run = handle->data;
    struct ntlm_process *p = run->owner;
    (void)suggested;
    *buf = uv_buf_init((char *)p->in + p->in_len, (unsigned)(sizeof p->in - p->in_len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct run *run = stream->data;
    struct ntlm_process *p = run->owner;
    (void)buf;
    if (n < 0) {
        /* It has crashed, most likely, and on_process_end() knows how. */
        (void)uv_process_kill(&run->process, SIGKILL);
        (void)uv_read_stop(stream);
        return;
    }
    p->in_len += (size_t)n;
    if (take_input(p) < 0)
        distrust(p, "it has given an answer that is none");
    arm_work(p);
}

/* ---- what it is asked ---- */

struct writing {
    uv_write_t request;
    uint8_t bytes[];
};

static void on_written(uv_write_t *request, int status)
{
    struct writing *w = request->data;
    (void)status; /* a failure is the end of the process, which is told elsewhere */
    free(w);
}

static int write_request(struct ntlm_process *p, const struct ntlm_request *request)
{
    size_t room = NTLM_FRAME_HEADER + 6 + request->token_len;
    struct writing *w = malloc(sizeof *w + room);
    if (!w)
        return -ENOMEM;
    w->request.data = w;
    uv_buf_t buf = uv_buf_init((char *)w->bytes, (unsigned)ntlm_request_write(w->bytes, room, request));
    int r = uv_write(&w->request, (uv_stream_t *)&p->run->pipe, &buf, 1, on_written);
    if (r < 0)
        free(w);
    return r;
}

static void on_deadline(uv_timer_t *timer)
{
    distrust(timer->data, "it has not answered in time");
}

static void ask(struct ntlm_process *p, struct ntlm_leg *leg)
{
    const struct ntlm_request request = {.kind = NTLM_LEG,
                                         .context = leg->context,
                                         .spnego = leg->spnego,
                                         .token = leg->token,
                                         .token_len = leg->token_len};
    if (leg->ousted || (leg->run && leg->run != p->runs)) {
        fail(leg, leg->ousted ? "too many exchanges by NTLM were under way, and another one has taken its place"
                              : "the NTLM process that has begun this exchange has ended");
        return;
    }
    int r = write_request(p, &request);
    if (r < 0) {
        fail(leg, "the NTLM process could not be asked");
        return;
    }
    leg->run = p->runs;
    p->asked = leg;
    p->awaited = leg->context;
    uv_timer_start(&p->deadline, on_deadline, p->config.answer_ms, 0);
}

/* ---- its start ---- */

static int spawn(struct ntlm_process *p, struct run *run)
{
    char users[PATH_ROOM + 32] = "", program[PATH_ROOM], level[] = "LM_COMPAT_LEVEL=5"; /* nothing but NTLMv2 */
    char *argv[] = {program, NULL}, *env[] = {level, p->config.users ? users : NULL, NULL};
    uv_stdio_container_t stdio[] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&run->pipe},
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = 2},
    };
    const uv_process_options_t options = {
        .exit_cb = on_process_end, .file = program, .args = argv, .env = env, .stdio_count = 3, .stdio = stdio};
    snprintf(program, sizeof program, "%s", p->config.program);
    if (p->config.users)
        snprintf(users, sizeof users, "NTLM_USER_FILE=%s", p->config.users);
    int r = uv_spawn(p->config.loop, &run->process, &options);
    if (r < 0)
        return r;
    r = uv_read_start((uv_stream_t *)&run->pipe, lend_buffer, on_read);
    if (r < 0)
        (void)uv_process_kill(&run->process, SIGKILL);
    return r;
}

static int start(struct ntlm_process *p)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return -ENOMEM;
    run->owner = p;
    run->handles = 2;
    (void)uv_pipe_init(p->config.loop, &run->pipe, 0); /* can't fail */
    run->process.data = run->pipe.data = run;
    int r = spawn(p, run);
    if (r < 0) {
        close_run(run);
        return r;
    }
    p->run = run;
    p->runs++;
    return 0;
}

static void try_start(struct ntlm_process *p)
{
    char why[ENDED_MAX];
    int r = start(p);
    if (r == 0)
        return;
    snprintf(why, sizeof why, "the NTLM process can't be started: %s", strerror(-r));
    is_over(p, why);
    fail_all(p, why);
}

static void on_work(uv_timer_t *timer)
{
    struct ntlm_process *p = timer->data;
    struct ntlm_leg *leg;
    if (!p->run && !TAILQ_EMPTY(&p->queue))
        try_start(p);
    while (p->run && !p->distrusted && !p->awaited && (leg = TAILQ_FIRST(&p->queue))) {
        TAILQ_REMOVE(&p->queue, leg, in_queue);
        ask(p, leg);
    }
}

/* In the next turn of the loop, or after the pause, if there is anything to begin with. */
static void arm_work(struct ntlm_process *p)
{
    uint64_t now = uv_now(p->config.loop), pause = p->start_after > now ? p->start_after - now : 0;
    if (!p->closed && !p->awaited && !TAILQ_EMPTY(&p->queue))
        uv_timer_start(&p->work, on_work, p->run ? 0 : pause, 0);
}

/* ---- for mech.c ---- */

/* The process is told as well, if it has heard of it. The one that is asked tells us first (take_answer). */
static void drop_number(struct ntlm_process *p, struct ntlm_leg *leg)
{
    if (is_known(leg) && leg->context != p->awaited &&
        write_request(p, &(struct ntlm_request){.kind = NTLM_FORGET, .context = leg->context}) < 0)
        distrust(p, "it could not be told that a client has gone");
    expel(leg);
}

static bool make_room(struct ntlm_process *p)
{
    struct ntlm_leg *leg = TAILQ_FIRST(&p->numbered);
    while (leg && leg->waits)
        leg = TAILQ_NEXT(leg, in_numbered);
    if (!leg)
        return false;
    leg->ousted = true;
    drop_number(p, leg);
    return true;
}

static int enrol(struct ntlm_process *p, struct ntlm_leg *leg)
{
    if (leg->context || leg->ousted)
        return 0;
    if (p->n_numbered >= NTLM_CONTEXTS_MAX && !make_room(p))
        return -EBUSY;
    p->n_numbered++;
    TAILQ_INSERT_TAIL(&p->numbered, leg, in_numbered);
    p->last_context = p->last_context == UINT32_MAX ? 1 : p->last_context + 1;
    leg->context = p->last_context;
    return 0;
}

int ntlm_process_ask(struct ntlm_leg *leg, const uint8_t *token, size_t n)
{
    struct ntlm_process *p = leg->process;
    uint8_t *copy = malloc(n ? n : 1);
    int r = copy ? enrol(p, leg) : -ENOMEM;
    if (r < 0) {
        free(copy);
        return r;
    }
    if (n)
        memcpy(copy, token, n);
    leg->token = copy;
    leg->token_len = n;
    leg->waits = true;
    TAILQ_INSERT_TAIL(&p->queue, leg, in_queue);
    arm_work(p);
    return 0;
}

void ntlm_process_forget(struct ntlm_leg *leg)
{
    struct ntlm_process *p = leg->process;
    if (leg == p->asked)
        p->asked = NULL;
    else if (leg->waits)
        TAILQ_REMOVE(&p->queue, leg, in_queue);
    drop_number(p, leg);
    settle(leg);
}

/* ---- life ---- */

struct ntlm_process *ntlm_process_new(const struct ntlm_process_config *config)
{
    struct ntlm_process *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->config = *config;
    TAILQ_INIT(&p->queue);
    TAILQ_INIT(&p->numbered);
    uv_timer_init(config->loop, &p->work);
    uv_timer_init(config->loop, &p->deadline);
    p->work.data = p->deadline.data = p;
    return p;
}

void ntlm_process_close(struct ntlm_process *p)
{
    struct run *run = p->run;
    if (p->closed)
        return;
    p->closed = true;
    uv_close((uv_handle_t *)&p->work, NULL);
    uv_close((uv_handle_t *)&p->deadline, NULL);
    p->run = NULL;
    if (!run)
        return;
    (void)uv_process_kill(&run->process, SIGKILL);
    close_run(run);
}

void ntlm_process_free(struct ntlm_process *p)
{
    if (p)
        explicit_bzero(p->in, sizeof p->in);
    free(p);
}

int ntlm_process_pid(const struct ntlm_process *p)
{
    return p->run ? p->run->process.pid : 0;
}
