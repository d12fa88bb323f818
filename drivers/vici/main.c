/* SPDX-License-Identifier: Apache-2.0 */
/* rras-vici: the driver for strongSwan's charon. See README.md in this folder. */
#include "drivers/vici/config.h"
#include "drivers/vici/watch.h"

struct program {
    struct config config;
    struct watch *watch;
};

static int start(void *ctx, uv_loop_t *loop, struct driver_process *process)
{
    struct program *p = ctx;
    (void)process;
    return watch_new(loop, &p->config, &p->watch);
}

static void close_watch(void *ctx)
{
    watch_close(((struct program *)ctx)->watch);
}

int main(int argc, char **argv)
{
    static const struct driver_program program = {.name = "rras-vici", .start = start, .close = close_watch};
    static struct program p;
    config_parse(&p.config, argc, argv);
    return driver_main(&program, &p, &p.config.common.options);
}
