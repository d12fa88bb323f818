/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal: its width, colour, and questions.
 */
#ifndef OPENRRAS_RASADMIN_TERM_H
#define OPENRRAS_RASADMIN_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "rasadmin/rasadmin.h"

/* The locale's character set, and UTF-8 where it has none: names are UTF-8 whatever LANG says. Call once, first. */
void term_init(void);

/* Columns of the terminal on stdout: COLUMNS, else the kernel's, else 80. 0 when stdout is not a terminal: then there
 * is no limit. */
size_t term_width(void);
size_t term_width_of(int fd);

bool term_color(enum color_when when);

/*
 * Ask a question that needs "yes" or "y". Reads from the terminal on stdin and writes to stderr. 1: yes. 0: no (also at
 * end of file). -ENOTTY when nobody can be asked: stdin or stderr is no terminal.
 */
int term_ask(const char *question);

#endif
