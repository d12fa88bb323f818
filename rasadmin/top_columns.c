/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which columns there are, how wide they may be, and what stands in them.
 */
#include <math.h>
#include <stdio.h>

#include "common/text.h"
#include "rasadmin/show.h"
#include "rasadmin/top.h"

static const struct column {
    const char *title;
    size_t least, most; /* cells */
    unsigned rank;      /* the lower, the longer it stays on a narrow screen */
    bool number;
} columns[TOP_COLUMNS] = {
    [TOP_PORT] = {"PORT", 10, 18, 1, false},      [TOP_TYPE] = {"TYPE", 8, 10, 6, false},
    [TOP_USER] = {"USER", 8, 40, 0, false},       [TOP_CLIENT] = {"CLIENT", 15, 24, 7, false},
    [TOP_TUNNEL] = {"ADDRESS", 13, 24, 2, false}, [TOP_TIME] = {"TIME", 6, 6, 3, true},
    [TOP_IN] = {"IN", 10, 10, 8, true},           [TOP_OUT] = {"OUT", 10, 10, 9, true},
    [TOP_RATE_IN] = {"IN/s", 10, 10, 4, true},    [TOP_RATE_OUT] = {"OUT/s", 10, 10, 5, true},
};

const char *top_column_title(enum top_column c)
{
    return c < TOP_COLUMNS ? columns[c].title : "";
}

bool top_column_is_number(enum top_column c)
{
    return c < TOP_COLUMNS && columns[c].number;
}

static enum top_column of_rank(unsigned rank)
{
    for (int c = 0; c < TOP_COLUMNS; c++) {
        if (columns[c].rank == rank)
            return (enum top_column)c;
    }
    return TOP_USER;
}

void top_layout(size_t width, size_t ret[static TOP_COLUMNS])
{
    size_t used = 0;
    for (int c = 0; c < TOP_COLUMNS; c++)
        ret[c] = 0;
    for (unsigned rank = 0; rank < TOP_COLUMNS; rank++) {
        enum top_column c = of_rank(rank);
        size_t need = columns[c].least + (used ? 1 : 0);
        if (used + need > width)
            break;
        ret[c] = columns[c].least;
        used += need;
    }
    if (used == 0) {
        ret[TOP_USER] = width; /* less than a name needs */
        return;
    }
    /* What is left over goes to those that can use it, the important ones first. */
    for (unsigned rank = 0; rank < TOP_COLUMNS && used < width; rank++) {
        enum top_column c = of_rank(rank);
        size_t more = ret[c] ? columns[c].most - ret[c] : 0;
        more = more < width - used ? more : width - used;
        ret[c] += more;
        used += more;
    }
}

static void rate_text(char *dst, size_t cap, const struct top_rate *r)
{
    char bytes[SHOW_BYTES_MAX];
    if (r->gap_ms == 0)
        snprintf(dst, cap, "-");
    else
        snprintf(dst, cap, "%s",
                 show_bytes(bytes, isfinite(r->per_second) && r->per_second < 1e18 ? (uint64_t)r->per_second : 0));
}

static uint32_t seconds_now(const struct top_session *s, uint64_t now_ms)
{
    uint64_t more = now_ms > s->listed_ms ? (now_ms - s->listed_ms) / 1000 : 0;
    return more < UINT32_MAX - s->seconds ? s->seconds + (uint32_t)more : UINT32_MAX;
}

char *top_cell(char dst[static TOP_CELL_MAX], const struct top_session *s, enum top_column c, uint64_t now_ms)
{
    char duration[SHOW_DURATION_MAX], bytes[SHOW_BYTES_MAX];
    dst[0] = '\0';
    switch (c) {
    case TOP_PORT:
        return text_escape_z(dst, TOP_CELL_MAX, s->name);
    case TOP_TYPE:
        return text_escape_z(dst, TOP_CELL_MAX, s->type);
    case TOP_USER:
        return show_user_name(dst, TOP_CELL_MAX, s->user);
    case TOP_CLIENT:
        return text_escape_z(dst, TOP_CELL_MAX, s->client);
    case TOP_TUNNEL:
        return text_escape_z(dst, TOP_CELL_MAX, s->tunnel);
    case TOP_TIME:
        snprintf(dst, TOP_CELL_MAX, "%s", show_duration(duration, seconds_now(s, now_ms)));
        break;
    case TOP_IN:
        snprintf(dst, TOP_CELL_MAX, "%s", show_bytes(bytes, s->bytes_in));
        break;
    case TOP_OUT:
        snprintf(dst, TOP_CELL_MAX, "%s", show_bytes(bytes, s->bytes_out));
        break;
    case TOP_RATE_IN:
        rate_text(dst, TOP_CELL_MAX, &s->in);
        break;
    case TOP_RATE_OUT:
        rate_text(dst, TOP_CELL_MAX, &s->out);
        break;
    case TOP_COLUMNS:
        break;
    }
    return dst;
}
