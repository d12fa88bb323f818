/* SPDX-License-Identifier: Apache-2.0 */
/* SIGHUP: the configuration is read by a reader, because names may have to be looked up, and taken over as a whole or
 * not at all. */
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "rrasd/daemon_private.h"
#include "rrasd/notify.h"

/* The source of users may have files of its own. */
static int open_directory(struct daemon *d)
{
    char why[USERS_WHY_MAX] = "";
    int r = user_directory_new(&d->next.users, d->store, &d->next_directory, why);
    if (r < 0)
        complain(&d->complaints, d->options->config_file, 0, "[users] %s", why);
    return r;
}

static void load(struct reading *job)
{
    struct daemon *d = job->data;
    int r = config_load(d->options->config_file, d->options->config_must_exist, &d->next, &d->complaints);
    if (r == 0) {
        r = open_directory(d);
        if (r < 0)
            config_clear(&d->next);
    }
    d->reload_result = r;
}

static void on_fixed(void *ctx, const char *section, const char *key)
{
    (void)ctx;
    log_warning("[%s] %s has changed in the file, but only a restart changes it", section, key);
}

static void refuse(struct daemon *d)
{
    for (size_t i = 0; i < d->complaints.n; i++)
        log_error("%s", d->complaints.lines[i]);
    log_error("reload: the new configuration is bad (%s), the old one stays in force", strerror(-d->reload_result));
}

static void apply(struct daemon *d)
{
    config_keep_fixed(&d->config, &d->next, on_fixed, NULL);
    struct config old = d->config;
    d->config = d->next; /* in place: everybody has a pointer to it */
    config_clear(&old);

    struct router_config router = daemon_router_config(&d->config);
    int r = router_reconfigure(d->router, &router);
    if (r < 0)
        log_error("reload: the router does not take the new limits: %s", strerror(-r));
    struct driver_hub_config hub = daemon_hub_config(&d->config);
    driver_hub_reconfigure(d->hub, &hub);
    clients_reload(d->clients);
    users_use(d->users, d->next_directory);
    user_door_reload(d->door);
    if (!d->options->verbose)
        log_set_level((enum log_level)d->config.log_level);
    daemon_check_descriptors(&d->config);
    log_info("reload: done");
}

/* Also when the configuration is bad: logrotate has moved the file all the same. */
static void reopen_audit(struct daemon *d)
{
    int r = audit_reopen(d->audit, d->config.audit_log);
    if (r < 0)
        log_error("audit log: can't open %s (%s); the old file stays in use", d->config.audit_log, strerror(-r));
    audit_write_daemon(d->audit, d->reload_result < 0 ? "reload-refused" : "reload");
}

static void drop(struct daemon *d)
{
    user_directory_free(d->next_directory);
    config_clear(&d->next);
}

static void after_load(struct reading *job)
{
    struct daemon *d = job->data;
    bool good = d->reload_result == 0;
    d->reloading = false;
    if (good && !d->stopping)
        apply(d);
    else if (good)
        drop(d);
    else
        refuse(d);
    complaints_clear(&d->complaints);
    if (d->stopping)
        return;
    reopen_audit(d);
    notify_ready("running");
    if (d->reload_again)
        daemon_reload(d);
}

void daemon_reload(struct daemon *d)
{
    if (d->stopping)
        return;
    d->reload_again = d->reloading; /* the file may have changed after the reader has seen it */
    if (d->reloading)
        return;
    log_info("reload: reading %s", d->options->config_file);
    notify_reloading();
    d->reloading = true;
    d->reload_job = (struct reading){.read = load, .done = after_load, .data = d};
    readers_do(d->readers, &d->reload_job);
}
