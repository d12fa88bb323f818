/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/user.h"

#include <errno.h>
#include <string.h>

#include "common/text.h"
#include "rasadmin/json.h"
#include "rasadmin/show.h"
#include "rasadmin/table.h"

/* What is no word is a telephone number: it has to begin as one does, so that a mistyped word is none. */
bool user_parse_callback(const char *text, OPENRRAS_USER *u)
{
    size_t n = strlen(text);
    u->pszNumber = "";
    if (strcmp(text, "none") == 0) {
        u->dwCallback = RASPRIV_NoCallback;
        return true;
    }
    if (strcmp(text, "caller") == 0) {
        u->dwCallback = RASPRIV_CallerSetCallback;
        return true;
    }
    if (n == 0 || !strchr("+(*#0123456789", text[0]) || !text_is_utf8(text, n) ||
        text_utf16_units(text, n) > MAX_PHONE_NUMBER_LEN)
        return false;
    u->dwCallback = RASPRIV_AdminSetCallback;
    u->pszNumber = text;
    return true;
}

const char *user_dial_in(const OPENRRAS_USER *u)
{
    if (u->fByPolicy)
        return u->fAdmitted ? "by policy: permitted" : "by policy: refused";
    return u->fPermitted ? "permitted" : "refused";
}

const char *user_callback(const OPENRRAS_USER *u)
{
    switch (u->dwCallback) {
    case RASPRIV_NoCallback:
        return "none";
    case RASPRIV_CallerSetCallback:
        return "caller";
    case RASPRIV_AdminSetCallback:
        return "admin";
    default:
        return "unknown";
    }
}

static enum table_style style(const OPENRRAS_USER *u)
{
    return u->fAdmitted ? TABLE_PLAIN : TABLE_BAD;
}

void user_show(FILE *out, const OPENRRAS_USER *u)
{
    char user[SHOW_USER_MAX];
    show_field_escaped(out, "User", show_user_name(user, sizeof user, u->pszUser));
    show_field(out, "Dial-in", user_dial_in(u));
    show_field(out, "Callback", user_callback(u));
    show_field(out, "Number", u->pszNumber);
}

int user_table(FILE *out, const OPENRRAS_USER_LIST *list, size_t width, bool color)
{
    static const struct table_column columns[] = {
        {"USER", 0, 8, false}, {"DIAL-IN", 0, 0, false}, {"CALLBACK", 1, 0, false}, {"NUMBER", 2, 8, false}};
    char user[SHOW_USER_MAX];
    struct table *t = table_new(columns, sizeof columns / sizeof columns[0]);
    if (!t)
        return -ENOMEM;
    for (DWORD i = 0; i < list->dwCount; i++) {
        const OPENRRAS_USER *u = &list->pUsers[i];
        table_cell_escaped(t, show_user_name(user, sizeof user, u->pszUser));
        table_cell_styled(t, user_dial_in(u), style(u));
        table_cell(t, user_callback(u));
        table_cell(t, u->pszNumber);
    }
    int r = table_print(t, out, width, color);
    table_free(t);
    return r;
}

json_t *user_json(const OPENRRAS_USER *u)
{
    return json_pack("{s:o, s:b, s:b, s:b, s:s, s:o}", "user", json_text(u->pszUser), "permitted", u->fPermitted != 0,
                     "by_policy", u->fByPolicy != 0, "admitted", u->fAdmitted != 0, "callback", user_callback(u),
                     "number", json_text(u->pszNumber));
}
