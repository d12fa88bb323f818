/* SPDX-License-Identifier: Apache-2.0 */
#include "ntlm/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ntlm/message.h"

#define DESCRIPTORS (NTLM_CONTEXTS_MAX + 64u) /* one for each worker; the library's files, winbind, rrasd */

/* Who has none may not even be allowed to say so: the unit of rrasd forbids capset(). */
static int drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3] = {0}, none[_LINUX_CAPABILITY_U32S_3] = {0};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_capget, &header, has) < 0)
        return -errno;
    if (memcmp(has, none, sizeof has) == 0)
        return 0;
    return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

static int limit(__rlimit_resource_t what, rlim_t most)
{
    const struct rlimit l = {most, most};
    return setrlimit(what, &l) < 0 ? -errno : 0;
}

static int deny_all(scmp_filter_ctx filter, const int *calls, size_t n)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < n; i++)
        r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
    return r;
}

/* What must not be done whatever the arguments are. */
static int deny_calls(scmp_filter_ctx filter)
{
    static const int calls[] = {
        SCMP_SYS(execve),
        SCMP_SYS(execveat),
        SCMP_SYS(ptrace),
        SCMP_SYS(process_vm_readv),
        SCMP_SYS(process_vm_writev),
        SCMP_SYS(pidfd_getfd),
        SCMP_SYS(creat),
        SCMP_SYS(openat2),
        SCMP_SYS(truncate),
        SCMP_SYS(ftruncate),
        SCMP_SYS(unlink),
        SCMP_SYS(unlinkat),
        SCMP_SYS(rename),
        SCMP_SYS(renameat),
        SCMP_SYS(renameat2),
        SCMP_SYS(link),
        SCMP_SYS(linkat),
        SCMP_SYS(symlink),
        SCMP_SYS(symlinkat),
        SCMP_SYS(mkdir),
        SCMP_SYS(mkdirat),
        SCMP_SYS(rmdir),
        SCMP_SYS(mknod),
        SCMP_SYS(mknodat),
        SCMP_SYS(chmod),
        SCMP_SYS(fchmod),
        SCMP_SYS(fchmodat),
        SCMP_SYS(chown),
        SCMP_SYS(fchown),
        SCMP_SYS(lchown),
        SCMP_SYS(fchownat),
        SCMP_SYS(setxattr),
        SCMP_SYS(mount),
        SCMP_SYS(umount2),
        SCMP_SYS(unshare),
        SCMP_SYS(setns),
        SCMP_SYS(chroot),
        SCMP_SYS(pivot_root),
        SCMP_SYS(setuid),
        SCMP_SYS(setgid),
        SCMP_SYS(setresuid),
        SCMP_SYS(setresgid),
        SCMP_SYS(bpf),
        SCMP_SYS(perf_event_open),
        SCMP_SYS(keyctl),
        SCMP_SYS(add_key),
        SCMP_SYS(request_key),
        SCMP_SYS(userfaultfd),
        SCMP_SYS(io_uring_setup),
        SCMP_SYS(open_by_handle_at),
        SCMP_SYS(listen),
        SCMP_SYS(bind),
    };
    return deny_all(filter, calls, sizeof calls / sizeof calls[0]);
}

/* And in a worker: none is made, gets a signal, or loses what it may have. rrasd is of the same user. */
static int deny_processes(scmp_filter_ctx filter)
{
    static const int calls[] = {
        SCMP_SYS(fork),
        SCMP_SYS(vfork),
        SCMP_SYS(clone),
        SCMP_SYS(clone3),
        SCMP_SYS(kill),
        SCMP_SYS(tkill),
        SCMP_SYS(rt_sigqueueinfo),
        SCMP_SYS(rt_tgsigqueueinfo),
        SCMP_SYS(pidfd_open),
        SCMP_SYS(pidfd_send_signal),
        SCMP_SYS(setpriority),
        SCMP_SYS(sched_setaffinity),
        SCMP_SYS(sched_setattr),
        SCMP_SYS(sched_setparam),
        SCMP_SYS(sched_setscheduler),
        SCMP_SYS(ioprio_set),
    };
    return deny_all(filter, calls, sizeof calls / sizeof calls[0]);
}

/* Calls that do it with some arguments only. abort(3) has to go on working: by it a library tells that it gives up. */
static int deny_others_by_argument(scmp_filter_ctx filter)
{
    static const struct {
        int call;
        unsigned number; /* of which the kernel looks at 32 bits, and a filter sees 64 */
    } owners[] = {{SCMP_SYS(fcntl), F_SETOWN},
                  {SCMP_SYS(fcntl), F_SETOWN_EX},
                  {SCMP_SYS(ioctl), FIOSETOWN},
                  {SCMP_SYS(ioctl), SIOCSPGRP}};
    const uint32_t no = SCMP_ACT_ERRNO(EPERM);
    int r = seccomp_rule_add(filter, no, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)getpid()));
    if (r == 0)
        r = seccomp_rule_add(filter, no, SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_NE, 0));
    for (size_t i = 0; r == 0 && i < sizeof owners / sizeof owners[0]; i++)
        r = seccomp_rule_add(filter, no, owners[i].call, 1, SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, owners[i].number));
    return r;
}

/* Files are read, and not made or changed; nobody on a network is spoken to. */
static int deny_by_argument(scmp_filter_ctx filter)
{
    static const int ways_to_write[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC};
    const uint32_t no = SCMP_ACT_ERRNO(EPERM);
    int r = seccomp_rule_add(filter, no, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX));
    for (size_t i = 0; r == 0 && i < sizeof ways_to_write / sizeof ways_to_write[0]; i++) {
        const scmp_datum_t bit = (scmp_datum_t)ways_to_write[i];
        r = seccomp_rule_add(filter, no, SCMP_SYS(open), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, bit, bit));
        if (r == 0)
            r = seccomp_rule_add(filter, no, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, bit, bit));
    }
    return r;
}

/* Nor on this machine, where winbind is not needed: who listens here believes rrasd's user, and rrasd itself at its
 * driver socket first of all. */
static int deny_by_argument_and_sockets(scmp_filter_ctx filter)
{
    static const int calls[] = {SCMP_SYS(socket), SCMP_SYS(connect)};
    int r = deny_by_argument(filter);
    return r == 0 ? deny_all(filter, calls, sizeof calls / sizeof calls[0]) : r;
}

static int deny(int (*add)(scmp_filter_ctx filter), int (*add_more)(scmp_filter_ctx filter))
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return -ENOMEM;
    int r = add(filter);
    if (r == 0 && add_more)
        r = add_more(filter);
    if (r == 0)
        r = seccomp_load(filter);
    seccomp_release(filter);
    return r;
}

int confine_process(bool with_winbind)
{
    int r = drop_capabilities();
    if (r == 0)
        r = limit(RLIMIT_CORE, 0);
    if (r == 0)
        r = limit(RLIMIT_NOFILE, DESCRIPTORS);
    if (r == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        r = -errno;
    return r == 0 ? deny(deny_calls, with_winbind ? deny_by_argument : deny_by_argument_and_sockets) : r;
}

/*
 * Where the kernel has it: whoever is in a domain of Landlock can't look into a process outside, though it is of the
 * same user, as rrasd is (/proc/PID/mem). What the domain forbids besides does not matter, for all of that is denied
 * already.
 */
static int leave_alone_who_is_outside(void)
{
    const struct landlock_ruleset_attr attr = {.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE};
    int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0u);
    if (fd < 0) /* EPERM: a unit that does not know of it */
        return errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM ? 0 : -errno;
    int r = syscall(SYS_landlock_restrict_self, fd, 0u) < 0 ? -errno : 0;
    close(fd);
    return r;
}

int confine_worker(void)
{
    int r = prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ? -errno : 0;
    if (r == 0)
        r = leave_alone_who_is_outside();
    return r == 0 ? deny(deny_processes, deny_others_by_argument) : r;
}
