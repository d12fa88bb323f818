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
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

/* ---- signals to others, in all the ways that there are beside kill() ---- */

static int try_tkill(void)
{
    return syscall(SYS_tkill, getppid(), 0) < 0 ? errno : 0;
}

static int try_tgkill(void)
{
    return syscall(SYS_tgkill, getppid(), getppid(), 0) < 0 ? errno : 0;
}

static int try_queue(void)
{
    siginfo_t info = {.si_code = SI_QUEUE};
    return syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info) < 0 ? errno : 0;
}

static int try_queue_to_thread(void)
{
    siginfo_t info = {.si_code = SI_QUEUE};
    return syscall(SYS_rt_tgsigqueueinfo, getppid(), getppid(), 0, &info) < 0 ? errno : 0;
}

static int try_folder_of_process(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", (int)getppid());
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) < 0 ? errno : 0;
}

static int a_socket(void)
{
    int ends[2];
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 ? -1 : ends[0];
}

static int try_owner(void)
{
    return fcntl(a_socket(), F_SETOWN, getppid()) < 0 ? errno : 0;
}

static int try_full_owner(void)
{
    const struct f_owner_ex owner = {F_OWNER_PID, getppid()};
    return fcntl(a_socket(), F_SETOWN_EX, &owner) < 0 ? errno : 0;
}

static int try_owner_by_long_number(void)
{
    return syscall(SYS_fcntl, a_socket(), UINT64_C(1) << 32 | F_SETOWN, getppid()) < 0 ? errno : 0;
}

static int try_ioctl_of_owner(void)
{
    const int other = getppid();
    return ioctl(a_socket(), FIOSETOWN, &other) < 0 ? errno : 0;
}

static int try_ioctl_of_group(void)
{
    const int other = getppid();
    return ioctl(a_socket(), SIOCSPGRP, &other) < 0 ? errno : 0;
}

/* ---- what others may have ---- */

static int try_limit(void)
{
    const struct rlimit none = {0, 0};
    return prlimit(getppid(), RLIMIT_CORE, &none, NULL) < 0 ? errno : 0;
}

static int try_own_limit(void)
{
    struct rlimit l;
    return getrlimit(RLIMIT_NOFILE, &l) < 0 ? errno : 0;
}

static int try_priority(void)
{
    return setpriority(PRIO_PROCESS, (id_t)getppid(), 19) < 0 ? errno : 0;
}

static int try_scheduler(void)
{
    const struct sched_param none = {0};
    return sched_setscheduler(getppid(), SCHED_BATCH, &none) < 0 ? errno : 0;
}

static int try_processors(void)
{
    cpu_set_t all;
    if (sched_getaffinity(0, sizeof all, &all) < 0)
        return FAILED;
    return sched_setaffinity(getppid(), sizeof all, &all) < 0 ? errno : 0;
}

/* ---- by whom ---- */

static int nothing(void)
{
    return 0;
}

static int as_process(void)
{
    return confine_process(true);
}

static int as_worker(void)
{
    int r = as_process();
    return r == 0 ? confine_worker() : r;
}

static int as_worker_without_winbind(void)
{
    int r = confine_process(false);
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
        assert_int_equal(what_comes_of(as_process, can[i]), 0);
    for (size_t i = 0; i < sizeof cannot / sizeof cannot[0]; i++)
        assert_int_equal(what_comes_of(as_process, cannot[i]), EPERM);
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

static void a_worker_sends_no_signals(void **state)
{
    int (*const ways[])(void) = {
        try_tkill,      try_tgkill,         try_queue,          try_queue_to_thread,      try_owner,
        try_full_owner, try_ioctl_of_owner, try_ioctl_of_group, try_owner_by_long_number, try_folder_of_process};
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        assert_int_equal(what_comes_of(nothing, ways[i]), 0);
        assert_int_equal(what_comes_of(as_worker, ways[i]), EPERM);
    }
}

static int try_abort(void)
{
    abort();
}

/* By it a library says that it gives up, and the log then says that it has. */
static void a_worker_can_abort(void **state)
{
    int status = 0;
    (void)state;
    pid_t pid = fork();
    if (pid == 0)
        _exit(as_worker() < 0 ? FAILED : try_abort());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void a_worker_leaves_others_what_they_have(void **state)
{
    int (*const ways[])(void) = {try_limit, try_priority, try_scheduler, try_processors};
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        assert_int_equal(what_comes_of(nothing, ways[i]), 0);
        assert_int_equal(what_comes_of(as_worker, ways[i]), EPERM);
    }
    assert_int_equal(what_comes_of(as_worker, try_own_limit), 0);
}

static void who_needs_no_winbind_speaks_to_nobody(void **state)
{
    (void)state;
    assert_int_equal(what_comes_of(as_worker, try_winbind), 0);
    assert_int_equal(what_comes_of(as_worker_without_winbind, try_winbind), EPERM);
    assert_int_equal(what_comes_of(as_worker_without_winbind, try_network), EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_everything_is_possible),
        cmocka_unit_test(the_process_can_do_what_it_needs),
        cmocka_unit_test(a_worker_can_do_still_less),
        cmocka_unit_test(a_worker_sends_no_signals),
        cmocka_unit_test(a_worker_can_abort),
        cmocka_unit_test(a_worker_leaves_others_what_they_have),
        cmocka_unit_test(who_needs_no_winbind_speaks_to_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
