/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/users_ldap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "rrasd/users_ldap_attrs.h"
#include "rrasd/users_ldap_config.h"
#include "rrasd/users_ldap_conn.h"
#include "rrasd/users_ldap_filter.h"
#include "rrasd/users_ldap_password.h"

#define USER_SHOWN   64u
#define REASON_SHOWN (USERS_WHY_MAX - USER_SHOWN - 2u)

struct users_ldap {
    char *uri, *base, *filter, *bind_dn, *password_file, *ca_file; /* owned; the settings borrow them */
    struct users_ldap_settings settings;
    struct users_ldap_conn *conn;
};

/* What is asked for a user. */
struct question {
    const char *user;
    struct user_settings *ret;          /* to be read into; or NULL ... */
    const struct user_settings *wanted; /* ... and this to be set */
};

/* A sentence about the user's entry, with the one that is there as the reason. */
static void about(const char *user, char why[static USERS_WHY_MAX])
{
    char reason[REASON_SHOWN], shown[USER_SHOWN];
    snprintf(reason, sizeof reason, "%s", why); /* ours, and short */
    snprintf(why, USERS_WHY_MAX, "%s: %s", text_escape_z(shown, sizeof shown, user), reason);
}

static int read_user(const struct users_ldap_entry *e, const struct question *q, char why[static USERS_WHY_MAX])
{
    int r = users_ldap_understand(&e->values, q->ret, why);
    if (r < 0)
        about(q->user, why);
    return r;
}

static int set_user(struct users_ldap *l, const struct users_ldap_entry *e, const struct question *q,
                    char why[static USERS_WHY_MAX])
{
    struct users_ldap_changes changes;
    int r = users_ldap_compare(&e->values, q->wanted, &changes, why);
    if (r == 0 && changes.n > 0)
        r = users_ldap_conn_change(l->conn, e->dn, &changes, why);
    return r;
}

static int ask_once(struct users_ldap *l, const char *filter, const struct question *q, char why[static USERS_WHY_MAX])
{
    struct users_ldap_entry e;
    char shown[USER_SHOWN];
    int r = users_ldap_conn_find(l->conn, filter, &e, why);
    if (r == -ENOENT)
        snprintf(why, USERS_WHY_MAX, "the directory has no user %s", text_escape_z(shown, sizeof shown, q->user));
    if (r == -EEXIST)
        about(q->user, why);
    if (r < 0)
        return r;
    r = q->ret ? read_user(&e, q, why) : set_user(l, &e, q, why);
    users_ldap_entry_free(&e);
    return r;
}

/* A connection that was kept may have been lost since, which only shows when it is used: then once more on a new one.
 * Setting twice does no harm: the entry is read again before, and only what still differs is set. */
static int ask(struct users_ldap *l, const struct question *q, char why[static USERS_WHY_MAX])
{
    char filter[USERS_LDAP_FILTER_MAX];
    int r = users_ldap_filter(l->filter, q->user, filter);
    if (r < 0) {
        snprintf(why, USERS_WHY_MAX, "no directory has a user of such a name");
        return -ENOENT;
    }
    users_ldap_conn_begin(l->conn);
    for (;;) {
        bool kept = false;
        r = users_ldap_conn_ready(l->conn, &kept, why);
        if (r == 0)
            r = ask_once(l, filter, q, why);
        if (r != -EHOSTDOWN || !kept)
            return r;
    }
}

static int get(void *ctx, const char *user, struct user_settings *ret, char why[static USERS_WHY_MAX])
{
    const struct question q = {.user = user, .ret = ret};
    return ask(ctx, &q, why);
}

static int set(void *ctx, const char *user, const struct user_settings *s, bool create, char why[static USERS_WHY_MAX])
{
    const struct question q = {.user = user, .wanted = s};
    int r = ask(ctx, &q, why);
    if (r == -ENOENT && create) {
        snprintf(why, USERS_WHY_MAX, "accounts are made in the directory, not here");
        return -ENOTSUP;
    }
    return r;
}

static void free_source(void *ctx)
{
    struct users_ldap *l = ctx;
    users_ldap_conn_free(l->conn);
    free(l->uri);
    free(l->base);
    free(l->filter);
    free(l->bind_dn);
    free(l->password_file);
    free(l->ca_file);
    free(l);
}

static const struct user_source source = {.name = "ldap", .get = get, .set = set, .free = free_source};

/* A copy, or NULL for NULL. */
static bool copy(const char *text, char **ret)
{
    *ret = text ? strdup(text) : NULL;
    return !text || *ret;
}

static bool fill(struct users_ldap *l, const struct config_users *c)
{
    if (!copy(c->ldap_uri, &l->uri) || !copy(c->ldap_base, &l->base) || !copy(c->ldap_filter, &l->filter) ||
        !copy(c->ldap_bind_dn, &l->bind_dn) || !copy(c->ldap_password_file, &l->password_file) ||
        !copy(c->ldap_ca_file, &l->ca_file))
        return false;
    l->settings = (struct users_ldap_settings){
        .uri = l->uri,
        .base = l->base,
        .bind_dn = l->bind_dn,
        .password_file = l->password_file,
        .ca_file = l->ca_file,
        .starttls = c->ldap_starttls,
        .timeout_ms = c->ldap_timeout_ms,
    };
    l->conn = users_ldap_conn_new(&l->settings);
    return l->conn != NULL;
}

/* It is read again for each bind; here as well, so that whoever sets it hears at once that it can't be. */
static bool has_password(const char *path, char why[static USERS_WHY_MAX])
{
    char password[USERS_LDAP_PASSWORD_MAX];
    size_t n;
    int r = users_ldap_password(path, password, &n, why);
    explicit_bzero(password, sizeof password);
    return r == 0;
}

int users_ldap_new(const struct config_users *config, const struct user_source **ret, void **ctx,
                   char why[static USERS_WHY_MAX])
{
    if (!users_ldap_config_ok(config, why))
        return -EINVAL;
    if (config->ldap_ca_file && access(config->ldap_ca_file, R_OK) < 0) {
        snprintf(why, USERS_WHY_MAX, "ldap_ca_file %s can't be read: %s", config->ldap_ca_file, strerror(errno));
        return -EINVAL;
    }
    if (config->ldap_password_file && !has_password(config->ldap_password_file, why))
        return -EINVAL;
    struct users_ldap *l = calloc(1, sizeof *l);
    if (!l || !fill(l, config)) {
        if (l)
            free_source(l);
        snprintf(why, USERS_WHY_MAX, "out of memory");
        return -ENOMEM;
    }
    *ret = &source;
    *ctx = l;
    return 0;
}
