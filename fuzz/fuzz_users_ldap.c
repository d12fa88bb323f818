/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile directory, and a hostile user name: values of the attributes that say who may dial in, and a name in a
 * filter.
 *
 * Input: for each attribute a byte for the number of its values, one for the length of the first, and that; then a
 * template of a filter, a NUL, and a user's name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "rrasd/users_ldap_attrs.h"
#include "rrasd/users_ldap_filter.h"

struct input {
    const uint8_t *data;
    size_t n;
};

static uint8_t take_byte(struct input *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return *in->data++;
}

/* Memory of exactly its size, to be freed. */
static char *take(struct input *in, size_t n)
{
    char *copy = malloc(n ? n : 1);
    if (!copy)
        abort();
    memcpy(copy, in->data, n);
    in->data += n;
    in->n -= n;
    return copy;
}

static struct users_ldap_values take_values(struct input *in, char *owned[static USERS_LDAP_ATTRS])
{
    struct users_ldap_values v = {0};
    for (size_t i = 0; i < USERS_LDAP_ATTRS; i++) {
        size_t count = take_byte(in) & 3u, n = take_byte(in);
        n = n < in->n ? n : in->n;
        owned[i] = take(in, n);
        if (count > 0)
            v.of[i] = (struct users_ldap_value){.count = count, .bytes = owned[i], .n = n};
    }
    return v;
}

/* What the entry has once that is done. */
static void apply(struct users_ldap_values *v, const struct users_ldap_changes *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const char *value = c->change[i].value;
        struct users_ldap_value *at = &v->of[c->change[i].attr];
        *at = (struct users_ldap_value){0};
        if (value)
            *at = (struct users_ldap_value){.count = 1, .bytes = value, .n = strlen(value)};
    }
}

/* What can be set is read again, and then there is nothing left to set. */
static void check_setting(struct users_ldap_values v, const struct user_settings *wanted)
{
    struct users_ldap_changes changes;
    struct user_settings got;
    char why[USERS_WHY_MAX];
    int r = users_ldap_compare(&v, wanted, &changes, why);
    FUZZ_CHECK(r == 0 && changes.n <= USERS_LDAP_ATTRS);
    apply(&v, &changes);
    FUZZ_CHECK(users_ldap_understand(&v, &got, why) == 0);
    FUZZ_CHECK(got.by_policy == wanted->by_policy && got.callback == wanted->callback &&
               strcmp(got.number, wanted->number) == 0);
    FUZZ_CHECK(got.by_policy || got.permitted == wanted->permitted);
    FUZZ_CHECK(users_ldap_compare(&v, wanted, &changes, why) == 0 && changes.n == 0);
}

static void check_values(const struct users_ldap_values *v)
{
    static const struct user_settings simple[] = {
        {.permitted = true, .callback = USER_CALLBACK_NONE},
        {.by_policy = true, .callback = USER_CALLBACK_CALLER},
        {.callback = USER_CALLBACK_ADMIN, .number = "7"},
    };
    struct user_settings s;
    char why[USERS_WHY_MAX];
    int r = users_ldap_understand(v, &s, why);
    FUZZ_CHECK(r == 0 || r == -EBADMSG);
    if (r == 0)
        check_setting(*v, &s);
    for (size_t i = 0; i < sizeof simple / sizeof simple[0]; i++)
        check_setting(*v, &simple[i]);
}

/* How many bytes of a filter have a meaning for its structure. */
static size_t structure(const char *filter)
{
    size_t n = 0;
    for (; *filter; filter++)
        n += strchr("()*&|!=<>~:", *filter) != NULL;
    return n;
}

/* Whatever the name is, the filter is the same but for values. */
static void check_filter(const char *text, const char *user)
{
    char plain[USERS_LDAP_FILTER_MAX], filter[USERS_LDAP_FILTER_MAX];
    if (users_ldap_template_wrong(text))
        return;
    int r = users_ldap_filter(text, user, filter);
    FUZZ_CHECK(r == 0 || r == -ENOENT || r == -ENAMETOOLONG);
    if (r != 0 || users_ldap_filter(text, "x", plain) != 0)
        return;
    FUZZ_CHECK(structure(filter) == structure(plain));
    for (const char *p = filter; *p; p++) {
        FUZZ_CHECK(*p != '\\' || (strspn(p + 1, "0123456789abcdefABCDEF") >= 2));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char *owned[USERS_LDAP_ATTRS];
    const struct users_ldap_values v = take_values(&in, owned);
    check_values(&v);
    for (size_t i = 0; i < USERS_LDAP_ATTRS; i++)
        free(owned[i]);
    char *text = strndup((const char *)in.data, in.n);
    if (!text)
        abort();
    size_t n = strlen(text) + 1;
    char *user = n < in.n ? strndup((const char *)in.data + n, in.n - n) : strdup("");
    if (!user)
        abort();
    check_filter(text, user);
    free(text);
    free(user);
    return 0;
}
