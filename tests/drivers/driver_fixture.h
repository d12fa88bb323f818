/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver on drivers/common, and a rrasd that the test plays line by line, in one process. What does not come in ten
 * seconds fails the test.
 */
#ifndef OPENRRAS_TESTS_DRIVERS_DRIVER_FIXTURE_H
#define OPENRRAS_TESTS_DRIVERS_DRIVER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/common/driver.h"

#define WELCOME "{\"type\":\"welcome\",\"version\":1,\"server\":\"test\",\"counters_interval_ms\":600000}\n"

extern uv_loop_t loop;
extern struct driver *d; /* NULL after on_order.close */
extern const struct driver_ops ops;
extern char path[96];
extern int listener;
extern char line[20000]; /* the last that was heard */

/* What the callbacks have seen, and are to do. */
struct seen {
    int orders, links_up, links_down, refusals;
    struct driver_order_ref last_ref;
    char last_order[256];
    bool close_on_order, offline_on_order;
    int keep_outs, keep_outs_ended;
    char last_keep_out[700];
    uint64_t last_ended;
    bool answer_keep_outs;
    int admissions;
    char last_admission[300]; /* "7 refused TEXT" */
};
extern struct seen seen;

int start(void **state);
int stop(void **state);
struct driver_config config(void);

/* One turn of the loop, within a wait that has begun at `begin` (uv_hrtime). */
void turn(uint64_t begin);
void listen_again(void);
void accept_driver(void);
void drop_driver(void);
void say(const char *text);
/* The next line of the driver, NULL at the end. */
const char *hear(void);
void expect(const char *text);
void expect_end(void);
/* Nothing more comes before the answer to a ping. */
void expect_nothing(void);
/* Accept, hear hello, say welcome. */
void welcome(void);
void online_and_empty(void);
void put(const char *id, int64_t start_time, const char *user);

#endif
