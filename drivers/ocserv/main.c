/* SPDX-License-Identifier: Apache-2.0 */
/* rras-ocserv: the driver for ocserv. See README.md in this folder. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "common/log.h"
#include "drivers/ocserv/config.h"
#include "drivers/ocserv/watch.h"

struct program {
    struct config config;
    struct door *door;
    struct watch *watch;
    struct driver_process *process;
};

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

/* The door is another process, and must have nothing of this one's loop. */
static int prepare(void *ctx, bool check_only)
{
    struct program *p = ctx;
    const char *why = "";
    if (check_only)
        return 0;
    raise_limit();
    int r = door_new(p->config.control, p->config.user, &p->door, &why);
    if (r < 0)
        log_error("can't start: %s: %s", why, strerror(-r));
    return r;
}

static void on_failed(void *ctx)
{
    driver_process_end(((struct program *)ctx)->process, -EPIPE);
}

static int start(void *ctx, uv_loop_t *loop, struct driver_process *process)
{
    struct program *p = ctx;
    p->process = process;
    return watch_new(loop, &p->config, p->door, on_failed, p, &p->watch);
}

static void close_watch(void *ctx)
{
    watch_close(((struct program *)ctx)->watch);
}

int main(int argc, char **argv)
{
    static const struct driver_program program = {
        .name = "rras-ocserv", .prepare = prepare, .start = start, .close = close_watch};
    static struct program p;
    config_parse(&p.config, argc, argv);
    int status = driver_main(&program, &p, &p.config.common.options);
    door_free(p.door);
    return status;
}
