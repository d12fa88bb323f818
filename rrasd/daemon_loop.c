/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "common/log.h"
#include "rrasd/daemon_private.h"
#include "rrasd/notify.h"

/* A driver that asks at log-on has its answer then: a client waits, and drivers themselves wait a little longer. */
#define ASK_MS            5000u
#define OTHER_DESCRIPTORS 64u /* store, audit log, loop, listeners, and some to spare */

struct router_time daemon_now(void *ctx)
{
    struct daemon *d = ctx;
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME_COARSE, &wall);
    return (struct router_time){.mono_ms = uv_now(&d->loop), .wall_s = wall.tv_sec};
}

struct router_config daemon_router_config(const struct config *config)
{
    return (struct router_config){
        .max_ports = config->max_ports,
        .accept_ms = config->accept_ms,
        .gone_ms = config->gone_ms,
        .hard_ms = config->hard_ms,
        .unknown_ms = config->unknown_ms,
        .max_jobs = config->jobs,
    };
}

struct driver_hub_config daemon_hub_config(const struct config *config)
{
    return (struct driver_hub_config){
        .counters_interval_ms = config->counters_ms,
        .ping_ms = config->driver_ping_ms,
        .hung_ms = config->driver_hung_ms,
        .hello_ms = config->driver_hello_ms,
        .ask_ms = ASK_MS,
        .max_drivers = config->drivers,
        .max_output = config->driver_output,
    };
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct daemon *d = handle->data;
    if (number == SIGHUP)
        daemon_reload(d);
    else
        daemon_stop(d, number == SIGTERM ? "SIGTERM" : "SIGINT");
}

static void on_router_timer(struct timer *timer)
{
    struct daemon *d = timer->data;
    struct router_time now = daemon_now(d);
    d->router_due_ms = UINT64_MAX;
    router_tick(d->router, &now);
}

static void arm_router_timer(struct daemon *d)
{
    /* on_prepare() looks at the others again before the loop sleeps. */
    const uint64_t others[] = {backend_next_deadline(d->backend), keep_outs_next_deadline(d->keep_outs)};
    uint64_t due = router_next_deadline(d->router), now = uv_now(&d->loop);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i] < due)
            due = others[i];
    if (due == d->router_due_ms)
        return;
    d->router_due_ms = due;
    if (due == UINT64_MAX)
        timer_stop(&d->router_timer);
    else
        timer_start(&d->router_timer, due > now ? due - now : 0);
}

/* Whatever has happened in this turn of the loop: its answers go out, and the next deadline stands, before the loop
 * sleeps. */
static void on_prepare(uv_prepare_t *handle)
{
    struct daemon *d = handle->data;
    (void)marks_check(d->marks);
    (void)keep_outs_check(d->keep_outs);
    backend_wake(d->backend);
    clients_flush(d->clients);
    if (!uv_is_closing((uv_handle_t *)handle)) /* the last client may have gone just now: daemon_loop_end() */
        arm_router_timer(d);
}

static void on_watchdog(struct timer *timer)
{
    notify_watchdog();
    timer_start(timer, notify_watchdog_interval());
}

static void watch_signal(struct daemon *d, uv_signal_t *handle, int number)
{
    uv_signal_init(&d->loop, handle);
    handle->data = d;
    uv_signal_start(handle, on_signal, number);
}

void daemon_loop_begin(struct daemon *d)
{
    uint64_t interval = notify_watchdog_interval();
    watch_signal(d, &d->on_term, SIGTERM);
    watch_signal(d, &d->on_int, SIGINT);
    watch_signal(d, &d->on_hup, SIGHUP);
    uv_prepare_init(&d->loop, &d->prepare);
    timer_init(&d->loop, &d->router_timer, on_router_timer, d);
    timer_init(&d->loop, &d->watchdog, on_watchdog, d);
    d->prepare.data = d;
    d->router_due_ms = UINT64_MAX;
    uv_prepare_start(&d->prepare, on_prepare);
    if (interval)
        timer_start(&d->watchdog, interval);
}

void daemon_loop_end(struct daemon *d)
{
    uv_handle_t *const handles[] = {
        (uv_handle_t *)&d->on_term,
        (uv_handle_t *)&d->on_int,
        (uv_handle_t *)&d->on_hup,
        (uv_handle_t *)&d->prepare,
    };
    timer_stop(&d->router_timer);
    timer_stop(&d->watchdog);
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++)
        uv_close(handles[i], NULL);
}

void daemon_check_descriptors(const struct config *config)
{
    struct rlimit limit;
    rlim_t need = (rlim_t)config->connections + config->drivers + OTHER_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return; /* can't be with a valid resource; accept() tells when descriptors run out */
    if (limit.rlim_cur < need && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < need)
        log_warning(
            "only %llu descriptors are allowed (LimitNOFILE=); %llu are needed for all the connections of [limits]",
            (unsigned long long)limit.rlim_cur, (unsigned long long)need);
}
