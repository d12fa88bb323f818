/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entry point of programs that were written for Windows with wmain(). One source file of the program includes this;
 * it is the main() of Linux: it turns the arguments, which are in the character set of the user's locale, into UTF-16
 * and calls wmain(). When an argument can't be converted it says so on standard error, and the program ends with
 * status 2.
 */
#ifndef OPENRRAS_WMAIN_H
#define OPENRRAS_WMAIN_H

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>

#include "windows.h"

#ifdef __cplusplus
extern "C" {
#endif
int wmain(int argc, WCHAR **argv);
#ifdef __cplusplus
}
#endif

/* The argument in UTF-16, to be freed; NULL: it can't be converted, or there is no memory. */
static WCHAR *OpenRrasWideArgument(const char *argument)
{
    size_t left = strlen(argument) + 1; /* no fewer bytes than units: every unit is made of a byte or more */
    WCHAR *wide = (WCHAR *)calloc(left, sizeof *wide);
    mbstate_t state;
    size_t n = 0;

    if (!wide)
        return NULL;
    memset(&state, 0, sizeof state);
    for (;;) {
        size_t used = mbrtoc16(&wide[n], argument, left, &state);
        if (used == 0) /* the NUL */
            return wide;
        if (used == (size_t)-1 || used == (size_t)-2)
            break;
        if (used != (size_t)-3) { /* -3: the second unit of a pair, made of nothing more */
            argument += used;
            left -= used;
        }
        n++;
    }
    free(wide);
    return NULL;
}

int main(int argc, char **argv)
{
    WCHAR **wide = (WCHAR **)calloc((size_t)argc + 1, sizeof *wide);
    int status = 2;
    int n = 0;

    /* Plain "C" knows ASCII only; nobody who has set no locale at all means that. */
    const char *locale = setlocale(LC_CTYPE, "");
    if (!locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    while (wide && n < argc && (wide[n] = OpenRrasWideArgument(argv[n])))
        n++;
    if (wide && n == argc)
        status = wmain(argc, wide);
    else
        fprintf(stderr, "argument %d can't be turned into UTF-16\n", n);
    while (n > 0)
        free(wide[--n]);
    free(wide);
    return status;
}

#endif
