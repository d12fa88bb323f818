/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens on a server, as its own interface tells it: words, lines and JSON.
 */
#ifndef OPENRRAS_RASADMIN_EVENT_H
#define OPENRRAS_RASADMIN_EVENT_H

#include <jansson.h>
#include <openrras.h>
#include <stdint.h>
#include <stdio.h>

#include "rasadmin/rasadmin.h"

/* Sessions that were there already when watching began: no event of the server's, but a line of ours. Types begin at 1.
 */
#define EVENT_MASK_PRESENT OPENRRAS_EVENT_MASK(0)
/* What is shown unless something else is asked for: all but what tells the same twice. */
#define EVENT_MASK_USUAL                                                                                               \
    (OPENRRAS_EVENT_MASK_ALL &                                                                                         \
     ~(OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_CONNECTION_UP) | OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_CONNECTION_GONE)))
#define EVENT_MASK_SESSIONS                                                                                            \
    (EVENT_MASK_PRESENT | OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_UP) |                                             \
     OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_CHANGED) | OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_GONE))

/* "up,gone,orders": words of events and of groups of them, with commas. 0; -EINVAL: nothing, or a word that is none. */
int event_mask_parse(const char *text, uint32_t *ret);
/* The words, for a complaint: "present, up, ...". */
#define EVENT_WORDS_MAX 320u
char *event_words(char dst[static EVENT_WORDS_MAX]);

/* "up", "order", ...; "unknown" for a type that came after us. */
const char *event_word(uint32_t type);

/* One line, with its end. */
void event_print(FILE *out, const OPENRRAS_EVENT *e);
/* A document of kind "event". NULL without memory. */
json_t *event_json(const struct app *app, const GUID *run, const OPENRRAS_EVENT *e);

#endif
