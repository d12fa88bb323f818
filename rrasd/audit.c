/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/audit.h"

#include <errno.h>
#include <mprerror.h>
#include <raserror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winerror.h>

#include "common/json_line.h"
#include "common/log.h"
#include "common/text.h"
#include "rrasd/audit_file.h"

/* Five texts of the router at their longest, escaped, and the rest. */
#define LINE_MAX_BYTES (64u * 1024)

struct audit {
    struct audit_file *file;
    char run[32];
    time_t second; /* of second_text */
    char second_text[TEXT_TIME_MAX];
    char line[LINE_MAX_BYTES];
};

int audit_open(uv_loop_t *loop, const char *path, const char *run, struct audit **ret)
{
    struct audit *a = calloc(1, sizeof *a);
    if (!a)
        return -ENOMEM;
    int r = audit_file_open(loop, path, &a->file);
    if (r < 0) {
        free(a);
        return r;
    }
    snprintf(a->run, sizeof a->run, "%s", run);
    *ret = a;
    return 0;
}

int audit_reopen(struct audit *a, const char *path)
{
    return audit_file_reopen(a->file, path);
}

void audit_close(struct audit *a)
{
    audit_file_close(a->file);
}

void audit_free(struct audit *a)
{
    if (!a)
        return;
    audit_file_free(a->file);
    free(a);
}

uint64_t audit_failures(const struct audit *a)
{
    return audit_file_failures(a->file);
}

const char *audit_result_word(uint32_t win32)
{
    static const struct {
        uint32_t code;
        const char *word;
    } words[] = {
        {ERROR_SUCCESS, "ERROR_SUCCESS"},
        {ERROR_ACCESS_DENIED, "ERROR_ACCESS_DENIED"},
        {ERROR_INVALID_HANDLE, "ERROR_INVALID_HANDLE"},
        {ERROR_NOT_ENOUGH_MEMORY, "ERROR_NOT_ENOUGH_MEMORY"},
        {ERROR_NOT_READY, "ERROR_NOT_READY"},
        {ERROR_GEN_FAILURE, "ERROR_GEN_FAILURE"},
        {ERROR_INVALID_PARAMETER, "ERROR_INVALID_PARAMETER"},
        {ERROR_INVALID_PORT_HANDLE, "ERROR_INVALID_PORT_HANDLE"},
        {ERROR_PORT_NOT_CONNECTED, "ERROR_PORT_NOT_CONNECTED"},
        {ERROR_TIMEOUT, "ERROR_TIMEOUT"},
        {ERROR_NO_SUCH_USER, "ERROR_NO_SUCH_USER"},
        {ERROR_DS_SERVER_DOWN, "ERROR_DS_SERVER_DOWN"},
        {ERROR_DS_OPERATIONS_ERROR, "ERROR_DS_OPERATIONS_ERROR"},
        {ERROR_NOT_SUPPORTED, "ERROR_NOT_SUPPORTED"},
        {ERROR_BUSY, "ERROR_BUSY"},
        {ERROR_NOT_FOUND, "ERROR_NOT_FOUND"},
        {ERROR_INTERFACE_NOT_CONNECTED, "ERROR_INTERFACE_NOT_CONNECTED"},
        {RPC_S_SERVER_TOO_BUSY, "RPC_S_SERVER_TOO_BUSY"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i].code == win32)
            return words[i].word;
    }
    return NULL;
}

const char *audit_outcome_word(enum router_outcome outcome)
{
    static const char *const words[] = {"gone", "no-such-session", "refused", "failed", "lost"};
    return words[outcome];
}

const char *audit_told_word(enum router_told told)
{
    static const char *const words[] = {"unknown", "yes", "no"};
    return words[told];
}

/* To the millisecond. Lines come in bursts, so the second's text is kept. */
static void put_time(struct audit *a, struct json_line *j)
{
    struct timespec ts;
    char text[TEXT_TIME_MAX + 8];
    clock_gettime(CLOCK_REALTIME, &ts);
    if (ts.tv_sec != a->second || !a->second_text[0]) {
        a->second = ts.tv_sec;
        text_time(a->second_text, ts.tv_sec);
    }
    snprintf(text, sizeof text, "%.19s.%03ldZ", a->second_text, ts.tv_nsec / 1000000);
    json_line_text(j, "ts", text);
}

static struct json_line begin(struct audit *a, const char *event)
{
    struct json_line j;
    json_line_begin(&j, a->line, sizeof a->line);
    put_time(a, &j);
    json_line_string(&j, "event", event);
    json_line_string(&j, "run", a->run);
    return j;
}

static void end(struct audit *a, struct json_line *j)
{
    size_t n;
    if (json_line_end(j, &n) == 0) {
        audit_file_append(a->file, a->line, n);
        return;
    }
    audit_file_count_failure(a->file);
    log_error("audit log: a line is longer than %u bytes and was left out", LINE_MAX_BYTES);
}

static void put_who(struct json_line *j, const struct audit_who *who)
{
    char number[16];
    const struct caller *c = who->caller;
    if (!who->name)
        snprintf(number, sizeof number, "%u", (unsigned)c->uid);
    json_line_open(j, "who");
    json_line_text(j, "from", caller_from_word(c->from));
    json_line_text(j, "name", who->name ? who->name : number);
    json_line_uint(j, "uid", c->uid);
    json_line_uint(j, "gid", c->gid);
    if (c->from == CALLER_LOCAL)
        json_line_int(j, "pid", c->pid);
    else
        json_line_text(j, "address", c->address);
    if (caller_is_in_anothers_session(c)) {
        json_line_text(j, "session", c->session);
        json_line_uint(j, "session_uid", c->session_uid);
    }
    json_line_text(j, "role", access_role_name(c->role));
    json_line_close(j);
}

static void put_result(struct json_line *j, uint32_t result)
{
    json_line_uint(j, "result", result);
    json_line_text(j, "result_name", audit_result_word(result));
}

/* Only what there is. */
static void put_number(struct json_line *j, const char *key, uint32_t number)
{
    if (number)
        json_line_uint(j, key, number);
}

void audit_write_order(struct audit *a, const struct audit_who *who, const struct audit_order *order)
{
    struct json_line j = begin(a, "order");
    if (order->order)
        json_line_uint(&j, "order", order->order);
    if (who)
        put_who(&j, who);
    json_line_text(&j, "op", order->op);
    json_line_uint(&j, "handle", order->handle);
    json_line_text(&j, "port", order->port);
    json_line_text(&j, "driver", order->driver);
    json_line_text(&j, "instance", order->instance);
    json_line_text(&j, "session", order->session);
    if (order->session)
        json_line_int(&j, "start", order->start);
    json_line_text(&j, "user", order->user);
    json_line_bool(&j, "hard", order->hard);
    json_line_text(&j, "reason", order->reason);
    if (order->joined)
        json_line_bool(&j, "joined", true);
    put_number(&j, "job", order->job);
    put_number(&j, "keep_out", order->keep_out);
    if (order->result)
        put_result(&j, order->result);
    end(a, &j);
}

/* Only what was given. */
static void put_given(struct json_line *j, const char *key, const char *text)
{
    json_line_text(j, key, text && text[0] ? text : NULL);
}

static void put_selector(struct json_line *j, const struct router_selector *s)
{
    json_line_open(j, "selector");
    if (s->all)
        json_line_bool(j, "all", true);
    put_number(j, "handle", s->port);
    put_number(j, "connection", s->connection);
    put_given(j, "user", s->user);
    put_given(j, "address", s->address);
    put_given(j, "driver", s->driver);
    put_given(j, "device_type", s->device_type);
    json_line_close(j);
}

void audit_write_job(struct audit *a, const struct audit_who *who, const struct audit_job *job)
{
    struct json_line j = begin(a, "job");
    put_number(&j, "job", job->job);
    put_who(&j, who);
    json_line_text(&j, "op", job->op);
    put_selector(&j, job->selector);
    if (!job->result)
        json_line_uint(&j, "matched", job->matched);
    if (job->rate == ROUTER_JOB_UNLIMITED)
        json_line_text(&j, "rate", "unlimited");
    else
        json_line_uint(&j, "rate", job->rate);
    json_line_bool(&j, "hard", job->hard);
    json_line_text(&j, "reason", job->reason);
    put_number(&j, "keep_out", job->keep_out);
    if (job->dry_run)
        json_line_bool(&j, "dry_run", true);
    if (job->result)
        put_result(&j, job->result);
    end(a, &j);
}

void audit_write_job_end(struct audit *a, const struct router_job_view *job)
{
    struct json_line j = begin(a, "job-end");
    json_line_uint(&j, "job", job->number);
    json_line_text(&j, "state", job->state == ROUTER_JOB_CANCELLED ? "cancelled" : "done");
    json_line_uint(&j, "matched", job->matched);
    json_line_uint(&j, "asked", job->asked);
    json_line_uint(&j, "confirmed", job->confirmed);
    json_line_uint(&j, "failed", job->failed);
    json_line_uint(&j, "took_ms", job->took_ms);
    end(a, &j);
}

void audit_write_cancel(struct audit *a, const struct audit_who *who, const char *op, uint32_t job, uint32_t result)
{
    struct json_line j = begin(a, "change");
    put_who(&j, who);
    json_line_text(&j, "op", op);
    json_line_uint(&j, "job", job);
    put_result(&j, result);
    end(a, &j);
}

static void put_keep_out(struct json_line *j, const struct audit_who *who, const struct audit_keep_out *k)
{
    put_number(j, "keep_out", k->number);
    if (who)
        put_who(j, who);
    json_line_text(j, "op", k->op);
    put_given(j, "user", k->user);
    put_given(j, "driver", k->driver);
}

void audit_write_keep_out(struct audit *a, const struct audit_who *who, const struct audit_keep_out *k)
{
    struct json_line j = begin(a, "keep-out");
    put_keep_out(&j, who, k);
    json_line_uint(&j, "seconds", k->seconds);
    json_line_text(&j, "reason", k->reason);
    if (k->result)
        put_result(&j, k->result);
    end(a, &j);
}

void audit_write_keep_out_end(struct audit *a, const struct audit_who *who, const struct audit_keep_out *k)
{
    struct json_line j = begin(a, "keep-out-end");
    put_keep_out(&j, who, k);
    if (k->result)
        put_result(&j, k->result);
    end(a, &j);
}

void audit_write_denied(struct audit *a, const struct audit_who *who, const char *op, uint64_t missed)
{
    struct json_line j = begin(a, "denied");
    put_who(&j, who);
    json_line_text(&j, "op", op);
    put_result(&j, ERROR_ACCESS_DENIED);
    if (missed)
        json_line_uint(&j, "left_out_before", missed);
    end(a, &j);
}

void audit_write_refused(struct audit *a, const struct caller *caller, const char *reason, uint64_t missed)
{
    struct json_line j = begin(a, "refused");
    const struct audit_who who = {.caller = caller, .name = caller->from == CALLER_LOCAL ? NULL : caller->name};
    put_who(&j, &who);
    json_line_text(&j, "reason", reason);
    put_result(&j, ERROR_ACCESS_DENIED);
    if (missed)
        json_line_uint(&j, "left_out_before", missed);
    end(a, &j);
}

void audit_write_login(struct audit *a, const struct audit_who *who, const struct audit_login *login)
{
    struct json_line j = begin(a, "login");
    put_who(&j, who);
    json_line_text(&j, "mechanism", login->mechanism);
    json_line_text(&j, "level", login->level);
    put_result(&j, login->result);
    json_line_text(&j, "reason", login->why);
    if (login->missed)
        json_line_uint(&j, "left_out_before", login->missed);
    end(a, &j);
}

void audit_write_change(struct audit *a, const struct audit_who *who, const char *op, uint32_t handle, uint32_t result)
{
    struct json_line j = begin(a, "change");
    put_who(&j, who);
    json_line_text(&j, "op", op);
    json_line_uint(&j, "handle", handle);
    put_result(&j, result);
    end(a, &j);
}

void audit_write_forget(struct audit *a, const struct audit_who *who, const struct audit_forget *f)
{
    struct json_line j = begin(a, "change");
    put_who(&j, who);
    json_line_text(&j, "op", f->op);
    json_line_text(&j, "driver", f->driver);
    json_line_text(&j, "instance", f->instance);
    if (f->force)
        json_line_bool(&j, "force", true);
    if (f->force && !f->result)
        json_line_uint(&j, "sessions", f->sessions);
    put_result(&j, f->result);
    end(a, &j);
}

static void put_counters(struct json_line *j, const struct router_counters *c, bool final)
{
    json_line_open(j, "counters");
    json_line_uint(j, "bytes_out", c->bytes_out);
    json_line_uint(j, "bytes_in", c->bytes_in);
    json_line_uint(j, "frames_out", c->frames_out);
    json_line_uint(j, "frames_in", c->frames_in);
    json_line_close(j);
    json_line_bool(j, "counters_final", final);
}

/* Which session an event is about. */
static void put_session(struct json_line *j, const struct router_event *event)
{
    json_line_uint(j, "handle", event->port);
    json_line_text(j, "port", event->port_name);
    json_line_text(j, "driver", event->driver);
    json_line_text(j, "instance", event->instance);
    json_line_text(j, "session", event->id);
    json_line_int(j, "start", event->start);
    json_line_text(j, "user", event->user);
}

void audit_write_lost(struct audit *a, const struct router_event *event)
{
    struct json_line j = begin(a, "lost");
    put_session(&j, event);
    json_line_text(&j, "by", event->by);
    json_line_text(&j, "reason", event->reason);
    if (event->counters)
        put_counters(&j, event->counters, event->counters_final);
    end(a, &j);
}

void audit_write_user_refused(struct audit *a, const struct router_event *event, uint64_t missed)
{
    struct json_line j = begin(a, "user-refused");
    put_given(&j, "port", event->port_name);
    json_line_text(&j, "driver", event->driver);
    json_line_text(&j, "instance", event->instance);
    put_given(&j, "session", event->id);
    json_line_text(&j, "user", event->user);
    put_given(&j, "client_address", event->client_address);
    json_line_text(&j, "reason", event->reason);
    if (missed)
        json_line_uint(&j, "left_out_before", missed);
    end(a, &j);
}

void audit_write_outcome(struct audit *a, const struct router_event *event)
{
    struct json_line j = begin(a, "outcome");
    json_line_uint(&j, "order", event->order);
    put_number(&j, "job", event->job);
    put_number(&j, "keep_out", event->keep_out);
    put_session(&j, event);
    json_line_text(&j, "outcome", audit_outcome_word(event->outcome));
    json_line_text(&j, "client_told", audit_told_word(event->told));
    json_line_bool(&j, "hard", event->hard);
    json_line_uint(&j, "took_ms", event->took_ms);
    json_line_text(&j, "reason", event->reason);
    if (event->counters)
        put_counters(&j, event->counters, event->counters_final);
    end(a, &j);
}

static void put_limit(struct json_line *j, const char *key, const struct router_limit *l)
{
    json_line_open(j, key);
    json_line_uint(j, "ports", l->ports);
    json_line_bool(j, "ras", l->use & ROUTER_USE_RAS);
    json_line_bool(j, "routing", l->use & ROUTER_USE_ROUTING);
    json_line_close(j);
}

void audit_write_limit(struct audit *a, const struct audit_who *who, const char *op, const struct router_limit *old,
                       const struct router_limit *limit, uint32_t result)
{
    struct json_line j = begin(a, "limit");
    put_who(&j, who);
    json_line_text(&j, "op", op);
    json_line_text(&j, "device_type", limit->device_type);
    if (old)
        put_limit(&j, "old", old);
    put_limit(&j, "new", limit);
    if (result)
        put_result(&j, result);
    end(a, &j);
}

static const char *callback_word(uint8_t callback)
{
    return callback == USER_CALLBACK_ADMIN ? "admin" : callback == USER_CALLBACK_CALLER ? "caller" : "none";
}

void audit_write_user(struct audit *a, const struct audit_who *who, const struct audit_user *u)
{
    struct json_line j = begin(a, "user");
    put_who(&j, who);
    json_line_text(&j, "op", u->op);
    json_line_text(&j, "user", u->user);
    if (u->settings) {
        json_line_open(&j, "new");
        json_line_bool(&j, "permitted", u->settings->permitted);
        json_line_bool(&j, "by_policy", u->settings->by_policy);
        json_line_text(&j, "callback", callback_word(u->settings->callback));
        json_line_text(&j, "number", u->settings->number);
        json_line_close(&j);
    }
    if (u->create)
        json_line_bool(&j, "create", true);
    json_line_text(&j, "reason", u->reason);
    if (u->result)
        put_result(&j, u->result);
    end(a, &j);
}

void audit_write_errand(struct audit *a, const struct audit_who *who, const struct audit_errand *e)
{
    struct json_line j = begin(a, e->is_message ? "message" : "quarantine");
    put_who(&j, who);
    json_line_text(&j, "op", e->op);
    json_line_uint(&j, "connection", e->connection);
    json_line_text(&j, "user", e->user);
    if (e->is_message)
        json_line_text(&j, "text", e->message);
    else
        json_line_bool(&j, "on", e->on);
    if (e->result)
        put_result(&j, e->result);
    end(a, &j);
}

void audit_write_key(struct audit *a, const struct audit_who *who, const char *op, bool deleted, uint32_t result)
{
    struct json_line j = begin(a, "key");
    put_who(&j, who);
    json_line_text(&j, "op", op);
    if (deleted)
        json_line_bool(&j, "deleted", true);
    if (result)
        put_result(&j, result);
    end(a, &j);
}

void audit_write_daemon(struct audit *a, const char *event)
{
    struct json_line j = begin(a, event);
    end(a, &j);
}
