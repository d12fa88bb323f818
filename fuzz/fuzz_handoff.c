/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile smbd, or a hostile client through it: any bytes as the message by which a named pipe is handed over.
 *
 * Input: the message. Its length is also set right, so that what is behind it is reached.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "rrasd/handoff.h"

static void check(const uint8_t *message, size_t n)
{
    char name[40], address[20];
    struct handoff h = {0};
    if (handoff_parse(message, n, &h) != HANDOFF_OK) {
        FUZZ_CHECK(!h.groups && h.n_groups == 0);
        return;
    }
    FUZZ_CHECK(handoff_size(message) == n && handoff_level(message) == HANDOFF_LEVEL);
    FUZZ_CHECK(h.uid != (uid_t)-1 && h.gid != (gid_t)-1 && h.n_groups <= HANDOFF_IDS_MAX);
    for (size_t i = 0; i < h.n_groups; i++)
        FUZZ_CHECK(h.groups[i] != (gid_t)-1);
    handoff_name(&h, name, sizeof name);
    handoff_address(&h, address, sizeof address);
    FUZZ_CHECK(strlen(name) < sizeof name && strlen(address) < sizeof address && address[0]);
    handoff_clear(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1); /* so that one byte too many is seen */
    FUZZ_CHECK(exact);
    if (size > 0)
        memcpy(exact, data, size);
    check(exact, size);
    if (size >= HANDOFF_HEAD_SIZE) {
        for (size_t i = 0; i < HANDOFF_LENGTH_SIZE; i++)
            exact[i] = (uint8_t)((size - HANDOFF_LENGTH_SIZE) >> (24 - 8 * i));
        check(exact, size);
    }
    free(exact);
    return 0;
}
