/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/text.h"
#include "libmprapi/detail.h"
#include "libmprapi/rrasx_call.h"

uint32_t rrasx_check_output(const void *pointer, const char *name)
{
    detail_clear();
    if (pointer)
        return NO_ERROR;
    detail_set("%s is NULL", name);
    return ERROR_INVALID_PARAMETER;
}

uint32_t rrasx_check_text(const char *text, size_t max, const char *name)
{
    size_t n = text ? strnlen(text, max + 1) : 0;

    if (n > max) {
        detail_set("%s is longer than %zu bytes", name, max);
        return ERROR_INVALID_PARAMETER;
    }
    if (n > 0 && !text_is_utf8(text, n)) {
        detail_set("%s is not UTF-8", name);
        return ERROR_INVALID_PARAMETER;
    }
    return NO_ERROR;
}

uint32_t rrasx_check_wait(DWORD ms)
{
    if (ms <= OPENRRAS_EVENT_WAIT_MAX_MS)
        return NO_ERROR;
    detail_set("dwWaitMs is more than %u", OPENRRAS_EVENT_WAIT_MAX_MS);
    return ERROR_INVALID_PARAMETER;
}

static bool is_given(const char *text)
{
    return text && *text;
}

static bool has_criterion(const OPENRRAS_SELECTOR *s)
{
    return s->fAll || s->dwPort || s->dwConnection || is_given(s->pszUser) || is_given(s->pszAddress) ||
           is_given(s->pszDriver) || is_given(s->pszDeviceType);
}

uint32_t rrasx_check_selector(const OPENRRAS_SELECTOR *s)
{
    if (!has_criterion(s)) {
        detail_set("the selector has no criterion: set one, or fAll");
        return ERROR_INVALID_PARAMETER;
    }
    uint32_t code = rrasx_check_text(s->pszUser, RRASX_USER_MAX, "pszUser");
    if (code == NO_ERROR)
        code = rrasx_check_text(s->pszAddress, RRASX_NAME_MAX, "pszAddress");
    if (code == NO_ERROR)
        code = rrasx_check_text(s->pszDriver, RRASX_ID_MAX, "pszDriver");
    if (code == NO_ERROR)
        code = rrasx_check_text(s->pszDeviceType, RRASX_NAME_MAX, "pszDeviceType");
    return code;
}

void rrasx_explain_selector(uint32_t code, const OPENRRAS_SELECTOR *s)
{
    if (code != ERROR_INVALID_PARAMETER || OpenRrasLastDetail(NULL, 0) > 0 || !s)
        return;
    if (is_given(s->pszAddress))
        detail_set("the server refuses the selector: is \"%s\" an address or a prefix, such as 10.8.0.0/24?",
                   s->pszAddress);
    else
        detail_set("the server refuses the selector or another argument");
}
