/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Win32 codes in one clear sentence: what failed, on what, and what to do.
 */
#ifndef OPENRRAS_RASADMIN_ERRORS_H
#define OPENRRAS_RASADMIN_ERRORS_H

#include <stdint.h>

#include "rasadmin/rasadmin.h"

struct error_text {
    uint32_t code;
    const char *name;   /* "ERROR_ACCESS_DENIED" */
    const char *reason; /* one word for programs, in JSON: "denied" */
    const char *text;   /* what it means, and what to do */
    enum exit_code exit;
};

/* Never NULL: an unknown code has the name "UNKNOWN"; error_words() then has the library's sentence. */
const struct error_text *error_find(uint32_t code);

/*
 * The same, as the answer to an order to disconnect: there 87 means that the handle has become another session's, 606
 * that the session has ended by itself, and so on. Codes without a meaning of their own are as in error_find().
 */
const struct error_text *error_find_disconnect(uint32_t code);

/* e->text; for a code that is not in the table the library's sentence, if it has one. */
#define ERROR_WORDS_MAX 256u
const char *error_words(char dst[static ERROR_WORDS_MAX], const struct error_text *e, uint32_t code);

/* Print "rasadmin: can't list the ports on this machine: access denied ..." and give the exit code. `what` is "list the
 * ports on".
 */
int error_report(const struct app *app, uint32_t code, const char *what);
/* The same, of connecting to a server, before any role matters. */
int error_report_connect(const struct app *app, uint32_t code);
/* The same, as the answer to a keep-out that was to be added: there 1723 says that no more can be. */
int error_report_keep_out(const struct app *app, uint32_t code, const char *what);
/* The same, of users: there 1460 and others say what is the matter with the server's directory. */
int error_report_user(const struct app *app, uint32_t code, const char *what);

#endif
