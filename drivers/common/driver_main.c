/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/common/driver_main.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#if HAVE_LIBSYSTEMD
#include <systemd/sd-daemon.h>
#endif

/* ---- options ---- */

static const struct argp_option options[] = {
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

const struct argp driver_argp = {.options = options, .parser = parse};

/* ---- service ---- */

struct driver_service {
    uv_signal_t term, interrupt;
    uv_timer_t watchdog;
    unsigned handles; /* not closed yet */
    bool asked;       /* to stop */
    void (*stop)(void *ctx);
    void *ctx;
};

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

static void on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    notify("WATCHDOG=1");
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct driver_service *s = handle->data;
    if (s->asked) {
        /* Asked twice: stopping in good order does not seem to work. */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    s->asked = true;
    s->stop(s->ctx);
}

static void on_closed(uv_handle_t *handle)
{
    struct driver_service *s = handle->data;
    if (--s->handles == 0)
        free(s);
}

static void close_all(struct driver_service *s)
{
    uv_close((uv_handle_t *)&s->term, on_closed);
    uv_close((uv_handle_t *)&s->interrupt, on_closed);
    uv_close((uv_handle_t *)&s->watchdog, on_closed);
}

int driver_service_start(uv_loop_t *loop, void (*stop)(void *ctx), void *ctx, struct driver_service **ret)
{
    struct driver_service *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    s->stop = stop;
    s->ctx = ctx;
    s->handles = 3;
    uv_signal_init(loop, &s->term);
    uv_signal_init(loop, &s->interrupt);
    uv_timer_init(loop, &s->watchdog);
    s->term.data = s->interrupt.data = s->watchdog.data = s;
    int r = uv_signal_start(&s->term, on_signal, SIGTERM);
    if (r == 0)
        r = uv_signal_start(&s->interrupt, on_signal, SIGINT);
    uint64_t every = watchdog_ms() / 2;
    if (r == 0 && every > 0)
        r = uv_timer_start(&s->watchdog, on_watchdog, every, every);
    if (r < 0) {
        close_all(s);
        return r;
    }
    signal(SIGPIPE, SIG_IGN);
    notify("READY=1");
    *ret = s;
    return 0;
}

void driver_service_stop(struct driver_service *service)
{
    notify("STOPPING=1");
    close_all(service);
}
