/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/openvpn/logon.h"

#include <stdio.h>

#include "common/log.h"
#include "common/text.h"

/* Words for a client who is kept out when the administrator has none, and for one whom nobody has vouched for. */
#define WORDS_KEPT_OUT "access is denied for the time being"
#define WORDS_DENIED   "access is denied"
#define WORDS_LATER    "it can not be checked whether you may connect: try again later"
#define WORDS_MAX      128u /* with a NUL; the whole command must fit into MGMT_COMMAND_MAX */

const char *logon_user(const struct logon_question *q)
{
    return q->user[0] ? q->user : q->common_name;
}

/* ---- the question ---- */

/* Take a value as a whole, or spoil the question: half a name is somebody else's. */
static void take(struct logon_question *q, char *dst, size_t cap, struct slice value)
{
    if (value.n >= cap || memchr(value.p, '\0', value.n)) {
        q->spoilt = true;
        return;
    }
    memcpy(dst, value.p, value.n);
    dst[value.n] = '\0';
}

static void on_variable(struct logon_question *q, struct slice line)
{
    struct slice v = line;
    if (slice_skip(&v, "username="))
        take(q, q->user, sizeof(q->user), v);
    else if (slice_skip(&v, "common_name="))
        take(q, q->common_name, sizeof(q->common_name), v);
    else if (slice_skip(&v, "tls_digest_sha256_0="))
        q->certificate = v.n > 0;
    else if (slice_skip(&v, "untrusted_ip=") || slice_skip(&v, "untrusted_ip6="))
        take(q, q->address, sizeof(q->address), v);
    else if (slice_skip(&v, "untrusted_port="))
        take(q, q->port, sizeof(q->port), v);
}

/* ---- the answer ---- */

/* Why this driver vouches for nobody like this, or NULL. */
static const char *why_not(const struct logon *l, const struct logon_question *q)
{
    if (q->spoilt)
        return "who it is could not be read";
    if (!logon_user(q)[0])
        return "it has neither a user name nor a certificate with a name";
    if (l->mode == LOGON_PASSWORD)
        return NULL;
    if (!q->certificate)
        return "it has no certificate";
    if (q->user[0] && strcmp(q->user, q->common_name) != 0)
        return "its user name is not the certificate's, and nobody checks it";
    return NULL;
}

static void on_answered(void *ctx, int result, struct slice text)
{
    (void)ctx;
    if (result == -EREMOTEIO) { /* it has gone meanwhile */
        char words[96];
        text_escape(words, sizeof(words), text.p, text.n);
        log_debug("openvpn does not take an answer about a log-on: %s", words);
    }
}

static void answer(struct logon *l, const char *text)
{
    struct mgmt_command c = {.text = text, .answer = MGMT_ANSWER_WORD, .done = on_answered};
    int r = l->ops->command(l->ctx, &c);
    if (r < 0) /* the client waits, and openvpn gives it up after its hand-window */
        log_warning("a log-on can't be answered: %s", strerror(-r));
}

static void let_in(struct logon *l, const struct logon_question *q)
{
    char text[MGMT_COMMAND_MAX];
    snprintf(text, sizeof(text), "client-auth-nt %llu %llu", (unsigned long long)q->cid, (unsigned long long)q->kid);
    answer(l, text);
}

static void deny(struct logon *l, const struct logon_question *q, const char *reason, const char *words)
{
    char text[MGMT_COMMAND_MAX], plain[WORDS_MAX];
    snprintf(text, sizeof(text), "client-deny %llu %llu \"%s\" \"%s\"", (unsigned long long)q->cid,
             (unsigned long long)q->kid, reason, mgmt_plain(plain, sizeof(plain), words));
    answer(l, text);
}

#define ADDRESS_MAX (2 * LOGON_ADDRESS_MAX + 4)

/* Where the client is, as sessions show it, or "". */
static const char *address_of(const struct logon_question *q, char dst[static ADDRESS_MAX])
{
    dst[0] = '\0';
    if (q->address[0])
        snprintf(dst, ADDRESS_MAX, strchr(q->address, ':') ? "[%s]:%s" : "%s:%s", q->address, q->port);
    return dst;
}

static void turn_away(struct logon *l, const struct logon_question *q, const struct driver_keep_out *k)
{
    char address[ADDRESS_MAX];
    deny(l, q, "kept out", k->reason && k->reason[0] ? k->reason : WORDS_KEPT_OUT);
    l->ops->turned_away(l->ctx, k, logon_user(q), address_of(q, address));
}

/* ---- what rrasd says ---- */

static void decide_alone(struct logon *l, const struct logon_question *q)
{
    if (l->refuse_unanswered)
        deny(l, q, "rrasd does not say whether he may dial in", WORDS_LATER);
    else
        let_in(l, q);
}

static struct logon_waiting *waiting_for(struct logon *l, uint64_t n)
{
    for (size_t i = 0; i < DRIVER_ASKS_MAX; i++) {
        if (l->waiting[i].n == n)
            return &l->waiting[i];
    }
    return NULL;
}

static void ask_rrasd(struct logon *l, const struct logon_question *q)
{
    char address[ADDRESS_MAX];
    uint64_t n;
    struct logon_waiting *w = waiting_for(l, 0);
    if (!w || l->ops->ask(l->ctx, logon_user(q), address_of(q, address), &n) < 0)
        decide_alone(l, q);
    else
        *w = (struct logon_waiting){.n = n, .question = *q};
}

void logon_answered(struct logon *l, const struct driver_admission *a)
{
    struct logon_waiting *w = a->n ? waiting_for(l, a->n) : NULL;
    if (!w)
        return; /* of an openvpn that is gone */
    w->n = 0;
    const struct logon_question *q = &w->question;
    const struct driver_keep_out *k = l->ops->kept_out(l->ctx, logon_user(q)); /* since then */
    if (k)
        turn_away(l, q, k);
    else if (a->verdict == DRIVER_ADMITTED)
        let_in(l, q);
    else if (a->verdict == DRIVER_NOT_ADMITTED)
        deny(l, q, "may not dial in", a->text[0] ? a->text : WORDS_DENIED);
    else
        decide_alone(l, q);
}

/* ---- the decision ---- */

static void decide(struct logon *l)
{
    struct logon_question *q = &l->question;
    q->open = false;
    const char *why = why_not(l, q);
    if (why) {
        char shown[160];
        text_escape_z(shown, sizeof(shown), logon_user(q));
        log_warning("client %llu (\"%s\") is turned away: %s", (unsigned long long)q->cid, shown, why);
        deny(l, q, "openrras does not vouch for it", WORDS_DENIED);
        return;
    }
    const struct driver_keep_out *k = q->again ? NULL : l->ops->kept_out(l->ctx, logon_user(q));
    if (k)
        turn_away(l, q, k);
    else if (q->again)
        let_in(l, q);
    else
        ask_rrasd(l, q);
}

/* ---- the lines ---- */

static void begin(struct logon *l, struct slice ids, bool again)
{
    struct fields f = fields_of(ids, ',');
    struct slice cid, kid;
    struct logon_question *q = &l->question;
    *q = (struct logon_question){.again = again};
    l->ops->asked(l->ctx);
    q->open = l->mode != LOGON_OFF && fields_next(&f, &cid) && fields_next(&f, &kid) &&
              slice_number(cid, UINT64_MAX, &q->cid) == 0 && slice_number(kid, UINT32_MAX, &q->kid) == 0;
}

/* A line that was cut is too long for whatever matters here. */
void logon_notified(struct logon *l, struct slice line)
{
    struct logon_question *q = &l->question;
    if (slice_skip(&line, "CLIENT:ENV,")) {
        if (q->open && slice_is(line, "END"))
            decide(l);
        else if (q->open)
            on_variable(q, line);
        return;
    }
    if (!slice_skip(&line, "CLIENT:")) /* its log, for example, may stand between */
        return;
    if (q->open) { /* another event begins, and this one has had no end */
        q->spoilt = true;
        decide(l);
    }
    if (slice_skip(&line, "CONNECT,"))
        begin(l, line, false);
    else if (slice_skip(&line, "REAUTH,"))
        begin(l, line, true);
}

void logon_forget(struct logon *l)
{
    l->question = (struct logon_question){0};
    for (size_t i = 0; i < DRIVER_ASKS_MAX; i++)
        l->waiting[i].n = 0;
}
