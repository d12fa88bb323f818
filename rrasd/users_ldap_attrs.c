/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/users_ldap_attrs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CALLBACK_FRAMED      4   /* RFC 2865, 5.6 */
#define CALLBACK_FRAMED_TEXT "4" /* as an INTEGER of RFC 4517 is written */
#define DIGITS_MAX           10u /* of a number of 32 bits */

const char *const users_ldap_attr_names[USERS_LDAP_ATTRS + 1] = {
    [USERS_LDAP_ALLOW] = "msNPAllowDialin",
    [USERS_LDAP_SERVICE_TYPE] = "msRADIUSServiceType",
    [USERS_LDAP_CALLBACK] = "msRADIUSCallbackNumber",
    [USERS_LDAP_SAVED] = "msRASSavedCallbackNumber",
};

static int wrong(enum users_ldap_attr attr, const char *how, char why[static USERS_WHY_MAX])
{
    snprintf(why, USERS_WHY_MAX, "%s %s", users_ldap_attr_names[attr], how);
    return -EBADMSG;
}

static bool is_word(const struct users_ldap_value *v, const char *word)
{
    return v->n == strlen(word) && strncasecmp(v->bytes, word, v->n) == 0;
}

static bool is_boolean(const struct users_ldap_value *v, bool *ret)
{
    if (!is_word(v, "TRUE") && !is_word(v, "FALSE"))
        return false;
    *ret = is_word(v, "TRUE");
    return true;
}

/* Decimal, as RFC 4517 has it (3.3.16) but for zeros in front, which are let pass. */
static bool is_integer(const struct users_ldap_value *v, long long *ret)
{
    bool minus = v->n > 0 && v->bytes[0] == '-';
    size_t at = minus ? 1 : 0;
    long long value = 0;
    if (v->n == at || v->n - at > DIGITS_MAX)
        return false;
    for (; at < v->n; at++) {
        if (v->bytes[at] < '0' || v->bytes[at] > '9')
            return false;
        value = 10 * value + (v->bytes[at] - '0');
    }
    value = minus ? -value : value;
    if (value < INT32_MIN || value > INT32_MAX)
        return false;
    *ret = value;
    return true;
}

/* An IA5String has units of 7 bits. Control characters are part of no telephone number, and of the terminal's language.
 */
static bool is_number(const char *bytes, size_t n)
{
    if (n > USERS_NUMBER_UNITS)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] < ' ' || bytes[i] > '~')
            return false;
    }
    return true;
}

static int understand_permission(const struct users_ldap_value *v, struct user_settings *s,
                                 char why[static USERS_WHY_MAX])
{
    s->by_policy = v->count == 0;
    if (v->count > 0 && !is_boolean(v, &s->permitted))
        return wrong(USERS_LDAP_ALLOW, "is neither TRUE nor FALSE", why);
    return 0;
}

static int understand_callback(const struct users_ldap_values *values, struct user_settings *s,
                               char why[static USERS_WHY_MAX])
{
    const struct users_ldap_value *type = &values->of[USERS_LDAP_SERVICE_TYPE];
    long long service = 0;
    if (type->count > 0 && !is_integer(type, &service))
        return wrong(USERS_LDAP_SERVICE_TYPE, "is no number of 32 bits", why);
    if (service != CALLBACK_FRAMED)
        s->callback = USER_CALLBACK_NONE;
    else
        s->callback = values->of[USERS_LDAP_CALLBACK].n > 0 ? USER_CALLBACK_ADMIN : USER_CALLBACK_CALLER;
    enum users_ldap_attr attr = s->callback == USER_CALLBACK_ADMIN ? USERS_LDAP_CALLBACK : USERS_LDAP_SAVED;
    const struct users_ldap_value *number = &values->of[attr];
    if (!is_number(number->bytes, number->n))
        return wrong(attr, "is no telephone number of at most 128 printable ASCII characters", why);
    if (number->n > 0)
        memcpy(s->number, number->bytes, number->n);
    return 0;
}

int users_ldap_understand(const struct users_ldap_values *values, struct user_settings *ret,
                          char why[static USERS_WHY_MAX])
{
    struct user_settings s = {0};
    for (size_t i = 0; i < USERS_LDAP_ATTRS; i++) {
        if (values->of[i].count > 1)
            return wrong((enum users_ldap_attr)i, "has more than one value", why);
    }
    int r = understand_permission(&values->of[USERS_LDAP_ALLOW], &s, why);
    if (r == 0)
        r = understand_callback(values, &s, why);
    if (r == 0)
        *ret = s;
    return r;
}

static void change(struct users_ldap_changes *c, enum users_ldap_attr attr, const char *value)
{
    c->change[c->n++] = (struct users_ldap_change){.attr = attr, .value = value};
}

/* The value that shall be there, byte by byte, or none (NULL, or an empty one, which no syntax of these has). */
static void compare_text(const struct users_ldap_values *now, enum users_ldap_attr attr, const char *wanted,
                         struct users_ldap_changes *c)
{
    const struct users_ldap_value *v = &now->of[attr];
    if (!wanted || !wanted[0]) {
        if (v->count > 0)
            change(c, attr, NULL);
    } else if (v->count != 1 || v->n != strlen(wanted) || memcmp(v->bytes, wanted, v->n) != 0) {
        change(c, attr, wanted);
    }
}

static void compare_permission(const struct users_ldap_value *v, const struct user_settings *wanted,
                               struct users_ldap_changes *c)
{
    bool now = false;
    if (wanted->by_policy) {
        if (v->count > 0)
            change(c, USERS_LDAP_ALLOW, NULL);
    } else if (v->count != 1 || !is_boolean(v, &now) || now != wanted->permitted) {
        change(c, USERS_LDAP_ALLOW, wanted->permitted ? "TRUE" : "FALSE");
    }
}

static void compare_service(const struct users_ldap_value *v, bool callback, struct users_ldap_changes *c)
{
    long long service = 0;
    bool known = v->count == 1 && is_integer(v, &service);
    if (callback && !(known && service == CALLBACK_FRAMED))
        change(c, USERS_LDAP_SERVICE_TYPE, CALLBACK_FRAMED_TEXT);
    if (!callback && v->count > 0 && !(known && service != CALLBACK_FRAMED))
        change(c, USERS_LDAP_SERVICE_TYPE, NULL);
}

int users_ldap_compare(const struct users_ldap_values *now, const struct user_settings *wanted,
                       struct users_ldap_changes *ret, char why[static USERS_WHY_MAX])
{
    struct users_ldap_changes c = {0};
    bool set_number = wanted->callback == USER_CALLBACK_ADMIN;
    if (!is_number(wanted->number, strnlen(wanted->number, sizeof wanted->number))) {
        snprintf(why, USERS_WHY_MAX,
                 "a directory keeps telephone numbers of at most %u printable ASCII characters only",
                 USERS_NUMBER_UNITS);
        return -EINVAL;
    }
    if (set_number && !wanted->number[0]) {
        snprintf(why, USERS_WHY_MAX, "callback to a set number needs a number in a directory");
        return -EINVAL;
    }
    compare_permission(&now->of[USERS_LDAP_ALLOW], wanted, &c);
    compare_service(&now->of[USERS_LDAP_SERVICE_TYPE], wanted->callback != USER_CALLBACK_NONE, &c);
    compare_text(now, USERS_LDAP_CALLBACK, set_number ? wanted->number : NULL, &c);
    compare_text(now, USERS_LDAP_SAVED, wanted->number, &c);
    *ret = c;
    return 0;
}
