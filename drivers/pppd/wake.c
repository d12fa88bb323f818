/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/pppd/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

static wake_handler *handler;
static int signal_number;
static sigset_t ours; /* the signal, and SIGIO */
static timer_t timer;
static pid_t timer_of; /* a timer stays with the process that has made it */

static void on_signal(int number, siginfo_t *info, void *context)
{
    int keep = errno;
    (void)number, (void)context;
    handler(info->si_code == SI_TIMER);
    errno = keep;
}

static bool is_free(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) && now.sa_handler == SIG_DFL;
}

static int install(int number)
{
    struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigfillset(&sa.sa_mask); /* pppd's own handlers wait */
    return sigaction(number, &sa, NULL) < 0 ? -errno : 0;
}

int wake_begin(wake_handler *h)
{
    int number = SIGRTMAX;
    while (number > SIGRTMIN && !is_free(number))
        number--;
    if (!is_free(number))
        return -EBUSY;
    handler = h;
    sigemptyset(&ours);
    sigaddset(&ours, number);
    sigaddset(&ours, SIGIO);
    int r = install(number);
    signal_number = r == 0 ? number : 0;
    return r;
}

/* pppd ends by SIGIO, as by others that it never expects; it says so after it has loaded its plugins. Should somebody
 * else have a handler for it, it is his. */
static bool would_end_pppd(int number)
{
    struct sigaction now, unexpected;
    return is_free(number) || (sigaction(number, NULL, &now) == 0 && sigaction(SIGXCPU, NULL, &unexpected) == 0 &&
                               now.sa_handler == unexpected.sa_handler);
}

/* Without it a pppd that is stuck stays; all else works. */
static void make_timer(void)
{
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal_number};
    if (timer_of != getpid() && timer_create(CLOCK_MONOTONIC, &e, &timer) == 0)
        timer_of = getpid();
}

int wake_watch(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (signal_number == 0)
        return 0; /* asking for no signal would be asking for SIGIO, which ends pppd */
    make_timer(); /* here, because it must not be made in the handler */
    if (would_end_pppd(SIGIO) && install(SIGIO) < 0)
        return -errno;
    if (flags < 0 || fcntl(fd, F_SETSIG, signal_number) < 0 || fcntl(fd, F_SETOWN, getpid()) < 0 ||
        fcntl(fd, F_SETFL, flags | O_ASYNC) < 0)
        return -errno;
    return 0;
}

void wake_hold(sigset_t *ret_before)
{
    sigprocmask(SIG_BLOCK, &ours, ret_before);
}

void wake_restore(const sigset_t *before)
{
    sigprocmask(SIG_SETMASK, before, NULL);
}

void wake_forget(void)
{
    signal(signal_number, SIG_DFL);
    signal(SIGIO, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &ours, NULL);
}

void wake_deadline(unsigned ms)
{
    struct itimerspec when = {.it_value = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000}};
    if (timer_of == getpid())
        timer_settime(timer, 0, &when, NULL);
}
