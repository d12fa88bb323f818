/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

#include "common/json_line.h"
#include "rrasd/audit.h"
#include "rrasd/audit_file.h"
#include "scratch.h"

static const struct caller caller = {.uid = 1000, .gid = 100, .pid = 42, .role = ACCESS_OPERATOR};
static const struct audit_who who = {.caller = &caller, .name = "olga"};

static json_t *line_of(const char *text, size_t which)
{
    json_error_t e;
    for (; which > 0 && text; which--) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    assert_non_null(text);
    json_t *j = json_loadb(text, strcspn(text, "\n"), 0, &e);
    if (!j)
        print_error("not JSON: %s\n", e.text);
    assert_non_null(j);
    return j;
}

static const char *str(json_t *j, const char *key)
{
    return json_string_value(json_object_get(j, key));
}

static long long num(json_t *j, const char *key)
{
    json_t *v = json_object_get(j, key);
    assert_true(json_is_integer(v));
    return json_integer_value(v);
}

/* The end of a file's life: its timer is closed, the loop runs out, and what is left is synced. */
static void end(struct audit *a, uv_loop_t *loop)
{
    audit_close(a);
    uv_run(loop, UV_RUN_DEFAULT);
    audit_free(a);
    assert_int_equal(uv_loop_close(loop), 0);
}

static struct audit *begin(void **state, uv_loop_t *loop, char path[static SCRATCH_PATH_MAX])
{
    struct audit *a = NULL;
    assert_int_equal(uv_loop_init(loop), 0);
    assert_int_equal(audit_open(loop, scratch_path(*state, path, "audit"), "cafe", &a), 0);
    return a;
}

static void an_order_has_who_what_and_which(void **state)
{
    uv_loop_t loop;
    char path[SCRATCH_PATH_MAX];
    struct audit *a = begin(state, &loop, path);
    struct audit_order order = {.op = "RRasAdminPortDisconnect",
                                .handle = 77,
                                .order = 3,
                                .port = "openvpn-1",
                                .driver = "openvpn",
                                .instance = "main",
                                .session = "4711:0",
                                .start = 1764084000,
                                .user = "al\x1b[31mice\"\\\n\xff J\xc3\xbcrgen \xf0\x9f\x94\x91",
                                .reason = "because"};
    audit_write_order(a, &who, &order);
    char *text = scratch_read(path); /* it is there at once, before any sync */
    json_t *j = line_of(text, 0);
    assert_string_equal(str(j, "event"), "order");
    assert_string_equal(str(j, "run"), "cafe");
    assert_int_equal(num(j, "order"), 3);
    assert_int_equal(num(j, "handle"), 77);
    assert_string_equal(str(j, "op"), "RRasAdminPortDisconnect");
    assert_string_equal(str(j, "driver"), "openvpn");
    assert_string_equal(str(j, "instance"), "main");
    assert_string_equal(str(j, "session"), "4711:0");
    assert_int_equal(num(j, "start"), 1764084000);
    assert_string_equal(str(j, "user"), "al\x1b[31mice\"\\\n\xef\xbf\xbd J\xc3\xbcrgen \xf0\x9f\x94\x91");
    assert_null(json_object_get(j, "result"));
    json_t *w = json_object_get(j, "who");
    assert_string_equal(str(w, "from"), "unix");
    assert_string_equal(str(w, "name"), "olga");
    assert_string_equal(str(w, "role"), "operator");
    assert_int_equal(num(w, "uid"), 1000);
    assert_int_equal(num(w, "gid"), 100);
    assert_int_equal(num(w, "pid"), 42);
    assert_int_equal(strlen(str(j, "ts")), strlen("2026-11-25T12:00:00.000Z"));
    for (const char *p = text; *p; p++) /* safe to look at with cat */
        assert_true((*p >= 0x20 && *p < 0x7f) || *p == '\n');
    json_decref(j);
    free(text);
    end(a, &loop);
}

static void a_caller_from_the_network_has_a_name_and_an_address(void **state)
{
    uv_loop_t loop;
    char path[SCRATCH_PATH_MAX];
    struct audit *a = begin(state, &loop, path);
    const struct caller olga = {.from = CALLER_PIPE, .uid = 1000, .gid = 100, .address = "192.0.2.7"};
    const struct audit_who remote = {.caller = &olga, .name = "RAS\\olga"};
    audit_write_denied(a, &remote, "RRasAdminPortDisconnect", 0);
    char *text = scratch_read(path);
    json_t *j = line_of(text, 0), *w = json_object_get(j, "who");
    assert_string_equal(str(w, "from"), "pipe");
    assert_string_equal(str(w, "name"), "RAS\\olga");
    assert_string_equal(str(w, "address"), "192.0.2.7");
    assert_int_equal(num(w, "uid"), 1000);
    assert_null(json_object_get(w, "pid")); /* it has none here */
    json_decref(j);
    free(text);
    end(a, &loop);
}

static void a_refusal_has_its_code_and_word(void **state)
{
    uv_loop_t loop;
    char path[SCRATCH_PATH_MAX];
    struct audit *a = begin(state, &loop, path);
    struct audit_order order = {.op = "RRasAdminPortDisconnect", .handle = 9, .result = 606};
    struct audit_who number = {.caller = &caller};
    audit_write_order(a, &number, &order);
    audit_write_denied(a, &who, "RRasAdminPortDisconnect", 5);
    char *text = scratch_read(path);
    json_t *j = line_of(text, 0);
    assert_int_equal(num(j, "result"), 606);
    assert_string_equal(str(j, "result_name"), "ERROR_PORT_NOT_CONNECTED");
    assert_string_equal(str(json_object_get(j, "who"), "name"), "1000"); /* no name known: the number */
    assert_null(json_object_get(j, "order"));
    assert_null(json_object_get(j, "session"));
    json_decref(j);
    j = line_of(text, 1);
    assert_string_equal(str(j, "event"), "denied");
    assert_int_equal(num(j, "result"), 5);
    assert_int_equal(num(j, "left_out_before"), 5);
    json_decref(j);
    free(text);
    end(a, &loop);
}

static void an_outcome_has_counters_and_what_the_client_heard(void **state)
{
    uv_loop_t loop;
    char path[SCRATCH_PATH_MAX];
    struct audit *a = begin(state, &loop, path);
    struct router_counters counters = {.bytes_out = UINT64_MAX, .bytes_in = 1, .frames_out = 2, .frames_in = 3};
    struct router_event event = {.type = ROUTER_EVENT_OUTCOME,
                                 .order = 8,
                                 .outcome = ROUTER_OUTCOME_FAILED,
                                 .told = ROUTER_TOLD_NO,
                                 .took_ms = 15000,
                                 .hard = true,
                                 .id = "x",
                                 .driver = "d",
                                 .instance = "i",
                                 .user = "u",
                                 .port_name = "p",
                                 .reason = "no answer",
                                 .counters = &counters,
                                 .counters_final = true};
    audit_write_outcome(a, &event);
    char *text = scratch_read(path);
    assert_non_null(strstr(text, "\"bytes_out\":18446744073709551615"));
    free(text);
    counters.bytes_out = 5;
    audit_write_outcome(a, &event);
    text = scratch_read(path);
    json_t *j = line_of(text, 1);
    assert_string_equal(str(j, "outcome"), "failed");
    assert_string_equal(str(j, "client_told"), "no");
    assert_int_equal(num(j, "took_ms"), 15000);
    assert_true(json_is_true(json_object_get(j, "hard")));
    assert_true(json_is_true(json_object_get(j, "counters_final")));
    assert_int_equal(num(json_object_get(j, "counters"), "bytes_out"), 5);
    json_decref(j);
    free(text);
    end(a, &loop);
}

static void the_file_is_appended_to_and_not_for_everybody(void **state)
{
    uv_loop_t loop;
    char path[SCRATCH_PATH_MAX];
    struct stat st;
    mode_t old = umask(0);
    struct audit *a = begin(state, &loop, path);
    umask(old);
    audit_write_daemon(a, "start");
    end(a, &loop);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    a = begin(state, &loop, path);
    audit_write_daemon(a, "start");
    end(a, &loop);
    char *text = scratch_read(path);
    json_decref(line_of(text, 1));
    free(text);
}

static void rotation_goes_on_in_the_new_file(void **state)
{
    uv_loop_t loop;
    char path[SCRATCH_PATH_MAX], moved[3][SCRATCH_PATH_MAX];
    struct audit *a = begin(state, &loop, path);
    static const char *const names[3] = {"audit.1", "audit.2", "audit.3"};
    for (size_t i = 0; i < 3; i++) { /* three within one second: faster than the sync */
        audit_write_daemon(a, names[i]);
        assert_int_equal(rename(path, scratch_path(*state, moved[i], names[i])), 0);
        assert_int_equal(audit_reopen(a, path), 0);
    }
    audit_write_daemon(a, "last");
    uv_run(&loop, UV_RUN_DEFAULT); /* until nothing waits to be synced */
    end(a, &loop);
    for (size_t i = 0; i < 3; i++) {
        char *text = scratch_read(moved[i]);
        json_t *j = line_of(text, 0);
        assert_string_equal(str(j, "event"), names[i]);
        json_decref(j);
        free(text);
    }
    char *text = scratch_read(path);
    json_t *j = line_of(text, 0);
    assert_string_equal(str(j, "event"), "last");
    json_decref(j);
    free(text);
}

static void the_old_file_stays_when_the_new_one_can_not_be_opened(void **state)
{
    uv_loop_t loop;
    char path[SCRATCH_PATH_MAX];
    struct audit *a = begin(state, &loop, path);
    assert_int_equal(audit_reopen(a, "/nonexistent/dir/audit"), -ENOENT);
    assert_int_equal(audit_reopen(a, ((struct scratch *)*state)->dir), -EISDIR);
    audit_write_daemon(a, "still");
    end(a, &loop);
    char *text = scratch_read(path);
    json_decref(line_of(text, 0));
    free(text);
}

static void only_a_regular_file_will_do(void **state)
{
    uv_loop_t loop;
    char path[SCRATCH_PATH_MAX];
    struct audit *a = NULL;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(mkfifo(scratch_path(*state, path, "fifo"), 0600), 0);
    assert_true(audit_open(&loop, path, "x", &a) < 0);
    assert_int_equal(symlink("/etc/passwd", scratch_path(*state, path, "link")), 0);
    assert_true(audit_open(&loop, path, "x", &a) < 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* A disk that fills up in the middle of a line: counted, and the next line begins on a line of its own. */
static void a_line_that_does_not_fit_is_counted_and_not_glued_to_the_next(void **state)
{
    uv_loop_t loop;
    char path[SCRATCH_PATH_MAX];
    struct rlimit old, small;
    struct audit *a = begin(state, &loop, path);
    audit_write_daemon(a, "first");
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = (rlim_t)st.st_size + 10;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    audit_write_daemon(a, "lost");
    audit_write_daemon(a, "lost");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(audit_failures(a), 2);
    audit_write_daemon(a, "last");
    assert_int_equal(audit_failures(a), 2);
    end(a, &loop);
    char *text = scratch_read(path);
    json_t *j = line_of(text, 2);
    assert_string_equal(str(j, "event"), "last");
    json_decref(j);
    free(text);
}

static void a_text_that_is_too_long_is_cut_and_still_json(void **state)
{
    static char buf[JSON_LINE_TEXT_MAX * 8], text[JSON_LINE_TEXT_MAX + 8];
    static const char *const ends[] = {"xxxxxx", "\n\n\n\n", "\xc3\xbc\xc3\xbc", "\xf0\x9f\x94\x91"};
    (void)state;
    for (size_t e = 0; e < sizeof ends / sizeof ends[0]; e++) {
        for (size_t before = JSON_LINE_TEXT_MAX - 3; before <= JSON_LINE_TEXT_MAX + 1; before++) {
            memset(text, 'a', before);
            strcpy(text + before, ends[e]);
            struct json_line j;
            size_t n;
            json_line_begin(&j, buf, sizeof buf);
            json_line_text(&j, "t", text);
            assert_int_equal(json_line_end(&j, &n), 0);
            json_t *parsed = json_loadb(buf, n, 0, NULL);
            assert_non_null(parsed);
            const char *got = str(parsed, "t");
            assert_true(strlen(got) >= JSON_LINE_TEXT_MAX - 3 && strlen(got) <= JSON_LINE_TEXT_MAX + 2);
            assert_memory_equal(got, text, strlen(got));
            json_decref(parsed);
        }
    }
}

static void the_longest_texts_of_the_router_fit(void **state)
{
    uv_loop_t loop;
    char path[SCRATCH_PATH_MAX], user[ROUTER_USER_MAX * 4 + 1], reason[ROUTER_TEXT_MAX + 1], id[ROUTER_ID_MAX + 1];
    struct audit *a = begin(state, &loop, path);
    for (size_t i = 0; i + 4 < sizeof user; i += 4)
        memcpy(user + i, "\\xff", 4); /* a name of 512 bytes that are not UTF-8, as the router shows it */
    user[sizeof user - 1] = '\0';
    memset(reason, '\x01', sizeof reason - 1);
    memset(id, '"', sizeof id - 1);
    reason[sizeof reason - 1] = id[sizeof id - 1] = '\0';
    struct audit_order order = {.op = "op", .session = id, .user = user, .reason = reason, .port = id, .driver = id};
    audit_write_order(a, &who, &order);
    assert_int_equal(audit_failures(a), 0);
    char *text = scratch_read(path);
    json_t *j = line_of(text, 0);
    assert_string_equal(str(j, "user"), user);
    assert_string_equal(str(j, "reason"), reason);
    json_decref(j);
    free(text);
    end(a, &loop);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        T(an_order_has_who_what_and_which),
        T(a_caller_from_the_network_has_a_name_and_an_address),
        T(a_refusal_has_its_code_and_word),
        T(an_outcome_has_counters_and_what_the_client_heard),
        T(the_file_is_appended_to_and_not_for_everybody),
        T(rotation_goes_on_in_the_new_file),
        T(the_old_file_stays_when_the_new_one_can_not_be_opened),
        T(only_a_regular_file_will_do),
        T(a_line_that_does_not_fit_is_counted_and_not_glued_to_the_next),
        T(a_text_that_is_too_long_is_cut_and_still_json),
        T(the_longest_texts_of_the_router_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
