/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one writer of tables. It escapes what it is given, measures in terminal cells (wide and combining characters),
 * and when told a width makes the table fit: it drops the least important columns, then cuts the widest ones with an
 * ellipsis. Without a width (output is not a terminal) nothing is ever dropped or cut.
 */
#ifndef OPENRRAS_RASADMIN_TABLE_H
#define OPENRRAS_RASADMIN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum table_style {
    TABLE_PLAIN,
    TABLE_GOOD,
    TABLE_BUSY,
    TABLE_BAD,
};

struct table_column {
    const char *header;
    unsigned drop; /* 0: never dropped; else the column with the highest number goes first */
    size_t least;  /* cells that it keeps when cut; 0: never cut */
    bool right;    /* numbers */
};

#define TABLE_COLUMNS_MAX 16u

struct table;

/* `columns` must outlive the table; at most TABLE_COLUMNS_MAX. NULL without memory. */
struct table *table_new(const struct table_column *columns, size_t n);
void table_free(struct table *t);

/* The next cell, row by row. NULL and "" are shown as "-". Memory that runs out is remembered and reported by
 * table_print(). */
void table_cell(struct table *t, const char *text);
void table_cell_styled(struct table *t, const char *text, enum table_style style);
/* Text that has been escaped already (show_user()). */
void table_cell_escaped(struct table *t, const char *text);

/* Header and rows; a last row that is not complete is left out. width 0: no limit. 0 or -ENOMEM (then nothing is
 * printed). Errors of the stream are the stream's. */
int table_print(const struct table *t, FILE *out, size_t width, bool color);

/* Cells that UTF-8 text takes; bytes that are not UTF-8, and characters without a width, count as 1. */
size_t text_cells(const char *s);
/* Bytes of `s` that fit into `cells`, whole characters; *ret_cells how many they take. */
size_t text_fit(const char *s, size_t cells, size_t *ret_cells);

#endif
