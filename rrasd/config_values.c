/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/config_values.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "rrasd/address.h"
#include "rrasd/config.h"

#define SHOWN_MAX      128u           /* of a bad value in a complaint */
#define WORD_MAX       128u           /* a user's or group's name */
#define NSS_BUFFER     (16u * 1024)   /* for one entry; doubled when the name service asks for more ... */
#define NSS_BUFFER_MAX (1024u * 1024) /* ... up to this: a group may have very many members */

static const char *shown(char dst[static SHOWN_MAX], const char *text)
{
    return text_escape_z(dst, SHOWN_MAX, text);
}

static bool parse_number(const char *text, uint64_t max, uint64_t *ret)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (errno || *end || v > max)
        return false;
    *ret = v;
    return true;
}

bool value_count(const struct value_place *at, const char *text, uint32_t min, uint32_t max, uint32_t *ret)
{
    char buf[SHOWN_MAX];
    uint64_t v;
    if (!parse_number(text, UINT64_MAX, &v)) {
        complain(at->c, at->file, at->line, "%s must be a whole number, not \"%s\"", at->key, shown(buf, text));
        return false;
    }
    if (v < min || v > max) {
        complain(at->c, at->file, at->line, "%s must be from %u to %u", at->key, min, max);
        return false;
    }
    *ret = (uint32_t)v;
    return true;
}

bool value_duration(const struct value_place *at, const char *text, uint32_t min, uint32_t max, uint32_t *ret)
{
    char buf[SHOWN_MAX];
    uint64_t v = UINT64_MAX;
    int r = text_parse_duration(text, &v);
    if (r == -EINVAL) {
        complain(at->c, at->file, at->line, "%s must be a time like 500ms, 2s, 10m or 1h, not \"%s\"", at->key,
                 shown(buf, text));
        return false;
    }
    if (r < 0 || v < min || v > max) {
        complain(at->c, at->file, at->line, "%s must be from %u ms to %u s", at->key, min, max / 1000);
        return false;
    }
    *ret = (uint32_t)v;
    return true;
}

static bool take_copy(const struct value_place *at, const char *text, char **ret)
{
    char *copy = strdup(text);
    if (!copy) {
        at->c->no_memory = true;
        return false;
    }
    free(*ret);
    *ret = copy;
    return true;
}

bool value_nothing(const struct value_place *at, char **ret)
{
    return take_copy(at, "", ret);
}

bool value_addresses(const struct value_place *at, const char *text, char **ret)
{
    struct address list[ADDRESS_LIST_MAX];
    char buf[SHOWN_MAX];
    int n = address_parse_list(text, list);
    if (n == -EINVAL)
        complain(at->c, at->file, at->line,
                 "%s must be addresses with their ports, 192.0.2.1:4170 or [::]:4170, not \"%s\"", at->key,
                 shown(buf, text));
    else if (n == -E2BIG)
        complain(at->c, at->file, at->line, "%s can be %u addresses at most", at->key, ADDRESS_LIST_MAX);
    else if (n < 0)
        complain(at->c, at->file, at->line, "%s has an address twice: \"%s\"", at->key, shown(buf, text));
    return n >= 0 && take_copy(at, text, ret);
}

bool value_path(const struct value_place *at, const char *text, size_t max, char **ret)
{
    char buf[SHOWN_MAX];
    if (text[0] != '/' || text[1] == '\0') {
        complain(at->c, at->file, at->line, "%s must be an absolute path, not \"%s\"", at->key, shown(buf, text));
        return false;
    }
    if (strlen(text) >= max) {
        complain(at->c, at->file, at->line, "%s is too long: at most %zu bytes", at->key, max - 1);
        return false;
    }
    return take_copy(at, text, ret);
}

bool value_text(const struct value_place *at, const char *text, size_t max, char **ret)
{
    size_t n = strlen(text);
    if (n == 0) {
        complain(at->c, at->file, at->line, "%s is empty", at->key);
        return false;
    }
    if (n > max) {
        complain(at->c, at->file, at->line, "%s is too long: at most %zu bytes", at->key, max);
        return false;
    }
    bool ok = text_is_utf8(text, n);
    for (size_t i = 0; i < n; i++)
        ok = ok && (unsigned char)text[i] >= 0x20 && text[i] != 0x7f;
    if (!ok) {
        complain(at->c, at->file, at->line, "%s has control characters, or is not UTF-8", at->key);
        return false;
    }
    return take_copy(at, text, ret);
}

/* "error, warning, info or debug" */
static const char *list_words(char dst[static SHOWN_MAX], const char *const *words)
{
    size_t at = 0;
    for (size_t i = 0; words[i] && at < SHOWN_MAX; i++) {
        const char *before = i == 0 ? "" : words[i + 1u] ? ", " : " or ";
        at += (size_t)snprintf(dst + at, SHOWN_MAX - at, "%s%s", before, words[i]);
    }
    return dst;
}

bool value_choice(const struct value_place *at, const char *text, const char *const *words, uint32_t *ret)
{
    char buf[SHOWN_MAX], all[SHOWN_MAX];
    for (uint32_t i = 0; words[i]; i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret = i;
            return true;
        }
    }
    complain(at->c, at->file, at->line, "%s must be %s, not \"%s\"", at->key, list_words(all, words), shown(buf, text));
    return false;
}

bool value_log_level(const struct value_place *at, const char *text, uint32_t *ret)
{
    static const char *const words[] = {"error", "warning", "info", "debug", NULL};
    uint32_t i;
    if (!value_choice(at, text, words, &i))
        return false;
    *ret = LOG_LEVEL_ERROR + i;
    return true;
}

/*
 * The next word of a list that is separated by commas or blanks, into `word`. False at the end. An overlong word is
 * cut, and then is the name of nothing.
 */
static bool next_word(const char **at, char word[static WORD_MAX])
{
    static const char separators[] = ", \t";
    *at += strspn(*at, separators);
    size_t n = strcspn(*at, separators);
    if (n == 0)
        return false;
    size_t copied = n < WORD_MAX ? n : WORD_MAX - 1;
    memcpy(word, *at, copied);
    word[copied] = '\0';
    *at += n;
    return true;
}

static uint32_t router_type_bit(const char *word)
{
    static const struct {
        const char *word;
        uint32_t bit;
    } types[] = {
        {"ras", ROUTER_TYPE_RAS},           {"lan", ROUTER_TYPE_LAN},           {"wan", ROUTER_TYPE_WAN},
        {"ipv6-ras", ROUTER_TYPE_IPV6_RAS}, {"ipv6-lan", ROUTER_TYPE_IPV6_LAN}, {"ipv6-wan", ROUTER_TYPE_IPV6_WAN},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(word, types[i].word) == 0)
            return types[i].bit;
    }
    return 0;
}

bool value_router_type(const struct value_place *at, const char *text, uint32_t *ret)
{
    char word[WORD_MAX], buf[SHOWN_MAX];
    uint32_t type = 0;
    while (next_word(&text, word)) {
        uint32_t bit = router_type_bit(word);
        if (!bit) {
            complain(at->c, at->file, at->line,
                     "%s has words of ras, lan, wan, ipv6-ras, ipv6-lan and ipv6-wan, not \"%s\"", at->key,
                     shown(buf, word));
            return false;
        }
        type |= bit;
    }
    if (!type) {
        complain(at->c, at->file, at->line, "%s is empty", at->key);
        return false;
    }
    *ret = type;
    return true;
}

/* Look a user or a group up. 0; -ENOENT: no such name; or what the name service says. */
static int look_up(const char *name, bool is_group, unsigned *ret)
{
    for (size_t size = NSS_BUFFER; size <= NSS_BUFFER_MAX; size *= 2) {
        struct passwd pw, *pw_found = NULL;
        struct group gr, *gr_found = NULL;
        char *buf = malloc(size);
        if (!buf)
            return -ENOMEM;
        int r = is_group ? getgrnam_r(name, &gr, buf, size, &gr_found) : getpwnam_r(name, &pw, buf, size, &pw_found);
        if (r == 0 && gr_found)
            *ret = gr.gr_gid;
        if (r == 0 && pw_found)
            *ret = pw.pw_uid;
        free(buf);
        if (r == 0)
            return gr_found || pw_found ? 0 : -ENOENT;
        if (r != ERANGE)
            return -r;
    }
    return -ERANGE;
}

/* A name or a number. */
static bool resolve(const struct value_place *at, const char *name, bool is_group, unsigned *ret)
{
    char buf[SHOWN_MAX];
    uint64_t number;
    if (parse_number(name, UINT32_MAX - 1, &number)) {
        *ret = (unsigned)number;
        return true;
    }
    int r = look_up(name, is_group, ret);
    if (r == -ENOENT)
        complain(at->c, at->file, at->line, "%s: there is no %s \"%s\"", at->key, is_group ? "group" : "user",
                 shown(buf, name));
    else if (r < 0)
        complain(at->c, at->file, at->line, "%s: can't look up the %s \"%s\": %s", at->key, is_group ? "group" : "user",
                 shown(buf, name), strerror(-r));
    return r == 0;
}

bool value_role(const struct value_place *at, const char *text, enum access_role role, struct access_rules *ret)
{
    char word[WORD_MAX];
    bool ok = true;
    while (next_word(&text, word)) {
        bool is_group = strncmp(word, "user:", 5) != 0;
        const char *name = is_group ? word : word + 5;
        unsigned id = 0;
        if (!resolve(at, name, is_group, &id)) {
            ok = false;
        } else if (access_add(ret, role, is_group, id, name) < 0) {
            at->c->no_memory = true;
            return false;
        }
    }
    return ok;
}

bool value_users(const struct value_place *at, const char *text, uid_t **ret, size_t *n)
{
    char word[WORD_MAX];
    bool ok = true;
    while (next_word(&text, word)) {
        unsigned id = 0;
        if (!resolve(at, word, false, &id)) {
            ok = false;
            continue;
        }
        uid_t *grown = realloc(*ret, (*n + 1) * sizeof *grown);
        if (!grown) {
            at->c->no_memory = true;
            return false;
        }
        grown[*n] = id;
        *ret = grown;
        ++*n;
    }
    return ok;
}

bool value_user(const struct value_place *at, const char *text, uint32_t *ret)
{
    uid_t *users = NULL;
    size_t n = 0;
    bool ok = value_users(at, text, &users, &n);
    if (ok && n != 1) {
        complain(at->c, at->file, at->line, "%s must be one user", at->key);
        ok = false;
    }
    if (ok)
        *ret = users[0];
    free(users);
    return ok;
}
