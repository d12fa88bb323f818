/* SPDX-License-Identifier: Apache-2.0 */
/* What rras-ntlm and its workers can't do any more, tried by processes that have given it up; and could before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ntlm/confine.h"

#define NOBODY 65534u
#define FAILED 200 /* not by what is tried */

static volatile int secret = 1; /* of the process outside */

/* ---- what is tried; each gives 0 or errno ---- */

static int try_exec(void)
{
    char *argv[] = {NULL};
    (void)execve("/no/such/program", argv, argv);
    return errno == ENOENT ? 0 : errno;
}

static int try_fork(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid < 0 ? errno : 0;
}

static int try_kill(void)
{
    return kill(getppid(), 0) < 0 ? errno : 0;
}

static int try_write(void)
{
    return open("/dev/null", O_WRONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int try_read(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int try_unlink(void)
{
    return unlink("/no/such/file") < 0 && errno != ENOENT ? errno : 0;
}

static int try_network(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

static int try_winbind(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

/* The memory of who is outside, and of the same user. */
static int try_look(void)
{
    char path[64];
    int value = 0;
    snprintf(path, sizeof path, "/proc/%d/mem", (int)getppid());
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    return pread(fd, &value, sizeof value, (off_t)(uintptr_t)&secret) == sizeof value && value == 1 ? 0 : EIO;
}

/* ---- by whom ---- */

static int nothing(void)
{
    return 0;
}

static int as_worker(void)
{
    int r = confine_process();
    return r == 0 ? confine_worker() : r;
}

static int status_of(pid_t pid)
{
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return FAILED;
    return WEXITSTATUS(status);
}

/* Somebody without capabilities, as rrasd is, has a child that gives up what it gives up and then tries it. */
static int outside(int (*confine)(void), int (*attempt)(void))
{
    if (geteuid() == 0 && (setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
        return FAILED;
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
        return FAILED;
    pid_t pid = fork();
    if (pid == 0) {
        secret = 0; /* its own */
        _exit(confine() < 0 ? FAILED : attempt());
    }
    return status_of(pid);
}

static int what_comes_of(int (*confine)(void), int (*attempt)(void))
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(outside(confine, attempt));
    return status_of(pid);
}

/* ---- tests ---- */

static void before_everything_is_possible(void **state)
{
    int (*const attempts[])(void) = {try_exec, try_fork,   try_kill,    try_write,
                                     try_read, try_unlink, try_network, try_winbind};
    (void)state;
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++)
        assert_int_equal(what_comes_of(nothing, attempts[i]), 0);
}

static void the_process_can_do_what_it_needs(void **state)
{
    int (*const can[])(void) = {try_fork, try_kill, try_read, try_winbind};
    int (*const cannot[])(void) = {try_exec, try_write, try_unlink, try_network};
    (void)state;
    for (size_t i = 0; i < sizeof can / sizeof can[0]; i++)
        assert_int_equal(what_comes_of(confine_process, can[i]), 0);
    for (size_t i = 0; i < sizeof cannot / sizeof cannot[0]; i++)
        assert_int_equal(what_comes_of(confine_process, cannot[i]), EPERM);
}

static void a_worker_can_do_still_less(void **state)
{
    int (*const can[])(void) = {try_read, try_winbind};
    int (*const cannot[])(void) = {try_exec, try_write, try_unlink, try_network, try_fork, try_kill};
    (void)state;
    for (size_t i = 0; i < sizeof can / sizeof can[0]; i++)
        assert_int_equal(what_comes_of(as_worker, can[i]), 0);
    for (size_t i = 0; i < sizeof cannot / sizeof cannot[0]; i++)
        assert_int_equal(what_comes_of(as_worker, cannot[i]), EPERM);
    bool has_landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
    /* Yama may forbid it to everybody. */
    if (has_landlock && what_comes_of(nothing, try_look) == 0)
        assert_int_equal(what_comes_of(as_worker, try_look), EACCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_everything_is_possible),
        cmocka_unit_test(the_process_can_do_what_it_needs),
        cmocka_unit_test(a_worker_can_do_still_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
