/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of a driver's message, checked. Shared by driver_message.c (what a connection says of itself) and
 * driver_record.c (what it says of sessions).
 *
 * All of them return 0, -EPROTO for what breaks the protocol, or -EINVAL for content that can't be used; then the
 * parser's `why` says what is wrong. A member that is absent leaves *ret untouched.
 */
#ifndef OPENRRAS_RRASD_DRIVER_PARSE_H
#define OPENRRAS_RRASD_DRIVER_PARSE_H

#include <jansson.h>

#include "rrasd/driver_message.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* What the parser of one message works on. */
struct driver_parser {
    const json_t *json; /* the object whose members are read */
    struct driver_message *m;
    char *why; /* DRIVER_MESSAGE_WHY bytes */
};

int driver_parse_broken(struct driver_parser *p, const char *what);                     /* -EPROTO */
int driver_parse_wrong_type(struct driver_parser *p, const char *name);                 /* -EPROTO */
int driver_parse_unusable(struct driver_parser *p, const char *name, const char *what); /* -EINVAL */

int driver_parse_string(struct driver_parser *p, const char *name, const json_t **ret);
bool driver_parse_has_nul(const json_t *string);
/* A text of a record that is kept: at most `max` bytes, without NUL. */
int driver_parse_text(struct driver_parser *p, const char *name, size_t max, const char **ret);
/* A text for people: shortened rather than refused, for the message around it matters more. */
int driver_parse_words(struct driver_parser *p, const char *name, const char **ret);
/* An integer that is not negative. */
int driver_parse_uint(struct driver_parser *p, const char *name, uint64_t *ret);
int driver_parse_bool(struct driver_parser *p, const char *name, bool *ret);
/* One of a list of words: its index. -ENOENT: a string, but none of them. */
int driver_parse_word(struct driver_parser *p, const char *name, const char *const *words, size_t count, size_t *ret);

/* driver_record.c */
int driver_parse_user(struct driver_parser *p); /* `user` or `user_raw`, to session.user */
int driver_parse_session(struct driver_parser *p);
int driver_parse_counters(struct driver_parser *p);
int driver_parse_gone(struct driver_parser *p);

#endif
