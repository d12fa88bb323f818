/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/progress.h"

#include <inttypes.h>

#include "rasadmin/show.h"
#include "rasadmin/table.h"

#define QUIET_FIRST_MS    1000u /* what is done by then needs no progress */
#define TERMINAL_EVERY_MS 200u
#define LOG_EVERY_MS      5000u

void progress_begin(struct progress *p, FILE *out, bool terminal, size_t width, uint64_t now_ms)
{
    *p = (struct progress){.out = out, .terminal = terminal, .width = width, .began_ms = now_ms, .told_ms = now_ms};
}

static void put(char *dst, size_t *at, const char *text)
{
    int n = snprintf(dst + *at, PROGRESS_TEXT_MAX - *at, "%s", text);
    if (n > 0)
        *at += (size_t)n < PROGRESS_TEXT_MAX - *at ? (size_t)n : PROGRESS_TEXT_MAX - *at - 1;
}

/* How fast sessions have ended so far, and when the rest will have. */
static void put_rate(char *dst, size_t *at, const struct progress *p, const struct progress_counts *c, uint64_t now_ms)
{
    char text[80], left[SHOW_DURATION_MAX];
    uint64_t done = c->confirmed + c->failed, spent = now_ms - p->began_ms;
    if (done == 0 || spent == 0)
        return;
    snprintf(text, sizeof text, "; %.*f/s", done * 1000 < spent * 10 ? 1 : 0, (double)done * 1000 / (double)spent);
    put(dst, at, text);
    if (p->cancelled || c->matched <= done)
        return;
    double seconds = (double)(c->matched - done) * (double)spent / (double)done / 1000;
    snprintf(text, sizeof text, ", %s left",
             show_duration(left, seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX));
    put(dst, at, text);
}

char *progress_text(char dst[static PROGRESS_TEXT_MAX], const struct progress *p, const struct progress_counts *c,
                    uint64_t now_ms)
{
    char text[PROGRESS_TEXT_MAX];
    size_t at = 0;
    dst[0] = '\0';
    if (p->cancelled)
        put(dst, &at, "cancelled, waiting for what was asked: ");
    snprintf(text, sizeof text, "%" PRIu64 " asked, %" PRIu64 " confirmed, %" PRIu64 " failed of %" PRIu64, c->asked,
             c->confirmed, c->failed, c->matched);
    put(dst, &at, text);
    put_rate(dst, &at, p, c, now_ms);
    return dst;
}

void progress_update(struct progress *p, const struct progress_counts *c, uint64_t now_ms)
{
    char text[PROGRESS_TEXT_MAX];
    size_t cells;
    uint64_t every = p->terminal ? TERMINAL_EVERY_MS : LOG_EVERY_MS;
    if (!p->out || now_ms - p->began_ms < QUIET_FIRST_MS || now_ms - p->told_ms < every)
        return;
    p->told_ms = now_ms;
    progress_text(text, p, c, now_ms);
    if (!p->terminal) {
        fprintf(p->out, "rasadmin: %s\n", text);
        return;
    }
    /* The last cell stays free: a terminal may wrap there. */
    int bytes = (int)text_fit(text, p->width > 1 ? p->width - 1 : SIZE_MAX / 2, &cells);
    fprintf(p->out, "\r%.*s\x1b[K", bytes, text);
    fflush(p->out);
    p->shown = true;
}

void progress_end(struct progress *p)
{
    if (!p->shown)
        return;
    fputs("\r\x1b[K", p->out);
    fflush(p->out);
    p->shown = false;
}
