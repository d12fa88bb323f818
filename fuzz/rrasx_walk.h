/* SPDX-License-Identifier: Apache-2.0 */
/* A structure that was decoded, read to its last byte by its message's table. */
#ifndef OPENRRAS_FUZZ_RRASX_WALK_H
#define OPENRRAS_FUZZ_RRASX_WALK_H

#include "rrasx/message.h"

/* Every text is there, UTF-8, within its limit; every item of every list can be read. */
void rrasx_walk(const struct rrasx_message *m, const void *s);

#endif
