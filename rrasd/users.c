/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/users.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rrasd/users_private.h"

/* Callers and log-ons take turns, so that a crowd of the one does not shut the other out. */
enum line {
    LINE_CALLS,
    LINE_ADMITS,
    LINES,
};

static const size_t line_max[LINES] = {[LINE_CALLS] = USERS_CALLS_MAX, [LINE_ADMITS] = USERS_ADMITS_MAX};

struct users {
    uv_loop_t *loop;
    struct readers *readers;
    const struct config *config;
    struct user_directory *directory;
    struct waiting_line {
        struct users_ask *first, **end;
        size_t n; /* with the one that is asked */
    } line[LINES];
    enum line last; /* served */
    struct users_ask *asking;
    struct user_answer answer; /* the other thread's while there is `asking` */
    bool closed;
    uv_work_t work;         /* of those that write: rrasd waits for them at its end */
    struct reading reading; /* of the others */
};

/* ---- the source in use ---- */

/* May take its time, as when a directory is told that we leave. */
static void leave_source(struct reading *job)
{
    const struct user_directory *d = job->data;
    if (d->source->free)
        d->source->free(d->ctx);
}

/* Not before: the job is in it. */
static void after_leaving(struct reading *job)
{
    free(job->data);
}

static void unref(struct users *u, struct user_directory *d)
{
    if (--d->refs > 0)
        return;
    d->leaving = (struct reading){.read = leave_source, .done = after_leaving, .data = d};
    readers_do(u->readers, &d->leaving);
}

static void read_source(struct reading *job);
static void after_reading(struct reading *job);

struct users *users_new(uv_loop_t *loop, struct readers *readers, const struct config *config, struct user_directory *d)
{
    struct users *u = calloc(1, sizeof *u);
    if (!u) {
        user_directory_free(d);
        return NULL;
    }
    *u = (struct users){.loop = loop, .readers = readers, .config = config, .directory = d};
    u->reading = (struct reading){.read = read_source, .done = after_reading, .data = u};
    for (size_t i = 0; i < LINES; i++)
        u->line[i].end = &u->line[i].first;
    u->work.data = u;
    d->refs = 1;
    return u;
}

void users_use(struct users *u, struct user_directory *d)
{
    struct user_directory *old = u->directory;
    d->refs = 1;
    u->directory = d;
    unref(u, old);
}

const char *users_source_name(const struct users *u)
{
    return u->directory->source->name;
}

void users_free(struct users *u)
{
    if (!u)
        return;
    user_directory_free(u->directory);
    free(u);
}

/* ---- on another thread ---- */

static void ask_source(struct users *u)
{
    user_directory_ask(u->asking, &u->answer);
}

static void write_source(uv_work_t *work)
{
    ask_source(work->data);
}

static void read_source(struct reading *job)
{
    ask_source(job->data);
}

/* ---- the verdict ---- */

static void refuse(struct users_ask *ask, const char *why)
{
    ask->verdict = USERS_REFUSED;
    snprintf(ask->why, sizeof ask->why, "%s", why);
}

bool users_would_admit(const struct users *u, const struct user_settings *s)
{
    return s->by_policy ? u->config->users.permit : s->permitted;
}

static void decide(const struct users *u, struct users_ask *ask)
{
    bool admitted = ask->known ? users_would_admit(u, &ask->settings) : u->config->users.permit;
    ask->verdict = USERS_PERMITTED;
    ask->why[0] = '\0';
    if (!admitted && !ask->known)
        refuse(ask, "this user is not known, and the policy lets only known users dial in");
    else if (!admitted)
        refuse(ask, ask->settings.by_policy ? "the policy lets this user not dial in" : "this user may not dial in");
}

/* ---- the queue ---- */

static void begin(struct users *u);

static void give_back(struct users *u, struct users_ask *ask, int result)
{
    u->line[user_ask_is_admit(ask) ? LINE_ADMITS : LINE_CALLS].n--;
    unref(u, ask->directory);
    ask->done(ask, result);
}

/* Hands what was found to the question. */
static void take_answer(struct users *u, struct users_ask *ask, struct user_answer *a)
{
    if (a->result == 0) {
        ask->known = a->known;
        if (a->known)
            ask->settings = a->settings;
        ask->entries = a->entries;
        ask->n_entries = a->n_entries;
        ask->more = a->more;
        if (user_ask_is_admit(ask))
            decide(u, ask);
    }
}

static void after_asking(struct users *u)
{
    struct users_ask *ask = u->asking;
    struct user_answer answer = u->answer;
    u->asking = NULL;
    u->answer = (struct user_answer){0};
    take_answer(u, ask, &answer);
    give_back(u, ask, answer.result);
    user_answer_clear(&answer);
    begin(u);
}

static void after_writing(uv_work_t *work, int status)
{
    (void)status; /* it is never cancelled */
    after_asking(work->data);
}

static void after_reading(struct reading *job)
{
    after_asking(job->data);
}

static struct users_ask *take(struct users *u, enum line which)
{
    struct waiting_line *l = &u->line[which];
    struct users_ask *ask = l->first;
    if (!ask)
        return NULL;
    l->first = ask->next;
    if (!l->first)
        l->end = &l->first;
    u->last = which;
    return ask;
}

static struct users_ask *take_next(struct users *u)
{
    enum line other = u->last == LINE_CALLS ? LINE_ADMITS : LINE_CALLS;
    struct users_ask *ask = take(u, other);
    return ask ? ask : take(u, u->last);
}

static void begin(struct users *u)
{
    if (u->asking || u->closed)
        return;
    u->asking = take_next(u);
    if (!u->asking)
        return;
    if (user_ask_writes(u->asking))
        (void)uv_queue_work(u->loop, &u->work, write_source, after_writing); /* fails only without a function to call */
    else
        readers_do(u->readers, &u->reading);
}

static int put(struct users *u, struct users_ask *ask, enum user_ask_kind kind)
{
    enum line which = kind == USER_ASK_ADMIT ? LINE_ADMITS : LINE_CALLS;
    struct waiting_line *l = &u->line[which];
    if (u->closed)
        return -ECANCELED;
    if (l->n >= line_max[which])
        return -EBUSY;
    ask->kind = (int)kind;
    ask->next = NULL;
    ask->directory = u->directory;
    ask->directory->refs++;
    ask->why[0] = '\0';
    ask->entries = NULL;
    ask->n_entries = 0;
    ask->more = ask->known = false;
    *l->end = ask;
    l->end = &ask->next;
    l->n++;
    begin(u);
    return 0;
}

void users_close(struct users *u)
{
    struct users_ask *ask;
    u->closed = true;
    while ((ask = take_next(u)))
        give_back(u, ask, -ECANCELED);
}

int users_get(struct users *u, struct users_ask *ask)
{
    return user_name_ok(ask->user) ? put(u, ask, USER_ASK_GET) : -EINVAL;
}

int users_set(struct users *u, struct users_ask *ask)
{
    return user_name_ok(ask->user) && user_settings_ok(&ask->settings) ? put(u, ask, USER_ASK_SET) : -EINVAL;
}

int users_remove(struct users *u, struct users_ask *ask)
{
    return user_name_ok(ask->user) ? put(u, ask, USER_ASK_REMOVE) : -EINVAL;
}

int users_list(struct users *u, struct users_ask *ask)
{
    bool ok = (!ask->user[0] || user_name_ok(ask->user)) && ask->max > 0 && ask->max <= USERS_LIST_MAX;
    return ok ? put(u, ask, USER_ASK_LIST) : -EINVAL;
}

int users_admit(struct users *u, struct users_ask *ask)
{
    return put(u, ask, USER_ASK_ADMIT);
}
