/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of every kind, both ways; and bytes that are none. */
#include "sample.h"

static void free_chunk(struct rrasx_chunk c)
{
    free((void *)(uintptr_t)c.p);
}

static void round_trip(const struct rrasx_message *m, enum sample_kind kind)
{
    void *s = sample_new(m, kind, 5);
    struct rrasx_chunk c = sample_encode(m, s);
    void *t = sample_decode(m, &c, 1);
    assert_non_null(t);
    sample_assert_same(m, s, t);
    free(t);
    free_chunk(c);
    sample_free(m, s);
}

static void what_is_encoded_is_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; sample_messages[i]; i++) {
        round_trip(sample_messages[i], SAMPLE_EMPTY);
        round_trip(sample_messages[i], SAMPLE_SHORT);
        round_trip(sample_messages[i], SAMPLE_LIMITS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_is_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
