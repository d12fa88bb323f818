/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/event.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "common/text.h"
#include "rasadmin/json.h"
#include "rasadmin/show.h"

#define SHOWN_MAX  1100u /* a text of an event, escaped: 256 bytes, four each */
#define MASK(name) OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_##name)

static const struct word {
    const char *text;
    uint32_t mask;
} words[] = {
    /* One event each: the first of a mask is its name. */
    {"present", EVENT_MASK_PRESENT},
    {"up", MASK(SESSION_UP)},
    {"changed", MASK(SESSION_CHANGED)},
    {"gone", MASK(SESSION_GONE)},
    {"connection-up", MASK(CONNECTION_UP)},
    {"connection-gone", MASK(CONNECTION_GONE)},
    {"order", MASK(ORDER)},
    {"outcome", MASK(OUTCOME)},
    {"driver-up", MASK(DRIVER_UP)},
    {"driver-down", MASK(DRIVER_DOWN)},
    {"driver-health", MASK(DRIVER_HEALTH)},
    {"keep-out", MASK(KEEP_OUT)},
    {"keep-out-end", MASK(KEEP_OUT_END)},
    {"kept-out", MASK(KEPT_OUT)},
    {"job", MASK(JOB)},
    {"refused", MASK(USER_REFUSED)},
    {"quarantine", MASK(QUARANTINE)},
    /* Groups. */
    {"sessions", EVENT_MASK_SESSIONS},
    {"connections", MASK(CONNECTION_UP) | MASK(CONNECTION_GONE)},
    {"orders", MASK(ORDER) | MASK(OUTCOME) | MASK(JOB)},
    {"drivers", MASK(DRIVER_UP) | MASK(DRIVER_DOWN) | MASK(DRIVER_HEALTH)},
    {"keep-outs", MASK(KEEP_OUT) | MASK(KEEP_OUT_END) | MASK(KEPT_OUT)},
    {"all", OPENRRAS_EVENT_MASK_ALL},
};
#define N_WORDS (sizeof words / sizeof words[0])

static uint32_t mask_of(const char *s, size_t n)
{
    for (size_t i = 0; i < N_WORDS; i++) {
        if (strlen(words[i].text) == n && memcmp(words[i].text, s, n) == 0)
            return words[i].mask;
    }
    return 0;
}

int event_mask_parse(const char *text, uint32_t *ret)
{
    uint32_t mask = 0;
    for (const char *s = text;; s++) {
        size_t n = strcspn(s, ",");
        uint32_t m = mask_of(s, n);
        if (!m)
            return -EINVAL;
        mask |= m;
        s += n;
        if (!*s)
            break;
    }
    *ret = mask;
    return 0;
}

char *event_words(char dst[static EVENT_WORDS_MAX])
{
    size_t at = 0;
    dst[0] = '\0';
    for (size_t i = 0; i < N_WORDS && at < EVENT_WORDS_MAX; i++)
        at += (size_t)snprintf(dst + at, EVENT_WORDS_MAX - at, "%s%s", at ? ", " : "", words[i].text);
    return dst;
}

const char *event_word(uint32_t type)
{
    for (size_t i = 0; i < N_WORDS && type > 0 && type < 32; i++) {
        if (words[i].mask == OPENRRAS_EVENT_MASK(type))
            return words[i].text;
    }
    return "unknown";
}

static const char *outcome_word(uint32_t outcome)
{
    switch (outcome) {
    case OPENRRAS_OUTCOME_GONE:
        return "gone";
    case OPENRRAS_OUTCOME_NO_SESSION:
        return "no_session";
    case OPENRRAS_OUTCOME_REFUSED:
        return "refused";
    case OPENRRAS_OUTCOME_FAILED:
        return "failed";
    case OPENRRAS_OUTCOME_LOST:
        return "lost";
    default:
        return NULL;
    }
}

/* ---- lines ---- */

static void print_by(FILE *out, const OPENRRAS_EVENT *e)
{
    char by[SHOWN_MAX];
    if (*e->pszBy)
        fprintf(out, " by %s", text_escape_z(by, sizeof by, e->pszBy));
}

/* The disconnect by selection that it belongs to. */
static void print_for_job(FILE *out, const OPENRRAS_EVENT *e)
{
    if (e->dwJob)
        fprintf(out, ", for job %u", (unsigned)e->dwJob);
}

static void print_outcome(FILE *out, const OPENRRAS_EVENT *e)
{
    static const char *const told[] = {
        [OPENRRAS_TOLD_YES] = ", the client was told", [OPENRRAS_TOLD_NO] = ", the client was not told"};
    switch (e->dwOutcome) {
    case OPENRRAS_OUTCOME_GONE:
        fprintf(out, "gone after %u ms", (unsigned)e->dwTookMs);
        break;
    case OPENRRAS_OUTCOME_NO_SESSION:
        fputs("had gone before the order came", out);
        break;
    case OPENRRAS_OUTCOME_REFUSED:
        fputs("the daemon refused", out);
        break;
    case OPENRRAS_OUTCOME_FAILED:
        fputs("not gone in time", out);
        break;
    case OPENRRAS_OUTCOME_LOST:
        fputs("lost from sight", out);
        break;
    default:
        fputs("not known", out);
    }
    if (e->dwTold < sizeof told / sizeof told[0] && told[e->dwTold])
        fputs(told[e->dwTold], out);
}

static void print_job(FILE *out, const OPENRRAS_EVENT *e)
{
    if (e->dwOutcome == OPENRRAS_OUTCOME_NONE)
        fprintf(out, "job %u has begun to disconnect a selection", (unsigned)e->dwJob);
    else
        fprintf(out, "job %u has ended after %u ms: %s; it was begun", (unsigned)e->dwJob, (unsigned)e->dwTookMs,
                e->dwOutcome == OPENRRAS_OUTCOME_GONE ? "all who matched are gone" : "not all who matched are gone");
    print_by(out, e);
}

/* Is there anything to be said beside who, where and why? */
static bool has_text(uint32_t type)
{
    static const uint32_t silent = MASK(SESSION_CHANGED) | MASK(CONNECTION_UP) | MASK(CONNECTION_GONE) |
                                   MASK(DRIVER_UP) | MASK(DRIVER_DOWN) | MASK(DRIVER_HEALTH);
    return type >= 1 && type <= OPENRRAS_EVENT_QUARANTINE && !(silent & OPENRRAS_EVENT_MASK(type));
}

static void print_text(FILE *out, const OPENRRAS_EVENT *e)
{
    char in[SHOW_BYTES_MAX], sent[SHOW_BYTES_MAX];
    switch (e->dwType) {
    case OPENRRAS_EVENT_SESSION_UP:
        fputs("connected", out);
        break;
    case OPENRRAS_EVENT_SESSION_GONE:
        fprintf(out, "%s%s in, %s out", e->dwOutcome == OPENRRAS_OUTCOME_LOST ? "lost from sight, " : "",
                show_bytes(in, e->ullBytesIn), show_bytes(sent, e->ullBytesOut));
        break;
    case OPENRRAS_EVENT_ORDER:
        fprintf(out, "to disconnect%s", e->fHard ? ", the hard way" : "");
        print_by(out, e);
        print_for_job(out, e);
        break;
    case OPENRRAS_EVENT_OUTCOME:
        print_outcome(out, e);
        print_for_job(out, e);
        break;
    case OPENRRAS_EVENT_KEEP_OUT:
    case OPENRRAS_EVENT_KEEP_OUT_END:
    case OPENRRAS_EVENT_KEPT_OUT:
        fprintf(out, "keep-out %u", (unsigned)e->dwKeepOut);
        print_by(out, e);
        break;
    case OPENRRAS_EVENT_JOB:
        print_job(out, e);
        break;
    case OPENRRAS_EVENT_QUARANTINE:
        fputs(e->fQuarantined ? "in quarantine" : "released from quarantine", out);
        print_by(out, e);
        break;
    case OPENRRAS_EVENT_USER_REFUSED:
        fputs(*e->pszPort ? "may not be here" : "may not log on", out);
        break;
    default:
        break;
    }
}

/* The port, or what else it is about. */
static void print_where(FILE *out, const OPENRRAS_EVENT *e)
{
    char text[SHOWN_MAX], more[SHOWN_MAX];
    if (*e->pszPort || !*e->pszDriver)
        fprintf(out, " %-16s", *e->pszPort ? text_escape_z(text, sizeof text, e->pszPort) : "-");
    else
        fprintf(out, " %s%s%-10s", text_escape_z(text, sizeof text, e->pszDriver), *e->pszInstance ? ":" : "",
                text_escape_z(more, sizeof more, e->pszInstance));
}

void event_print(FILE *out, const OPENRRAS_EVENT *e)
{
    char time_text[TEXT_TIME_MAX], user[SHOW_USER_MAX], text[SHOWN_MAX];
    const char *address = *e->pszTunnelAddress4 ? e->pszTunnelAddress4 : e->pszTunnelAddress6;
    fprintf(out, "%s  %-8s %-20s", text_time(time_text, e->llTimeMs / 1000), event_word(e->dwType),
            *e->pszUser ? show_user_name(user, sizeof user, e->pszUser) : "-");
    print_where(out, e);
    const bool more = has_text(e->dwType);
    fprintf(out, more || *e->pszReason ? " %-15s " : " %s", *address ? text_escape_z(text, sizeof text, address) : "-");
    if (more)
        print_text(out, e);
    if (*e->pszReason)
        fprintf(out, "%s%s", more ? ": " : "", text_escape_z(text, sizeof text, e->pszReason));
    putc('\n', out);
}

/* ---- JSON ---- */

static json_t *json_at(int64_t ms)
{
    char second[TEXT_TIME_MAX];
    if (ms <= 0)
        return json_null();
    text_time(second, ms / 1000);
    second[strcspn(second, "Z")] = '\0';
    return json_sprintf("%s.%03dZ", second, (int)(ms % 1000));
}

/* The port of an event: the members of every port, as far as an event tells them. */
static json_t *port_json(const OPENRRAS_EVENT *e)
{
    const char *state = e->dwType == OPENRRAS_EVENT_SESSION_UP ? "connected" : "";
    const char *address = *e->pszTunnelAddress4 ? e->pszTunnelAddress4 : e->pszTunnelAddress6;
    int64_t seconds = e->llStart > 0 && e->llTimeMs / 1000 > e->llStart ? e->llTimeMs / 1000 - e->llStart : 0;
    if (!*e->pszPort)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:n, s:n, s:o, s:I, s:n, s:o, s:o, s:o, s:o}", //
                     "name", json_text(e->pszPort), "handle", json_handle(e->dwPort), "state", json_text(state),   //
                     "connection", json_handle(e->dwConnection), "user", json_text(e->pszUser),                    //
                     "client_address", json_text(address), "client_address6", json_text(e->pszTunnelAddress6),     //
                     "remote_address", json_text(e->pszClientAddress), "type", json_text(e->pszDeviceType),        //
                     "media", "device_name", "device_type", json_text(e->pszDeviceType),                           //
                     "duration_seconds", (json_int_t)seconds, "total_calls", "started", json_time(e->llStart),     //
                     "driver", json_text(e->pszDriver), "instance", json_text(e->pszInstance),                     //
                     "id", json_text(e->pszId));
}

static json_t *json_number_or_null(uint64_t n)
{
    return n ? json_integer((json_int_t)n) : json_null();
}

static json_t *outcome_json(const OPENRRAS_EVENT *e)
{
    const char *outcome = outcome_word(e->dwOutcome);
    json_t *told = e->dwTold == OPENRRAS_TOLD_YES  ? json_true()
                   : e->dwTold == OPENRRAS_TOLD_NO ? json_false()
                                                   : json_null();
    return json_pack("{s:o, s:o, s:I}", "outcome", outcome ? json_string(outcome) : json_null(), "client_told", told,
                     "took_ms", (json_int_t)e->dwTookMs);
}

/* What belongs to some types only. */
static json_t *more_json(const OPENRRAS_EVENT *e)
{
    switch (e->dwType) {
    case OPENRRAS_EVENT_SESSION_GONE:
        return json_pack("{s:I, s:I, s:b, s:b}", "bytes_in", (json_int_t)e->ullBytesIn, "bytes_out",
                         (json_int_t)e->ullBytesOut, "counters_final", e->fCountersFinal != 0, "lost",
                         e->dwOutcome == OPENRRAS_OUTCOME_LOST);
    case OPENRRAS_EVENT_ORDER:
        return json_pack("{s:b}", "hard", e->fHard != 0);
    case OPENRRAS_EVENT_QUARANTINE:
        return json_pack("{s:b}", "quarantined", e->fQuarantined != 0);
    case OPENRRAS_EVENT_OUTCOME:
    case OPENRRAS_EVENT_JOB:
        return outcome_json(e);
    default:
        return json_object();
    }
}

json_t *event_json(const struct app *app, const GUID *run, const OPENRRAS_EVENT *e)
{
    char guid[SHOW_GUID_MAX];
    json_t *doc = json_document(app, "event");
    json_t *all = json_pack("{s:s, s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",         //
                            "event", event_word(e->dwType), "number", (json_int_t)e->ullNumber,               //
                            "run", show_guid(guid, run), "at", json_at(e->llTimeMs),                          //
                            "port", port_json(e), "user", json_text(e->pszUser), "connection",                //
                            json_handle(e->dwConnection), "driver", json_text(e->pszDriver), "instance",      //
                            json_text(e->pszInstance), "order", json_number_or_null(e->ullOrder), "keep_out", //
                            json_number_or_null(e->dwKeepOut), "job", json_number_or_null(e->dwJob),          //
                            "reason", json_text(e->pszReason), "by", json_text(e->pszBy));
    json_t *more = more_json(e);
    bool ok = doc && all && more && json_object_update(doc, all) == 0 && json_object_update(doc, more) == 0;
    json_decref(all);
    json_decref(more);
    if (ok)
        return doc;
    json_decref(doc);
    return NULL;
}
