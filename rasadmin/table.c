/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/table.h"

#include <errno.h>
#include <langinfo.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "common/text.h"

#define GAP         2u /* cells between two columns */
#define ESCAPED_MAX 4  /* a byte becomes \xNN at most; longer escapes replace longer characters */

struct cell {
    size_t at;    /* offset in `text` */
    size_t cells; /* its width */
    enum table_style style;
};

struct table {
    const struct table_column *columns;
    size_t n_columns;
    struct cell *cells;
    size_t n_cells, cells_cap;
    char *text;
    size_t text_len, text_cap;
    bool no_memory;
};

struct table *table_new(const struct table_column *columns, size_t n)
{
    struct table *t = calloc(1, sizeof *t);
    if (!t || n == 0 || n > TABLE_COLUMNS_MAX) {
        free(t);
        return NULL;
    }
    t->columns = columns;
    t->n_columns = n;
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    free(t->cells);
    free(t->text);
    free(t);
}

/* ---- measuring ---- */

/* One character: its bytes (at least 1) and cells. */
static size_t next_char(const char *s, size_t *cells)
{
    mbstate_t state = {0};
    wchar_t c;
    size_t n = mbrtowc(&c, s, strlen(s), &state);
    if (n == 0 || n == (size_t)-1 || n == (size_t)-2) {
        *cells = 1;
        return 1;
    }
    int w = wcwidth(c);
    *cells = w < 0 ? 1 : (size_t)w;
    return n;
}

size_t text_fit(const char *s, size_t cells, size_t *ret_cells)
{
    size_t at = 0, used = 0;
    while (s[at]) {
        size_t w, n = next_char(s + at, &w);
        if (used + w > cells)
            break;
        used += w;
        at += n;
    }
    *ret_cells = used;
    return at;
}

size_t text_cells(const char *s)
{
    size_t used;
    text_fit(s, SIZE_MAX / 2, &used);
    return used;
}

/* ---- filling ---- */

/* Room for one more cell and n more bytes of text. */
static bool reserve(struct table *t, size_t n)
{
    if (t->n_cells == t->cells_cap) {
        size_t cap = t->cells_cap ? t->cells_cap * 2 : 64;
        struct cell *p = reallocarray(t->cells, cap, sizeof *p);
        if (!p)
            return false;
        t->cells = p;
        t->cells_cap = cap;
    }
    if (t->text_cap - t->text_len < n) {
        size_t cap = t->text_cap * 2 > t->text_len + n ? t->text_cap * 2 : t->text_len + n;
        char *p = realloc(t->text, cap);
        if (!p)
            return false;
        t->text = p;
        t->text_cap = cap;
    }
    return true;
}

static void add(struct table *t, const char *text, bool escaped, enum table_style style)
{
    if (!text || !*text)
        text = "-";
    size_t n = strlen(text) * (escaped ? 1 : ESCAPED_MAX) + 1;
    if (t->no_memory || !reserve(t, n)) {
        t->no_memory = true;
        return;
    }
    char *dst = t->text + t->text_len;
    if (escaped)
        memcpy(dst, text, n);
    else
        text_escape_z(dst, n, text);
    t->cells[t->n_cells++] = (struct cell){.at = t->text_len, .cells = text_cells(dst), .style = style};
    t->text_len += strlen(dst) + 1;
}

void table_cell(struct table *t, const char *text)
{
    add(t, text, false, TABLE_PLAIN);
}

void table_cell_styled(struct table *t, const char *text, enum table_style style)
{
    add(t, text, false, style);
}

void table_cell_escaped(struct table *t, const char *text)
{
    add(t, text, true, TABLE_PLAIN);
}

/* ---- fitting ---- */

struct layout {
    size_t width[TABLE_COLUMNS_MAX]; /* 0: dropped */
};

static size_t total_width(const struct layout *l, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += l->width[i] ? l->width[i] + (sum ? GAP : 0) : 0;
    return sum;
}

static size_t least_width(const struct table *t, const struct layout *l)
{
    struct layout least = *l;
    for (size_t i = 0; i < t->n_columns; i++) {
        size_t keep = t->columns[i].least;
        if (least.width[i] && keep && keep < least.width[i])
            least.width[i] = keep;
    }
    return total_width(&least, t->n_columns);
}

/* Drop columns until the rest can be cut to fit, or only those are left that must stay. */
static void drop_columns(const struct table *t, struct layout *l, size_t width)
{
    while (least_width(t, l) > width) {
        size_t victim = t->n_columns;
        for (size_t i = 0; i < t->n_columns; i++) {
            if (l->width[i] && t->columns[i].drop &&
                (victim == t->n_columns || t->columns[i].drop > t->columns[victim].drop))
                victim = i;
        }
        if (victim == t->n_columns)
            return;
        l->width[victim] = 0;
    }
}

/* Cut the widest column that may still be cut, cell by cell, until all fits. */
static void cut_columns(const struct table *t, struct layout *l, size_t width)
{
    while (total_width(l, t->n_columns) > width) {
        size_t victim = t->n_columns;
        for (size_t i = 0; i < t->n_columns; i++) {
            size_t least = t->columns[i].least;
            if (least && l->width[i] > least && (victim == t->n_columns || l->width[i] > l->width[victim]))
                victim = i;
        }
        if (victim == t->n_columns)
            return;
        l->width[victim]--;
    }
}

static struct layout lay_out(const struct table *t, size_t width)
{
    struct layout l = {0};
    for (size_t i = 0; i < t->n_columns; i++)
        l.width[i] = text_cells(t->columns[i].header);
    for (size_t i = 0; i < t->n_cells; i++) {
        if (t->cells[i].cells > l.width[i % t->n_columns])
            l.width[i % t->n_columns] = t->cells[i].cells;
    }
    if (width) {
        drop_columns(t, &l, width);
        cut_columns(t, &l, width);
    }
    return l;
}

/* ---- printing ---- */

static const char *ellipsis(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? "\xe2\x80\xa6" : "~";
}

static void pad(FILE *out, size_t n)
{
    while (n-- > 0)
        putc(' ', out);
}

static const char *style_begin(enum table_style style)
{
    switch (style) {
    case TABLE_GOOD:
        return "\x1b[32m";
    case TABLE_BUSY:
        return "\x1b[33m";
    case TABLE_BAD:
        return "\x1b[31m";
    case TABLE_PLAIN:
        break;
    }
    return "";
}

/* One cell in `width` cells. `last`: no blanks at the end of the line. */
static void print_cell(FILE *out, const char *text, size_t cells, size_t width, bool right, bool last,
                       const char *style)
{
    size_t bytes = strlen(text), used = cells;
    const char *tail = "";
    if (cells > width) {
        bytes = text_fit(text, width - 1, &used);
        tail = ellipsis();
        used++;
    }
    if (right)
        pad(out, width - used);
    fprintf(out, "%s%.*s%s%s", style, (int)bytes, text, tail, *style ? "\x1b[0m" : "");
    if (!right && !last)
        pad(out, width - used);
}

static size_t last_column(const struct table *t, const struct layout *l)
{
    size_t last = 0;
    for (size_t i = 0; i < t->n_columns; i++)
        last = l->width[i] ? i : last;
    return last;
}

static void print_row(const struct table *t, FILE *out, const struct layout *l, const struct cell *row, bool color)
{
    size_t last = last_column(t, l);
    bool first = true;
    for (size_t i = 0; i < t->n_columns; i++) {
        if (!l->width[i])
            continue;
        const char *text = row ? t->text + row[i].at : t->columns[i].header;
        size_t cells = row ? row[i].cells : text_cells(text);
        const char *style = !color ? "" : row ? style_begin(row[i].style) : "\x1b[1m";
        pad(out, first ? 0 : GAP);
        print_cell(out, text, cells, l->width[i], t->columns[i].right, i == last, style);
        first = false;
    }
    putc('\n', out);
}

int table_print(const struct table *t, FILE *out, size_t width, bool color)
{
    if (t->no_memory)
        return -ENOMEM;
    struct layout l = lay_out(t, width);
    print_row(t, out, &l, NULL, color);
    for (size_t i = 0; i + t->n_columns <= t->n_cells; i += t->n_columns)
        print_row(t, out, &l, t->cells + i, color);
    return 0;
}
