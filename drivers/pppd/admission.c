/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the user may dial in: asked of rrasd when pppd says that the user has authenticated. pppd goes on only when
 * we come back, so this is the one place where the plugin waits, for a bounded time, and only this pppd does. What else
 * rrasd says meanwhile is taken as always. Main loop only, with the signal held (plugin_enter).
 */
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "drivers/pppd/plugin.h"

/* rrasd answers within 5 s, also when its source of users does not: then the site's `unavailable` decides, not we. The
 * peer waits as well: for its address, which it asks for again each 3 s, ten times. */
#define ANSWER_MS    6000
#define WELCOME_MS   3000 /* of these, for an rrasd that has just been connected to */

#define REFUSE_WORDS "dial-in permission refused"
#define LATER_WORDS  "access can't be checked now: try again later"

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Take what rrasd says next. False: it is late, or there is no rrasd. */
static bool hear(int64_t deadline)
{
    int64_t left = deadline - now_ms();
    if (left <= 0 || plugin.link.fd < 0)
        return false;
    struct pollfd p = {.fd = plugin.link.fd, .events = (short)(POLLIN | (plugin.link.out_len > 0 ? POLLOUT : 0))};
    (void)poll(&p, 1, (int)left); /* a signal of pppd's only makes us look at the clock */
    talk_work();
    return true;
}

static void ask(int64_t deadline)
{
    char line[LINK_LINE_MAX];
    plugin.asked = ++plugin.last_ask;
    size_t n = session_write_admission_ask(line, &plugin.session, plugin.asked);
    if (n > 0 && link_send(&plugin.link, line, n) == 0) {
        while (plugin.asked && hear(deadline))
            ;
    }
}

static const char *decide_alone(void)
{
    const char *wish = plugin.settings.no_answer;
    if (wish[0] == '\0' || strcmp(wish, "permit") == 0)
        return NULL;
    if (strcmp(wish, "refuse") != 0)
        pppd_log_warning("rras: rras-no-answer must be permit or refuse; it is refuse now");
    pppd_log_warning("rras: rrasd does not say whether the user may dial in: turned away (rras-no-answer)");
    return LATER_WORDS;
}

const char *admission_refused(void)
{
    int64_t began = now_ms();
    plugin.verdict = PLUGIN_NO_ANSWER;
    if (plugin.session.user[0] == '\0')
        return NULL; /* nobody had to say who he is */
    while (!plugin.welcome && hear(began + WELCOME_MS))
        ;
    if (plugin.welcome && plugin.answers)
        ask(began + ANSWER_MS);
    plugin.asked = 0; /* what comes later is for nobody */
    if (plugin.verdict == PLUGIN_NO_ANSWER)
        return decide_alone();
    if (plugin.verdict == PLUGIN_ADMITTED)
        return NULL;
    pppd_log_info("rras: the user may not dial in");
    return plugin.refusal[0] ? plugin.refusal : REFUSE_WORDS;
}
