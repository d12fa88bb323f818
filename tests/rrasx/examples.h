/* SPDX-License-Identifier: Apache-2.0 */
/* What the worked examples in docs/rrasx.md say: one call of each operation. */
#ifndef OPENRRAS_TESTS_RRASX_EXAMPLES_H
#define OPENRRAS_TESTS_RRASX_EXAMPLES_H

#include "world.h"

struct example {
    const void *request, *reply; /* as the operation's messages say it in C */
};
const struct example *example(uint16_t opnum);

/* The stubs of the call, as the library and the dispatcher make them; malloc()ed. */
struct rrasx_chunk example_request(uint16_t opnum);
struct rrasx_chunk example_reply(uint16_t opnum);

#endif
