/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasx_walk.h"

#include <string.h>

#include "common/text.h"
#include "fuzz.h"

static void walk_text(const struct rrasx_attr *a, const uint8_t *s)
{
    const char *text;
    memcpy(&text, s + a->at, sizeof text);
    FUZZ_CHECK(text != NULL);
    size_t n = strlen(text);
    FUZZ_CHECK(n <= a->limit && text_is_utf8(text, n));
}

static void walk_list(const struct rrasx_attr *a, const uint8_t *s)
{
    const uint8_t *items;
    uint32_t count;
    memcpy(&items, s + a->at, sizeof items);
    memcpy(&count, s + a->also, sizeof count);
    FUZZ_CHECK(count == 0 || items != NULL);
    for (uint32_t i = 0; i < count; i++)
        rrasx_walk(a->of, items + (size_t)i * a->of->size);
}

void rrasx_walk(const struct rrasx_message *m, const void *s)
{
    for (size_t i = 0; i < m->size; i++)
        (void)*((const volatile uint8_t *)s + i);
    for (size_t i = 0; i < m->n; i++) {
        const struct rrasx_attr *a = &m->attrs[i];
        if (a->type == RRASX_TEXT)
            walk_text(a, s);
        else if (a->type == RRASX_LIST)
            walk_list(a, s);
        else if (a->type == RRASX_RECORD)
            rrasx_walk(a->of, (const uint8_t *)s + a->at);
    }
}
