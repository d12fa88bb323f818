/* SPDX-License-Identifier: Apache-2.0 */
/* Where commands come from: a script, standard input, a control socket. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "drivers/sim/sim.h"

#define COMMAND_MAX 4096u
#define SCRIPT_MAX  (1024 * 1024) /* bytes */

/* Standard input, or one client of the control socket. */
struct sim_input {
    struct sim *sim;
    bool answers; /* of the control socket: each command is answered */
    uv_pipe_t pipe;
    char line[COMMAND_MAX];
    size_t len;
    char buffer[COMMAND_MAX];
    struct sim_input *prev, *next;
};

struct sim_inputs {
    struct sim_input *open;
    uv_pipe_t listener;
    bool listening;
    char *script;     /* NULL: none */
    const char *next; /* line of it; NULL: at its end */
    char *waited_for; /* event, or NULL */
    bool paused;
    uv_timer_t timer;
    unsigned handles; /* of timer and listener, that libuv has not closed yet */
};

/* ---- the script ---- */

static void on_script_due(uv_timer_t *timer);

static void script_later(struct sim *sim, uint64_t ms)
{
    uv_timer_start(&sim->inputs->timer, on_script_due, ms, 0);
}

void sim_script_sleep(struct sim *sim, uint64_t ms)
{
    sim->inputs->paused = true;
    script_later(sim, ms);
}

int sim_script_wait(struct sim *sim, const char *event)
{
    char *copy = strdup(event);
    if (!copy)
        return -ENOMEM;
    free(sim->inputs->waited_for);
    sim->inputs->waited_for = copy;
    sim->inputs->paused = true;
    return 0;
}

/* An event has been printed: perhaps the script waits for it. It goes on from the loop, not from within whatever
 * happens. */
void sim_script_hears(struct sim *sim, const char *event)
{
    struct sim_inputs *in = sim->inputs;
    if (!in || !in->waited_for || strncmp(event, in->waited_for, strlen(in->waited_for)) != 0)
        return;
    free(in->waited_for);
    in->waited_for = NULL;
    script_later(sim, 0);
}

static void run_script(struct sim *sim)
{
    struct sim_inputs *in = sim->inputs;
    char line[COMMAND_MAX], error[SIM_ERROR_MAX];
    in->paused = false;
    while (in->next && !in->paused && !sim->stopping) {
        size_t n = strcspn(in->next, "\n");
        const char *begin = in->next;
        in->next = begin[n] == '\n' ? begin + n + 1 : NULL;
        if (n >= sizeof(line)) {
            log_error("script: a line is too long");
            continue;
        }
        memcpy(line, begin, n);
        line[n] = '\0';
        if (sim_command(sim, line, error) < 0)
            log_error("script: %s", error);
    }
}

static void on_script_due(uv_timer_t *timer)
{
    run_script(timer->data);
}

static int read_script(const char *path, char **ret)
{
    FILE *f = fopen(path, "re");
    char *text = malloc(SCRIPT_MAX + 1);
    int r = 0;
    if (!f || !text)
        r = f ? -ENOMEM : -errno;
    size_t n = r == 0 ? fread(text, 1, SCRIPT_MAX + 1, f) : 0;
    if (r == 0 && (ferror(f) || n > SCRIPT_MAX))
        r = ferror(f) ? -EIO : -EFBIG;
    if (f)
        fclose(f);
    if (r < 0) {
        free(text);
        return r;
    }
    text[n] = '\0';
    *ret = text;
    return 0;
}

/* ---- lines from a stream ---- */

static void on_input_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void close_input(struct sim_input *i)
{
    DL_DELETE(i->sim->inputs->open, i);
    uv_close((uv_handle_t *)&i->pipe, on_input_closed);
}

static void answer(struct sim_input *i, int r, const char *error)
{
    char text[SIM_ERROR_MAX + 16];
    int n = r < 0 ? snprintf(text, sizeof(text), "error: %s\n", error) : snprintf(text, sizeof(text), "ok\n");
    uv_buf_t buf = uv_buf_init(text, (unsigned)n);
    if (!i->answers) {
        if (r < 0)
            log_error("%s", error);
    } else if (uv_try_write((uv_stream_t *)&i->pipe, &buf, 1) != n) {
        log_warning("a control client does not read its answers");
    }
}

static void run_line(struct sim_input *i)
{
    char error[SIM_ERROR_MAX] = "";
    i->line[i->len] = '\0';
    i->len = 0;
    answer(i, sim_command(i->sim, i->line, error), error);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct sim_input *i = handle->data;
    (void)suggested;
    *buf = uv_buf_init(i->buffer, sizeof(i->buffer));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct sim_input *i = stream->data;
    for (ssize_t at = 0; at < n && !i->sim->stopping; at++) {
        if (buf->base[at] == '\n')
            run_line(i);
        else if (i->len < sizeof(i->line) - 1)
            i->line[i->len++] = buf->base[at];
        else
            n = UV_E2BIG;
    }
    if (n < 0 && !i->sim->stopping)
        close_input(i);
}

static struct sim_input *new_input(struct sim *sim, bool answers)
{
    struct sim_input *i = calloc(1, sizeof(*i));
    if (!i)
        return NULL;
    i->sim = sim;
    i->answers = answers;
    uv_pipe_init(sim->loop, &i->pipe, 0);
    i->pipe.data = i;
    DL_APPEND(sim->inputs->open, i);
    return i;
}

static void on_control(uv_stream_t *server, int status)
{
    struct sim *sim = server->data;
    struct sim_input *i = status == 0 ? new_input(sim, true) : NULL;
    if (!i) {
        log_error("a control client can't be taken");
        return;
    }
    if (uv_accept(server, (uv_stream_t *)&i->pipe) < 0 || uv_read_start((uv_stream_t *)&i->pipe, on_alloc, on_read) < 0)
        close_input(i);
}

/* ---- all of them ---- */

static int open_standard_input(struct sim *sim)
{
    struct sim_input *i = new_input(sim, false);
    if (!i)
        return -ENOMEM;
    int r = uv_pipe_open(&i->pipe, STDIN_FILENO);
    if (r == 0)
        r = uv_read_start((uv_stream_t *)&i->pipe, on_alloc, on_read);
    if (r < 0)
        close_input(i);
    return r;
}

static int open_control(struct sim *sim)
{
    struct sim_inputs *in = sim->inputs;
    uv_pipe_init(sim->loop, &in->listener, 0);
    in->listener.data = sim;
    in->listening = true;
    in->handles++;
    mode_t before = umask(077); /* whoever may write to it commands the simulator */
    int r = uv_pipe_bind(&in->listener, sim->options.control);
    umask(before);
    return r == 0 ? uv_listen((uv_stream_t *)&in->listener, 8, on_control) : r;
}

int sim_inputs_start(struct sim *sim)
{
    struct sim_inputs *in = calloc(1, sizeof(*in));
    int r = 0;
    if (!in)
        return -ENOMEM;
    sim->inputs = in;
    uv_timer_init(sim->loop, &in->timer);
    in->timer.data = sim;
    in->handles = 1;
    if (sim->options.standard_input)
        r = open_standard_input(sim);
    if (r == 0 && sim->options.control)
        r = open_control(sim);
    if (r == 0 && sim->options.script)
        r = read_script(sim->options.script, &in->script);
    if (r == 0 && in->script) {
        in->next = in->script;
        script_later(sim, 0);
    }
    return r;
}

static void on_own_closed(uv_handle_t *handle)
{
    struct sim *sim = handle->data;
    if (--sim->inputs->handles > 0)
        return;
    free(sim->inputs->script);
    free(sim->inputs->waited_for);
    free(sim->inputs);
    sim->inputs = NULL;
}

void sim_inputs_stop(struct sim *sim)
{
    struct sim_inputs *in = sim->inputs;
    if (!in)
        return;
    while (in->open)
        close_input(in->open);
    if (in->listening)
        uv_close((uv_handle_t *)&in->listener, on_own_closed);
    uv_close((uv_handle_t *)&in->timer, on_own_closed);
}
