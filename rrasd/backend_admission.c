/* SPDX-License-Identifier: Apache-2.0 */
/* Users who may not dial in: what the administrator is told of them. */
#include "common/log.h"
#include "common/text.h"
#include "rrasd/backend_private.h"

#define SHOWN_MAX 160u

/*
 * At log-on a stranger may have this as often as he knocks, so both are bounded. A session that is ended has the lines
 * of its order besides.
 */
void backend_user_refused(struct backend *b, const struct router_event *e)
{
    char user[SHOWN_MAX], from[SHOWN_MAX], reason[SHOWN_MAX], note[RATELIMIT_NOTE_MAX];
    uint64_t missed, now = backend_now(b).mono_ms;
    if (ratelimit_ok(&b->refused_audit, now, &missed))
        audit_write_user_refused(b->env.audit, e, missed);
    if (!ratelimit_ok(&b->refused_log, now, &missed))
        return;
    log_info("%s:%s: user \"%s\"%s%s may not dial in: %s%s", e->driver, e->instance,
             text_escape_z(user, sizeof user, e->user), e->client_address && e->client_address[0] ? ", from " : "",
             text_escape_z(from, sizeof from, e->client_address ? e->client_address : ""),
             text_escape_z(reason, sizeof reason, e->reason), ratelimit_note(note, missed));
}
