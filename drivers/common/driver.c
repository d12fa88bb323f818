/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to rrasd: made, kept, lost and made again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "drivers/common/driver_private.h"

#define RETRY_FIRST_MS      100u  /* a restarted rrasd is found again at once */
#define RETRY_MAX_MS        5000u /* and one that is not there costs nothing */
#define OUTPUT_DEFAULT      (1024u * 1024u)
#define OUTPUT_HIGH         (48u * 1024u) /* do not encode more sessions ahead of the socket than this */
#define COUNTERS_DEFAULT_MS 10000u

/* ---- configuration ---- */

static bool is_word(const char *s, size_t max)
{
    size_t n = s ? strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") : 0;
    return n >= 1 && n <= max && s[n] == '\0';
}

static bool is_word_or_none(const char *s, size_t max)
{
    return !s || is_word(s, max);
}

static bool ops_are_good(const struct driver_config *c, const struct driver_ops *ops)
{
    return (ops->disconnect || !(c->capabilities & DRIVER_CAN_DISCONNECT)) &&
           (ops->keep_out || !(c->capabilities & DRIVER_CAN_KEEP_OUT)) &&
           (ops->admission || !(c->capabilities & DRIVER_CAN_ADMISSION)) &&
           (ops->message || !(c->capabilities & DRIVER_CAN_MESSAGE)) &&
           (ops->quarantine || !(c->capabilities & DRIVER_CAN_QUARANTINE));
}

static bool config_is_good(const struct driver_config *c)
{
    struct sockaddr_un address;
    return is_word(c->name, 32) && is_word(c->instance, 32) && is_word(c->device_type, 16) &&
           is_word_or_none(c->port_prefix, 10) && (!c->device_name || strlen(c->device_name) <= DRIVER_TEXT_MAX) &&
           (!c->socket || strlen(c->socket) < sizeof(address.sun_path)) &&
           (c->max_output == 0 || c->max_output >= LINE_STREAM_LINE_MAX);
}

/* Copies *s behind the others in d->strings and makes *s point to the copy. */
static char *copy_string(char *to, const char **s)
{
    if (!*s)
        return to;
    size_t n = strlen(*s) + 1;
    memcpy(to, *s, n);
    *s = to;
    return to + n;
}

static int copy_config(struct driver *d, const struct driver_config *c)
{
    d->config = *c;
    if (!d->config.socket)
        d->config.socket = DRIVER_SOCKET;
    if (d->config.max_output == 0)
        d->config.max_output = OUTPUT_DEFAULT;
    if (d->config.ask_ms == 0)
        d->config.ask_ms = DRIVER_ASK_MS;
    const char **strings[] = {&d->config.socket,      &d->config.name,        &d->config.instance,
                              &d->config.device_type, &d->config.device_name, &d->config.port_prefix};
    size_t n = 1;
    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
        n += *strings[i] ? strlen(*strings[i]) + 1 : 0;
    d->strings = malloc(n);
    if (!d->strings)
        return -ENOMEM;
    char *to = d->strings;
    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
        to = copy_string(to, strings[i]);
    return 0;
}

/* ---- connecting ---- */

static void say_once(struct driver *d, const char *what)
{
    if (strcmp(d->said, what) == 0)
        return;
    snprintf(d->said, sizeof(d->said), "%s", what);
    log_warning("%s: %s; trying again", d->config.socket, what);
}

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_retry(uv_timer_t *timer);

static void retry_later(struct driver *d)
{
    /* The first expiry comes at once when ops.link() is still to be told of the loss: not from within the caller's
     * call. */
    uint64_t ms = d->tell_lost ? 0 : d->retry_ms;
    if (!d->closing && (d->wanted || d->tell_lost))
        uv_timer_start(&d->retry, on_retry, ms, 0);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct driver *d = handle->data;
    free(handle);
    driver_handle_closed(d);
}

/* Close the connection, with all that was meant for it. */
static void drop_link(struct driver *d)
{
    if (!d->poll)
        return;
    d->tell_lost = d->tell_lost || d->link == DRIVER_LINK_WELCOME;
    uv_close((uv_handle_t *)d->poll, on_poll_closed); /* takes the descriptor out of the loop at once ... */
    d->poll = NULL;
    line_stream_free(&d->stream); /* ... so that it may be closed here */
    d->link = DRIVER_LINK_DOWN;
    uv_timer_stop(&d->counters_timer);
    driver_table_forget_pending(d);
    driver_keep_outs_forget_answers(d);
    driver_asks_lost(d);
}

void driver_link_lost(struct driver *d, const char *why)
{
    say_once(d, why);
    drop_link(d);
    retry_later(d);
}

/* Wait for what can be done next on the socket. */
static void watch(struct driver *d)
{
    int events = UV_READABLE;
    if (line_stream_waiting(&d->stream) > 0 || (d->link == DRIVER_LINK_WELCOME && (d->waiting || d->answers)))
        events |= UV_WRITABLE;
    if (events == d->events)
        return;
    d->events = events;
    uv_poll_start(d->poll, events, on_poll); /* can't fail on a descriptor that uv_poll_init() has taken */
}

static int open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1); /* config_is_good() */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        int r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

/* Give the connected socket to the loop. */
static int adopt_socket(struct driver *d, int fd)
{
    uv_poll_t *poll = malloc(sizeof(*poll));
    if (!poll)
        return -ENOMEM;
    int r = uv_poll_init(d->loop, poll, fd);
    if (r < 0) {
        free(poll);
        return r;
    }
    poll->data = d;
    d->poll = poll;
    d->handles++;
    d->events = 0;
    d->connection++;
    d->link = DRIVER_LINK_HELLO;
    line_stream_init(&d->stream, fd, d->config.max_output);
    return 0;
}

static void try_connect(struct driver *d)
{
    int fd = open_socket(d->config.socket);
    int r = fd < 0 ? fd : adopt_socket(d, fd);
    if (r < 0) {
        if (fd >= 0)
            close(fd);
        say_once(d, strerror(-r));
        retry_later(d);
        d->retry_ms = d->retry_ms * 2 < RETRY_MAX_MS ? d->retry_ms * 2 : RETRY_MAX_MS;
        return;
    }
    char line[LINE_STREAM_LINE_MAX];
    size_t n;
    d->told = d->health;
    r = driver_encode_hello(&d->config, &d->health, line, &n);
    if (r < 0) {
        driver_link_lost(d, "the hello can't be written");
        return;
    }
    /* Whoever lets us in but never says welcome is tried again as slowly as one who is not there. */
    d->retry_ms = d->retry_ms * 2 < RETRY_MAX_MS ? d->retry_ms * 2 : RETRY_MAX_MS;
    if (driver_send_line(d, line, n) == 0)
        watch(d);
}

static void on_retry(uv_timer_t *timer)
{
    struct driver *d = timer->data;
    if (d->tell_lost) {
        d->tell_lost = false;
        if (!d->poll)
            retry_later(d);
        if (d->ops->link)
            d->ops->link(d->ctx, false);
    } else if (d->wanted && !d->poll) {
        try_connect(d);
    }
}

/* ---- talking ---- */

static bool is_full(const struct driver *d)
{
    return line_stream_waiting(&d->stream) >= OUTPUT_HIGH;
}

static int fill_answers(struct driver *d)
{
    char line[LINE_STREAM_LINE_MAX];
    size_t n;
    while (d->answers && !is_full(d)) {
        struct driver_keep_out_entry *k = d->answers;
        int r = driver_encode_keep_out_reply(k->view.n, k->taken, k->text, line, &n);
        if (r == 0)
            r = line_stream_queue(&d->stream, line, n);
        if (r < 0)
            return r;
        driver_keep_out_answered(d, k);
    }
    return 0;
}

/* Encode sessions that wait, oldest change first, until enough is ahead of the socket. */
static int fill_sessions(struct driver *d)
{
    char line[LINE_STREAM_LINE_MAX];
    size_t n;
    while (d->waiting && !is_full(d)) {
        struct driver_entry *e = d->waiting;
        int r = driver_encode_entry(e, line, &n);
        if (r == 0)
            r = line_stream_queue(&d->stream, line, n);
        if (r < 0)
            return r;
        driver_table_sent(d, e);
    }
    if (d->snapshot_open && d->snapshot_left == 0 && !is_full(d)) {
        static const char end[] = "{\"type\":\"snapshot-end\"}\n";
        d->snapshot_open = false;
        return line_stream_queue(&d->stream, end, sizeof(end) - 1);
    }
    return 0;
}

static int fill(struct driver *d)
{
    int r = fill_answers(d);
    return r == 0 ? fill_sessions(d) : r;
}

void driver_pump(struct driver *d)
{
    if (!d->poll)
        return;
    int r = d->link == DRIVER_LINK_WELCOME ? fill(d) : 0;
    if (r == 0)
        r = line_stream_flush(&d->stream);
    if (r < 0 && r != -EAGAIN)
        driver_link_lost(d, strerror(-r));
    else
        watch(d);
}

int driver_send_line(struct driver *d, const char *line, size_t n)
{
    int r = line_stream_send(&d->stream, line, n);
    if (r == 0)
        watch(d);
    else
        driver_link_lost(d, r == -ENOBUFS ? "rrasd does not read what it is sent" : strerror(-r));
    return r;
}

static void on_counters_due(uv_timer_t *timer)
{
    driver_flush_counters(timer->data);
}

void driver_welcomed(struct driver *d, uint64_t counters_ms, bool admission)
{
    d->link = DRIVER_LINK_WELCOME;
    d->answers_admission = admission;
    d->retry_ms = RETRY_FIRST_MS;
    d->said[0] = '\0';
    if (counters_ms == 0)
        counters_ms = COUNTERS_DEFAULT_MS;
    uv_timer_start(&d->counters_timer, on_counters_due, counters_ms, counters_ms);
    log_info("connected with rrasd at %s: %zu sessions", d->config.socket, driver_session_count(d));
    driver_health_tell(d); /* it may have changed since the hello */
    if (driver_tells_sessions(d))
        driver_table_begin_snapshot(d);
    if (d->ops->link)
        d->ops->link(d->ctx, true);
    driver_pump(d);
}

/* Returns false when there is no more, or when this connection is not there any more. */
static bool read_some(struct driver *d)
{
    const uv_poll_t *poll = d->poll;
    long r = line_stream_read(&d->stream, d->scratch, driver_receive, d);
    if (d->poll != poll)
        return false; /* lost, or closed by the driver: nothing of it is left */
    if (r == 0)
        driver_link_lost(d, "rrasd has closed the connection");
    else if (r < 0 && r != -EAGAIN)
        driver_link_lost(d, r == -EMSGSIZE ? "rrasd has sent an overlong line" : strerror((int)-r));
    return r > 0;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct driver *d = poll->data;
    if (status < 0) {
        /* An error waits on the socket: first hear what rrasd has said before it closed, for it may be the reason. */
        while (read_some(d))
            ;
        if (d->poll == poll)
            driver_link_lost(d, uv_strerror(status));
        return;
    }
    if (events & UV_READABLE)
        read_some(d);
    if (d->poll == poll)
        driver_pump(d);
}

/* ---- lifetime ---- */

int driver_new(uv_loop_t *loop, const struct driver_config *config, const struct driver_ops *ops, void *ctx,
               struct driver **ret)
{
    if (!config_is_good(config) || !ops_are_good(config, ops))
        return -EINVAL;
    struct driver *d = calloc(1, sizeof(*d));
    if (!d)
        return -ENOMEM;
    int r = copy_config(d, config);
    if (r < 0) {
        free(d);
        return r;
    }
    d->loop = loop;
    d->ops = ops;
    d->ctx = ctx;
    d->stream.fd = -1;
    d->retry_ms = RETRY_FIRST_MS;
    uv_timer_init(loop, &d->retry);
    uv_timer_init(loop, &d->counters_timer);
    uv_timer_init(loop, &d->expiry);
    uv_timer_init(loop, &d->ask_timer);
    d->retry.data = d->counters_timer.data = d->expiry.data = d->ask_timer.data = d;
    d->handles = 4;
    d->next_end = INT64_MAX;
    *ret = d;
    return 0;
}

void driver_handle_closed(struct driver *d)
{
    if (--d->handles > 0 || !d->closing)
        return;
    void (*closed)(void *) = d->closed;
    void *ctx = d->closed_ctx;
    driver_table_free(d);
    driver_keep_outs_free(d);
    driver_asks_free(d);
    free(d->strings);
    free(d);
    if (closed)
        closed(ctx);
}

static void on_timer_closed(uv_handle_t *handle)
{
    driver_handle_closed(handle->data);
}

void driver_close(struct driver *d, void (*closed)(void *ctx), void *ctx)
{
    if (d->closing)
        return;
    driver_pump(d);
    d->closing = true;
    d->closed = closed;
    d->closed_ctx = ctx;
    driver_leave(d);
    uv_close((uv_handle_t *)&d->retry, on_timer_closed);
    uv_close((uv_handle_t *)&d->counters_timer, on_timer_closed);
    uv_close((uv_handle_t *)&d->expiry, on_timer_closed);
    uv_close((uv_handle_t *)&d->ask_timer, on_timer_closed);
}

void driver_want(struct driver *d)
{
    if (d->closing || d->wanted)
        return;
    d->wanted = true;
    d->retry_ms = RETRY_FIRST_MS;
    uv_timer_start(&d->retry, on_retry, 0, 0);
}

void driver_leave(struct driver *d)
{
    d->wanted = d->online = false;
    uv_timer_stop(&d->retry);
    drop_link(d);
    d->said[0] = '\0';
    retry_later(d);
}

bool driver_is_welcome(const struct driver *d)
{
    return d->link == DRIVER_LINK_WELCOME;
}

uint64_t driver_counters_interval_ms(const struct driver *d)
{
    return driver_is_welcome(d) ? uv_timer_get_repeat(&d->counters_timer) : 0;
}

int driver_fd(const struct driver *d)
{
    return d->stream.fd;
}
