/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered over a restart of the driver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/vici/memory.h"
#include "tests/lib/tmpdir.h"
#include "tests/vici/message.h"

static struct {
    int64_t seconds, start;
    char id[DRIVER_ID_MAX];
    struct driver_counters counters;
    unsigned puts, gones;
} w;

static char path[256];

static uint64_t now_ms(void *ctx)
{
    (void)ctx;
    return 1;
}

static int64_t ago(void *ctx, uint64_t seconds)
{
    (void)ctx;
    return w.seconds - (int64_t)seconds;
}

static const char *auth(void *ctx, struct bytes connection)
{
    (void)ctx;
    (void)connection;
    return NULL;
}

static int put(void *ctx, const struct driver_session *s)
{
    (void)ctx;
    w.puts++;
    w.start = s->start;
    w.counters = *s->counters;
    snprintf(w.id, sizeof(w.id), "%s", s->id);
    return 0;
}

static void gone(void *ctx, const struct session *s, const char *reason, const struct driver_counters *counters,
                 bool final)
{
    (void)ctx;
    (void)s;
    (void)reason;
    (void)counters;
    (void) final;
    w.gones++;
}

static void moved(void *ctx, const struct session *s)
{
    (void)ctx;
    (void)s;
}

static void look(void *ctx, uint32_t ms)
{
    (void)ctx;
    (void)ms;
}

static void changed(void *ctx)
{
    (void)ctx;
}

static const struct sessions_ops ops = {.now_ms = now_ms,
                                        .ago = ago,
                                        .auth = auth,
                                        .put = put,
                                        .gone = gone,
                                        .moved = moved,
                                        .look = look,
                                        .changed = changed};

static struct sessions *begin(void)
{
    struct sessions *s = sessions_new("", &ops, NULL);
    assert_non_null(s);
    sessions_begin(s);
    return s;
}

static void listed(struct sessions *s, struct fake_sa sa)
{
    struct message m = {0};
    put_sa(&m, &sa);
    sessions_list_begin(s);
    assert_int_equal(sessions_row(s, bytes_of(&m)), 0);
    sessions_list_end(s);
}

/* alice, whose first CHILD_SA has ended with 1000 bytes, and who has been rekeyed from 1 to 2. */
static void remember(const char *run)
{
    struct sessions *s = begin();
    struct message m = {0};
    w.seconds = 5000;
    listed(s, (struct fake_sa){.id = 1, .vip = "10.98.0.1", .established = 1000, .children = {{.id = 1, .in = 1000}}});
    listed(s, (struct fake_sa){.id = 1, .vip = "10.98.0.1", .children = {{.id = 2, .in = 5}}});
    section(&m, "ra");
    section(&m, "old");
    put_sa_values(&m, &(struct fake_sa){.id = 1});
    end(&m);
    section(&m, "new");
    put_sa_values(&m, &(struct fake_sa){.id = 2, .vip = "10.98.0.1"});
    end(&m);
    end(&m);
    assert_int_equal(sessions_event(s, (struct bytes){"ike-rekey", 9}, bytes_of(&m)), 0);
    assert_int_equal(memory_save(path, run, s), 0);
    sessions_free(s);
    memset(&w, 0, sizeof(w));
    w.seconds = 9000;
}

static void write_text(const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static char dir[200];

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof(w));
    tmpdir_template(dir, sizeof(dir), "vici");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%.190s/state", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static void a_rekeyed_session_keeps_its_identity_and_its_counters(void **state)
{
    (void)state;
    remember("run");
    struct sessions *s = begin();
    assert_int_equal(memory_load(path, "run", s), 1);
    assert_int_equal(w.puts, 0); /* charon has not said that it is there */
    listed(s, (struct fake_sa){.id = 2, .vip = "10.98.0.1", .children = {{.id = 2, .in = 7}}});
    assert_string_equal(w.id, "1:000000000000a001_000000000000a001");
    assert_int_equal(w.start, 4000);
    assert_int_equal(w.counters.bytes_in, 1007);
    sessions_free(s);
}

static void who_was_rekeyed_while_nobody_watched_is_known_by_her_children(void **state)
{
    (void)state;
    remember("run");
    struct sessions *s = begin();
    memory_load(path, "run", s);
    listed(s, (struct fake_sa){.id = 9, .vip = "10.98.0.1", .children = {{.id = 2, .in = 7}}});
    assert_string_equal(w.id, "1:000000000000a001_000000000000a001");
    assert_int_equal(w.counters.bytes_in, 1007);
    sessions_free(s);
}

static void in_another_run_the_same_numbers_are_other_sessions(void **state)
{
    (void)state;
    remember("run");
    struct sessions *s = begin();
    assert_int_equal(memory_load(path, "another run", s), 1);
    listed(s, (struct fake_sa){.id = 2, .vip = "10.98.0.1", .spi = 0x77, .children = {{.id = 2, .in = 7}}});
    assert_string_equal(w.id, "2:0000000000000077_0000000000000077");
    assert_int_equal(w.counters.bytes_in, 7);
    assert_int_equal(w.gones, 0); /* rrasd has never heard of the other one from us */
    sessions_free(s);
    s = begin();
    memory_load(path, "another run", s);
    listed(s, (struct fake_sa){.id = 5, .vip = "10.98.0.1", .children = {{.id = 2, .in = 7}}});
    assert_string_equal(w.id, "5:000000000000a005_000000000000a005");
    sessions_free(s);
}

/* One whose IKE_SA was replaced when it was written, and had not been listed since. */
static void without_its_spis_a_session_is_known_in_its_own_run_only(void **state)
{
    (void)state;
    write_text("{\"run\":\"run\",\"sessions\":[[\"1:a_b\",\"\",2,1,5,0,0,0,0,[]]]}");
    struct sessions *s = begin();
    assert_int_equal(memory_load(path, "run", s), 1);
    listed(s, (struct fake_sa){.id = 2, .vip = "10.98.0.1"});
    assert_string_equal(w.id, "1:a_b");
    sessions_free(s);
    s = begin();
    assert_int_equal(memory_load(path, "another run", s), 0);
    listed(s, (struct fake_sa){.id = 2, .vip = "10.98.0.1"});
    assert_string_equal(w.id, "2:000000000000a002_000000000000a002");
    sessions_free(s);
}

static void who_is_remembered_and_not_there_is_nothing(void **state)
{
    (void)state;
    remember("run");
    struct sessions *s = begin();
    memory_load(path, "run", s);
    sessions_list_begin(s);
    sessions_list_end(s);
    assert_int_equal(sessions_count(s), 0);
    assert_int_equal(w.puts + w.gones, 0);
    sessions_free(s);
}

static void a_file_that_others_can_write_is_not_believed(void **state)
{
    (void)state;
    remember("run");
    struct sessions *s = begin();
    chmod(path, 0620);
    assert_int_equal(memory_load(path, "run", s), -EPERM);
    assert_int_equal(sessions_count(s), 0);
    chmod(path, 0600);
    char link_path[300];
    snprintf(link_path, sizeof(link_path), "%s.link", path);
    assert_int_equal(symlink(path, link_path), 0);
    assert_int_equal(memory_load(link_path, "run", s), -ELOOP);
    unlink(link_path);
    sessions_free(s);
}

static void a_file_that_is_no_good_is_left(void **state)
{
    static const struct {
        const char *text;
        int result;
    } files[] = {
        {"", -EINVAL},
        {"[]", -EINVAL},
        {"{\"run\":1,\"sessions\":[]}", -EINVAL},
        {"{\"run\":\"run\",\"sessions\":{}}", -EINVAL},
        {"{\"run\":\"run\",\"sessions\":[]}", 0},
        {"{\"run\":\"run\",\"sessions\":[1,[],[\"x\"],{}]}", 0},
        {"{\"run\":\"run\",\"sessions\":[[\"1:a_b\",\"a_b\",1,1,-5,0,0,0,0,[]]]}", 0},
        {"{\"run\":\"run\",\"sessions\":[[\"1:a_b\\u001b\",\"a_b\",1,1,5,0,0,0,0,[]]]}", 0},
        {"{\"run\":\"run\",\"sessions\":[[\"\",\"a_b\",1,1,5,0,0,0,0,[]]]}", 0},
        {"{\"run\":\"run\",\"sessions\":[[\"1:a_b\",\"a_b\",0,1,5,0,0,0,0,[]]]}", 0},
        {"{\"run\":\"run\",\"sessions\":[[\"1:a_b\",\"a_b\",1,1,5,0,0,0,0,[[1,2]]]]}", 0},
        {"{\"run\":\"run\",\"sessions\":[[\"1:a_b\",\"a_b\",1,1,5,0,0,0,0,[]],[\"1:a_b\",\"a_b\",2,1,5,0,0,0,0,[]]]}",
         1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct sessions *s = begin();
        write_text(files[i].text);
        assert_int_equal(memory_load(path, "run", s), files[i].result);
        assert_int_equal(sessions_count(s), files[i].result > 0 ? files[i].result : 0);
        sessions_free(s);
    }
    struct sessions *s = begin();
    unlink(path);
    assert_int_equal(memory_load(path, "run", s), -ENOENT);
    sessions_free(s);
}

static void a_file_has_its_limits(void **state)
{
    static const char head[] = "{\"run\":\"run\",\"sessions\":[[\"1:a_b\",\"a_b\",1,1,5,0,0,0,0,[";
    static char text[64 * (SESSIONS_CHILDREN_MAX + 8)];
    (void)state;
    for (unsigned n = SESSIONS_CHILDREN_MAX; n <= SESSIONS_CHILDREN_MAX + 1; n++) {
        struct sessions *s = begin();
        size_t at = (size_t)snprintf(text, sizeof(text), "%s", head);
        for (unsigned i = 1; i <= n; i++)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s[%u,0,0,0,0,0,0,0,0]", i > 1 ? "," : "", i);
        snprintf(text + at, sizeof(text) - at, "]]]}");
        write_text(text);
        assert_int_equal(memory_load(path, "run", s), n == SESSIONS_CHILDREN_MAX);
        sessions_free(s);
    }
    struct sessions *s = begin();
    assert_int_equal(truncate(path, (off_t)MEMORY_FILE_MAX + 1), 0);
    assert_int_equal(memory_load(path, "run", s), -EFBIG);
    sessions_free(s);
}

static void a_file_that_can_not_be_written_leaves_the_old_one(void **state)
{
    (void)state;
    remember("run");
    struct sessions *s = begin();
    char bad[300], blocker[300];
    snprintf(bad, sizeof(bad), "%s/nowhere", path);
    assert_int_equal(memory_save(bad, "run", s), -ENOTDIR);
    snprintf(blocker, sizeof(blocker), "%s.new", path);
    assert_int_equal(mkdir(blocker, 0700), 0);
    assert_int_equal(memory_save(path, "run", s), -EISDIR);
    assert_int_equal(memory_load(path, "run", s), 1);
    rmdir(blocker);
    sessions_free(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_rekeyed_session_keeps_its_identity_and_its_counters),
        TEST(who_was_rekeyed_while_nobody_watched_is_known_by_her_children),
        TEST(in_another_run_the_same_numbers_are_other_sessions),
        TEST(without_its_spis_a_session_is_known_in_its_own_run_only),
        TEST(who_is_remembered_and_not_there_is_nothing),
        TEST(a_file_that_others_can_write_is_not_believed),
        TEST(a_file_that_is_no_good_is_left),
        TEST(a_file_has_its_limits),
        TEST(a_file_that_can_not_be_written_leaves_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
