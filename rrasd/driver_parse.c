/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/driver_parse.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

int driver_parse_broken(struct driver_parser *p, const char *what)
{
    snprintf(p->why, DRIVER_MESSAGE_WHY, "%s", what);
    return -EPROTO;
}

int driver_parse_wrong_type(struct driver_parser *p, const char *name)
{
    snprintf(p->why, DRIVER_MESSAGE_WHY, "%s is missing or of the wrong type", name);
    return -EPROTO;
}

int driver_parse_unusable(struct driver_parser *p, const char *name, const char *what)
{
    snprintf(p->why, DRIVER_MESSAGE_WHY, "%s %s", name, what);
    return -EINVAL;
}

int driver_parse_string(struct driver_parser *p, const char *name, const json_t **ret)
{
    const json_t *member = json_object_get(p->json, name);
    if (!member)
        return 0;
    if (!json_is_string(member))
        return driver_parse_wrong_type(p, name);
    *ret = member;
    return 0;
}

bool driver_parse_has_nul(const json_t *string)
{
    return strlen(json_string_value(string)) != json_string_length(string);
}

int driver_parse_text(struct driver_parser *p, const char *name, size_t max, const char **ret)
{
    const json_t *s = NULL;
    int r = driver_parse_string(p, name, &s);
    if (r < 0 || !s)
        return r;
    if (json_string_length(s) > max)
        return driver_parse_unusable(p, name, "is too long");
    if (driver_parse_has_nul(s))
        return driver_parse_unusable(p, name, "has a NUL in it");
    *ret = json_string_value(s);
    return 0;
}

int driver_parse_words(struct driver_parser *p, const char *name, const char **ret)
{
    const json_t *s = NULL;
    int r = driver_parse_string(p, name, &s);
    if (r < 0 || !s)
        return r;
    *ret = json_string_value(s);
    if (json_string_length(s) > ROUTER_TEXT_MAX || driver_parse_has_nul(s))
        *ret = text_escape(p->m->words, sizeof(p->m->words), json_string_value(s), json_string_length(s));
    return 0;
}

int driver_parse_uint(struct driver_parser *p, const char *name, uint64_t *ret)
{
    const json_t *member = json_object_get(p->json, name);
    if (!member)
        return 0;
    if (!json_is_integer(member))
        return driver_parse_wrong_type(p, name);
    if (json_integer_value(member) < 0)
        return driver_parse_unusable(p, name, "is negative");
    *ret = (uint64_t)json_integer_value(member);
    return 0;
}

int driver_parse_bool(struct driver_parser *p, const char *name, bool *ret)
{
    const json_t *member = json_object_get(p->json, name);
    if (!member)
        return 0;
    if (!json_is_boolean(member))
        return driver_parse_wrong_type(p, name);
    *ret = json_is_true(member);
    return 0;
}

int driver_parse_word(struct driver_parser *p, const char *name, const char *const *words, size_t count, size_t *ret)
{
    const json_t *s = NULL;
    int r = driver_parse_string(p, name, &s);
    if (r < 0 || !s)
        return r;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(json_string_value(s), words[i]) == 0 && !driver_parse_has_nul(s)) {
            *ret = i;
            return 0;
        }
    }
    return -ENOENT;
}
