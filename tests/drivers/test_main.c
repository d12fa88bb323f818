/* SPDX-License-Identifier: Apache-2.0 */
/* A driver's process: each in a child, for signals and the exit status are its own. What it does, it tells by letters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/common/driver_main.h"
#include "tests/lib/tmpdir.h"

#define PATIENCE_MS 20000

/* What the program is to do. */
struct plan {
    int prepare_result, start_result;
    int end_error; /* when it `ends' by itself */
    bool ends, ends_at_start, hangs_at_close;
};

struct program {
    struct plan plan;
    int told; /* letters go there */
    struct driver_process *process;
    uv_timer_t timer;
};

struct child {
    pid_t pid;
    int told, log;
};

static void tell(const struct program *p, char letter)
{
    if (write(p->told, &letter, 1) != 1)
        _exit(99);
}

static int prepare(void *ctx, bool check_only)
{
    struct program *p = ctx;
    tell(p, check_only ? 'c' : 'p');
    return p->plan.prepare_result;
}

static void on_timer(uv_timer_t *timer)
{
    struct program *p = timer->data;
    if (!p->plan.ends) {
        tell(p, 'r'); /* the loop runs, and has a signal's handler */
        return;
    }
    driver_process_end(p->process, p->plan.end_error);
    driver_process_end(p->process, -EIO); /* has ended already: nothing happens */
}

static int start(void *ctx, uv_loop_t *loop, struct driver_process *process)
{
    struct program *p = ctx;
    tell(p, 's');
    p->process = process;
    if (p->plan.start_result < 0)
        return p->plan.start_result;
    uv_timer_init(loop, &p->timer);
    p->timer.data = p;
    uv_timer_start(&p->timer, on_timer, 0, 0);
    if (p->plan.ends_at_start)
        driver_process_end(process, 0);
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    tell(handle->data, 'e'); /* the loop has gone on until here */
}

static void close_program(void *ctx)
{
    struct program *p = ctx;
    tell(p, 'l');
    if (!p->plan.hangs_at_close)
        uv_close((uv_handle_t *)&p->timer, on_closed);
    else
        uv_timer_start(&p->timer, on_timer, PATIENCE_MS * 10, 0);
}

static struct child begin(struct plan plan, bool check_only)
{
    static const struct driver_program program = {
        .name = "rras-test", .prepare = prepare, .start = start, .close = close_program};
    int told[2], log[2];
    assert_int_equal(pipe(told), 0);
    assert_int_equal(pipe(log), 0);
    struct child c = {.pid = fork(), .told = told[0], .log = log[0]};
    assert_true(c.pid >= 0);
    if (c.pid == 0) {
        const struct driver_options options = {.check_only = check_only};
        struct program p = {.plan = plan, .told = told[1]};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(log[1], STDERR_FILENO);
        _exit(driver_main(&program, &p, &options));
    }
    close(told[1]);
    close(log[1]);
    return c;
}

/* Reads to the end, or until `last` has come. */
static void read_text(int fd, char last, char *dst, size_t cap)
{
    size_t n = 0;
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
        ssize_t got = read(fd, dst + n, 1);
        assert_true(got >= 0 && n + 1 < cap);
        if (got == 0)
            break;
        if (dst[n++] == last)
            break;
    }
    dst[n] = '\0';
}

/* Its status as of waitpid(); what it has told since, and logged. */
static int end_of(struct child *c, const char *expected, const char *logged)
{
    char text[64], log[1024];
    int status;
    read_text(c->told, '\0', text, sizeof(text));
    read_text(c->log, '\0', log, sizeof(log));
    assert_string_equal(text, expected);
    if (!strstr(log, logged) || (!logged[0] && log[0]))
        fail_msg("not `%s' in the log: %s", logged, log);
    assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
    close(c->told);
    close(c->log);
    return status;
}

static void wait_for(const struct child *c, char letter)
{
    char text[64];
    read_text(c->told, letter, text, sizeof(text));
}

static void a_signal_ends_it_in_good_order(void **state)
{
    static const int signals[] = {SIGTERM, SIGINT};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct child c = begin((struct plan){0}, false);
        wait_for(&c, 'r');
        kill(c.pid, signals[i]);
        assert_int_equal(end_of(&c, "le", ""), 0);
    }
}

static void a_second_signal_ends_it_at_once(void **state)
{
    (void)state;
    struct child c = begin((struct plan){.hangs_at_close = true}, false);
    wait_for(&c, 'r');
    kill(c.pid, SIGTERM);
    wait_for(&c, 'l');
    kill(c.pid, SIGTERM);
    int status = end_of(&c, "", "");
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void a_broken_pipe_does_not_end_it(void **state)
{
    (void)state;
    struct child c = begin((struct plan){0}, false);
    wait_for(&c, 'r');
    kill(c.pid, SIGPIPE);
    kill(c.pid, SIGTERM);
    assert_int_equal(end_of(&c, "le", ""), 0);
}

static void to_check_the_configuration_starts_nothing(void **state)
{
    (void)state;
    struct child c = begin((struct plan){0}, true);
    assert_int_equal(end_of(&c, "c", ""), 0);
    c = begin((struct plan){.prepare_result = -EPERM}, true);
    assert_int_equal(WEXITSTATUS(end_of(&c, "c", "")), EXIT_FAILURE);
}

static void what_can_not_be_prepared_is_not_started(void **state)
{
    (void)state;
    struct child c = begin((struct plan){.prepare_result = -EPERM}, false);
    assert_int_equal(WEXITSTATUS(end_of(&c, "p", "")), EXIT_FAILURE);
}

static void what_does_not_start_is_not_closed_and_says_why(void **state)
{
    (void)state;
    struct child c = begin((struct plan){.start_result = -ENOSPC}, false);
    assert_int_equal(WEXITSTATUS(end_of(&c, "ps", "can't start: No space left on device")), EXIT_FAILURE);
}

static void it_may_end_by_itself(void **state)
{
    (void)state;
    struct child c = begin((struct plan){.ends = true}, false);
    assert_int_equal(end_of(&c, "psle", ""), 0);
    c = begin((struct plan){.ends_at_start = true}, false);
    assert_int_equal(end_of(&c, "psle", ""), 0);
    c = begin((struct plan){.ends = true, .end_error = -EPIPE}, false);
    assert_int_equal(WEXITSTATUS(end_of(&c, "psle", "ended: Broken pipe")), EXIT_FAILURE);
}

#if HAVE_LIBSYSTEMD
static void expect_said(int fd, const char *expected)
{
    char text[64];
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    ssize_t n = recv(fd, text, sizeof(text) - 1, 0);
    assert_true(n >= 0);
    text[n] = '\0';
    assert_string_equal(text, expected);
}

static void systemd_hears_when_it_is_ready_that_it_lives_and_when_it_stops(void **state)
{
    char dir[64];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)state;
    tmpdir_template(dir, sizeof(dir), "main");
    assert_non_null(mkdtemp(dir));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", dir);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    setenv("WATCHDOG_USEC", "20000", 1);
    struct child c = begin((struct plan){0}, false);
    expect_said(fd, "READY=1");
    expect_said(fd, "WATCHDOG=1");
    expect_said(fd, "WATCHDOG=1");
    unsetenv("WATCHDOG_USEC");
    kill(c.pid, SIGTERM);
    assert_int_equal(end_of(&c, "psrle", ""), 0);
    struct child failed = begin((struct plan){.start_result = -EIO}, false); /* says nothing: it was never ready */
    end_of(&failed, "ps", "can't start");
    struct child short_lived = begin((struct plan){.ends_at_start = true}, false);
    end_of(&short_lived, "psle", "");
    unsetenv("NOTIFY_SOCKET");
    char text[64] = "WATCHDOG=1";
    while (strcmp(text, "WATCHDOG=1") == 0) {
        ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
        text[n < 0 ? 0 : n] = '\0';
    }
    assert_string_equal(text, "STOPPING=1");
    expect_said(fd, "STOPPING=1"); /* of the one that ended at once; the one that failed has said nothing */
    assert_true(recv(fd, text, sizeof(text), MSG_DONTWAIT) < 0);
    close(fd);
    unlink(address.sun_path);
    rmdir(dir);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_ends_it_in_good_order),
        cmocka_unit_test(a_second_signal_ends_it_at_once),
        cmocka_unit_test(a_broken_pipe_does_not_end_it),
        cmocka_unit_test(to_check_the_configuration_starts_nothing),
        cmocka_unit_test(what_can_not_be_prepared_is_not_started),
        cmocka_unit_test(what_does_not_start_is_not_closed_and_says_why),
        cmocka_unit_test(it_may_end_by_itself),
#if HAVE_LIBSYSTEMD
        cmocka_unit_test(systemd_hears_when_it_is_ready_that_it_lives_and_when_it_stops),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
