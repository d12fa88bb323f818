/* SPDX-License-Identifier: Apache-2.0 */
/* rrasd's end of the socket, in the same thread as the plugin: what it sends raises the plugin's signal before send()
 * is back. */
#ifndef OPENRRAS_TESTS_PPPD_RRASD_END_H
#define OPENRRAS_TESTS_PPPD_RRASD_END_H

#include <jansson.h>
#include <stdbool.h>

/* Listen in a folder of its own; the path is good until rrasd_end_close(). */
const char *rrasd_end_path(void);
void rrasd_end_listen(void);
void rrasd_end_close(void);  /* the listener; connections stay */
void rrasd_end_remove(void); /* the folder, and all */

/* The plugin's next connection becomes the present one. false: there is none. */
bool rrasd_end_accept(void);
void rrasd_end_hang_up(void);
void rrasd_end_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void rrasd_end_say_bytes(const char *bytes, size_t n);
/* Accept, check the hello, and say welcome. */
void rrasd_end_welcome(void);

/* The next message of the present connection, or NULL when there is none now. Freed with the next call. */
json_t *rrasd_end_next(void);
/* The next one of this type, whatever comes before it; fails the test when there is none. */
json_t *rrasd_end_expect(const char *type);
/* Forget what has been said so far. */
void rrasd_end_skip(void);
bool rrasd_end_at_end(void); /* has the plugin closed the connection? */

const char *text_of(json_t *message, const char *member);
long long number_of(json_t *message, const char *member);

#endif
