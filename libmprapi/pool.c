/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <winerror.h>

#include "libmprapi/deadline.h"
#include "libmprapi/detail.h"
#include "libmprapi/resolver.h"
#include "libmprapi/smb.h"
#include "libmprapi/transport.h"

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t freed; /* a place, or an idle association */
    atomic_uint refs;
    atomic_uint connect_ms, call_ms;
    struct binding binding;
    struct transport_address tcp;       /* where it was found last */
    struct association *idle[POOL_MAX]; /* the last one used comes first: others age, and the server may close them */
    size_t n_idle;
    size_t busy; /* taken, or being connected */
    bool lent;   /* the given one, to somebody who watches */
    atomic_bool closed;
};

static int init_sync(struct pool *p)
{
    pthread_condattr_t attr;

    if (pthread_condattr_init(&attr) != 0)
        return -ENOMEM;
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    int r = pthread_cond_init(&p->freed, &attr);
    pthread_condattr_destroy(&attr);
    if (r != 0)
        return -ENOMEM;
    if (pthread_mutex_init(&p->lock, NULL) != 0) {
        pthread_cond_destroy(&p->freed);
        return -ENOMEM;
    }
    return 0;
}

struct pool *pool_new(const struct binding *binding, const struct pool_limits *limits)
{
    struct pool *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    if (init_sync(p) < 0) {
        free(p);
        return NULL;
    }
    p->refs = 1;
    p->binding = *binding;
    pool_set_limits(p, limits);
    return p;
}

struct pool *pool_ref(struct pool *p)
{
    atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    return p;
}

void pool_unref(struct pool *p)
{
    if (atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < p->n_idle; i++)
        association_close(p->idle[i]);
    pthread_cond_destroy(&p->freed);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

struct pool_limits pool_get_limits(struct pool *p)
{
    return (struct pool_limits){atomic_load_explicit(&p->connect_ms, memory_order_relaxed),
                                atomic_load_explicit(&p->call_ms, memory_order_relaxed)};
}

void pool_set_limits(struct pool *p, const struct pool_limits *limits)
{
    atomic_store_explicit(&p->connect_ms, limits->connect_ms, memory_order_relaxed);
    atomic_store_explicit(&p->call_ms, limits->call_ms, memory_order_relaxed);
}

bool pool_can_connect(const struct pool *p)
{
    return p->binding.transport != TRANSPORT_GIVEN;
}

/* Takes an idle association of this process. Those that a parent process has made are closed on the way, in this one
 * only. */
static struct association *take_idle(struct pool *p)
{
    while (p->n_idle) {
        struct association *a = p->idle[--p->n_idle];
        if (association_is_ours(a))
            return a;
        association_close(a);
    }
    return NULL;
}

static bool wait_until(struct pool *p, uint64_t deadline)
{
    struct timespec t = {.tv_sec = (time_t)(deadline / 1000), .tv_nsec = (long)(deadline % 1000) * 1000000};
    return pthread_cond_timedwait(&p->freed, &p->lock, &t) == 0;
}

/* One of the POOL_MAX places, for a call. With the lock held. */
static uint32_t claim_place(struct pool *p, uint64_t deadline)
{
    size_t max = pool_can_connect(p) ? POOL_MAX : 1;
    bool in_time = true;

    while (p->busy >= max && !p->lent && in_time)
        in_time = wait_until(p, deadline);
    if (p->lent) {
        detail_set("the only connection of this handle is occupied by MprAdminRegisterConnectionNotification()");
        return ERROR_BUSY;
    }
    if (p->busy >= max) {
        detail_set("all connections of this handle were busy until the time was over");
        return RPC_S_CALL_FAILED_DNE;
    }
    p->busy++;
    return NO_ERROR;
}

/* Waits for a place and takes it: *ret is an idle association, or NULL when a new one has to be made. */
static uint32_t take_place(struct pool *p, uint64_t deadline, bool fresh, struct association **ret)
{
    *ret = NULL;
    pthread_mutex_lock(&p->lock);
    uint32_t code = claim_place(p, deadline);
    if (code == NO_ERROR)
        *ret = take_idle(p);
    pthread_mutex_unlock(&p->lock);
    if (fresh && *ret && pool_can_connect(p)) {
        association_close(*ret);
        *ret = NULL;
    }
    return code;
}

static uint32_t connect_failure(int error, const char *path)
{
    detail_set("connect %s: %s", path, strerror(-error));
    switch (error) {
    case -EACCES:
    case -EPERM:
        return ERROR_ACCESS_DENIED;
    case -ENOMEM:
    case -ENOBUFS:
    case -EMFILE:
    case -ENFILE:
        return ERROR_NOT_ENOUGH_MEMORY;
    default:
        return RPC_S_SERVER_UNAVAILABLE;
    }
}

static uint32_t connect_pipe(const struct binding *b, uint64_t deadline, struct association **ret)
{
    int fd;
    uint32_t code = smb_connect(b, deadline, &fd);
    if (code != NO_ERROR)
        return code;
    code = association_open_dimsvc(fd, deadline, ret);
    if (code != NO_ERROR)
        close(fd);
    return code;
}

/* Whatever `security` needs is in memory now; it is the association's from here on. */
static uint32_t open_over(int fd, struct security *security, uint64_t deadline, struct association **ret)
{
    uint32_t code = association_open(fd, security, deadline, ret);
    if (code != NO_ERROR)
        close(fd);
    return code;
}

static uint32_t connect_tcp(struct pool *p, uint64_t deadline, struct association **ret)
{
    const struct binding *b = &p->binding;
    struct security security;
    struct transport_address at;
    const char *name_error;
    char where[sizeof b->host + sizeof b->endpoint + 2];

    if (!*b->endpoint) {
        detail_set(
            "%s: which port? Its name is ncacn_ip_tcp:%s[PORT], with the port of [listen] in the server's rrasd.conf",
            b->host, b->host);
        return RPC_S_SERVER_UNAVAILABLE;
    }
    uint32_t code = security_open(b->host, &security);
    if (code != NO_ERROR)
        return code;
    int fd = transport_tcp_connect(b->host, b->endpoint, deadline, &at, &name_error);
    if (fd < 0) {
        security_close(&security);
        snprintf(where, sizeof where, "%s[%s]", b->host, b->endpoint);
        code = connect_failure(fd, where);
        if (name_error)
            detail_set("connect %s: %s", where, name_error);
        return code;
    }
    code = open_over(fd, &security, deadline, ret);
    if (code == NO_ERROR) {
        pthread_mutex_lock(&p->lock);
        p->tcp = at;
        pthread_mutex_unlock(&p->lock);
    }
    return code;
}

/* Kerberos asks for names as well: for those of KDCs, and for the server's in full. */
static uint32_t connect_tcp_in_time(struct pool *p, uint64_t deadline, struct association **ret)
{
    struct resolver_settings was = resolver_limit(deadline_left(deadline));
    uint32_t code = connect_tcp(p, deadline, ret);
    resolver_restore(&was);
    return code;
}

static uint32_t make_association(struct pool *p, uint64_t deadline, struct association **ret)
{
    const struct binding *b = &p->binding;
    if (b->transport == TRANSPORT_GIVEN) {
        detail_set("the given connection was lost");
        return RPC_S_SERVER_UNAVAILABLE;
    }
    if (b->transport == TRANSPORT_PIPE || b->transport == TRANSPORT_ANY)
        return connect_pipe(b, deadline, ret);
    if (b->transport == TRANSPORT_TCP)
        return connect_tcp_in_time(p, deadline, ret);
    int fd = transport_unix_connect(b->endpoint, deadline);
    if (fd < 0)
        return connect_failure(fd, b->endpoint);
    return open_over(fd, NULL, deadline, ret);
}

/* Within the time to connect, and before the deadline. */
static uint32_t connect_in_time(struct pool *p, uint64_t deadline, struct association **ret)
{
    uint64_t connect_deadline = deadline_in(pool_get_limits(p).connect_ms);
    return make_association(p, connect_deadline < deadline ? connect_deadline : deadline, ret);
}

static void leave_place(struct pool *p, struct association *keep)
{
    pthread_mutex_lock(&p->lock);
    if (keep)
        p->idle[p->n_idle++] = keep; /* busy + n_idle <= POOL_MAX, and this was a busy one */
    p->busy--;
    pthread_cond_signal(&p->freed);
    pthread_mutex_unlock(&p->lock);
}

uint32_t pool_take(struct pool *p, uint64_t deadline, bool fresh, struct association **ret, bool *reused)
{
    uint32_t code = take_place(p, deadline, fresh, ret);

    if (code != NO_ERROR)
        return code;
    *reused = *ret != NULL;
    if (*ret)
        return NO_ERROR;
    code = connect_in_time(p, deadline, ret);
    if (code != NO_ERROR)
        leave_place(p, NULL);
    return code;
}

void pool_give(struct pool *p, struct association *a)
{
    leave_place(p, a);
}

void pool_drop(struct pool *p, struct association *a)
{
    association_close(a);
    leave_place(p, NULL);
}

/* ---- watching ---- */

/* Those who wait for the given association wait in vain. */
static void set_lent(struct pool *p, bool lent)
{
    pthread_mutex_lock(&p->lock);
    p->lent = lent;
    pthread_cond_broadcast(&p->freed);
    pthread_mutex_unlock(&p->lock);
}

uint32_t pool_take_watch(struct pool *p, uint64_t deadline, struct association **ret)
{
    bool reused;

    if (pool_can_connect(p))
        return connect_in_time(p, deadline, ret);
    uint32_t code = pool_take(p, deadline, false, ret, &reused);
    if (code == NO_ERROR)
        set_lent(p, true);
    return code;
}

/* Where it was found last: a name service would make the caller wait. */
static int connect_tcp_now(struct pool *p, struct security *security)
{
    struct transport_address at;

    pthread_mutex_lock(&p->lock);
    at = p->tcp;
    pthread_mutex_unlock(&p->lock);
    if (!at.len || security_open(p->binding.host, security) != NO_ERROR)
        return -ENOTCONN;
    return transport_tcp_connect_now(&at);
}

static int connect_now(struct pool *p, struct security *security)
{
    switch (p->binding.transport) {
    case TRANSPORT_UNIX:
        return transport_unix_connect_now(p->binding.endpoint);
    case TRANSPORT_TCP:
        return connect_tcp_now(p, security);
    case TRANSPORT_PIPE:
    case TRANSPORT_ANY:
    case TRANSPORT_GIVEN:
        break;
    }
    return -ENOTCONN;
}

struct association *pool_renew_watch(struct pool *p)
{
    struct security security = {0};
    struct association *a = NULL;
    int fd = connect_now(p, &security);

    if (fd < 0) {
        security_close(&security);
        return NULL;
    }
    if (association_begin(fd, &security, &a) != NO_ERROR)
        close(fd);
    return a;
}

void pool_end_watch(struct pool *p, struct association *a)
{
    if (pool_can_connect(p)) {
        association_close(a);
        return;
    }
    pool_drop(p, a);
    set_lent(p, false);
}

void pool_close(struct pool *p)
{
    atomic_store(&p->closed, true);
}

bool pool_is_closed(const struct pool *p)
{
    return atomic_load(&p->closed);
}

void pool_adopt(struct pool *p, struct association *a)
{
    pthread_mutex_lock(&p->lock);
    p->idle[p->n_idle++] = a;
    pthread_mutex_unlock(&p->lock);
}
