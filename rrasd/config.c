/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/text.h"
#include "ntlm/seal.h"
#include "rrasd/config_reader.h"
#include "rrasd/config_table.h"
#include "rrasd/config_values.h"

#define SETTINGS_MAX 64 /* a bit for each; checked in config_load */
#define SHOWN_MAX    160

struct loading {
    const char *file;
    struct config config;
    struct complaints *c;
    char section[64]; /* "" before the first; "?" after one that is not known */
    struct config_driver *driver;
    uint64_t seen; /* settings that the file has given */
};

static void *field(struct config *config, const struct setting *s)
{
    return (char *)config + s->offset;
}

static bool set(struct config *config, const struct setting *s, const struct value_place *at, const char *text)
{
    void *p = field(config, s);
    switch (s->kind) {
    case SETTING_PATH:
        return value_path(at, text, 4096, p);
    case SETTING_SOCKET:
        return value_path(at, text, sizeof(((struct sockaddr_un *)0)->sun_path), p);
    case SETTING_OPTIONAL_PATH:
        return *text ? value_path(at, text, 4096, p) : value_nothing(at, p);
    case SETTING_ADDRESSES:
        return value_addresses(at, text, p);
    case SETTING_COUNT:
        return value_count(at, text, s->min, s->max, p);
    case SETTING_DURATION:
        return value_duration(at, text, s->min, s->max, p);
    case SETTING_CHOICE:
        return value_choice(at, text, s->words, p);
    case SETTING_TEXT:
        return value_text(at, text, s->max, p);
    case SETTING_LOG_LEVEL:
        return value_log_level(at, text, p);
    case SETTING_ROUTER_TYPE:
        return value_router_type(at, text, p);
    case SETTING_ROLE:
        return value_role(at, text, s->role, p);
    case SETTING_USER:
        return value_user(at, text, p);
    }
    return false;
}

static bool name_ok(const char *s, size_t n)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    return n > 0 && n <= CONFIG_NAME_MAX && strspn(s, letters) >= n;
}

static struct config_driver *find_driver(struct config *config, const char *name, const char *instance)
{
    for (size_t i = 0; i < config->n_drivers; i++) {
        struct config_driver *d = &config->driver[i];
        if (strcmp(d->name, name) == 0 && strcmp(d->instance, instance) == 0)
            return d;
    }
    return NULL;
}

/* "driver NAME" or "driver NAME:INSTANCE" */
static void begin_driver(struct loading *l, unsigned line, const char *what)
{
    struct config_driver d = {.line = line};
    char buf[SHOWN_MAX];
    what += strspn(what, " \t");
    size_t n = strcspn(what, ":");
    const char *instance = what[n] ? what + n + 1 : NULL;
    if (!name_ok(what, n) || (instance && !name_ok(instance, strlen(instance)))) {
        complain(l->c, l->file, line,
                 "\"%s\" is no driver's name: NAME or NAME:INSTANCE, each of up to %u letters, digits, - and _",
                 text_escape_z(buf, sizeof buf, what), CONFIG_NAME_MAX);
        return;
    }
    memcpy(d.name, what, n);
    if (instance)
        memcpy(d.instance, instance, strlen(instance));
    if (find_driver(&l->config, d.name, d.instance)) {
        complain(l->c, l->file, line, "this driver has a section already");
        return;
    }
    struct config_driver *grown = realloc(l->config.driver, (l->config.n_drivers + 1) * sizeof *grown);
    if (!grown) {
        l->c->no_memory = true;
        return;
    }
    l->config.driver = grown;
    l->driver = &grown[l->config.n_drivers++];
    *l->driver = d;
}

static void on_section(void *ctx, unsigned line, const char *name)
{
    struct loading *l = ctx;
    char buf[SHOWN_MAX];
    l->driver = NULL;
    snprintf(l->section, sizeof l->section, "?");
    if (strncmp(name, "driver", 6) == 0 && (name[6] == ' ' || name[6] == '\t'))
        begin_driver(l, line, name + 6);
    else if (config_section_exists(name))
        snprintf(l->section, sizeof l->section, "%s", name);
    else
        complain(l->c, l->file, line, "there is no section [%s]", text_escape_z(buf, sizeof buf, name));
}

static void on_driver_pair(struct loading *l, const struct value_place *at, const char *value)
{
    char buf[SHOWN_MAX];
    if (strcmp(at->key, "user") == 0)
        (void)value_users(at, value, &l->driver->users, &l->driver->n_users);
    else
        complain(at->c, at->file, at->line, "[driver] has no key \"%s\"", text_escape_z(buf, sizeof buf, at->key));
}

static void on_pair(void *ctx, unsigned line, const char *key, const char *value)
{
    struct loading *l = ctx;
    char buf[SHOWN_MAX];
    struct value_place at = {.file = l->file, .line = line, .key = key, .c = l->c};
    if (l->driver) {
        on_driver_pair(l, &at, value);
        return;
    }
    if (strcmp(l->section, "?") == 0)
        return; /* the section itself has been complained about */
    const struct setting *s = config_setting(l->section, key);
    if (!s) {
        text_escape_z(buf, sizeof buf, key);
        if (l->section[0])
            complain(l->c, l->file, line, "[%s] has no key \"%s\"", l->section, buf);
        else
            complain(l->c, l->file, line, "\"%s\" stands before the first [section]", buf);
        return;
    }
    uint64_t bit = UINT64_C(1) << (s - config_settings);
    if (s->kind != SETTING_ROLE && l->seen & bit)
        complain(l->c, l->file, line, "%s is given twice", key);
    l->seen |= bit;
    (void)set(&l->config, s, &at, value);
}

static void set_defaults(struct loading *l)
{
    for (size_t i = 0; i < config_n_settings; i++) {
        const struct setting *s = &config_settings[i];
        struct value_place at = {.file = "default", .key = s->key, .c = l->c};
        if (s->initial)
            (void)set(&l->config, s, &at, s->initial);
    }
}

/* What only shows when everything is read. */
static void check_whole(struct loading *l)
{
    struct config *config = &l->config;
    if (config->socket && config->driver_socket && strcmp(config->socket, config->driver_socket) == 0)
        complain(l->c, l->file, 0, "[server] socket and driver_socket are the same path");
    if (config->pipe_socket && ((config->socket && strcmp(config->socket, config->pipe_socket) == 0) ||
                                (config->driver_socket && strcmp(config->driver_socket, config->pipe_socket) == 0)))
        complain(l->c, l->file, 0, "[listen] pipe_socket is the path of another socket");
    if (config->listen.ntlm && !ntlm_is_built())
        complain(l->c, l->file, 0, "[listen] ntlm = yes: this rrasd was built without NTLM");
    if (config->driver_hung_ms <= config->driver_ping_ms)
        complain(l->c, l->file, 0, "[timeouts] driver_hung must be longer than driver_ping");
    for (size_t i = 0; i < config->n_drivers; i++) {
        if (config->driver[i].n_users == 0)
            complain(l->c, l->file, config->driver[i].line, "the driver's section does not say who its user is");
    }
}

static void read_file(struct loading *l, bool must_exist)
{
    const struct config_events events = {.section = on_section, .pair = on_pair, .ctx = l};
    FILE *file = fopen(l->file, "re");
    if (!file) {
        if (errno != ENOENT || must_exist)
            complain(l->c, l->file, 0, "can't be opened: %s", strerror(errno));
        return;
    }
    int r = config_read(file, l->file, &events, l->c);
    fclose(file);
    if (r < 0)
        complain(l->c, l->file, 0, "can't be read: %s", strerror(-r));
}

int config_load(const char *path, bool must_exist, struct config *ret, struct complaints *complaints)
{
    struct loading l = {.file = path, .c = complaints};
    if (config_n_settings > SETTINGS_MAX)
        return -EINVAL;
    set_defaults(&l);
    read_file(&l, must_exist);
    check_whole(&l);
    if (complaints_any(complaints)) {
        config_clear(&l.config);
        return complaints->no_memory ? -ENOMEM : -EINVAL;
    }
    *ret = l.config;
    return 0;
}

void config_clear(struct config *config)
{
    free(config->socket);
    free(config->driver_socket);
    free(config->state_dir);
    free(config->audit_log);
    free(config->pipe_socket);
    free(config->listen.tcp);
    free(config->listen.keytab);
    free(config->listen.ntlm_users);
    free(config->listen.ntlm_program);
    free(config->users.ldap_uri);
    free(config->users.ldap_base);
    free(config->users.ldap_filter);
    free(config->users.ldap_bind_dn);
    free(config->users.ldap_password_file);
    free(config->users.ldap_ca_file);
    access_clear(&config->roles);
    for (size_t i = 0; i < config->n_drivers; i++)
        free(config->driver[i].users);
    free(config->driver);
    *config = (struct config){0};
}

static const struct config_driver *driver_section(const struct config *config, const char *driver, const char *instance)
{
    const struct config_driver *any = NULL;
    for (size_t i = 0; i < config->n_drivers; i++) {
        const struct config_driver *d = &config->driver[i];
        if (strcmp(d->name, driver) != 0)
            continue;
        if (strcmp(d->instance, instance) == 0)
            return d;
        if (d->instance[0] == '\0')
            any = d;
    }
    return any;
}

bool config_driver_allowed(const struct config *config, uid_t uid, const char *driver, const char *instance)
{
    const struct config_driver *d = driver_section(config, driver, instance);
    if (!d)
        return uid == 0 || (uid == geteuid() && uid != ACCESS_OVERFLOW_ID);
    for (size_t i = 0; i < d->n_users; i++) {
        if (d->users[i] == uid)
            return true;
    }
    return false;
}

static bool is_text(const struct setting *s)
{
    return s->kind == SETTING_PATH || s->kind == SETTING_OPTIONAL_PATH || s->kind == SETTING_SOCKET ||
           s->kind == SETTING_ADDRESSES;
}

/* Is the setting the same in both? Only kinds that fixed settings have. */
static bool same(struct config *a, struct config *b, const struct setting *s)
{
    if (is_text(s)) {
        const char *pa = *(char **)field(a, s), *pb = *(char **)field(b, s);
        return pa && pb ? strcmp(pa, pb) == 0 : pa == pb;
    }
    return *(uint32_t *)field(a, s) == *(uint32_t *)field(b, s);
}

/* Swapped rather than copied: nothing can fail, and each side still owns what it holds. */
static void swap(struct config *a, struct config *b, const struct setting *s)
{
    if (is_text(s)) {
        char **pa = field(a, s), **pb = field(b, s), *t = *pa;
        *pa = *pb;
        *pb = t;
    } else {
        uint32_t *pa = field(a, s), *pb = field(b, s), t = *pa;
        *pa = *pb;
        *pb = t;
    }
}

void config_keep_fixed(struct config *current, struct config *next,
                       void (*changed)(void *ctx, const char *section, const char *key), void *ctx)
{
    for (size_t i = 0; i < config_n_settings; i++) {
        const struct setting *s = &config_settings[i];
        if (!s->fixed)
            continue;
        if (!same(current, next, s))
            changed(ctx, s->section, s->key);
        swap(current, next, s); /* the same text as well: somebody may have kept where it stands */
    }
}
