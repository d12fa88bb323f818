/* SPDX-License-Identifier: Apache-2.0 */
/* Disconnecting by selection: jobs. */
#include "libmprapi/detail.h"
#include "libmprapi/rrasx_call.h"

#define FLAGS (OPENRRAS_DISCONNECT_HARD | OPENRRAS_DISCONNECT_DRY_RUN)

static uint32_t check_keep_out(const OPENRRAS_DISCONNECT *d)
{
    const OPENRRAS_SELECTOR *s = &d->Selector;
    bool names_user = s->dwPort || s->dwConnection || (s->pszUser && *s->pszUser);

    if (d->dwKeepOutSeconds == 0)
        return NO_ERROR;
    if (d->dwKeepOutSeconds > OPENRRAS_KEEP_OUT_MAX_SECONDS) {
        detail_set("dwKeepOutSeconds is more than %u", OPENRRAS_KEEP_OUT_MAX_SECONDS);
        return ERROR_INVALID_PARAMETER;
    }
    if (!names_user) {
        detail_set("nobody can be kept out: the selector names no user, port or connection");
        return ERROR_INVALID_PARAMETER;
    }
    return NO_ERROR;
}

static uint32_t check_disconnect(const OPENRRAS_DISCONNECT *d, DWORD wait_ms)
{
    if (d->dwFlags & ~FLAGS) {
        detail_set("dwFlags has bits that mean nothing: 0x%x", d->dwFlags & ~FLAGS);
        return ERROR_INVALID_PARAMETER;
    }
    uint32_t code = rrasx_check_selector(&d->Selector);
    if (code == NO_ERROR)
        code = rrasx_check_text(d->pszReason, RRASX_TEXT_MAX, "pszReason");
    if (code == NO_ERROR)
        code = check_keep_out(d);
    return code == NO_ERROR ? rrasx_check_wait(wait_ms) : code;
}

DWORD OpenRrasDisconnect(MPR_SERVER_HANDLE hMprServer, const OPENRRAS_DISCONNECT *pDisconnect, DWORD dwWaitMs,
                         OPENRRAS_JOB **ppJob)
{
    void *job = NULL;

    if (rrasx_check_output(ppJob, "ppJob") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    *ppJob = NULL;
    if (rrasx_check_output(pDisconnect, "pDisconnect") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    const struct rrasx_disconnect_request args = {.disconnect = *pDisconnect, .wait_ms = dwWaitMs};
    const struct question q = {.opnum = RRASX_DISCONNECT,
                               .args = &args,
                               .wait_ms = dwWaitMs,
                               .order = true,
                               .refused = check_disconnect(pDisconnect, dwWaitMs)};
    DWORD code = rrasx_ask(hMprServer, &q, &job);
    rrasx_explain_selector(code, &pDisconnect->Selector);
    *ppJob = job;
    return code;
}

static void explain_job(DWORD code, DWORD job)
{
    if (code == ERROR_NOT_FOUND)
        detail_set("the server knows no job %u, or has forgotten it", job);
}

DWORD OpenRrasJobWait(MPR_SERVER_HANDLE hMprServer, DWORD dwJob, const OPENRRAS_JOB *pSeen, DWORD dwWaitMs,
                      OPENRRAS_JOB **ppJob)
{
    struct rrasx_job_request args = {.job = dwJob, .wait_ms = dwWaitMs, .has_seen = pSeen != NULL};
    struct question q = {.opnum = RRASX_JOB_WAIT, .args = &args, .wait_ms = dwWaitMs};
    void *job = NULL;

    if (rrasx_check_output(ppJob, "ppJob") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    if (pSeen) {
        args.seen_asked = pSeen->dwAsked;
        args.seen_ended = pSeen->dwConfirmed + pSeen->dwFailed;
    }
    q.refused = rrasx_check_wait(dwWaitMs);
    DWORD code = rrasx_ask(hMprServer, &q, &job);
    explain_job(code, dwJob);
    *ppJob = job;
    return code;
}

DWORD OpenRrasJobCancel(MPR_SERVER_HANDLE hMprServer, DWORD dwJob)
{
    const struct rrasx_number args = {dwJob};
    const struct question q = {.opnum = RRASX_JOB_CANCEL, .args = &args, .order = true};
    DWORD code = rrasx_ask(hMprServer, &q, NULL);

    explain_job(code, dwJob);
    return code;
}
