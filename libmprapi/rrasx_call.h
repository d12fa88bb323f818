/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls over our own interface (rrasx/), for the functions that openrras.h adds: from the caller's arguments to one
 * buffer with everything in it.
 *
 * The server is not trusted. A message is measured before any memory is taken for what it says, has limits of its own
 * (RRASX_REPLY_MAX) and so has a whole list; whatever does not add up is RPC_X_BAD_STUB_DATA.
 */
#ifndef OPENRRAS_LIBMPRAPI_RRASX_CALL_H
#define OPENRRAS_LIBMPRAPI_RRASX_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include <openrras.h>

#include "libmprapi/pool.h"
#include "rrasx/message.h"

/* Of one list: as many as a router has ports, and their bytes on the wire. */
#define RRASX_LIST_ITEMS_MAX 1048576u
#define RRASX_LIST_BYTES_MAX (512u * 1024 * 1024)

struct question {
    uint16_t opnum;
    const void *args; /* what the operation's request message says in C */
    uint32_t wait_ms; /* how long the server may wait on purpose */
    bool order;       /* never sent twice */
    uint32_t refused; /* the arguments are wrong: this code, once it is certain that the handle is not */
};

/* One answer into *ret: a buffer of BUFFER_RECORDS that begins with the reply's structure. ret NULL: the code alone. */
DWORD rrasx_ask(MPR_SERVER_HANDLE h, const struct question *q, void **ret);
uint32_t rrasx_ask_server(struct pool *p, const struct question *q, void **ret);

/*
 * A list, page by page, into *ret. `args` are the question's once more, `after` the member of them that says where to
 * go on: it is changed.
 */
DWORD rrasx_list(MPR_SERVER_HANDLE h, const struct question *q, uint32_t *after, void **ret);
/* The same of a list in which pages go on behind a name. */
DWORD rrasx_list_by_name(MPR_SERVER_HANDLE h, const struct question *q, char after[static RRASX_USER_MAX + 1],
                         void **ret);

/* ---- arguments (rrasx_check.c): NO_ERROR, or ERROR_INVALID_PARAMETER and a sentence that says which ---- */

uint32_t rrasx_check_output(const void *pointer, const char *name);
uint32_t rrasx_check_text(const char *text, size_t max, const char *name); /* NULL is "" */
uint32_t rrasx_check_wait(DWORD ms);
/* At least one criterion, and each text within its limit. */
uint32_t rrasx_check_selector(const OPENRRAS_SELECTOR *s);
/* After a server has refused a selector: what may be the matter with it, unless there is a sentence already. */
void rrasx_explain_selector(uint32_t code, const OPENRRAS_SELECTOR *s);

#endif
