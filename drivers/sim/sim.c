/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator as a whole: its links, its events, its end. */
#include "drivers/sim/sim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

void sim_event(struct sim *sim, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (fprintf(sim->events, "%s\n", line) < 0 || fflush(sim->events) != 0)
        log_warning("an event can't be printed: %s", strerror(errno));
    sim_script_hears(sim, line);
}

struct sim_link *sim_link_new(struct sim *sim)
{
    const struct sim_options *o = &sim->options;
    const struct driver_config config = {
        .socket = o->common.socket,
        .kind = o->kind,
        .name = o->driver,
        .instance = o->common.instance ? o->common.instance : "main",
        .device_type = o->device_type,
        .device_name = "simulated",
        .ports = o->ports,
        .max_ports = o->max_ports,
        .capabilities = DRIVER_CAN_DISCONNECT | DRIVER_CAN_HARD | DRIVER_CAN_STATS |
                        (o->keep_outs == SIM_KEEP_OUTS_NONE ? 0 : DRIVER_CAN_KEEP_OUT) |
                        (o->admission == SIM_ADMISSION_NONE ? 0 : DRIVER_CAN_ADMISSION) |
                        (o->no_messages ? 0 : DRIVER_CAN_MESSAGE) | (o->no_quarantine ? 0 : DRIVER_CAN_QUARANTINE),
    };
    struct sim_link *link = calloc(1, sizeof(*link));
    if (!link)
        return NULL;
    link->sim = sim;
    if (driver_new(sim->loop, &config, &sim_driver_ops, link, &link->driver) < 0) {
        free(link);
        return NULL;
    }
    return link;
}

void sim_link_close(struct sim_link *link)
{
    sim_orders_forget(link->sim, link);
    driver_close(link->driver, free, link);
}

static void set_link_online(struct sim_link *link, bool online)
{
    if (online)
        driver_online(link->driver);
    else
        driver_leave(link->driver);
}

void sim_set_online(struct sim *sim, bool online)
{
    sim->online = online;
    if (sim->shared)
        set_link_online(sim->shared, online);
    for (size_t i = 0; !sim->shared && i < sim->count; i++)
        set_link_online(sim->all[i]->link, online);
}

int sim_set_health(struct sim *sim, enum sim_health health, const char *text)
{
    if (!sim->shared)
        return -EINVAL;
    struct driver *d = sim->shared->driver;
    sim->online = health != SIM_HEALTH_DOWN;
    if (health == SIM_HEALTH_DOWN) {
        driver_offline(d, text);
    } else {
        driver_degraded(d, text);
        driver_online(d);
    }
    return 0;
}

void sim_stop(struct sim *sim)
{
    if (sim->stopping)
        return;
    sim->stopping = true;
    sim_inputs_stop(sim);
    sim_load_stop(sim);
    sim_end_all(sim);
    if (sim->shared)
        sim_link_close(sim->shared);
    sim_orders_free(sim);
    sim_callers_free(sim);
    if (sim->process)
        driver_process_end(sim->process, 0);
}
