/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/pppd/message.h"

#include <errno.h>
#include <string.h>

#include "drivers/pppd/json_scan.h"

#define TYPE_MAX 32u

enum {
    F_TYPE,
    F_N,
    F_ORDER,
    F_START,
    F_UNTIL,
    F_INTERVAL,
    F_HARD,
    F_ON,
    F_ID,
    F_REASON,
    F_CODE,
    F_TEXT,
    F_USER,
    F_USER_RAW,
    F_ADMISSION,
    F_RESULT,
    F_COUNT,
};

/* What each message must have. */
static const struct {
    const char *name;
    enum message_type type;
    uint32_t needs;
} types[] = {
    {"welcome", MESSAGE_WELCOME, 0},
    {"error", MESSAGE_ERROR, 0},
    {"refused", MESSAGE_REFUSED, 0},
    {"ping", MESSAGE_PING, 1u << F_N},
    {"disconnect", MESSAGE_DISCONNECT, 1u << F_ORDER | 1u << F_ID | 1u << F_START},
    {"stats", MESSAGE_STATS, 0},
    {"keep-out", MESSAGE_KEEP_OUT, 1u << F_N | 1u << F_UNTIL},
    {"keep-out-lift", MESSAGE_KEEP_OUT_LIFT, 1u << F_N},
    {"keep-out-end", MESSAGE_KEEP_OUT_END, 0},
    {"admission", MESSAGE_ADMISSION, 1u << F_N | 1u << F_RESULT},
    {"quarantine", MESSAGE_QUARANTINE, 1u << F_ORDER | 1u << F_ID | 1u << F_START | 1u << F_ON},
    {"message", MESSAGE_MESSAGE, 1u << F_ORDER | 1u << F_ID | 1u << F_START | 1u << F_TEXT},
};

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* user_raw, digits of which two make a byte. */
static int decode_hex(struct message *m, const char *digits, size_t n)
{
    if (n % 2 != 0)
        return -EBADMSG;
    for (size_t i = 0; i < n / 2; i++) {
        int high = hex_digit(digits[2 * i]), low = hex_digit(digits[2 * i + 1]);
        if (high < 0 || low < 0)
            return -EBADMSG;
        m->user[i] = (char)(high << 4 | low);
    }
    m->user_len = n / 2;
    return 0;
}

static int get_user(struct message *m, const struct json_field *plain, const struct json_field *raw)
{
    /* A name that is cut is another name. */
    if (plain->present == raw->present || plain->cut || raw->cut)
        return -EBADMSG;
    if (raw->present)
        return decode_hex(m, raw->data, raw->len);
    memcpy(m->user, plain->data, plain->len);
    m->user_len = plain->len;
    return 0;
}

static int find_type(const char *name, uint32_t *ret_needs)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(types[i].name, name) == 0) {
            *ret_needs = types[i].needs;
            return (int)types[i].type;
        }
    }
    *ret_needs = 0;
    return MESSAGE_OTHER;
}

static int check(const struct json_field f[static F_COUNT], uint32_t needs)
{
    for (size_t i = 0; i < F_COUNT; i++) {
        if ((needs >> i & 1) && !f[i].present)
            return -EBADMSG;
        if (f[i].present && f[i].kind == JSON_KIND_INTEGER && f[i].integer < 0)
            return -EBADMSG;
    }
    return 0;
}

static int64_t number(const struct json_field *f)
{
    return f->present ? f->integer : 0;
}

static int get_result(struct message *m, const char *result)
{
    m->permit = strcmp(result, "permit") == 0;
    return m->permit || strcmp(result, "refuse") == 0 ? 0 : -EBADMSG;
}

/* Of all other types the text is about what went wrong: as much of it as there is room for. */
static void cut_text(struct message *m)
{
    size_t n = strlen(m->words);
    if (n >= sizeof(m->text)) { /* on a whole character */
        n = sizeof(m->text) - 1;
        while (n > 0 && ((unsigned char)m->words[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(m->text, m->words, n);
    m->text[n] = '\0';
    m->words[0] = '\0';
}

int message_parse(struct message *m, const char *line, size_t n)
{
    char type[TYPE_MAX] = "", result[TYPE_MAX] = "", user[MESSAGE_USER_MAX + 1], raw[2 * MESSAGE_USER_MAX + 1];
    uint32_t needs;
    *m = (struct message){0};
    struct json_field f[F_COUNT] = {
        [F_TYPE] = {.name = "type", .kind = JSON_KIND_STRING, .data = type, .cap = sizeof(type)},
        [F_N] = {.name = "n", .kind = JSON_KIND_INTEGER},
        [F_ORDER] = {.name = "order", .kind = JSON_KIND_INTEGER},
        [F_START] = {.name = "start", .kind = JSON_KIND_INTEGER},
        [F_UNTIL] = {.name = "until", .kind = JSON_KIND_INTEGER},
        [F_INTERVAL] = {.name = "counters_interval_ms", .kind = JSON_KIND_INTEGER},
        [F_HARD] = {.name = "hard", .kind = JSON_KIND_BOOLEAN},
        [F_ON] = {.name = "on", .kind = JSON_KIND_BOOLEAN},
        [F_ID] = {.name = "id", .kind = JSON_KIND_STRING, .data = m->id, .cap = sizeof(m->id)},
        [F_REASON] = {.name = "reason", .kind = JSON_KIND_STRING, .data = m->reason, .cap = sizeof(m->reason)},
        [F_CODE] = {.name = "code", .kind = JSON_KIND_STRING, .data = m->code, .cap = sizeof(m->code)},
        [F_TEXT] = {.name = "text", .kind = JSON_KIND_STRING, .data = m->words, .cap = sizeof(m->words)},
        [F_USER] = {.name = "user", .kind = JSON_KIND_STRING, .data = user, .cap = sizeof(user)},
        [F_USER_RAW] = {.name = "user_raw", .kind = JSON_KIND_STRING, .data = raw, .cap = sizeof(raw)},
        [F_ADMISSION] = {.name = "admission", .kind = JSON_KIND_BOOLEAN},
        [F_RESULT] = {.name = "result", .kind = JSON_KIND_STRING, .data = result, .cap = sizeof(result)},
    };
    if (json_scan(line, n, f, F_COUNT) < 0 || !f[F_TYPE].present)
        return -EBADMSG;
    m->type = f[F_TYPE].cut ? MESSAGE_OTHER : (enum message_type)find_type(type, &needs);
    if (m->type == MESSAGE_OTHER)
        return 0;
    if (check(f, needs) < 0 || ((needs >> F_ID & 1) && f[F_ID].cut) || (m->type == MESSAGE_MESSAGE && f[F_TEXT].cut))
        return -EBADMSG;
    if (m->type != MESSAGE_MESSAGE)
        cut_text(m);
    if (m->type == MESSAGE_KEEP_OUT && get_user(m, &f[F_USER], &f[F_USER_RAW]) < 0)
        return -EBADMSG;
    if (m->type == MESSAGE_ADMISSION && get_result(m, result) < 0)
        return -EBADMSG;
    m->n = (uint64_t)number(&f[F_N]);
    m->order = (uint64_t)number(&f[F_ORDER]);
    m->start = number(&f[F_START]);
    m->until = number(&f[F_UNTIL]);
    m->counters_interval_ms = number(&f[F_INTERVAL]);
    m->on = f[F_ON].present && f[F_ON].boolean;
    m->hard = f[F_HARD].present && f[F_HARD].boolean;
    m->admission = f[F_ADMISSION].present && f[F_ADMISSION].boolean;
    return 0;
}
