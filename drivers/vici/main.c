/* SPDX-License-Identifier: Apache-2.0 */
/* rras-vici: the driver for strongSwan's charon. See README.md in this folder. */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "drivers/vici/config.h"
#include "drivers/vici/watch.h"

struct program {
    struct watch *watch;
    struct driver_service *service;
};

static void stop(void *ctx)
{
    struct program *p = ctx;
    watch_close(p->watch);
    driver_service_stop(p->service);
}

static int run(const struct config *config)
{
    struct program p = {0};
    uv_loop_t *loop = uv_default_loop();
    int r = watch_new(loop, config, &p.watch);
    if (r == 0) {
        r = driver_service_start(loop, stop, &p, &p.service);
        if (r < 0)
            watch_close(p.watch);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    uv_loop_close(loop);
    return r;
}

int main(int argc, char **argv)
{
    static struct config config;
    config_parse(&config, argc, argv);
    log_init("rras-vici", config.common.options.log_level);
    int r = config.common.check_only ? 0 : run(&config);
    if (r < 0)
        log_error("can't start: %s", strerror(-r));
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
