/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>
#include <winerror.h>

#include "common/log.h"
#include "common/text.h"
#include "ntlm/process.h"
#include "rrasd/identity.h"
#include "rrasd/negotiate.h"
#include "rrasd/proof.h"
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
    struct rpc_auth *auth;     /* of a leg; NULL: only look */
    const struct proof *proof; /* of a leg: its mechanism */
    uid_t uid;                 /* whom to look at */
    int result;                /* of the look: 0, or negative errno */
    struct identity identity;
};
TAILQ_HEAD(job_list, job);

struct remote {
    struct remote_env env;
    struct negotiate_config negotiate;
    struct rpc_server_config rpc[REMOTE_WAYS];
    struct job_list jobs; /* in the order in which they came */
    unsigned running;
    bool leg_last; /* the one that was begun last was a leg */
    struct ratelimit refused_log, refused_audit, denied_log, denied_audit, ended_log;
};

/* ---- what a reader does ---- */

static void run(struct reading *reading)
{
    struct job *j = reading->data;
    if (!j->auth) {
        j->result = identity_of_uid(j->uid, &j->identity);
        return;
    }
    if (j->proof->run)
        j->proof->run(j->auth);
    if (j->proof->is_complete(j->auth))
        j->result = j->proof->look_up(j->auth, &j->identity);
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

#define NO_ROLE_MAX 160u

/* Why an authenticated caller may do nothing, or NULL. */
static const char *no_role(char dst[static NO_ROLE_MAX], const struct job *j)
{
    if (j->caller->role != ACCESS_NONE)
        return NULL;
    if (j->result == -ENOENT)
        snprintf(dst, NO_ROLE_MAX, "is no user of this machine (%s)", j->proof->where);
    else
        snprintf(dst, NO_ROLE_MAX, "%s", j->result < 0 ? "can't be looked up at the moment" : ACCESS_WHY_NONE);
    return dst;
}

static struct audit_login login_of(const struct job *j)
{
    return (struct audit_login){.mechanism = j->proof->word,
                                .level = rpc_auth_level_name(j->proof->level(j->auth)),
                                .result = ERROR_ACCESS_DENIED};
}

static void note_role(struct job *j, const struct audit_who *who)
{
    char text[CALLER_TEXT_MAX];
    struct audit_login login = login_of(j);
    login.result = ERROR_SUCCESS;
    audit_write_login(j->remote->env.audit, who, &login);
    log_info("client %s: proved by %s, %s, %s", caller_text(text, j->caller), j->proof->name, login.level,
             access_role_name(j->caller->role));
}

static void note_no_role(struct job *j, const struct audit_who *who, const char *why)
{
    struct remote *r = j->remote;
    char text[CALLER_TEXT_MAX], note[RATELIMIT_NOTE_MAX];
    struct audit_login login = login_of(j);
    uint64_t missed, now = uv_now(r->env.loop);
    login.why = why;
    if (ratelimit_ok(&r->denied_audit, now, &login.missed))
        audit_write_login(r->env.audit, who, &login);
    if (ratelimit_ok(&r->denied_log, now, &missed))
        log_warning("client %s: proved by %s, but %s%s", caller_text(text, j->caller), j->proof->name, why,
                    ratelimit_note(note, missed));
}

static void note_login(struct job *j)
{
    const struct audit_who who = {.caller = j->caller, .name = j->caller->name};
    char text[NO_ROLE_MAX];
    const char *why = no_role(text, j);
    if (why)
        note_no_role(j, &who, why);
    else
        note_role(j, &who);
}

/* The caller as the one that he would have been, where that is known. */
static struct caller claimed(const struct job *j)
{
    struct caller c = *j->caller;
    const char *principal = j->proof->principal(j->auth);
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
    char text[CALLER_TEXT_MAX], why[PROOF_WHY_MAX], note[RATELIMIT_NOTE_MAX];
    const struct caller caller = claimed(j);
    const struct audit_who who = {.caller = &caller, .name = caller.name};
    struct audit_login login = login_of(j);
    uint64_t missed, now = uv_now(r->env.loop);
    login.why = j->proof->why(j->auth);
    text_escape_z(why, sizeof why, login.why);
    if (ratelimit_ok(&r->refused_log, now, &missed))
        log_warning("client %s: refused: %s%s", caller_text(text, &caller), why, ratelimit_note(note, missed));
    if (ratelimit_ok(&r->refused_audit, now, &login.missed))
        audit_write_login(r->env.audit, &who, &login);
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
    const char *principal = j->proof->principal(j->auth), *why = *principal ? contradiction(j, principal) : NULL;
    if (why)
        j->proof->refuse(j->auth, why);
    if (j->proof->is_complete(j->auth)) {
        snprintf(j->caller->name, sizeof j->caller->name, "%s", principal);
        j->caller->proved = true;
        apply_identity(j);
        note_login(j);
    } else if (*j->proof->why(j->auth)) {
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

/* An association that goes tells its mechanism (done) and us (remote_forget), in either order. What a caller leaves
 * behind who does not wait for his turn is gone at once: readers that hang would let it grow without a bound. */
static void finish(struct job *j)
{
    if (j->auth && !j->proof->done(j->auth)) {
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
        if ((j->auth != NULL) != r->leg_last)
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
        j->running = true;
        r->running++;
        r->leg_last = j->auth != NULL;
        j->reading = (struct reading){.read = run, .done = after_run, .data = j};
        readers_do(r->env.readers, &j->reading);
    }
}

static int add_job(struct remote *r, struct caller *caller, struct rpc_auth *auth, const struct proof *proof)
{
    struct job *j = calloc(1, sizeof *j);
    if (!j)
        return -ENOMEM;
    j->remote = r;
    j->caller = caller;
    j->auth = auth;
    j->proof = proof;
    j->uid = caller->account;
    TAILQ_INSERT_TAIL(&r->jobs, j, in_jobs);
    start_some(r);
    return 0;
}

static int later(void *ctx, void *user, struct rpc_auth *a)
{
    return add_job(ctx, user, a, &proof_kerberos);
}

/* A reader looks up who it is; where nobody is known it has nothing to do. */
static void on_ntlm(void *ctx, void *user, struct rpc_auth *a)
{
    struct remote *r = ctx;
    struct caller *caller = user;
    if (add_job(r, caller, a, &proof_ntlm) == 0)
        return;
    ntlm_refuse(a, "no memory to look up who a client is");
    if (ntlm_done(a))
        r->env.ready(r->env.ctx, caller);
}

static void on_ntlm_ended(void *ctx, const char *why)
{
    struct remote *r = ctx;
    char note[RATELIMIT_NOTE_MAX];
    uint64_t missed;
    if (ratelimit_ok(&r->ended_log, uv_now(r->env.loop), &missed))
        log_error("%s; whoever was in the middle of a log-in by NTLM has to begin anew%s", why,
                  ratelimit_note(note, missed));
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
    if (caller->account != (uid_t)-1 && !will_look(r, caller) && add_job(r, caller, NULL, NULL) < 0)
        log_error("client %s: no memory to look up who it is", caller_text(text, caller));
}

void remote_forget(struct remote *r, const struct caller *caller)
{
    struct job *next = NULL;
    for (struct job *j = TAILQ_FIRST(&r->jobs); j; j = next) {
        next = TAILQ_NEXT(j, in_jobs);
        if (j->caller != caller)
            continue;
        j->caller = NULL;
        if (!j->running)
            finish(j);
    }
}

/* ---- life ---- */

static struct rpc_server_config offer(struct remote *r, enum rpc_auth_level min_level, uint16_t max_frag,
                                      const char *sec_addr)
{
    static const struct rpc_auth_mech *const mechs[] = {&negotiate_spnego, &negotiate_kerberos, &negotiate_ntlm};
    struct rpc_server_config rpc = *r->env.rpc;
    rpc.mechs = mechs;
    rpc.n_mechs = r->negotiate.with_ntlm ? 3 : 2; /* the last one is that of NTLM */
    rpc.mech_ctx = &r->negotiate;
    rpc.min_level = min_level;
    rpc.max_frag = max_frag;
    rpc.sec_addr = sec_addr;
    return rpc;
}

/* What would only be noticed by whoever comes first. */
static void look_at_ntlm_files(const struct config_listen *listen)
{
    struct stat st;
    if (access(listen->ntlm_program, X_OK) < 0)
        log_warning("NTLM: %s can't be started: %s", listen->ntlm_program, strerror(errno));
    if (!*listen->ntlm_users)
        return;
    if (access(listen->ntlm_users, R_OK) < 0)
        log_warning("NTLM: %s can't be read: %s", listen->ntlm_users, strerror(errno));
    else if (stat(listen->ntlm_users, &st) == 0 && st.st_mode & (S_IRWXG | S_IRWXO))
        log_warning("NTLM: %s has passwords in it, and is not closed to others", listen->ntlm_users);
}

static int add_ntlm(struct remote *r, enum rpc_auth_level min_level)
{
    const struct config_listen *listen = &r->env.config->listen;
    const struct ntlm_process_config process = {.loop = r->env.loop,
                                                .program = listen->ntlm_program,
                                                .users = *listen->ntlm_users ? listen->ntlm_users : NULL,
                                                .answer_ms = NTLM_ANSWER_MS,
                                                .pause_ms = NTLM_PAUSE_MS,
                                                .ended = on_ntlm_ended,
                                                .ctx = r};
    look_at_ntlm_files(listen);
    r->negotiate.ntlm = (struct ntlm_config){
        .process = ntlm_process_new(&process), .min_level = min_level, .answered = on_ntlm, .ctx = r};
    r->negotiate.with_ntlm = r->negotiate.ntlm.process;
    return r->negotiate.with_ntlm ? 0 : -ENOMEM;
}

struct remote *remote_new(const struct remote_env *env)
{
    const struct config_listen *listen = &env->config->listen;
    enum rpc_auth_level min_level = listen->integrity ? RPC_AUTH_INTEGRITY : RPC_AUTH_PRIVACY;
    struct remote *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->env = *env;
    TAILQ_INIT(&r->jobs);
    r->refused_log = r->refused_audit = r->ended_log = RATELIMIT_STRANGERS;
    r->denied_log = r->denied_audit = RATELIMIT_NO_ROLE;
    r->negotiate.kerberos = (struct kerberos_config){
        .keytab = *listen->keytab ? listen->keytab : NULL, .min_level = min_level, .later = later, .ctx = r};
    if (listen->ntlm && add_ntlm(r, min_level) < 0) {
        free(r);
        return NULL;
    }
    r->rpc[REMOTE_TCP] = offer(r, min_level, RPC_FRAG_MAX_TCP, env->port);
    r->rpc[REMOTE_PIPE] = offer(r, RPC_AUTH_NONE, RPC_FRAG_MAX_LOCAL, PIPE_NAME);
    r->rpc[REMOTE_STRANGER] = offer(r, min_level, RPC_FRAG_MAX_LOCAL, PIPE_NAME);
    return r;
}

const struct rpc_server_config *remote_rpc(const struct remote *r, enum remote_way way)
{
    return &r->rpc[way];
}

void remote_close(struct remote *r)
{
    if (r->negotiate.with_ntlm)
        ntlm_process_close(r->negotiate.ntlm.process);
}

void remote_free(struct remote *r)
{
    if (r)
        ntlm_process_free(r->negotiate.ntlm.process);
    free(r);
}
