/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/top_view.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "rasadmin/drivers.h"
#include "rasadmin/show.h"
#include "rasadmin/table.h"

#define HEAD_LINES     4 /* server, sums, drivers, titles */
#define HEAD_MIN_LINES 8 /* a screen with less has the titles only */
#define LINE_MAX_BYTES 1600u

enum pair {
    PAIR_PLAIN = 0,
    PAIR_GOOD,
    PAIR_BUSY,
    PAIR_BAD,
};

/* ---- colours ---- */

void view_colors(void)
{
    if (!has_colors() || start_color() != OK)
        return;
    use_default_colors();
    init_pair(PAIR_GOOD, COLOR_GREEN, -1);
    init_pair(PAIR_BUSY, COLOR_YELLOW, -1);
    init_pair(PAIR_BAD, COLOR_RED, -1);
}

/* ---- keys ---- */

static uint32_t translate(wint_t c, bool special)
{
    static const struct {
        wint_t from;
        uint32_t to;
    } keys[] = {
        {KEY_UP, TOP_KEY_UP},           {KEY_DOWN, TOP_KEY_DOWN},   {KEY_PPAGE, TOP_KEY_PAGE_UP},
        {KEY_NPAGE, TOP_KEY_PAGE_DOWN}, {KEY_HOME, TOP_KEY_HOME},   {KEY_END, TOP_KEY_END},
        {KEY_LEFT, TOP_KEY_LEFT},       {KEY_RIGHT, TOP_KEY_RIGHT}, {KEY_BACKSPACE, TOP_KEY_BACKSPACE},
        {KEY_DC, TOP_KEY_DELETE},       {KEY_ENTER, TOP_KEY_ENTER},
    };
    for (size_t i = 0; special && i < sizeof keys / sizeof keys[0]; i++) {
        if (keys[i].from == c)
            return keys[i].to;
    }
    if (special)
        return 0; /* a key that means nothing here */
    switch (c) {
    case '\r':
    case '\n':
        return TOP_KEY_ENTER;
    case 0x1b:
        return TOP_KEY_ESCAPE;
    case 0x7f:
    case '\b':
        return TOP_KEY_BACKSPACE;
    default:
        return (uint32_t)c;
    }
}

bool view_key(uint32_t *ret)
{
    wint_t c;
    int kind = get_wch(&c);
    if (kind == ERR)
        return false;
    *ret = translate(c, kind == KEY_CODE_YES);
    return true;
}

/* ---- drawing ---- */

static void use(attr_t attributes)
{
    attrset((int)attributes);
}

/* `text` (escaped) in `width` cells from (y, x) on, cut with an ellipsis. */
static void put(int y, int x, size_t width, bool right, const char *text)
{
    size_t used, cells = text_cells(text);
    if (y < 0 || y >= LINES || x < 0 || x >= COLS || width == 0)
        return;
    if (width > (size_t)(COLS - x))
        width = (size_t)(COLS - x);
    if (cells <= width) {
        mvaddstr(y, x + (right ? (int)(width - cells) : 0), text);
        return;
    }
    size_t bytes = text_fit(text, width - 1, &used);
    mvaddnstr(y, x, text, (int)bytes);
    addstr("\xe2\x80\xa6");
}

static void put_line(int y, attr_t attributes, const char *text)
{
    if (y < 0 || y >= LINES)
        return;
    use(attributes);
    mvhline(y, 0, ' ', COLS);
    put(y, 0, (size_t)COLS, false, text);
    use(A_NORMAL);
}

static attr_t style_of(enum table_style style)
{
    switch (style) {
    case TABLE_GOOD:
        return COLOR_PAIR(PAIR_GOOD);
    case TABLE_BUSY:
        return COLOR_PAIR(PAIR_BUSY);
    case TABLE_BAD:
        return COLOR_PAIR(PAIR_BAD) | A_BOLD;
    case TABLE_PLAIN:
        break;
    }
    return A_NORMAL;
}

static void draw_server(const struct top_head *head)
{
    char line[LINE_MAX_BYTES], up[SHOW_DURATION_MAX] = "?", now[TEXT_TIME_MAX];
    if (*head->trouble) {
        snprintf(line, sizeof line, "%s: %s", head->title, head->trouble);
        put_line(0, style_of(TABLE_BAD), line);
        return;
    }
    if (head->server && head->server->llStarted > 0 && head->now > head->server->llStarted)
        show_duration(up, (uint32_t)(head->now - head->server->llStarted));
    snprintf(line, sizeof line, "%s  up %s  %s", head->title, up, text_time(now, head->now));
    put_line(0, A_BOLD, line);
}

static void draw_sums(const struct top *t, const struct top_head *head)
{
    char line[LINE_MAX_BYTES], in[SHOW_BYTES_MAX], out[SHOW_BYTES_MAX], part[TOP_INPUT_MAX * 4];
    const OPENRRAS_SERVER *s = head->server;
    int n = snprintf(line, sizeof line, "%zu sessions", t->n);
    if (s)
        n += snprintf(line + n, sizeof line - (size_t)n, " on %u ports", (unsigned)s->dwPorts);
    n += snprintf(line + n, sizeof line - (size_t)n, "  in %s/s  out %s/s",
                  show_bytes(in, t->rate_in < 1e18 ? (uint64_t)t->rate_in : 0),
                  show_bytes(out, t->rate_out < 1e18 ? (uint64_t)t->rate_out : 0));
    if (t->filter[0])
        n += snprintf(line + n, sizeof line - (size_t)n, "  %zu with \"%s\"", t->n_rows,
                      text_escape_z(part, sizeof part, t->filter));
    if (s && s->ullOrdersFailed)
        snprintf(line + n, sizeof line - (size_t)n, "  %" PRIu64 " orders failed", (uint64_t)s->ullOrdersFailed);
    put_line(1, A_NORMAL, line);
}

/* Those that are not well first: on a narrow screen the others may fall off. */
static void draw_drivers(const struct top_head *head)
{
    int x = 0;
    put_line(2, A_NORMAL, head->drivers && head->drivers->dwCount == 0 ? "no driver has been there yet" : "");
    for (int fine = 0; head->drivers && fine < 2; fine++) {
        for (DWORD i = 0; i < head->drivers->dwCount && x < COLS; i++) {
            const OPENRRAS_DRIVER *d = &head->drivers->pDrivers[i];
            char line[LINE_MAX_BYTES], name[300], instance[300], why[600] = "";
            if (driver_is_fine(d) != (fine == 1))
                continue;
            if (!fine && *d->pszText)
                text_escape_z(why, sizeof why, d->pszText);
            snprintf(line, sizeof line, "%s:%s %s%s%s%s", text_escape_z(name, sizeof name, d->pszDriver),
                     text_escape_z(instance, sizeof instance, d->pszInstance), driver_state_word(d->dwState),
                     *why ? " (" : "", why, *why ? ")" : "");
            use(style_of(driver_state_style(d->dwState)));
            put(2, x, (size_t)COLS, false, line);
            x += (int)text_cells(line) + 2;
        }
    }
    use(A_NORMAL);
}

static void draw_titles(const struct top *t, int y, const size_t widths[static TOP_COLUMNS])
{
    int x = 0;
    put_line(y, A_REVERSE, "");
    use(A_REVERSE);
    for (int c = 0; c < TOP_COLUMNS; c++) {
        char title[32];
        if (!widths[c])
            continue;
        bool sorted = t->sort == (enum top_column)c;
        bool falling = t->reverse != top_column_is_number((enum top_column)c);
        snprintf(title, sizeof title, "%s%s", top_column_title((enum top_column)c),
                 !sorted   ? ""
                 : falling ? " v"
                           : " ^");
        put(y, x, widths[c], top_column_is_number((enum top_column)c), title);
        x += (int)widths[c] + 1;
    }
    use(A_NORMAL);
}

static void draw_session(const struct top_session *s, int y, bool selected, const size_t widths[static TOP_COLUMNS],
                         uint64_t now_ms)
{
    attr_t style = style_of(s->failed                                 ? TABLE_BAD
                            : s->ordered                              ? TABLE_BUSY
                            : s->condition != CONDITION_AUTHENTICATED ? TABLE_BUSY
                                                                      : TABLE_PLAIN);
    int x = 0;
    put_line(y, selected ? A_REVERSE : A_NORMAL, "");
    use(selected ? A_REVERSE : style);
    for (int c = 0; c < TOP_COLUMNS; c++) {
        char cell[TOP_CELL_MAX];
        if (!widths[c])
            continue;
        top_cell(cell, s, (enum top_column)c, now_ms);
        put(y, x, widths[c], top_column_is_number((enum top_column)c), *cell ? cell : "-");
        x += (int)widths[c] + 1;
    }
    use(A_NORMAL);
}

static void draw_sessions(struct top *t, int first_line, int lines, uint64_t now_ms)
{
    size_t widths[TOP_COLUMNS];
    top_layout((size_t)COLS, widths);
    draw_titles(t, first_line, widths);
    top_resize(t, lines > 1 ? (size_t)lines - 1 : 1);
    for (int i = 0; i < lines - 1; i++) {
        const struct top_session *s = top_row(t, t->first + (size_t)i);
        if (s)
            draw_session(s, first_line + 1 + i, t->first + (size_t)i == t->cursor, widths, now_ms);
        else
            put_line(first_line + 1 + i, A_NORMAL, "");
    }
}

static void draw_bottom(const struct top *t)
{
    char line[LINE_MAX_BYTES], text[TOP_INPUT_MAX * 4];
    const char *keys = "q quit  h help  / filter  < > sort  r reverse  d disconnect";
    if (t->mode == TOP_FILTER) {
        snprintf(line, sizeof line, "filter: %s_   (Enter keeps it, Esc clears it)",
                 text_escape_z(text, sizeof text, t->filter));
        put_line(LINES - 1, A_BOLD, line);
    } else {
        put_line(LINES - 1, *t->message ? A_BOLD : A_NORMAL, *t->message ? t->message : keys);
    }
}

/* ---- what lies on top ---- */

/* Lines in a box in the middle, each cut to fit; without the frame where there is no room for one. */
static void draw_box(const char *const *lines, int n)
{
    int inner = 0;
    for (int i = 0; i < n; i++) {
        int cells = (int)text_cells(lines[i]);
        inner = cells > inner ? cells : inner;
    }
    bool frame = LINES >= n + 2;
    int width = inner + 4 < COLS ? inner + 4 : COLS, height = n + (frame ? 2 : 0);
    int y = LINES > height ? (LINES - height) / 2 : 0, x = (COLS - width) / 2;
    use(A_BOLD);
    for (int i = 0; i < height && y + i < LINES; i++)
        mvhline(y + i, x, ' ', width);
    for (int i = 0; frame && i < height; i++) {
        mvaddch(y + i, x, (chtype)(i == 0 || i == height - 1 ? '+' : '|'));
        mvaddch(y + i, x + width - 1, (chtype)(i == 0 || i == height - 1 ? '+' : '|'));
    }
    for (int i = 0; frame && i < width - 2; i++) {
        mvaddch(y, x + 1 + i, '-');
        mvaddch(y + height - 1, x + 1 + i, '-');
    }
    for (int i = 0; i < n; i++)
        put(y + (frame ? 1 : 0) + i, x + 2, width > 4 ? (size_t)width - 4 : 1, false, lines[i]);
    use(A_NORMAL);
}

static void draw_confirm(const struct top *t)
{
    char user[600], name[600], tunnel[600], input[600], who[1300], where[1300], what[1300];
    snprintf(who, sizeof who, "Disconnect %s",
             *t->target.user ? show_user_name(user, sizeof user, t->target.user) : "(no name)");
    snprintf(where, sizeof where, "on port %s%s%s?", text_escape_z(name, sizeof name, t->target.name),
             *t->target.tunnel ? ", " : "", text_escape_z(tunnel, sizeof tunnel, t->target.tunnel));
    if (t->mode == TOP_KEEP_OUT)
        snprintf(what, sizeof what, "keep out for: %s_  (Enter, Esc)", text_escape_z(input, sizeof input, t->input));
    else
        snprintf(what, sizeof what, "y yes   k yes, and keep out   n no");
    const char *const lines[] = {who, where, what};
    draw_box(lines, 3);
}

static void draw_help(void)
{
    static const char *const lines[] = {
        "up, down, page up, page down, home, end   select",
        "/           show only what has the typed text in it",
        "Esc         show all again",
        "< >         sort by the column before or after",
        "P Y U C A T I O B S   sort by port, type, user, client,",
        "            address, time, in, out, in/s, out/s",
        "r           the other way round",
        "d           disconnect the selected session",
        "space       look now",
        "q           quit",
        "Red: could not be disconnected. Yellow: on its way.",
    };
    draw_box(lines, (int)(sizeof lines / sizeof lines[0]));
}

void view_draw(struct top *t, const struct top_head *head, uint64_t now_ms)
{
    bool tall = LINES >= HEAD_MIN_LINES;
    int titles = tall ? HEAD_LINES - 1 : 0;
    if (tall) {
        draw_server(head);
        draw_sums(t, head);
        draw_drivers(head);
    }
    draw_sessions(t, titles, LINES - titles - 1, now_ms);
    draw_bottom(t);
    if (t->mode == TOP_CONFIRM || t->mode == TOP_KEEP_OUT)
        draw_confirm(t);
    else if (t->mode == TOP_HELP)
        draw_help();
    refresh();
}
