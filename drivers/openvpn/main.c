/* SPDX-License-Identifier: Apache-2.0 */
/* rras-openvpn: the driver for OpenVPN servers. See README.md in this folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "drivers/openvpn/config.h"
#include "drivers/openvpn/watch.h"

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

static int run(const struct config *config, const char *password)
{
    struct program p = {0};
    uv_loop_t *loop = uv_default_loop();
    int r = watch_new(loop, config, password, &p.watch);
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
    char *password = NULL;
    config_parse(&config, argc, argv);
    log_init("rras-openvpn", config.common.options.log_level);
    int r = config_read_password(&config, &password);
    if (r < 0) {
        log_error("%s: %s", config.password_file,
                  r == -EPERM    ? "must be a file of root or of this user, and closed to all others (mode 0600)"
                  : r == -EINVAL ? "the first line must be the password, of at most 255 bytes"
                                 : strerror(-r));
        return EXIT_FAILURE;
    }
    if (!config.common.check_only)
        r = run(&config, password);
    if (password)
        explicit_bzero(password, strlen(password));
    free(password);
    if (r < 0)
        log_error("can't start: %s", strerror(-r));
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
