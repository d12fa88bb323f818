/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by users.c, which has the queue, and users_directory.c, which asks the source: a worker's part. */
#ifndef OPENRRAS_RRASD_USERS_PRIVATE_H
#define OPENRRAS_RRASD_USERS_PRIVATE_H

#include "rrasd/readers.h"
#include "rrasd/users.h"

struct user_directory {
    const struct user_source *source;
    void *ctx;
    size_t refs; /* users.c, and each question that is to be answered here; the loop's */
    struct reading leaving;
};

enum user_ask_kind {
    USER_ASK_GET,
    USER_ASK_SET,
    USER_ASK_REMOVE,
    USER_ASK_LIST,
    USER_ASK_ADMIT,
};

static inline bool user_ask_writes(const struct users_ask *ask)
{
    return ask->kind == USER_ASK_SET || ask->kind == USER_ASK_REMOVE;
}

static inline bool user_ask_is_admit(const struct users_ask *ask)
{
    return ask->kind == USER_ASK_ADMIT;
}

struct user_answer {
    int result;
    struct user_settings settings;
    bool known;
    struct user_entry *entries; /* owned, and their names */
    size_t n_entries, cap;
    bool more;
};

/* Ask the source. Writes nothing of the question but its `why`. */
void user_directory_ask(struct users_ask *ask, struct user_answer *ret);
void user_answer_clear(struct user_answer *a);

#endif
