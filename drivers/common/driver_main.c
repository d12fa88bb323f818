/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/common/driver_main.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if HAVE_LIBSYSTEMD
#include <systemd/sd-daemon.h>
#endif

/* ---- options ---- */

static const struct argp_option option_list[] = {
    {"socket", 's', "PATH", 0, "Socket of rrasd for drivers (default: " DRIVER_SOCKET ")", 0},
    {"instance", 'i', "NAME", 0, "Name of this instance, when there are several", 0},
    {"verbose", 'v', NULL, 0, "Log more; twice: all", 0},
    {"version", 'V', NULL, 0, "Print the version", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct driver_options *o = state->input;
    switch (key) {
    case 's':
        o->socket = arg;
        return 0;
    case 'i':
        o->instance = arg;
        return 0;
    case 'v':
        if (o->log_level < LOG_LEVEL_DEBUG)
            o->log_level++;
        return 0;
    case 'V':
        fprintf(state->out_stream, "%s (OpenRRAS) %s\n", state->name, OPENRRAS_VERSION);
        exit(EXIT_SUCCESS);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp driver_argp = {.options = option_list, .parser = parse};

/* ---- systemd ---- */

#if HAVE_LIBSYSTEMD
static void notify(const char *state)
{
    sd_notify(0, state); /* without systemd this does nothing, and with it a failure is nothing that we could mend */
}

/* How often systemd wants a sign of life, in ms; 0: it does not. */
static uint64_t watchdog_ms(void)
{
    uint64_t us = 0;
    return sd_watchdog_enabled(0, &us) > 0 ? us / 1000 : 0;
}
#else
static void notify(const char *state)
{
    (void)state;
}

static uint64_t watchdog_ms(void)
{
    return 0;
}
#endif

/* ---- the process ---- */

struct driver_process {
    const struct driver_program *program;
    void *ctx;
    uv_loop_t loop;
    uv_signal_t term, interrupt;
    uv_timer_t watchdog;
    bool ended;
    int error; /* of driver_process_end() */
};

static void on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    notify("WATCHDOG=1");
}

/* With the handles the signals' handlers go: the next one ends the process at once. */
static void close_handles(struct driver_process *p)
{
    p->ended = true;
    uv_close((uv_handle_t *)&p->term, NULL);
    uv_close((uv_handle_t *)&p->interrupt, NULL);
    uv_close((uv_handle_t *)&p->watchdog, NULL);
}

void driver_process_end(struct driver_process *p, int error)
{
    if (p->ended)
        return;
    p->error = error;
    notify("STOPPING=1");
    close_handles(p);
    p->program->close(p->ctx);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    driver_process_end(handle->data, 0);
}

static int listen_to_signals(struct driver_process *p)
{
    uv_signal_init(&p->loop, &p->term);
    uv_signal_init(&p->loop, &p->interrupt);
    uv_timer_init(&p->loop, &p->watchdog);
    p->term.data = p->interrupt.data = p;
    signal(SIGPIPE, SIG_IGN);
    int r = uv_signal_start(&p->term, on_signal, SIGTERM);
    return r == 0 ? uv_signal_start(&p->interrupt, on_signal, SIGINT) : r;
}

static void be_ready(struct driver_process *p)
{
    uint64_t every = watchdog_ms() / 2;
    if (p->ended)
        return;
    if (every > 0)
        uv_timer_start(&p->watchdog, on_watchdog, every, every);
    notify("READY=1");
}

static int start(struct driver_process *p)
{
    int r = listen_to_signals(p);
    if (r == 0)
        r = p->program->start(p->ctx, &p->loop, p);
    if (r == 0)
        be_ready(p);
    else if (!p->ended)
        close_handles(p);
    return r;
}

static int run(struct driver_process *p)
{
    int r = uv_loop_init(&p->loop);
    if (r < 0)
        return r;
    r = start(p);
    uv_run(&p->loop, UV_RUN_DEFAULT); /* also after a failure: what had begun is closed in it */
    uv_loop_close(&p->loop);
    return r;
}

int driver_main(const struct driver_program *program, void *ctx, const struct driver_options *options)
{
    struct driver_process p = {.program = program, .ctx = ctx};
    log_init(program->name, options->log_level);
    if (program->prepare && program->prepare(ctx, options->check_only) < 0)
        return EXIT_FAILURE;
    if (options->check_only)
        return EXIT_SUCCESS;
    int r = run(&p);
    if (r < 0)
        log_error("can't start: %s", strerror(-r));
    else if (p.error < 0)
        log_error("ended: %s", strerror(-p.error));
    return r < 0 || p.error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
