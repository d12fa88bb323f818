/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the keys do.
 */
#include <stdio.h>
#include <string.h>
#include <uchar.h>

#include "common/text.h"
#include "rasadmin/keep_out.h"
#include "rasadmin/top.h"

static void say(struct top *t, const char *text)
{
    snprintf(t->message, sizeof t->message, "%s", text);
}

/* ---- a typed line ---- */

/* One character more, if there is room. */
static void type(char input[static TOP_INPUT_MAX], uint32_t c)
{
    const char32_t one = c;
    char bytes[8];
    size_t n = strlen(input), used = 0;
    if (one < 0x20 || one == 0x7f || one > 0x10ffff || (one >= 0xd800 && one < 0xe000))
        return;
    if (one < 0x80) {
        bytes[used++] = (char)one;
    } else if (one < 0x800) {
        bytes[used++] = (char)(0xc0 | one >> 6);
        bytes[used++] = (char)(0x80 | (one & 0x3f));
    } else {
        if (one >= 0x10000) {
            bytes[used++] = (char)(0xf0 | one >> 18);
            bytes[used++] = (char)(0x80 | (one >> 12 & 0x3f));
        } else {
            bytes[used++] = (char)(0xe0 | one >> 12);
        }
        bytes[used++] = (char)(0x80 | (one >> 6 & 0x3f));
        bytes[used++] = (char)(0x80 | (one & 0x3f));
    }
    if (n + used >= TOP_INPUT_MAX)
        return;
    memcpy(input + n, bytes, used);
    input[n + used] = '\0';
}

/* The last character goes, whole. */
static void rub_out(char *input)
{
    size_t n = strlen(input);
    while (n > 0 && (input[n - 1] & 0xc0) == 0x80)
        n--;
    input[n ? n - 1 : 0] = '\0';
}

/* True: it was for the line. */
static bool edit(char input[static TOP_INPUT_MAX], uint32_t key)
{
    if (key == TOP_KEY_BACKSPACE)
        rub_out(input);
    else if (key == 0x15) /* Ctrl-U */
        input[0] = '\0';
    else if (key < TOP_KEY_UP)
        type(input, key);
    else
        return false;
    return true;
}

/* ---- moving ---- */

static void go_to(struct top *t, size_t row)
{
    t->cursor = row < t->n_rows ? row : t->n_rows ? t->n_rows - 1 : 0;
    t->selected = 0;
    const struct top_session *s = top_row(t, t->cursor);
    if (s)
        t->selected = s->port;
    top_resize(t, t->page); /* scrolls to it */
}

/* True: it was a key of moving. */
static bool move(struct top *t, uint32_t key)
{
    switch (key) {
    case TOP_KEY_UP:
        go_to(t, t->cursor ? t->cursor - 1 : 0);
        return true;
    case TOP_KEY_DOWN:
        go_to(t, t->cursor + 1);
        return true;
    case TOP_KEY_PAGE_UP:
        go_to(t, t->cursor > t->page ? t->cursor - t->page : 0);
        return true;
    case TOP_KEY_PAGE_DOWN:
        go_to(t, t->cursor + t->page);
        return true;
    case TOP_KEY_HOME:
        go_to(t, 0);
        return true;
    case TOP_KEY_END:
        go_to(t, SIZE_MAX);
        return true;
    default:
        return false;
    }
}

/* ---- sorting ---- */

static void sort_by(struct top *t, enum top_column c)
{
    t->reverse = t->sort == c ? !t->reverse : false;
    t->sort = c;
    top_arrange(t);
}

/* True: it was a key of sorting. Capital letters, so that nothing else happens by a slip. */
static bool sort(struct top *t, uint32_t key)
{
    static const char letters[TOP_COLUMNS + 1] = "PYUCATIOBS";
    if (key == TOP_KEY_LEFT || key == TOP_KEY_RIGHT || key == '<' || key == '>') {
        bool left = key == TOP_KEY_LEFT || key == '<';
        t->sort = (enum top_column)(((int)t->sort + (left ? TOP_COLUMNS - 1 : 1)) % TOP_COLUMNS);
        t->reverse = false;
        top_arrange(t);
        return true;
    }
    const char *p = key && key < 0x80 ? strchr(letters, (int)key) : NULL;
    if (p)
        sort_by(t, (enum top_column)(p - letters));
    return p;
}

/* ---- each mode ---- */

static void ask(struct top *t)
{
    const struct top_session *s = top_row(t, t->cursor);
    if (!s) {
        say(t, "nobody is selected");
        return;
    }
    /* Whoever is selected when y is typed: this one is meant. */
    t->target = (struct top_target){.port = s->port};
    snprintf(t->target.user, sizeof t->target.user, "%s", s->user);
    snprintf(t->target.name, sizeof t->target.name, "%s", s->name);
    snprintf(t->target.tunnel, sizeof t->target.tunnel, "%s", s->tunnel);
    t->keep_out_seconds = 0;
    t->mode = TOP_CONFIRM;
}

static enum top_action press_list(struct top *t, uint32_t key)
{
    if (move(t, key) || sort(t, key))
        return TOP_NOTHING;
    switch (key) {
    case 'q':
        return TOP_QUIT;
    case 'h':
    case '?':
        t->mode = TOP_HELP;
        return TOP_NOTHING;
    case '/':
        t->mode = TOP_FILTER;
        return TOP_NOTHING;
    case TOP_KEY_ESCAPE:
        t->filter[0] = '\0';
        top_arrange(t);
        return TOP_NOTHING;
    case 'r':
        t->reverse = !t->reverse;
        top_arrange(t);
        return TOP_NOTHING;
    case 'd':
    case TOP_KEY_DELETE:
        ask(t);
        return TOP_NOTHING;
    case ' ':
    case 0x0c: /* Ctrl-L */
        return TOP_REFRESH;
    default:
        return TOP_NOTHING;
    }
}

static enum top_action press_filter(struct top *t, uint32_t key)
{
    if (key == TOP_KEY_ENTER) {
        t->mode = TOP_LIST;
    } else if (key == TOP_KEY_ESCAPE) {
        t->filter[0] = '\0';
        t->mode = TOP_LIST;
    } else if (!edit(t->filter, key)) {
        move(t, key);
        return TOP_NOTHING;
    }
    top_arrange(t);
    return TOP_NOTHING;
}

static enum top_action press_confirm(struct top *t, uint32_t key)
{
    if (key == 'k') {
        snprintf(t->input, sizeof t->input, "1h");
        t->mode = TOP_KEEP_OUT;
        return TOP_NOTHING;
    }
    t->mode = TOP_LIST;
    if (key == 'y')
        return TOP_DISCONNECT;
    say(t, "nothing was disconnected");
    return TOP_NOTHING;
}

static enum top_action press_keep_out(struct top *t, uint32_t key)
{
    if (key == TOP_KEY_ESCAPE) {
        t->mode = TOP_LIST;
        say(t, "nothing was disconnected");
    } else if (key != TOP_KEY_ENTER) {
        edit(t->input, key);
    } else if (keep_out_parse_duration(t->input, &t->keep_out_seconds) < 0) {
        say(t, "a duration is needed, such as 30m or 2h");
    } else {
        t->mode = TOP_LIST;
        return TOP_DISCONNECT;
    }
    return TOP_NOTHING;
}

enum top_action top_press(struct top *t, uint32_t key)
{
    t->message[0] = '\0';
    switch (t->mode) {
    case TOP_LIST:
        return press_list(t, key);
    case TOP_FILTER:
        return press_filter(t, key);
    case TOP_CONFIRM:
        return press_confirm(t, key);
    case TOP_KEEP_OUT:
        return press_keep_out(t, key);
    case TOP_HELP:
        t->mode = TOP_LIST;
        break;
    }
    return TOP_NOTHING;
}
