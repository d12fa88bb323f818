/* SPDX-License-Identifier: Apache-2.0 */
/* Being told when users come and go: events, and their registrations with servers. */
#include "libmprapi/notify.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <openrras.h>

#include "libmprapi/buffer.h"
#include "libmprapi/deadline.h"
#include "libmprapi/detail.h"
#include "libmprapi/handle.h"
#include "libmprapi/handle_table.h"
#include "libmprapi/notifier.h"
#include "libmprapi/rrasx_call.h"
#include "libmprapi/server.h"

static void *ref(void *notifier)
{
    return notifier_ref(notifier);
}

static struct handle_table events = {.mark = HANDLE_MARK_EVENT, .ref = ref, .lock = PTHREAD_MUTEX_INITIALIZER};

/* With a reference for the caller; NULL: no event, or a parent process's. */
static struct notifier *get(HANDLE event)
{
    struct notifier *n = handle_table_get(&events, event);

    if (!n || notifier_is_ours(n))
        return n;
    notifier_unref(n);
    return NULL;
}

/* ---- events ---- */

DWORD OpenRrasNotifyCreate(HANDLE *phEvent)
{
    struct notifier *n;

    if (rrasx_check_output(phEvent, "phEvent") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    *phEvent = NULL;
    int r = notifier_new(&n);
    if (r == 0 && (r = handle_table_add(&events, n, phEvent)) < 0)
        notifier_unref(n);
    if (r < 0)
        detail_set("an event needs three descriptors and memory: %s", strerror(-r));
    return r < 0 ? ERROR_NOT_ENOUGH_MEMORY : NO_ERROR;
}

static DWORD no_event(const char *which, DWORD code)
{
    detail_set("%s is not an event of OpenRrasNotifyCreate(), or was closed", which);
    return code;
}

DWORD OpenRrasNotifyClose(HANDLE hEvent)
{
    struct notifier *n = handle_table_remove(&events, hEvent);

    detail_clear();
    if (!n)
        return no_event("hEvent", ERROR_INVALID_HANDLE);
    notifier_close(n);
    notifier_unref(n);
    return NO_ERROR;
}

DWORD OpenRrasNotifyGetFd(HANDLE hEvent, int *pfd)
{
    if (rrasx_check_output(pfd, "pfd") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    *pfd = -1;
    struct notifier *n = get(hEvent);
    if (!n)
        return no_event("hEvent", ERROR_INVALID_HANDLE);
    *pfd = notifier_fd(n);
    notifier_unref(n);
    return NO_ERROR;
}

/* ---- waiting ---- */

struct waiting {
    struct notifier *events[OPENRRAS_NOTIFY_WAIT_MAX];
    struct pollfd fds[OPENRRAS_NOTIFY_WAIT_MAX];
    DWORD n;
};

static DWORD no_event_at(DWORD i)
{
    char which[32];

    (void)snprintf(which, sizeof which, "phEvents[%u]", i);
    return no_event(which, ERROR_INVALID_HANDLE);
}

static void let_go(const struct waiting *w)
{
    for (DWORD i = 0; i < w->n; i++)
        notifier_unref(w->events[i]);
}

static DWORD take_hold(struct waiting *w, const HANDLE *handles, DWORD n)
{
    for (w->n = 0; w->n < n; w->n++) {
        struct notifier *event = get(handles[w->n]);
        if (!event)
            return no_event_at(w->n);
        w->events[w->n] = event;
        w->fds[w->n] = (struct pollfd){.fd = notifier_fd(event), .events = POLLIN};
    }
    return NO_ERROR;
}

/* All that have something to do get their turn, so that none starves behind one that is always signalled. */
static void turn_all(const struct waiting *w)
{
    uint64_t now = deadline_now();

    for (DWORD i = 0; i < w->n; i++)
        if (w->fds[i].revents)
            notifier_turn(w->events[i], now);
}

static void leave_all(const struct waiting *w)
{
    for (DWORD i = 0; i < w->n; i++)
        if (w->fds[i].revents)
            notifier_leave(w->events[i]);
}

/* The first that is signalled. */
static DWORD take_one(const struct waiting *w, LPDWORD which)
{
    for (DWORD i = 0; i < w->n; i++)
        if (w->fds[i].revents && notifier_is_closed(w->events[i]))
            return no_event_at(i);
    for (DWORD i = 0; i < w->n; i++) {
        if (w->fds[i].revents && notifier_take(w->events[i])) {
            *which = i;
            return NO_ERROR;
        }
    }
    return WAIT_TIMEOUT;
}

static DWORD wait_for(struct waiting *w, DWORD ms, LPDWORD which)
{
    const uint64_t deadline = ms == OPENRRAS_WAIT_FOREVER ? UINT64_MAX : deadline_in(ms);
    uint64_t left = ms;

    for (;;) {
        if (poll(w->fds, w->n, left < INT_MAX ? (int)left : INT_MAX) < 0 && errno != EINTR) {
            detail_set("waiting for %u events: %s", w->n, strerror(errno));
            return ERROR_NOT_ENOUGH_MEMORY;
        }
        turn_all(w);
        DWORD code = take_one(w, which);
        leave_all(w);
        if (code != WAIT_TIMEOUT || (left = deadline_left(deadline)) == 0)
            return code;
    }
}

DWORD OpenRrasNotifyWait(DWORD dwCount, const HANDLE *phEvents, DWORD dwWaitMs, LPDWORD lpdwSignalled)
{
    struct waiting w;
    DWORD which = 0;

    detail_clear();
    if (lpdwSignalled)
        *lpdwSignalled = 0;
    if (!phEvents || dwCount == 0 || dwCount > OPENRRAS_NOTIFY_WAIT_MAX) {
        detail_set("phEvents must have 1 to %u events", OPENRRAS_NOTIFY_WAIT_MAX);
        return ERROR_INVALID_PARAMETER;
    }
    DWORD code = take_hold(&w, phEvents, dwCount);
    if (code == NO_ERROR)
        code = wait_for(&w, dwWaitMs, &which);
    let_go(&w);
    if (lpdwSignalled && code == NO_ERROR)
        *lpdwSignalled = which;
    if (code == NO_ERROR || code == WAIT_TIMEOUT)
        detail_clear(); /* what went wrong with a connection meanwhile is no failure of this call */
    return code;
}

/* ---- registering ---- */

static DWORD check_lan_only(struct pool *p)
{
    LPBYTE buffer;
    DWORD code = server_get_info(p, 0, &buffer);

    if (code != NO_ERROR)
        return code;
    if (((const MPR_SERVER_0 *)(const void *)buffer)->fLanOnlyMode)
        code = ERROR_DDM_NOT_RUNNING;
    buffer_free(BUFFER_RECORDS, buffer);
    return code;
}

/* From now on. Says also whether the server has our interface, and whether the caller may look. */
static DWORD find_point(struct pool *p, struct watch_point *ret)
{
    const struct rrasx_event_request args = {.after = UINT64_MAX, .mask = OPENRRAS_EVENT_MASK_ALL};
    const struct question q = {.opnum = RRASX_EVENT_WAIT, .args = &args};
    void *list;
    DWORD code = rrasx_ask_server(p, &q, &list);

    if (code != NO_ERROR)
        return code;
    const OPENRRAS_EVENT_LIST *l = list;
    *ret = (struct watch_point){l->guidRun, l->ullLast};
    buffer_free(BUFFER_RECORDS, list);
    return NO_ERROR;
}

static DWORD register_event(struct pool *p, struct notifier *n)
{
    struct association *a;
    struct watch_point from;

    if (notifier_has(n, p))
        return NO_ERROR;
    DWORD code = check_lan_only(p);
    if (code == NO_ERROR)
        code = find_point(p, &from);
    if (code == NO_ERROR)
        code = pool_take_watch(p, deadline_in(pool_get_limits(p).call_ms), &a);
    if (code != NO_ERROR)
        return code;
    code = notifier_add(n, p, a, &from, deadline_now());
    if (code != NO_ERROR)
        pool_end_watch(p, a);
    return code;
}

/* Both handles, checked, in the order that mprapi.h says. */
static DWORD with_both(MPR_SERVER_HANDLE server, HANDLE event, DWORD (*what)(struct pool *p, struct notifier *n))
{
    struct pool *p = handle_get(server);

    detail_clear();
    if (!p)
        return RPC_S_INVALID_BINDING;
    struct notifier *n = get(event);
    DWORD code = n ? what(p, n) : no_event("hEventNotification", ERROR_INVALID_PARAMETER);
    if (n)
        notifier_unref(n);
    pool_unref(p);
    return code;
}

DWORD APIENTRY MprAdminRegisterConnectionNotification(MPR_SERVER_HANDLE hMprServer, HANDLE hEventNotification)
{
    return with_both(hMprServer, hEventNotification, register_event);
}

static DWORD deregister_event(struct pool *p, struct notifier *n)
{
    if (notifier_remove(n, p))
        return NO_ERROR;
    detail_set("the event is not registered with this server");
    return ERROR_INVALID_PARAMETER;
}

DWORD APIENTRY MprAdminDeregisterConnectionNotification(MPR_SERVER_HANDLE hMprServer, HANDLE hEventNotification)
{
    return with_both(hMprServer, hEventNotification, deregister_event);
}

void notify_forget_server(struct pool *p)
{
    struct notifier *n;
    size_t at = 0;

    while ((n = handle_table_next(&events, &at)) != NULL) {
        if (notifier_is_ours(n))
            (void)notifier_remove(n, p); /* most are not registered there */
        notifier_unref(n);
    }
}
