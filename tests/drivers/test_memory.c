/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Without memory: each allocation of a conversation fails once, in its turn, in the hub and in the driver library.
 * Nothing may crash, leak or stay behind in a wrong state, and afterwards everything works.
 */
#include "tests/drivers/hub_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "drivers/common/driver.h"
#include "router/keep_out.h"
#include "tests/lib/failing.h"

/* ---- the hub ---- */

static struct hub_fixture f;

static const char *const words[] = {
    "{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\",\"bundle\":\"b\"}",
    "{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"tunnel_address4\":\"10.0.0.2\"}",
    "{\"type\":\"counters\",\"id\":\"7\",\"start\":5,\"counters\":{\"bytes_in\":1}}",
    "{\"type\":\"session\",\"id\":\"8\"", /* the rest comes later */
    ",\"start\":-1}",
};

static void say_all(struct client *c, const char *kind)
{
    client_send(c,
                "{\"type\":\"hello\",\"version\":1,\"kind\":\"%s\",\"driver\":\"%s\",\"instance\":\"main\",\"device_"
                "type\":\"x\","
                "\"capabilities\":[\"disconnect\",\"hard\",\"keep-out\"]}",
                kind, kind);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        client_send_bytes(c, words[i], strlen(words[i]));
        if (i != 3)
            client_send_bytes(c, "\n", 1);
        fixture_settle(&f);
    }
}

/* True: the n-th allocation was made, and has failed. */
static bool converse_without_memory(const char *kind, unsigned n)
{
    struct client c;
    fixture_start(&f, NULL);
    client_connect(&c, &f);
    failing_start(n);
    const struct router_keep_out_ask mallory = {.user = "mallory", .seconds = 60};
    uint32_t number;
    int kept = router_keep_out_add(f.router, &mallory, &f.now, &number);
    assert_true(kept == 0 || kept == -ENOMEM);
    say_all(&c, kind);
    uint32_t port = fixture_port_of(&f, "alice");
    int r = port != 0 ? fixture_disconnect(&f, port, false) : -EINVAL;
    fixture_settle(&f);
    client_send(&c, "{\"type\":\"reply\",\"order\":1,\"result\":\"accepted\"}");
    client_send(&c, "{\"type\":\"gone\",\"id\":\"7\",\"start\":5}");
    fixture_settle(&f);
    bool failed = failing_stop();
    client_close(&c);
    fixture_connections(&f, 0);
    if (r == -EINPROGRESS)
        fixture_answer(&f); /* whatever it is, it has come */

    /* Now there is memory again: the same driver comes back, and all is well. */
    client_connect(&c, &f);
    client_hello(&c, kind, kind, "main", "");
    client_send(&c, "{\"type\":\"session\",\"id\":\"9\",\"start\":6,\"state\":\"connected\",\"user\":\"bob\"}");
    fixture_event(&f, "id=9 start=6 user=bob");
    client_close(&c);
    fixture_stop(&f);
    return failed;
}

static void hub_survives_each_failing_allocation(void **state)
{
    static const char *const kinds[] = {"daemon", "session"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        unsigned n = 1;
        while (converse_without_memory(kinds[i], n))
            n++;
        assert_true(n > 10); /* else nothing was tried */
    }
}

/* ---- the driver library ---- */

static const struct driver_ops no_ops;

static int put(struct driver *d, const char *id, const char *user)
{
    const struct driver_session s = {.id = id, .start = 5, .user = user};
    return driver_session_put(d, &s);
}

static void put_without_memory_changes_nothing(void **state)
{
    const struct driver_config config = {
        .socket = "/nowhere", .name = "test", .instance = "main", .device_type = "test"};
    (void)state;
    for (unsigned n = 1;; n++) {
        uv_loop_t loop;
        struct driver *d;
        assert_int_equal(uv_loop_init(&loop), 0);
        assert_int_equal(driver_new(&loop, &config, &no_ops, NULL, &d), 0);
        failing_start(n);
        int first = put(d, "1", "alice");
        int second = put(d, "2", "bob");
        int third = put(d, "1", "carol");
        bool failed = failing_stop();
        assert_true(first == 0 || first == -ENOMEM);
        assert_int_equal(driver_session_find(d, "1") != NULL, first == 0 || third == 0);
        assert_int_equal(driver_session_find(d, "2") != NULL, second == 0);
        if (driver_session_find(d, "1"))
            assert_string_equal(driver_session_find(d, "1")->user, third == 0 ? "carol" : "alice");
        assert_int_equal(put(d, "1", "dave"), 0);
        assert_string_equal(driver_session_find(d, "1")->user, "dave");
        driver_close(d, NULL, NULL);
        uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&loop), 0);
        if (!failed) {
            assert_true(n > 4);
            return;
        }
    }
}

static void new_driver_without_memory_is_refused(void **state)
{
    const struct driver_config config = {
        .socket = "/nowhere", .name = "test", .instance = "main", .device_type = "test"};
    uv_loop_t loop;
    struct driver *d;
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    for (unsigned n = 1; n <= 2; n++) {
        failing_start(n);
        assert_int_equal(driver_new(&loop, &config, &no_ops, NULL, &d), -ENOMEM);
        assert_true(failing_stop());
    }
    assert_int_equal(uv_loop_close(&loop), 0); /* nothing has stayed in it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hub_survives_each_failing_allocation),
        cmocka_unit_test(put_without_memory_changes_nothing),
        cmocka_unit_test(new_driver_without_memory_is_refused),
    };
    json_set_alloc_funcs(malloc, free); /* this program's malloc() */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
