/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/term.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80u
#define WIDTH_MAX     10000u /* a COLUMNS beyond that is a mistake */

void term_init(void)
{
    setlocale(LC_CTYPE, "");
    /* With LANG=C (sudo, cron) names are UTF-8 all the same, and have to be measured as what they are. */
    if (strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968") == 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

size_t term_width(void)
{
    return term_width_of(STDOUT_FILENO);
}

size_t term_width_of(int fd)
{
    struct winsize ws;
    const char *columns = getenv("COLUMNS");
    if (!isatty(fd))
        return 0;
    if (columns && columns[0] >= '1' && columns[0] <= '9') {
        char *end;
        unsigned long n = strtoul(columns, &end, 10);
        if (*end == '\0' && n <= WIDTH_MAX)
            return n;
    }
    if (ioctl(fd, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
        return ws.ws_col;
    return WIDTH_DEFAULT;
}

bool term_color(enum color_when when)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    if (when != COLOR_AUTO)
        return when == COLOR_ALWAYS;
    return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

int term_ask(const char *question)
{
    char *line = NULL;
    size_t cap = 0;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return -ENOTTY;
    fprintf(stderr, "%s [y/N] ", question);
    fflush(stderr);
    ssize_t n = getline(&line, &cap, stdin);
    if (n > 0 && line[n - 1] == '\n')
        line[n - 1] = '\0';
    bool yes = n > 0 && (strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0);
    if (n <= 0)
        fputc('\n', stderr);
    free(line);
    return yes;
}
