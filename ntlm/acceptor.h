/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The legs of one client, by the NTLM library behind GSSAPI: what the process runs for rrasd. The library reads what
 * clients send, and may crash on it.
 */
#ifndef OPENRRAS_NTLM_ACCEPTOR_H
#define OPENRRAS_NTLM_ACCEPTOR_H

#include "ntlm/message.h"

struct acceptor;

/* Is there such a library? False: *why says what is missing. */
bool acceptor_is_there(const char **why);

struct acceptor *acceptor_new(bool spnego); /* NULL without memory */
void acceptor_free(struct acceptor *a);     /* NULL is allowed */

/* One leg. All of *answer but its context is filled in; the token is the acceptor's, until the next leg. */
void acceptor_leg(struct acceptor *a, const uint8_t *token, size_t n, struct ntlm_answer *answer);

#endif
