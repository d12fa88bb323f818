/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/limit.h"

#include "common/text.h"
#include "rasadmin/json.h"

static bool for_users(const OPENRRAS_PORT_LIMIT *l)
{
    return (l->dwUse & MPR_ENABLE_RAS_ON_DEVICE) != 0;
}

void limits_show(FILE *to, const OPENRRAS_PORT_LIMIT_LIST *list)
{
    char type[260];
    for (DWORD i = 0; i < list->dwCount; i++) {
        const OPENRRAS_PORT_LIMIT *l = &list->pLimits[i];
        text_escape_z(type, sizeof type, l->pszDeviceType);
        if (for_users(l))
            fprintf(to, "%s: at most %u, in use %u\n", type, (unsigned)l->dwPorts, (unsigned)l->dwInUse);
        else
            fprintf(to, "%s: no users, in use %u\n", type, (unsigned)l->dwInUse);
    }
}

json_t *limits_json(const OPENRRAS_PORT_LIMIT_LIST *list)
{
    json_t *all = json_array();
    for (DWORD i = 0; all && i < list->dwCount; i++) {
        const OPENRRAS_PORT_LIMIT *l = &list->pLimits[i];
        json_t *one = json_pack("{s:o, s:I, s:b, s:b, s:I}", "device_type", json_text(l->pszDeviceType), "ports",
                                (json_int_t)l->dwPorts, "users", for_users(l), "routers",
                                (l->dwUse & MPR_ENABLE_ROUTING_ON_DEVICE) != 0, "in_use", (json_int_t)l->dwInUse);
        if (!one || json_array_append_new(all, one) < 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}
