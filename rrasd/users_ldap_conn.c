/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/users_ldap_conn.h"

#include <errno.h>
#include <lber.h>
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rrasd/users_ldap_error.h"
#include "rrasd/users_ldap_io.h"
#include "rrasd/users_ldap_password.h"

#define BLANKS     " \t"
#define SERVER_MAX 1024u /* bytes of a URI, with its NUL; the whole list has no more, config_table.c */
#define TLS_MIN    LDAP_OPT_X_TLS_PROTOCOL_TLS1_2 /* RFC 8996: older ones must not be used */

struct users_ldap_conn {
    const struct users_ldap_settings *settings;
    LDAP *ld;                /* NULL: not connected */
    unsigned n_servers, at;  /* in ldap_uri; the number of the one that is, or will be, connected to ... */
    char server[SERVER_MAX]; /* ... and its URI */
    int64_t end_ms;          /* when the call must be over */
    struct users_ldap_io io; /* and when what is done now must be, which may be earlier */
    int64_t used_ms;         /* when the connection was used last */
    int64_t pause_end_ms;    /* until then calls fail at once, for the reason below */
    char pause_why[USERS_WHY_MAX];
};

/* The server of that number in ldap_uri, and its length; NULL: there are not so many. */
static const char *server_number(const struct users_ldap_conn *c, unsigned number, size_t *n)
{
    const char *at = c->settings->uri;
    for (;;) {
        at += strspn(at, BLANKS);
        *n = strcspn(at, BLANKS);
        if (*n == 0)
            return NULL;
        if (number-- == 0)
            return at;
        at += *n;
    }
}

static void choose_server(struct users_ldap_conn *c, unsigned number)
{
    size_t n;
    const char *uri = server_number(c, number, &n);
    c->at = number;
    snprintf(c->server, sizeof c->server, "%.*s", uri ? (int)n : 0, uri ? uri : "");
}

struct users_ldap_conn *users_ldap_conn_new(const struct users_ldap_settings *settings)
{
    size_t n;
    struct users_ldap_conn *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->settings = settings;
    while (server_number(c, c->n_servers, &n))
        c->n_servers++;
    choose_server(c, 0);
    return c;
}

static void drop(struct users_ldap_conn *c)
{
    if (c->ld)
        ldap_unbind_ext(c->ld, NULL, NULL);
    c->ld = NULL;
}

void users_ldap_conn_free(struct users_ldap_conn *c)
{
    if (!c)
        return;
    drop(c);
    free(c);
}

void users_ldap_conn_begin(struct users_ldap_conn *c)
{
    c->end_ms = users_ldap_now_ms() + c->settings->timeout_ms;
    c->io.deadline_ms = c->end_ms;
}

/* All servers of ldap_uri have the same. */
static bool is_scheme(const struct users_ldap_conn *c, const char *scheme)
{
    return strncasecmp(c->settings->uri, scheme, strlen(scheme)) == 0;
}

/* What is left of the time, but never nothing, which libldap takes for "no limit" or for wrong. */
static struct timeval time_left(const struct users_ldap_conn *c)
{
    int64_t ms = c->io.deadline_ms - users_ldap_now_ms();
    if (ms < 1)
        ms = 1;
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

static bool is_away(int result)
{
    return result == -EHOSTDOWN || result == -ETIMEDOUT;
}

/* Sentence and errno for a result code. A connection that may be useless, or may have an answer under way that nobody
 * waits for any more, is ended, and the next one is to another server if it was the server's fault. */
static int failed(struct users_ldap_conn *c, enum users_ldap_step step, int code, const char *said,
                  char why[static USERS_WHY_MAX])
{
    bool late = users_ldap_is_late(&c->io);
    if (late && (code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR))
        code = LDAP_TIMEOUT;
    int r = users_ldap_error(step, code, c->server, said, why);
    if (step < USERS_LDAP_SEARCH || code < 0 || r == -EHOSTDOWN)
        drop(c);
    if (!c->ld && is_away(r))
        choose_server(c, (c->at + 1) % c->n_servers);
    if (r == -ETIMEDOUT && users_ldap_now_ms() >= c->end_ms) {
        c->pause_end_ms = users_ldap_now_ms() + USERS_LDAP_PAUSE_MS;
        snprintf(c->pause_why, sizeof c->pause_why, "%s", why);
    }
    return r;
}

/* The same where libldap has kept words of its own, or of the TLS library: it has none about a connection that there is
 * not, so whatever it says of one by ldaps:// is about TLS. */
static int failed_here(struct users_ldap_conn *c, enum users_ldap_step step, int code, char why[static USERS_WHY_MAX])
{
    char *said = NULL;
    if (c->ld)
        ldap_get_option(c->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &said);
    if (step == USERS_LDAP_CONNECT && said && said[0])
        step = USERS_LDAP_TLS;
    int r = failed(c, step, code, said, why);
    ldap_memfree(said);
    return r;
}

/* ---- what is asked, and the answer ---- */

/* The next message of the answer to `id`, in time. */
static int take(struct users_ldap_conn *c, enum users_ldap_step step, int id, LDAPMessage **ret,
                char why[static USERS_WHY_MAX])
{
    struct timeval left = time_left(c);
    LDAPMessage *m = NULL;
    int code = LDAP_TIMEOUT;
    int type = ldap_result(c->ld, id, LDAP_MSG_ONE, &left, &m);
    if (type > 0 && !users_ldap_is_late(&c->io)) {
        *ret = m;
        return 0;
    }
    ldap_msgfree(m);
    if (type < 0)
        ldap_get_option(c->ld, LDAP_OPT_RESULT_CODE, &code);
    return failed(c, step, code, NULL, why);
}

/* What an answer comes to; the message is freed. */
static int conclude(struct users_ldap_conn *c, enum users_ldap_step step, LDAPMessage *m,
                    char why[static USERS_WHY_MAX])
{
    char *said = NULL;
    int code = LDAP_SUCCESS;
    int rc = ldap_parse_result(c->ld, m, &code, NULL, &said, NULL, NULL, 1);
    int r = 0;
    if (rc != LDAP_SUCCESS || code != LDAP_SUCCESS)
        r = failed(c, step, rc != LDAP_SUCCESS ? rc : code, said, why);
    ldap_memfree(said);
    return r;
}

/* The answer that has one message. */
static int answer(struct users_ldap_conn *c, enum users_ldap_step step, int id, char why[static USERS_WHY_MAX])
{
    LDAPMessage *m = NULL;
    int r = take(c, step, id, &m, why);
    return r < 0 ? r : conclude(c, step, m, why);
}

/* ---- connecting ---- */

struct option {
    int option;
    const void *value;
};

static int set_all(LDAP *ld, const struct option *options, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int rc = ldap_set_option(ld, options[i].option, options[i].value);
        if (rc != LDAP_OPT_SUCCESS)
            return rc;
    }
    return LDAP_OPT_SUCCESS;
}

/* Each of these must be as it is said here, or there is no connection: a default may come from a file or the
 * environment. */
static int set_options(struct users_ldap_conn *c)
{
    const struct timeval left = time_left(c);
    const int version = LDAP_VERSION3, deref = LDAP_DEREF_NEVER;
    const struct option options[] = {
        {LDAP_OPT_PROTOCOL_VERSION, &version},
        {LDAP_OPT_REFERRALS, LDAP_OPT_OFF},
        {LDAP_OPT_RESTART, LDAP_OPT_ON}, /* a signal is no reason to fail */
        {LDAP_OPT_DEREF, &deref},
        {LDAP_OPT_NETWORK_TIMEOUT, &left},
    };
    Sockbuf *sb = NULL;
    ber_len_t max = USERS_LDAP_MESSAGE_MAX;
    int rc = set_all(c->ld, options, sizeof options / sizeof options[0]);
    if (rc == LDAP_OPT_SUCCESS)
        rc = users_ldap_io_attach(&c->io, c->ld);
    if (rc != LDAP_OPT_SUCCESS)
        return rc;
    if (ldap_get_option(c->ld, LDAP_OPT_SOCKBUF, &sb) != LDAP_OPT_SUCCESS || !sb ||
        ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &max) != 1)
        return LDAP_LOCAL_ERROR;
    return LDAP_SUCCESS;
}

static int set_tls_options(struct users_ldap_conn *c)
{
    const int demand = LDAP_OPT_X_TLS_DEMAND, allow = LDAP_OPT_X_TLS_ALLOW, tls_min = TLS_MIN, client = 0;
    const struct option options[] = {
        {LDAP_OPT_X_TLS_REQUIRE_CERT, &demand},
        {LDAP_OPT_X_TLS_REQUIRE_SAN, &allow}, /* the name in the certificate is its subject's where it has no other */
        {LDAP_OPT_X_TLS_PROTOCOL_MIN, &tls_min},
        {LDAP_OPT_X_TLS_CACERTFILE, c->settings->ca_file},
        {LDAP_OPT_X_TLS_NEWCTX, &client}, /* from what is above */
    };
    const size_t n = sizeof options / sizeof options[0];
    if (c->settings->ca_file)
        return set_all(c->ld, options, n);
    int rc = set_all(c->ld, options, n - 2);
    return rc == LDAP_OPT_SUCCESS ? set_all(c->ld, options + n - 1, 1) : rc;
}

static int reach(struct users_ldap_conn *c, char why[static USERS_WHY_MAX])
{
    int rc = ldap_initialize(&c->ld, c->server);
    if (rc != LDAP_SUCCESS)
        return failed(c, USERS_LDAP_SETUP, rc, NULL, why);
    rc = set_options(c);
    if (rc != LDAP_SUCCESS)
        return failed(c, USERS_LDAP_SETUP, rc, NULL, why);
    if (!is_scheme(c, "ldapi:") && set_tls_options(c) != LDAP_SUCCESS)
        return failed(c, USERS_LDAP_SETUP, LDAP_LOCAL_ERROR,
                      "the certificates of ldap_ca_file, or of ldap.conf(5), can't be read", why);
    rc = ldap_connect(c->ld);
    return rc == LDAP_SUCCESS ? 0 : failed_here(c, USERS_LDAP_CONNECT, rc, why);
}

/* Nothing has been sent before but this, so nobody on the way can have learnt anything; what he has put in is thrown
 * away with the handshake. */
static int start_tls(struct users_ldap_conn *c, char why[static USERS_WHY_MAX])
{
    int id;
    int rc = ldap_start_tls(c->ld, NULL, NULL, &id);
    if (rc != LDAP_SUCCESS)
        return failed_here(c, USERS_LDAP_TLS, rc, why);
    int r = answer(c, USERS_LDAP_TLS, id, why);
    if (r < 0)
        return r;
    rc = ldap_install_tls(c->ld);
    return rc == LDAP_SUCCESS ? 0 : failed_here(c, USERS_LDAP_TLS, rc, why);
}

static int bind_as(struct users_ldap_conn *c, const char *dn, const char *mechanism, struct berval *secret,
                   char why[static USERS_WHY_MAX])
{
    int id;
    int rc = ldap_sasl_bind(c->ld, dn, mechanism, secret, NULL, NULL, &id);
    return rc == LDAP_SUCCESS ? answer(c, USERS_LDAP_BIND, id, why) : failed_here(c, USERS_LDAP_BIND, rc, why);
}

static int bind_by_password(struct users_ldap_conn *c, char why[static USERS_WHY_MAX])
{
    char password[USERS_LDAP_PASSWORD_MAX];
    struct berval secret = {.bv_val = password};
    size_t n;
    int r = users_ldap_password(c->settings->password_file, password, &n, why);
    if (r < 0) {
        drop(c);
        return r;
    }
    secret.bv_len = n;
    r = bind_as(c, c->settings->bind_dn, LDAP_SASL_SIMPLE, &secret, why);
    explicit_bzero(password, sizeof password);
    return r;
}

/* By name and password, or over a unix socket as who we are (SASL EXTERNAL), or not at all: as nobody. */
static int bind_now(struct users_ldap_conn *c, char why[static USERS_WHY_MAX])
{
    struct berval nothing = {.bv_val = (char[]){""}};
    if (c->settings->bind_dn)
        return bind_by_password(c, why);
    if (is_scheme(c, "ldapi:"))
        return bind_as(c, NULL, "EXTERNAL", &nothing, why);
    return 0;
}

/* One server. */
static int connect_one(struct users_ldap_conn *c, char why[static USERS_WHY_MAX])
{
    int r = reach(c, why);
    if (r == 0 && c->settings->starttls && is_scheme(c, "ldap:"))
        r = start_tls(c, why);
    if (r == 0)
        r = bind_now(c, why);
    return r;
}

/* One after the other, so that one that hangs leaves some of the time to the others. */
static int connect_any(struct users_ldap_conn *c, char why[static USERS_WHY_MAX])
{
    int r = -EHOSTDOWN;
    for (unsigned left = c->n_servers; left > 0 && is_away(r); left--) {
        int64_t now = users_ldap_now_ms();
        c->io.deadline_ms = now + (c->end_ms - now) / left;
        r = connect_one(c, why);
    }
    c->io.deadline_ms = c->end_ms;
    return r;
}

int users_ldap_conn_ready(struct users_ldap_conn *c, bool *kept, char why[static USERS_WHY_MAX])
{
    int64_t now = users_ldap_now_ms();
    if (now < c->pause_end_ms) {
        snprintf(why, USERS_WHY_MAX, "%s", c->pause_why);
        return -ETIMEDOUT;
    }
    if (c->ld && now - c->used_ms > USERS_LDAP_IDLE_MS)
        drop(c);
    *kept = c->ld != NULL;
    c->used_ms = now;
    return c->ld ? 0 : connect_any(c, why);
}

/* ---- one entry ---- */

void users_ldap_entry_free(struct users_ldap_entry *e)
{
    ldap_memfree(e->dn);
    for (size_t i = 0; i < USERS_LDAP_ATTRS; i++)
        ldap_value_free_len(e->held[i]);
    *e = (struct users_ldap_entry){0};
}

static int read_entry(struct users_ldap_conn *c, LDAPMessage *m, struct users_ldap_entry *ret,
                      char why[static USERS_WHY_MAX])
{
    struct users_ldap_entry e = {.dn = ldap_get_dn(c->ld, m)};
    if (!e.dn)
        return failed(c, USERS_LDAP_SEARCH, LDAP_DECODING_ERROR, NULL, why);
    for (size_t i = 0; i < USERS_LDAP_ATTRS; i++) {
        struct users_ldap_value *v = &e.values.of[i];
        e.held[i] = ldap_get_values_len(c->ld, m, users_ldap_attr_names[i]);
        v->count = (size_t)ldap_count_values_len(e.held[i]);
        if (v->count > 0)
            *v = (struct users_ldap_value){.count = v->count, .bytes = e.held[i][0]->bv_val, .n = e.held[i][0]->bv_len};
    }
    *ret = e;
    return 0;
}

/* All messages of an answer: the first entry, which is to be freed, and how many there were. */
static int take_entries(struct users_ldap_conn *c, int id, LDAPMessage **first, unsigned *n,
                        char why[static USERS_WHY_MAX])
{
    for (unsigned i = 0; i < USERS_LDAP_MESSAGES; i++) {
        LDAPMessage *m;
        int r = take(c, USERS_LDAP_SEARCH, id, &m, why);
        if (r < 0)
            return r;
        int type = ldap_msgtype(m);
        if (type == LDAP_RES_SEARCH_RESULT)
            return conclude(c, USERS_LDAP_SEARCH, m, why);
        if (type == LDAP_RES_SEARCH_ENTRY && ++*n == 1)
            *first = m;
        else
            ldap_msgfree(m); /* one too many, or a reference to another server */
    }
    return failed(c, USERS_LDAP_SEARCH, LDAP_SERVER_DOWN, "it answers without end", why);
}

int users_ldap_conn_find(struct users_ldap_conn *c, const char *filter, struct users_ldap_entry *ret,
                         char why[static USERS_WHY_MAX])
{
    /* Two are enough to see that there are too many. libldap's prototype wants what it only reads to be writable. */
    const int limit = 2;
    struct timeval left = time_left(c);
    char *names[USERS_LDAP_ATTRS + 1];
    memcpy(names, users_ldap_attr_names, sizeof names);
    int id;
    unsigned n = 0;
    LDAPMessage *first = NULL;
    int rc =
        ldap_search_ext(c->ld, c->settings->base, LDAP_SCOPE_SUBTREE, filter, names, 0, NULL, NULL, &left, limit, &id);
    int r = rc == LDAP_SUCCESS ? take_entries(c, id, &first, &n, why) : failed_here(c, USERS_LDAP_SEARCH, rc, why);
    if (n > 1 && (r == 0 || c->ld)) {
        snprintf(why, USERS_WHY_MAX, "ldap_filter finds more than one entry: make it find one only");
        r = -EEXIST;
    } else if (r == 0 && n == 0) {
        r = -ENOENT;
    } else if (r == 0) {
        r = read_entry(c, first, ret, why);
    }
    ldap_msgfree(first);
    return r;
}

/* ---- changing one ---- */

int users_ldap_conn_change(struct users_ldap_conn *c, const char *dn, const struct users_ldap_changes *changes,
                           char why[static USERS_WHY_MAX])
{
    struct berval value[USERS_LDAP_ATTRS], *values[USERS_LDAP_ATTRS][2];
    LDAPMod mod[USERS_LDAP_ATTRS], *mods[USERS_LDAP_ATTRS + 1] = {NULL};
    char *names[USERS_LDAP_ATTRS + 1];
    memcpy(names, users_ldap_attr_names, sizeof names);
    for (size_t i = 0; i < changes->n; i++) {
        const struct users_ldap_change *w = &changes->change[i];
        values[i][0] = w->value ? ber_str2bv(w->value, 0, 0, &value[i]) : NULL;
        values[i][1] = NULL;
        /* To replace by nothing is to delete, and no error where there is nothing (RFC 4511, 4.6). */
        mod[i] = (LDAPMod){.mod_op = LDAP_MOD_REPLACE | LDAP_MOD_BVALUES, .mod_type = names[w->attr]};
        mod[i].mod_bvalues = values[i];
        mods[i] = &mod[i];
    }
    int id;
    int rc = ldap_modify_ext(c->ld, dn, mods, NULL, NULL, &id);
    return rc == LDAP_SUCCESS ? answer(c, USERS_LDAP_MODIFY, id, why) : failed_here(c, USERS_LDAP_MODIFY, rc, why);
}
