/* SPDX-License-Identifier: Apache-2.0 */
#include "common/user_name.h"

#include <string.h>

#include "common/text.h"

size_t user_domain(const char *name, size_t n)
{
    const char *slash = memchr(name, '\\', n);
    if (!slash)
        return 0;
    size_t domain = (size_t)(slash - name), rest = n - domain - 1u;
    if (rest == 0 || memchr(slash + 1, '\\', rest) || text_reads_as_escape(slash, rest + 1u))
        return 0;
    return text_is_utf8(name, n) && text_utf16_units(name, domain) <= USER_DOMAIN_UNITS ? domain : 0;
}

const char *user_alone(const char *name)
{
    size_t domain = user_domain(name, strlen(name));
    return domain ? name + domain + 1u : name;
}

const char *user_split(const char *name, char domain[static USER_DOMAIN_MAX + 1])
{
    const char *user = user_alone(name);
    size_t n = user == name ? 0 : (size_t)(user - name) - 1u;
    memcpy(domain, name, n);
    domain[n] = '\0';
    return user;
}

bool user_is_meant(const char *name, const char *wanted)
{
    return strcmp(name, wanted) == 0 || strcmp(user_alone(name), wanted) == 0;
}
