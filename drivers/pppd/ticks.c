/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "drivers/pppd/plugin.h"

#define RETRY_MIN_MS 100u
#define RETRY_MAX_MS 5000u
#define UNWELCOME_MS 1000u /* until rrasd has said how often it wants counters */

static bool complained;

static void tick(void *ctx);

/* Once for each time that rrasd is away. */
static void complain(int error)
{
    char text[256];
    if (complained || plugin.retry_ms < RETRY_MAX_MS)
        return;
    complained = true;
    snprintf(text, sizeof(text), "rras: %s: %s; the session goes on, and rrasd will see it when it is there",
             plugin.settings.socket, strerror(-error));
    pppd_log_info(text);
}

static void back_off(void)
{
    unsigned next = plugin.retry_ms * 2;
    plugin.retry_ms = next < RETRY_MIN_MS ? RETRY_MIN_MS : next > RETRY_MAX_MS ? RETRY_MAX_MS : next;
}

static void connect_now(void)
{
    char line[LINK_LINE_MAX];
    int r = link_open(&plugin.link, plugin.settings.socket);
    plugin.welcome = false;
    back_off();
    if (r < 0) {
        complain(r);
        return;
    }
    size_t n = session_write_hello(line, &plugin.port);
    if (n > 0)
        link_send(&plugin.link, line, n);
    talk_work(); /* what came before the signal was set up */
}

/* When to look again. An rrasd that takes us and sends us away again is not asked more often than one that is not
 * there. */
static unsigned pause_ms(void)
{
    if (plugin.welcome)
        return plugin.interval_ms;
    return plugin.link.fd < 0 || plugin.retry_ms > UNWELCOME_MS ? plugin.retry_ms : UNWELCOME_MS;
}

static void work(void)
{
    if (plugin.link.fd < 0) {
        connect_now();
        return;
    }
    complained &= !plugin.welcome;
    talk_work();
    talk_tell_counters();
}

static void tick(void *ctx)
{
    sigset_t before;
    (void)ctx;
    plugin_enter(&before);
    if (plugin.session.active) {
        pppd_not_after(tick); /* plugin_enter() may have begun anew */
        work();
        pppd_after(pause_ms(), tick);
    }
    plugin_leave(&before);
}

void ticks_begin(void)
{
    pppd_not_after(tick);
    plugin.retry_ms = 0;
    connect_now();
    pppd_after(pause_ms(), tick);
}

void ticks_end(void)
{
    pppd_not_after(tick);
}
