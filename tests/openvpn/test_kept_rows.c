/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the last status, kept for orders that come right after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "drivers/openvpn/listing.h"

#define CLIENTS 1000u

static const char header[] =
    "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tBytes Received\tBytes Sent\tConnected Since (time_t)\tClient ID";

/* Client ids in the order in which openvpn happens to list them. */
static uint64_t nth(unsigned i)
{
    return i * 7u % CLIENTS;
}

static void fill(struct listing *l, unsigned n)
{
    struct status_parser p = {0};
    struct status_client c;
    char line[200];
    listing_begin(l);
    status_parse_line(&p, slice_of(header), false, &c);
    for (unsigned i = 0; i < n; i++) {
        snprintf(line, sizeof(line), "CLIENT_LIST\tuser%u\t192.0.2.1:%u\t1\t2\t%u\t%u", (unsigned)nth(i),
                 1024 + (unsigned)nth(i), 5000 + (unsigned)nth(i), (unsigned)nth(i));
        assert_int_equal(status_parse_line(&p, slice_of(line), false, &c), STATUS_LINE_CLIENT);
        listing_add(l, c.cid, slice_of(line));
    }
    listing_end(l, &p, 3, 77);
}

static void every_row_is_found_again(void **state)
{
    struct listing l = {0};
    struct status_client c;
    char name[32];
    (void)state;
    fill(&l, CLIENTS);
    for (unsigned i = 0; i < CLIENTS; i++) {
        assert_true(listing_find(&l, i, 5000 + i, &c));
        snprintf(name, sizeof(name), "user%u", i);
        assert_true(slice_is(c.common_name, name));
    }
    assert_int_equal(l.status, 3);
    assert_int_equal(l.asked_ms, 77);
    listing_clear(&l);
}

static void who_is_not_there_is_not_found(void **state)
{
    struct listing l = {0};
    struct status_client c;
    (void)state;
    assert_false(listing_find(&l, 0, 5000, &c));
    fill(&l, 10);
    assert_false(listing_find(&l, CLIENTS, 5000, &c));
    assert_false(listing_find(&l, 7, 5008, &c)); /* another start: another client */
    listing_clear(&l);
}

static void a_status_that_has_begun_forgets_the_one_before(void **state)
{
    struct listing l = {0};
    struct status_client c;
    (void)state;
    fill(&l, 10);
    listing_begin(&l);
    assert_false(listing_find(&l, 7, 5007, &c));
    listing_add(&l, 7, slice_of("CLIENT_LIST\tuser7\t192.0.2.1:1\t1\t2\t5007\t7"));
    assert_false(listing_find(&l, 7, 5007, &c)); /* not before its end */
    listing_clear(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_again),
        cmocka_unit_test(who_is_not_there_is_not_found),
        cmocka_unit_test(a_status_that_has_begun_forgets_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
