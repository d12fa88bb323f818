/* SPDX-License-Identifier: Apache-2.0 */
/* rras-ocserv: the driver for ocserv. See README.md in this folder. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/log.h"
#include "drivers/ocserv/config.h"
#include "drivers/ocserv/watch.h"

struct program {
    struct watch *watch;
    struct driver_service *service;
    bool failed;
};

static void stop(void *ctx)
{
    struct program *p = ctx;
    watch_close(p->watch);
    driver_service_stop(p->service);
}

static void on_failed(void *ctx)
{
    struct program *p = ctx;
    p->failed = true;
    stop(p);
}

/* One descriptor for each session; where the limit can't be had, sessions beyond it can't be disconnected, and say so.
 */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int run(const struct config *config, struct door *door)
{
    struct program p = {0};
    uv_loop_t *loop = uv_default_loop();
    int r = watch_new(loop, config, door, on_failed, &p, &p.watch);
    if (r == 0) {
        r = driver_service_start(loop, stop, &p, &p.service);
        if (r < 0)
            watch_close(p.watch);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    uv_loop_close(loop);
    return r < 0 ? r : p.failed ? -EPIPE : 0;
}

int main(int argc, char **argv)
{
    static struct config config;
    struct door *door = NULL;
    const char *why = "";
    config_parse(&config, argc, argv);
    log_init("rras-ocserv", config.common.options.log_level);
    if (config.common.check_only)
        return EXIT_SUCCESS;
    raise_limit();
    int r = door_new(config.control, config.user, &door, &why);
    if (r < 0) {
        log_error("can't start: %s: %s", why, strerror(-r));
        return EXIT_FAILURE;
    }
    r = run(&config, door);
    door_free(door);
    if (r < 0)
        log_error("ended: %s", strerror(-r));
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
