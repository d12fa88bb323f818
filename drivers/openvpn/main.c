/* SPDX-License-Identifier: Apache-2.0 */
/* rras-openvpn: the driver for OpenVPN servers. See README.md in this folder. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "drivers/openvpn/config.h"
#include "drivers/openvpn/watch.h"

struct program {
    struct config config;
    char *password; /* of the management interface, or NULL */
    struct watch *watch;
};

static int prepare(void *ctx, bool check_only)
{
    struct program *p = ctx;
    (void)check_only;
    int r = config_read_password(&p->config, &p->password);
    if (r < 0)
        log_error("%s: %s", p->config.password_file,
                  r == -EPERM    ? "must be a file of root or of this user, and closed to all others (mode 0600)"
                  : r == -EINVAL ? "the first line must be the password, of at most 255 bytes"
                                 : strerror(-r));
    return r;
}

static int start(void *ctx, uv_loop_t *loop, struct driver_process *process)
{
    struct program *p = ctx;
    (void)process;
    return watch_new(loop, &p->config, p->password, &p->watch);
}

static void close_watch(void *ctx)
{
    watch_close(((struct program *)ctx)->watch);
}

static void forget_password(struct program *p)
{
    if (p->password)
        explicit_bzero(p->password, strlen(p->password));
    free(p->password);
}

int main(int argc, char **argv)
{
    static const struct driver_program program = {
        .name = "rras-openvpn", .prepare = prepare, .start = start, .close = close_watch};
    static struct program p;
    config_parse(&p.config, argc, argv);
    int status = driver_main(&program, &p, &p.config.common.options);
    forget_password(&p);
    return status;
}
