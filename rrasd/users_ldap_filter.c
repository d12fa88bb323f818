/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/users_ldap_filter.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/text.h"

/* Is every parenthesis of one pair, the first and the last byte, around the rest? \28 and \29 stand for those in
 * values. */
static bool is_one_pair(const char *text)
{
    size_t depth = 0;
    if (text[0] != '(')
        return false;
    for (const char *p = text; *p; p++) {
        if (*p == '(')
            depth++;
        else if (*p == ')' && --depth == 0)
            return p[1] == '\0';
    }
    return false;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* A backslash in front of a name would make an escape of it. */
static bool escapes_are_whole(const char *text)
{
    for (const char *p = strchr(text, '\\'); p; p = strchr(p + 1, '\\')) {
        if (!is_hex(p[1]) || !is_hex(p[2]))
            return false;
    }
    return true;
}

const char *users_ldap_template_wrong(const char *text)
{
    bool found = false;
    if (strlen(text) >= USERS_LDAP_TEMPLATE_MAX)
        return "must be shorter than 1024 bytes";
    if (!is_one_pair(text))
        return "must be one filter in parentheses, such as (sAMAccountName=%u)";
    if (!escapes_are_whole(text))
        return "must have two hexadecimal digits behind each backslash";
    for (const char *p = strchr(text, '%'); p; p = strchr(p + 2, '%')) {
        if (p[1] != 'u' && p[1] != '%')
            return "must have %u for the user's name, and %% for a percent sign";
        found = found || p[1] == 'u';
    }
    return found ? NULL : "must have %u where the user's name belongs, such as (sAMAccountName=%u)";
}

struct text_out {
    char *dst;
    size_t n;
    bool full;
};

static void put(struct text_out *o, char c)
{
    if (o->n + 1 < USERS_LDAP_FILTER_MAX)
        o->dst[o->n++] = c;
    else
        o->full = true;
}

/* All but letters and digits of ASCII is escaped: more than must be, so that no rule about the rest need be right. */
static void put_escaped(struct text_out *o, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) {
            put(o, *text);
        } else {
            put(o, '\\');
            put(o, hex[c >> 4]);
            put(o, hex[c & 15]);
        }
    }
}

int users_ldap_filter(const char *text, const char *user, char ret[static USERS_LDAP_FILTER_MAX])
{
    struct text_out o = {.dst = ret};
    if (!user[0] || !text_is_utf8(user, strlen(user)))
        return -ENOENT;
    for (const char *p = text; *p; p++) {
        if (p[0] != '%')
            put(&o, *p);
        else if (*++p == 'u')
            put_escaped(&o, user);
        else
            put(&o, '%');
    }
    if (o.full)
        return -ENAMETOOLONG;
    ret[o.n] = '\0';
    return 0;
}
