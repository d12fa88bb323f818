/* SPDX-License-Identifier: Apache-2.0 */
/* The words behind a command of several ways, such as "keep-out add bob 2h"; with none it lists. */
#ifndef OPENRRAS_RASADMIN_WORDS_H
#define OPENRRAS_RASADMIN_WORDS_H

#include <argp.h>
#include <stddef.h>

#define WORDS_MAX 3u

struct words {
    const char *at[WORDS_MAX]; /* of argv */
    size_t n;
};

/* One more, on ARGP_KEY_ARG; one beyond `max` is an error of usage. */
void words_add(struct words *w, size_t max, const char *word, struct argp_state *state);
/* The first, which says what is to be done: "list" when there is none. */
const char *words_what(const struct words *w);
/* An error of usage unless this can be a user's name. */
void words_check_user(const char *word, const struct argp_state *state);

#endif
