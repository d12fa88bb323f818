/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/keep_out.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "common/text.h"
#include "rasadmin/json.h"
#include "rasadmin/show.h"

#define REASON_MAX 256u /* bytes, as the server takes */
#define TEXT_MAX   1200u

int keep_out_parse_duration(const char *text, uint32_t *ret_seconds)
{
    uint64_t ms;
    if (text_parse_duration(text, &ms) < 0 || ms < 1000 || ms / 1000 > OPENRRAS_KEEP_OUT_MAX_SECONDS)
        return -EINVAL;
    *ret_seconds = (uint32_t)((ms + 999) / 1000);
    return 0;
}

bool keep_out_reason_is_good(const char *text)
{
    size_t n = strlen(text);
    return n <= REASON_MAX && text_is_utf8(text, n);
}

const OPENRRAS_KEEP_OUT *keep_out_find(const OPENRRAS_KEEP_OUT_LIST *list, uint32_t number)
{
    for (DWORD i = 0; i < list->dwCount; i++) {
        if (list->pKeepOuts[i].dwKeepOut == number)
            return &list->pKeepOuts[i];
    }
    return NULL;
}

/* ---- for people ---- */

static void show_until(FILE *out, const OPENRRAS_KEEP_OUT *k)
{
    char until[TEXT_TIME_MAX], left[SHOW_DURATION_MAX], text[TEXT_TIME_MAX + SHOW_DURATION_MAX + 16];
    int64_t rest = k->llUntil > 0 ? k->llUntil - (int64_t)time(NULL) : 0;
    text_time(until, k->llUntil);
    if (rest > 0 && rest < UINT32_MAX)
        snprintf(text, sizeof text, "%s (%s left)", until, show_duration(left, (uint32_t)rest));
    else
        snprintf(text, sizeof text, "%s", until);
    show_field(out, "Until", text);
}

static void show_attempts(FILE *out, const OPENRRAS_KEEP_OUT *k)
{
    char last[TEXT_TIME_MAX], text[80];
    if (k->ullTurnedAway && k->llLastAttempt > 0)
        snprintf(text, sizeof text, "%" PRIu64 ", last at %s", (uint64_t)k->ullTurnedAway,
                 text_time(last, k->llLastAttempt));
    else
        snprintf(text, sizeof text, "%" PRIu64, (uint64_t)k->ullTurnedAway);
    show_field(out, "Turned away", text);
}

static void show_driver(FILE *out, const OPENRRAS_KEEP_OUT_DRIVER *d)
{
    char driver[TEXT_MAX], instance[TEXT_MAX], label[2 * TEXT_MAX + 2], text[TEXT_MAX];
    snprintf(label, sizeof label, "%s%s%s", text_escape_z(driver, sizeof driver, d->pszDriver),
             *d->pszInstance ? ":" : "", text_escape_z(instance, sizeof instance, d->pszInstance));
    fprintf(out, "  %s: %s%s%s\n", label,
            d->fRefuses ? "refuses the user at log-on" : "can't refuse; the session is ended as soon as it is there",
            *d->pszText ? ": " : "", text_escape_z(text, sizeof text, d->pszText));
}

void keep_out_show(FILE *out, const OPENRRAS_KEEP_OUT *k)
{
    char since[TEXT_TIME_MAX], user[SHOW_USER_MAX];
    show_field_number(out, "Keep-out", k->dwKeepOut);
    show_field_escaped(out, "User", show_user_name(user, sizeof user, k->pszUser));
    show_field(out, "Driver", *k->pszDriver ? k->pszDriver : "all");
    show_field(out, "Since", text_time(since, k->llSince));
    show_until(out, k);
    show_field(out, "Reason", k->pszReason);
    show_field(out, "By", k->pszBy);
    show_attempts(out, k);
    if (k->dwDrivers == 0)
        fputs("  no driver is there now; it holds for those that come\n", out);
    for (DWORD i = 0; i < k->dwDrivers; i++)
        show_driver(out, &k->pDrivers[i]);
}

/* ---- for programs ---- */

static json_t *drivers_json(const OPENRRAS_KEEP_OUT *k)
{
    json_t *list = json_array();
    for (DWORD i = 0; list && i < k->dwDrivers; i++) {
        const OPENRRAS_KEEP_OUT_DRIVER *d = &k->pDrivers[i];
        json_t *item = json_pack("{s:o, s:o, s:b, s:o}", "driver", json_text(d->pszDriver), "instance",
                                 json_text(d->pszInstance), "refuses", d->fRefuses != 0, "text", json_text(d->pszText));
        if (json_array_append_new(list, item) < 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

json_t *keep_out_json(const OPENRRAS_KEEP_OUT *k)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o}", "number", (json_int_t)k->dwKeepOut, "user",
                     json_text(k->pszUser), "driver", json_text(k->pszDriver), "since", json_time(k->llSince), "until",
                     json_time(k->llUntil), "reason", json_text(k->pszReason), "by", json_text(k->pszBy), "turned_away",
                     (json_int_t)k->ullTurnedAway, "last_attempt", json_time(k->llLastAttempt), "drivers",
                     drivers_json(k));
}
