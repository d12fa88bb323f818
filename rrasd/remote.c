/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <winerror.h>

#include "common/log.h"
#include "common/text.h"
#include "kerberos/kerberos.h"
#include "rrasd/identity.h"
#include "rrasd/ratelimit.h"

/* Readers that are busy with callers at once: of those in readers.h others need some. */
#define AT_ONCE   2u

#define PIPE_NAME "\\PIPE\\ROUTER" /* as a client of the named pipe knows it */

/* One leg of a caller's, or one look at who he is. The reader's while it runs, but for `caller`. */
struct job {
    TAILQ_ENTRY(job) in_jobs;
    struct remote *remote;
    struct caller *caller; /* NULL once his connection is gone */
    struct reading reading;
    bool running;
    struct rpc_auth *auth; /* of a leg; NULL: only look */
    uid_t uid;             /* whom to look at */
    int result;            /* of the look: 0, or negative errno */
    struct identity identity;
};
TAILQ_HEAD(job_list, job);

struct remote {
    struct remote_env env;
    struct kerberos_config kerberos;
    struct rpc_server_config rpc[REMOTE_WAYS];
    struct job_list jobs; /* in the order in which they came */
    unsigned running;
    bool leg_last; /* the one that was begun last was a leg */
    struct ratelimit refused_log, refused_audit, denied_log, denied_audit;
};

/* ---- what a reader does ---- */

static void run(struct reading *reading)
{
    struct job *j = reading->data;
    if (!j->auth) {
        j->result = identity_of_uid(j->uid, &j->identity);
        return;
    }
    kerberos_run(j->auth);
    const char *user = kerberos_local_user(j->auth);
    if (kerberos_is_complete(j->auth))
        j->result = *user ? identity_of_user(user, &j->identity) : -ENOENT;
}

/* ---- what follows ---- */

static void apply_identity(struct job *j)
{
    struct caller *caller = j->caller;
    struct identity nobody = {.uid = (uid_t)-1, .gid = (gid_t)-1};
    struct identity *i = j->result < 0 ? &nobody : &j->identity;
    caller_clear(caller);
    if (j->result >= 0)
        caller->account = i->uid;
    caller->uid = i->uid;
    caller->gid = i->gid;
    caller->groups = i->groups; /* his from now on */
    caller->n_groups = i->n_groups;
    i->groups = NULL;
    caller->role = access_decide(&j->remote->env.config->roles, caller);
}

/* Why an authenticated caller may do nothing, or NULL. */
static const char *no_role(const struct job *j)
{
    if (j->caller->role != ACCESS_NONE)
        return NULL;
    if (j->result == -ENOENT)
        return "is no user of this machine (auth_to_local in krb5.conf)";
    return j->result < 0 ? "can't be looked up at the moment" : "has no role: no group of [roles] has this user";
}

static void note_role(struct job *j, const struct audit_who *who, const char *level)
{
    char text[CALLER_TEXT_MAX];
    audit_write_login(j->remote->env.audit, who, level, ERROR_SUCCESS, NULL, 0);
    log_info("client %s: proved by Kerberos, %s, %s", caller_text(text, j->caller), level,
             access_role_name(j->caller->role));
}

static void note_no_role(struct job *j, const struct audit_who *who, const char *level, const char *why)
{
    struct remote *r = j->remote;
    char text[CALLER_TEXT_MAX], note[RATELIMIT_NOTE_MAX];
    uint64_t missed, now = uv_now(r->env.loop);
    if (ratelimit_ok(&r->denied_audit, now, &missed))
        audit_write_login(r->env.audit, who, level, ERROR_ACCESS_DENIED, why, missed);
    if (ratelimit_ok(&r->denied_log, now, &missed))
        log_warning("client %s: proved by Kerberos, but %s%s", caller_text(text, j->caller), why,
                    ratelimit_note(note, missed));
}

static void note_login(struct job *j)
{
    const struct audit_who who = {.caller = j->caller, .name = j->caller->name};
    const char *level = rpc_auth_level_name(kerberos_level(j->auth)), *why = no_role(j);
    if (why)
        note_no_role(j, &who, level, why);
    else
        note_role(j, &who, level);
}

/* The caller as the one that he would have been, where that is known. */
static struct caller claimed(const struct job *j)
{
    struct caller c = *j->caller;
    const char *principal = kerberos_principal(j->auth);
    if (*principal && !c.proved) {
        snprintf(c.name, sizeof c.name, "%s", principal);
        c.uid = c.gid = (uid_t)-1;
        c.role = ACCESS_NONE;
    }
    return c;
}

static void note_refusal(struct job *j)
{
    struct remote *r = j->remote;
    char text[CALLER_TEXT_MAX], why[KERBEROS_WHY_MAX], note[RATELIMIT_NOTE_MAX];
    const struct caller caller = claimed(j);
    const struct audit_who who = {.caller = &caller, .name = caller.name};
    uint64_t missed, now = uv_now(r->env.loop);
    text_escape_z(why, sizeof why, kerberos_why(j->auth));
    if (ratelimit_ok(&r->refused_log, now, &missed))
        log_warning("client %s: refused: %s%s", caller_text(text, &caller), why, ratelimit_note(note, missed));
    if (ratelimit_ok(&r->refused_audit, now, &missed))
        audit_write_login(r->env.audit, &who, rpc_auth_level_name(kerberos_level(j->auth)), ERROR_ACCESS_DENIED,
                          kerberos_why(j->auth), missed);
}

/* Why this can't be the caller that the connection has, or NULL. It is one caller's: all that it has asked for and
 * waits for is his. */
static const char *contradiction(const struct job *j, const char *principal)
{
    const struct caller *c = j->caller;
    if (!c->proved)
        return j->remote->env.has_called(c) ? "an authentication that begins after calls without one" : NULL;
    return strncmp(principal, c->name, sizeof c->name - 1) ? "another principal on the same connection" : NULL;
}

static void after_leg(struct job *j)
{
    const char *principal = kerberos_principal(j->auth), *why = *principal ? contradiction(j, principal) : NULL;
    if (why)
        kerberos_refuse(j->auth, why);
    if (kerberos_is_complete(j->auth)) {
        snprintf(j->caller->name, sizeof j->caller->name, "%s", principal);
        j->caller->proved = true;
        apply_identity(j);
        note_login(j);
    } else if (*kerberos_why(j->auth)) {
        note_refusal(j);
    }
    j->remote->env.ready(j->remote->env.ctx, j->caller);
}

static void after_look(struct job *j)
{
    enum access_role was = j->caller->role;
    char text[CALLER_TEXT_MAX];
    apply_identity(j);
    if (j->caller->role != was)
        log_info("client %s: was %s and is %s now", caller_text(text, j->caller), access_role_name(was),
                 access_role_name(j->caller->role));
}

/* ---- the queue ---- */

static void start_some(struct remote *r);

static void free_job(struct job *j)
{
    TAILQ_REMOVE(&j->remote->jobs, j, in_jobs);
    identity_clear(&j->identity);
    free(j);
}

/* An association that goes tells its mechanism (kerberos_done) and us (remote_forget), in either order. */
static void finish(struct job *j)
{
    if (j->auth && !kerberos_done(j->auth)) {
        /* the association is gone */
    } else if (j->caller && j->auth) {
        after_leg(j);
    } else if (j->caller) {
        after_look(j);
    }
    free_job(j);
}

static void after_run(struct reading *reading)
{
    struct job *j = reading->data;
    struct remote *r = j->remote;
    r->running--;
    finish(j);
    start_some(r);
}

/* Legs and looks take turns: a reload looks up all who are connected, and strangers can have legs as they like. */
static struct job *next_job(struct remote *r)
{
    struct job *j, *first = NULL;
    TAILQ_FOREACH(j, &r->jobs, in_jobs)
    {
        if (j->running)
            continue;
        if (!j->caller || (j->auth != NULL) != r->leg_last)
            return j;
        if (!first)
            first = j;
    }
    return first;
}

static void start_some(struct remote *r)
{
    struct job *j;
    while (r->running < AT_ONCE && (j = next_job(r))) {
        if (!j->caller) {
            finish(j); /* he did not wait */
            continue;
        }
        j->running = true;
        r->running++;
        r->leg_last = j->auth != NULL;
        j->reading = (struct reading){.read = run, .done = after_run, .data = j};
        readers_do(r->env.readers, &j->reading);
    }
}

static int add_job(struct remote *r, struct caller *caller, struct rpc_auth *auth)
{
    struct job *j = calloc(1, sizeof *j);
    if (!j)
        return -ENOMEM;
    j->remote = r;
    j->caller = caller;
    j->auth = auth;
    j->uid = caller->account;
    TAILQ_INSERT_TAIL(&r->jobs, j, in_jobs);
    start_some(r);
    return 0;
}

static int later(void *ctx, void *user, struct rpc_auth *a)
{
    return add_job(ctx, user, a);
}

/* One that runs may have seen what was before. */
static bool will_look(const struct remote *r, const struct caller *caller)
{
    const struct job *j;
    TAILQ_FOREACH(j, &r->jobs, in_jobs)
    if (j->caller == caller && !j->auth && !j->running)
        return true;
    return false;
}

void remote_recheck(struct remote *r, struct caller *caller)
{
    char text[CALLER_TEXT_MAX];
    if (caller->account != (uid_t)-1 && !will_look(r, caller) && add_job(r, caller, NULL) < 0)
        log_error("client %s: no memory to look up who it is", caller_text(text, caller));
}

void remote_forget(struct remote *r, const struct caller *caller)
{
    struct job *j;
    TAILQ_FOREACH(j, &r->jobs, in_jobs)
    if (j->caller == caller)
        j->caller = NULL;
}

/* ---- life ---- */

static struct rpc_server_config offer(struct remote *r, enum rpc_auth_level min_level, uint16_t max_frag,
                                      const char *sec_addr)
{
    static const struct rpc_auth_mech *const mechs[] = {&kerberos_spnego, &kerberos_bare};
    struct rpc_server_config rpc = *r->env.rpc;
    rpc.mechs = mechs;
    rpc.n_mechs = sizeof mechs / sizeof mechs[0];
    rpc.mech_ctx = &r->kerberos;
    rpc.min_level = min_level;
    rpc.max_frag = max_frag;
    rpc.sec_addr = sec_addr;
    return rpc;
}

struct remote *remote_new(const struct remote_env *env)
{
    const struct config_listen *listen = &env->config->listen;
    struct remote *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->env = *env;
    TAILQ_INIT(&r->jobs);
    r->refused_log = r->refused_audit = RATELIMIT_STRANGERS;
    r->denied_log = r->denied_audit = RATELIMIT_NO_ROLE;
    r->kerberos = (struct kerberos_config){
        .keytab = *listen->keytab ? listen->keytab : NULL,
        .min_level = listen->integrity ? RPC_AUTH_INTEGRITY : RPC_AUTH_PRIVACY,
        .later = later,
        .ctx = r,
    };
    r->rpc[REMOTE_TCP] = offer(r, r->kerberos.min_level, RPC_FRAG_MAX_TCP, env->port);
    r->rpc[REMOTE_PIPE] = offer(r, RPC_AUTH_NONE, RPC_FRAG_MAX_LOCAL, PIPE_NAME);
    r->rpc[REMOTE_STRANGER] = offer(r, r->kerberos.min_level, RPC_FRAG_MAX_LOCAL, PIPE_NAME);
    return r;
}

const struct rpc_server_config *remote_rpc(const struct remote *r, enum remote_way way)
{
    return &r->rpc[way];
}

void remote_free(struct remote *r)
{
    free(r);
}
