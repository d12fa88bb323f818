/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking the terminal over, and giving it back however we end.
 */
#include "rasadmin/top_view.h"

/* clang-format off */
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h> /* needs the other one first; makes macros of common words, so it stands in this file only */
/* clang-format on */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static SCREEN *screen; /* NULL: not taken over */
static struct termios before;
/* What gives the screen back, for a handler that may not call ncurses. */
static char restore[128];
static size_t restore_len;

const char *view_trouble(void)
{
    const char *term = getenv("TERM");
    int error;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return "standard input and output must be a terminal";
    if (!term || !*term || strcmp(term, "dumb") == 0)
        return "the terminal has no screen to draw on (TERM is dumb, or not set)";
    bool good = setupterm(NULL, STDOUT_FILENO, &error) == OK && cursor_address;
    if (cur_term)
        del_curterm(cur_term);
    if (!good)
        return "the kind of terminal that TERM names is not known here, or has no screen to draw on";
    return NULL;
}

static void on_fault(int number)
{
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    ssize_t n = write(STDOUT_FILENO, restore, restore_len);
    (void)n;       /* nobody is left to hear of it */
    raise(number); /* the handler is gone: it ends as it would have */
}

static void append(const char *s)
{
    size_t n = s ? strlen(s) : 0;
    if (n >= sizeof restore - restore_len)
        return;
    memcpy(restore + restore_len, s ? s : "", n);
    restore_len += n;
}

static void catch_faults(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction sa = {.sa_handler = on_fault, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
    restore_len = 0;
    append(exit_attribute_mode);
    append(exit_ca_mode);
    append(cursor_normal);
    append(keypad_local);
    sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigaction(faults[i], &sa, NULL);
}

bool view_open(bool color)
{
    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return false;
    screen = newterm(NULL, stdout, stdin); /* initscr() would end the process */
    if (!screen)
        return false;
    atexit(view_close);
    catch_faults();
    if (color)
        view_colors();
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(50);
    curs_set(0);
    return true;
}

void view_close(void)
{
    if (!screen)
        return;
    endwin();
    delscreen(screen);
    screen = NULL;
}

void view_resized(void)
{
    struct winsize ws;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 0 && ws.ws_col > 0)
        resizeterm(ws.ws_row, ws.ws_col);
    view_redraw();
}

void view_redraw(void)
{
    clearok(stdscr, TRUE);
}
