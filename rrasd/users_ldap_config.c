/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/users_ldap_config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "rrasd/users_ldap_filter.h"

#define HOST_MAX 256u /* of a name in the DNS, with its NUL */

/* Where the host begins in a server's URI, or NULL for one that is by none of the three. *scheme: the bytes before. */
static const char *host_of(const char *uri, size_t *scheme)
{
    static const char *const schemes[] = {"ldap://", "ldaps://", "ldapi://"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        *scheme = strlen(schemes[i]);
        if (strncasecmp(uri, schemes[i], *scheme) == 0)
            return uri + *scheme;
    }
    return NULL;
}

static bool is_visible(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    }
    return true;
}

/* Nothing but a name and a port: what may stand behind them in a URI is set elsewhere. ldapi:// alone has a default. */
static const char *server_wrong(const char *uri, size_t n, const char *first)
{
    size_t scheme, expected;
    const char *host = host_of(uri, &scheme);
    if (!host)
        return "must have servers like ldap://NAME, ldaps://NAME or ldapi:///";
    host_of(first, &expected);
    if (scheme != expected || strncasecmp(uri, first, scheme) != 0)
        return "must not mix ldap://, ldaps:// and ldapi://";
    size_t rest = n - scheme;
    if (!is_visible(host, rest) || memchr(host, '?', rest))
        return "must have nothing but names and ports of servers";
    if (rest > 0 && host[rest - 1] == '/')
        rest--;
    if (memchr(host, '/', rest))
        return "must have nothing but names and ports of servers";
    return rest > 0 || strncasecmp(uri, "ldapi:", 6) == 0 ? NULL : "must name a server behind the //";
}

/* The next server of a list that is separated by blanks, and its length. NULL at the end. */
static const char *next_server(const char *at, size_t *n)
{
    at += strspn(at, " \t");
    *n = strcspn(at, " \t");
    return *n > 0 ? at : NULL;
}

static const char *servers_wrong(const char *uri)
{
    size_t n;
    const char *first = next_server(uri, &n);
    if (!first)
        return "must say where the directory is, for example ldaps://dc1.example.org";
    for (const char *server = first; server; server = next_server(server + n, &n)) {
        const char *wrong = server_wrong(server, n, first);
        if (wrong)
            return wrong;
    }
    return NULL;
}

static bool is_loopback(const char *host, size_t n)
{
    char name[HOST_MAX];
    struct in_addr a;
    if (n >= sizeof name)
        return false;
    memcpy(name, host, n);
    name[n] = '\0';
    if (strncmp(name, "[::1]", 5) == 0)
        return name[5] == '\0' || name[5] == ':' || name[5] == '/';
    name[strcspn(name, ":/")] = '\0';
    return strcasecmp(name, "localhost") == 0 ||
           (inet_pton(AF_INET, name, &a) == 1 && ntohl(a.s_addr) >> 24 == IN_LOOPBACKNET);
}

/* Can what goes to these servers be read on the way? */
static bool is_readable(const struct config_users *c)
{
    size_t n, scheme;
    if (c->ldap_starttls || strncasecmp(c->ldap_uri, "ldap:", 5) != 0)
        return false;
    for (const char *server = next_server(c->ldap_uri, &n); server; server = next_server(server + n, &n)) {
        const char *host = host_of(server, &scheme);
        if (!is_loopback(host, n - scheme))
            return true;
    }
    return false;
}

static const char *bind_wrong(const struct config_users *c)
{
    if ((c->ldap_bind_dn != NULL) != (c->ldap_password_file != NULL))
        return "ldap_bind_dn and ldap_password_file must both be set, or none of them";
    if (c->ldap_bind_dn && is_readable(c))
        return "the password would go over the network for all to read: use ldaps://, or ldap_starttls = yes";
    return NULL;
}

bool users_ldap_config_ok(const struct config_users *config, char why[static USERS_WHY_MAX])
{
    const char *key = "ldap_uri ", *wrong = servers_wrong(config->ldap_uri ? config->ldap_uri : "");
    if (!wrong && !config->ldap_base) {
        key = "ldap_base ";
        wrong = "must say below which entry users are, for example dc=example,dc=org";
    }
    if (!wrong) {
        key = "ldap_filter ";
        wrong = users_ldap_template_wrong(config->ldap_filter);
    }
    if (!wrong) {
        key = "";
        wrong = bind_wrong(config);
    }
    if (wrong)
        snprintf(why, USERS_WHY_MAX, "%s%s", key, wrong);
    return !wrong;
}
