/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin of pppd that makes each pppd a port of rrasd: rras-pppd(8). */
#include "drivers/pppd/plugin.h"

#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "drivers/pppd/wake.h"

struct plugin plugin = {
    .settings = {.socket = DRIVER_SOCKET},
    .link = {.fd = -1},
    .quarantine = {.fd = -1},
};

void plugin_enter(sigset_t *ret_before)
{
    wake_hold(ret_before);
    if (plugin.link.fd >= 0 && plugin.link.pid != getpid()) {
        /* pppd has detached. Signals for this socket still go to its former process, which is gone. */
        link_drop(&plugin.link);
        plugin.welcome = false;
        if (plugin.session.active)
            ticks_begin();
    }
}

/* What the handler could not log. */
static void log_trouble(void)
{
    static const char prefix[] = "rras: rrasd: ";
    char text[2 * sizeof(plugin.trouble)];
    bool is_new = strcmp(plugin.trouble, plugin.said) != 0;
    if (plugin.trouble[0] == '\0')
        return;
    memcpy(plugin.said, plugin.trouble, sizeof(plugin.said));
    memcpy(text, prefix, sizeof(prefix));
    text_escape_z(text + sizeof(prefix) - 1, sizeof(text) - sizeof(prefix), plugin.trouble);
    plugin.trouble[0] = '\0';
    if (is_new)
        pppd_log_warning(text);
}

void plugin_leave(const sigset_t *before)
{
    log_trouble();
    wake_restore(before);
}

__attribute__((visibility("default"))) void plugin_init(void);

void plugin_init(void)
{
    static bool loaded;
    if (loaded) /* named in two files of options: pppd has this object once, and begins it twice */
        return;
    loaded = true;
    device_read_parent(&plugin.clues); /* now: pppd has not detached yet */
    pppd_begin(&plugin.settings, &plugin_events);
    if (wake_begin(talk_on_wake) < 0)
        pppd_log_warning("rras: no real-time signal is free: orders of rrasd are seen late");
}
