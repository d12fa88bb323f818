/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/words.h"

#include <string.h>

#include "common/text.h"

void words_add(struct words *w, size_t max, const char *word, struct argp_state *state)
{
    if (w->n == max)
        argp_error(state, "too many words");
    w->at[w->n++] = word;
}

const char *words_what(const struct words *w)
{
    return w->n ? w->at[0] : "list";
}

void words_check_user(const char *word, const struct argp_state *state)
{
    if (!*word || !text_is_utf8(word, strlen(word)))
        argp_error(state, "this can't be the name of a user");
}
