/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The source of users that is a directory, for tests in Python. Arguments are settings, KEY=VALUE as in [users] of
 * rrasd.conf; each line of the input is a call, and gets a line of JSON: what the call has returned, in how many
 * milliseconds, and the rest.
 *
 *     get NAME
 *     set|create NAME permitted|refused|policy none|caller|admin [NUMBER]
 *
 * Names and numbers are in hexadecimal, for they may be anything.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "rrasd/users_ldap.h"

#define WORDS_MAX 5

static void setting(struct config_users *c, char *word)
{
    char *value = strchr(word, '=');
    if (!value)
        exit(2);
    *value++ = '\0';
    const struct {
        const char *key;
        char **at;
    } texts[] = {
        {"ldap_uri", &c->ldap_uri},         {"ldap_base", &c->ldap_base},
        {"ldap_filter", &c->ldap_filter},   {"ldap_bind_dn", &c->ldap_bind_dn},
        {"ldap_ca_file", &c->ldap_ca_file}, {"ldap_password_file", &c->ldap_password_file},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(word, texts[i].key) == 0) {
            *texts[i].at = value;
            return;
        }
    }
    if (strcmp(word, "ldap_starttls") == 0)
        c->ldap_starttls = strcmp(value, "yes") == 0;
    else if (strcmp(word, "ldap_timeout_ms") == 0)
        c->ldap_timeout_ms = (uint32_t)strtoul(value, NULL, 10);
    else
        exit(2);
}

/* In its place. */
static const char *from_hex(char *text)
{
    unsigned byte;
    char *to = text;
    for (const char *p = text; sscanf(p, "%2x", &byte) == 1; p += 2)
        *to++ = (char)byte;
    *to = '\0';
    return text;
}

static struct user_settings settings_of(char *word[static WORDS_MAX])
{
    struct user_settings s = {.permitted = strcmp(word[2], "permitted") == 0,
                              .by_policy = strcmp(word[2], "policy") == 0};
    s.callback = strcmp(word[3], "admin") == 0    ? USER_CALLBACK_ADMIN
                 : strcmp(word[3], "caller") == 0 ? USER_CALLBACK_CALLER
                                                  : USER_CALLBACK_NONE;
    if (word[4])
        snprintf(s.number, sizeof s.number, "%s", from_hex(word[4]));
    return s;
}

static const char *callback_word(uint8_t callback)
{
    return callback == USER_CALLBACK_ADMIN ? "admin" : callback == USER_CALLBACK_CALLER ? "caller" : "none";
}

static void call(const struct user_source *source, void *ctx, char *line)
{
    char *word[WORDS_MAX] = {NULL}, why[USERS_WHY_MAX] = "";
    size_t n = 0;
    struct user_settings s = {.callback = USER_CALLBACK_NONE};
    struct timespec from, to;
    for (char *p = strtok(line, " \n"); p && n < WORDS_MAX; p = strtok(NULL, " \n"))
        word[n++] = p;
    if (n < 2)
        exit(2);
    const char *name = from_hex(word[1]);
    clock_gettime(CLOCK_MONOTONIC, &from);
    int r;
    if (strcmp(word[0], "get") == 0) {
        r = source->get(ctx, name, &s, why);
    } else {
        s = settings_of(word);
        r = source->set(ctx, name, &s, strcmp(word[0], "create") == 0, why);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    long long ms = (to.tv_sec - from.tv_sec) * 1000LL + (to.tv_nsec - from.tv_nsec) / 1000000;
    json_t *o = json_pack("{s:s, s:I, s:b, s:b, s:s, s:s, s:s}", "result", r == 0 ? "ok" : strerrorname_np(-r), "ms",
                          (json_int_t)ms, "permitted", s.permitted, "by_policy", s.by_policy, "callback",
                          callback_word(s.callback), "number", s.number, "why", why);
    if (!o)
        abort();
    json_dumpf(o, stdout, JSON_ENSURE_ASCII);
    puts("");
    fflush(stdout);
    json_decref(o);
}

int main(int argc, char **argv)
{
    const struct user_source *source;
    struct config_users config = {.ldap_timeout_ms = 3000};
    void *ctx;
    char why[USERS_WHY_MAX], line[4096];
    signal(SIGPIPE, SIG_IGN); /* as rrasd */
    for (int i = 1; i < argc; i++)
        setting(&config, argv[i]);
    if (users_ldap_new(&config, &source, &ctx, why) < 0) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    while (fgets(line, sizeof line, stdin))
        call(source, ctx, line);
    source->free(ctx);
    return 0;
}
