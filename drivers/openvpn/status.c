/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/openvpn/status.h"

static const struct {
    const char *name;
    enum status_column column;
    bool needed;
} column_names[] = {
    {"Common Name", STATUS_COLUMN_COMMON_NAME, true},
    {"Real Address", STATUS_COLUMN_REAL_ADDRESS, true},
    {"Virtual Address", STATUS_COLUMN_VIRTUAL4, false},
    {"Virtual IPv6 Address", STATUS_COLUMN_VIRTUAL6, false},
    {"Bytes Received", STATUS_COLUMN_BYTES_IN, true},
    {"Bytes Sent", STATUS_COLUMN_BYTES_OUT, true},
    {"Connected Since (time_t)", STATUS_COLUMN_SINCE, true},
    {"Username", STATUS_COLUMN_USER, false},
    {"Client ID", STATUS_COLUMN_CID, true},
};
#define COLUMN_NAMES (sizeof(column_names) / sizeof(column_names[0]))

static enum status_column column_of(struct slice name)
{
    for (size_t i = 0; i < COLUMN_NAMES; i++) {
        if (slice_is(name, column_names[i].name))
            return column_names[i].column;
    }
    return STATUS_COLUMN_NONE;
}

static int parse_header(struct status_parser *p, struct fields *f)
{
    bool seen[STATUS_COLUMN_COUNT] = {false};
    struct slice name;
    size_t n = 0;
    if (p->column_count != 0)
        return -EPROTO;
    while (fields_next(f, &name)) {
        enum status_column c = column_of(name);
        if (n == STATUS_COLUMNS_MAX || (c != STATUS_COLUMN_NONE && seen[c]))
            return -EPROTO;
        seen[c] = true;
        p->columns[n++] = c;
    }
    for (size_t i = 0; i < COLUMN_NAMES; i++) {
        if (column_names[i].needed && !seen[column_names[i].column])
            return -EPROTO;
    }
    p->column_count = n;
    return STATUS_LINE_OTHER;
}

static bool text(struct slice field, struct slice *ret)
{
    if (field.n >= STATUS_TEXT_MAX || (field.n && memchr(field.p, '\0', field.n)))
        return false;
    *ret = slice_is(field, "UNDEF") ? (struct slice){"", 0} : field;
    return true;
}

static bool parse_field(enum status_column column, struct slice field, struct status_client *c)
{
    uint64_t since;
    switch (column) {
    case STATUS_COLUMN_COMMON_NAME:
        return text(field, &c->common_name);
    case STATUS_COLUMN_REAL_ADDRESS:
        return text(field, &c->real_address) && c->real_address.n > 0;
    case STATUS_COLUMN_VIRTUAL4:
        return text(field, &c->virtual4);
    case STATUS_COLUMN_VIRTUAL6:
        return text(field, &c->virtual6);
    case STATUS_COLUMN_BYTES_IN:
        return slice_number(field, INT64_MAX, &c->bytes_in) == 0;
    case STATUS_COLUMN_BYTES_OUT:
        return slice_number(field, INT64_MAX, &c->bytes_out) == 0;
    case STATUS_COLUMN_SINCE:
        if (slice_number(field, INT64_MAX, &since) < 0)
            return false;
        c->since = (int64_t)since;
        return true;
    case STATUS_COLUMN_USER:
        return text(field, &c->user);
    case STATUS_COLUMN_CID:
        return slice_number(field, UINT64_MAX, &c->cid) == 0;
    case STATUS_COLUMN_NONE:
    case STATUS_COLUMN_COUNT:
        break;
    }
    return true;
}

/* A row has exactly the fields that the header has named. One more means that a name held a TAB, and then none can be
 * trusted. */
static int parse_client(struct status_parser *p, struct fields *f, struct status_client *ret)
{
    struct status_client c = {.common_name = {"", 0}, .user = {"", 0}, .virtual4 = {"", 0}, .virtual6 = {"", 0}};
    struct slice field;
    if (p->column_count == 0)
        return -EPROTO;
    for (size_t i = 0; i < p->column_count; i++) {
        if (!fields_next(f, &field) || !parse_field(p->columns[i], field, &c)) {
            p->refused++;
            return STATUS_LINE_REFUSED;
        }
    }
    if (f->more) {
        p->refused++;
        return STATUS_LINE_REFUSED;
    }
    *ret = c;
    return STATUS_LINE_CLIENT;
}

static void parse_time(struct status_parser *p, struct fields *f)
{
    struct slice field;
    uint64_t v;
    if (fields_next(f, &field) && fields_next(f, &field) && slice_number(field, INT64_MAX, &v) == 0)
        p->time = (int64_t)v;
}

int status_parse_line(struct status_parser *p, struct slice line, bool cut, struct status_client *ret)
{
    struct fields f = fields_of(line, '\t');
    struct slice word;
    if (!fields_next(&f, &word))
        return STATUS_LINE_OTHER;
    if (slice_is(word, "CLIENT_LIST")) {
        if (cut) {
            p->refused++;
            return STATUS_LINE_REFUSED;
        }
        return parse_client(p, &f, ret);
    }
    if (slice_is(word, "HEADER") && fields_next(&f, &word) && slice_is(word, "CLIENT_LIST"))
        return cut ? -EPROTO : parse_header(p, &f);
    if (slice_is(word, "TIME"))
        parse_time(p, &f);
    return STATUS_LINE_OTHER;
}

void status_horizon_begin(struct status_horizon *h, uint64_t status, uint64_t now_ms)
{
    h->check = status;
    h->check_ms = now_ms;
}

void status_horizon_move(struct status_horizon *h, uint64_t status, bool whole, uint64_t now_ms)
{
    if (!whole && status == h->check) /* the very first: time counts from now on */
        h->check_ms = now_ms;
    if (!whole && now_ms - h->check_ms < STATUS_UNSEEN_MS)
        return;
    h->gone_before = whole ? status : h->check;
    h->check = status;
    h->check_ms = now_ms;
}
