/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/drivers.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "common/text.h"
#include "rasadmin/json.h"
#include "rasadmin/show.h"
#include "rasadmin/term.h"

#define NAME_MAX_SHOWN 160u
#define TEXT_MAX       1200u

static const struct state {
    const char *word;
    enum table_style style;
} states[] = {
    [OPENRRAS_DRIVER_AWAY] = {"away", TABLE_BAD},
    [OPENRRAS_DRIVER_DOWN] = {"down", TABLE_BAD},
    [OPENRRAS_DRIVER_DEGRADED] = {"degraded", TABLE_BUSY},
    [OPENRRAS_DRIVER_STARTING] = {"starting", TABLE_BUSY},
    [OPENRRAS_DRIVER_UP] = {"up", TABLE_GOOD},
};

static const struct state *state_of(uint32_t state)
{
    static const struct state unknown = {"unknown", TABLE_BUSY};
    return state < sizeof states / sizeof states[0] && states[state].word ? &states[state] : &unknown;
}

const char *driver_state_word(uint32_t state)
{
    return state_of(state)->word;
}

enum table_style driver_state_style(uint32_t state)
{
    return state_of(state)->style;
}

bool driver_is_fine(const OPENRRAS_DRIVER *d)
{
    return d->dwState == OPENRRAS_DRIVER_UP;
}

bool driver_is_working(const OPENRRAS_DRIVER *d)
{
    return driver_is_fine(d) || d->dwState == OPENRRAS_DRIVER_DEGRADED;
}

static char *driver_name(char dst[static NAME_MAX_SHOWN], const OPENRRAS_DRIVER *d)
{
    snprintf(dst, NAME_MAX_SHOWN, "%s%s%s", d->pszDriver, *d->pszInstance ? ":" : "", d->pszInstance);
    return dst;
}

/* "5m07s", "never": how long ago. */
static const char *ago(char dst[static SHOW_DURATION_MAX], int64_t then, int64_t now)
{
    if (then <= 0)
        return "never";
    int64_t seconds = now > then ? now - then : 0;
    return show_duration(dst, seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX);
}

static void add_row(struct table *t, const OPENRRAS_DRIVER *d, int64_t now)
{
    char name[NAME_MAX_SHOWN], text[SHOW_DURATION_MAX], number[24];
    table_cell(t, driver_name(name, d));
    table_cell_styled(t, driver_state_word(d->dwState), driver_state_style(d->dwState));
    table_cell(t, ago(text, d->llSince, now));
    snprintf(number, sizeof number, "%u", (unsigned)d->dwPorts);
    table_cell(t, number);
    snprintf(number, sizeof number, "%u", (unsigned)d->dwPortsInUse);
    table_cell(t, number);
    table_cell(t, ago(text, d->llLastContact, now));
    table_cell(t, d->llLastError > 0 ? ago(text, d->llLastError, now) : "");
    snprintf(number, sizeof number, "%" PRIu64, (uint64_t)d->ullOrders);
    table_cell(t, number);
    snprintf(number, sizeof number, "%" PRIu64, (uint64_t)d->ullOrdersFailed);
    table_cell(t, number);
}

/* What the drivers say about their state, and the last trouble there was. */
static void show_texts(const OPENRRAS_DRIVER_LIST *list)
{
    for (DWORD i = 0; i < list->dwCount; i++) {
        const OPENRRAS_DRIVER *d = &list->pDrivers[i];
        char name[NAME_MAX_SHOWN], shown[NAME_MAX_SHOWN * 4], text[TEXT_MAX], when[TEXT_TIME_MAX];
        text_escape_z(shown, sizeof shown, driver_name(name, d));
        if (*d->pszText)
            printf("%s is %s: %s\n", shown, driver_state_word(d->dwState),
                   text_escape_z(text, sizeof text, d->pszText));
        if (*d->pszLastError)
            printf("%s, last trouble%s%s: %s\n", shown, d->llLastError > 0 ? " at " : "",
                   d->llLastError > 0 ? text_time(when, d->llLastError) : "",
                   text_escape_z(text, sizeof text, d->pszLastError));
    }
}

int drivers_show(const struct app *app, const OPENRRAS_DRIVER_LIST *list)
{
    static const struct table_column columns[] = {
        {"DRIVER", 0, 8, false},      {"STATE", 0, 0, false}, {"SINCE", 1, 0, true},
        {"PORTS", 2, 0, true},        {"IN USE", 0, 0, true}, {"LAST CONTACT", 3, 0, true},
        {"LAST TROUBLE", 4, 0, true}, {"ORDERS", 5, 0, true}, {"FAILED", 6, 0, true},
    };
    struct table *t = table_new(columns, sizeof columns / sizeof columns[0]);
    if (!t)
        return app_no_memory();
    int64_t now = (int64_t)time(NULL);
    for (DWORD i = 0; i < list->dwCount; i++)
        add_row(t, &list->pDrivers[i], now);
    int e = table_print(t, stdout, term_width(), term_color(app->color_when));
    table_free(t);
    if (e < 0)
        return app_no_memory();
    show_texts(list);
    return EXIT_DONE;
}

static char *refused_name(char dst[static NAME_MAX_SHOWN * 4], const OPENRRAS_REFUSED_DRIVER *d)
{
    char name[NAME_MAX_SHOWN] = "an unnamed driver";
    if (*d->pszDriver)
        snprintf(name, sizeof name, "%s%s%s", d->pszDriver, *d->pszInstance ? ":" : "", d->pszInstance);
    return text_escape_z(dst, NAME_MAX_SHOWN * 4, name);
}

void drivers_show_refused(const OPENRRAS_SERVER *s)
{
    for (DWORD i = 0; i < s->dwRefusedDrivers; i++) {
        const OPENRRAS_REFUSED_DRIVER *d = &s->pRefusedDrivers[i];
        char name[NAME_MAX_SHOWN * 4], text[TEXT_MAX], last[TEXT_TIME_MAX], first[TEXT_TIME_MAX];
        printf("%s of uid %u was refused at %s (pid %u", refused_name(name, d), (unsigned)d->dwUid,
               text_time(last, d->llLast), (unsigned)d->dwPid);
        if (d->ullCount > 1)
            printf(", %" PRIu64 " times since %s", (uint64_t)d->ullCount, text_time(first, d->llFirst));
        printf("): %s\n", text_escape_z(text, sizeof text, d->pszReason));
    }
}

/* ---- JSON ---- */

static json_t *capabilities_json(uint32_t bits)
{
    static const struct {
        uint32_t bit;
        const char *word;
    } words[] = {{OPENRRAS_CAN_DISCONNECT, "disconnect"}, {OPENRRAS_CAN_HARD, "hard"},
                 {OPENRRAS_CAN_STATS, "stats"},           {OPENRRAS_CAN_MESSAGE, "message"},
                 {OPENRRAS_CAN_KEEP_OUT, "keep_out"},     {OPENRRAS_CAN_LIMIT, "limit"},
                 {OPENRRAS_CAN_ADMISSION, "admission"},   {OPENRRAS_CAN_QUARANTINE, "quarantine"}};
    json_t *list = json_array();
    for (size_t i = 0; list && i < sizeof words / sizeof words[0]; i++) {
        if ((bits & words[i].bit) && json_array_append_new(list, json_string(words[i].word)) < 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static json_t *counts_json(const OPENRRAS_DRIVER *d)
{
#define N(name, member) name, (json_int_t)d->member
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", N("ports", dwPorts), N("ports_in_use", dwPortsInUse),
        N("driver_connections", ullConnections), N("protocol_errors", ullProtocolErrors), N("hung", ullHung),
        N("sessions_started", ullSessionsStarted), N("sessions_refused", ullSessionsRefused), N("orders", ullOrders),
        N("orders_confirmed", ullOrdersConfirmed), N("orders_failed", ullOrdersFailed), N("uid", dwUid));
#undef N
}

static json_t *driver_json(const OPENRRAS_DRIVER *d)
{
    json_t *j = json_pack(
        "{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}", "driver", json_text(d->pszDriver),
        "instance", json_text(d->pszInstance), "state", driver_state_word(d->dwState), "text", json_text(d->pszText),
        "since", json_time(d->llSince), "last_contact", json_time(d->llLastContact), "last_error_at",
        json_time(d->llLastError), "last_error", json_text(d->pszLastError), "device_type", json_text(d->pszDeviceType),
        "device_name", json_text(d->pszDeviceName), "process_for_each_session", d->fSession != 0, "pid",
        d->dwPid ? json_integer(d->dwPid) : json_null(), "capabilities", capabilities_json(d->dwCapabilities));
    json_t *counts = counts_json(d);
    if (!j || !counts || json_object_update(j, counts) < 0) {
        json_decref(j);
        j = NULL;
    }
    json_decref(counts);
    return j;
}

static json_t *refused_json(const OPENRRAS_REFUSED_DRIVER *d)
{
    return json_pack("{s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:I}", "driver", json_text(d->pszDriver), "instance",
                     json_text(d->pszInstance), "uid", (json_int_t)d->dwUid, "pid",
                     d->dwPid ? json_integer(d->dwPid) : json_null(), "code", json_text(d->pszCode), "reason",
                     json_text(d->pszReason), "first", json_time(d->llFirst), "last", json_time(d->llLast), "count",
                     (json_int_t)d->ullCount);
}

/* Append to an array, which is dropped without memory. */
static json_t *append(json_t *array, json_t *item)
{
    if (json_array_append_new(array, item) == 0)
        return array;
    json_decref(array);
    return NULL;
}

json_t *refused_drivers_json(const OPENRRAS_SERVER *s)
{
    json_t *array = json_array();
    for (DWORD i = 0; array && i < s->dwRefusedDrivers; i++)
        array = append(array, refused_json(&s->pRefusedDrivers[i]));
    return array;
}

json_t *drivers_json(const OPENRRAS_DRIVER_LIST *list)
{
    json_t *array = json_array();
    for (DWORD i = 0; array && i < list->dwCount; i++)
        array = append(array, driver_json(&list->pDrivers[i]));
    return array;
}
