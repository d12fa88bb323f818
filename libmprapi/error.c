/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and texts that the caller gets. */
#include <string.h>

#include <mprapi.h>

#include "common/text.h"
#include "libmprapi/buffer.h"
#include "libmprapi/error_texts.h"

DWORD APIENTRY MprAdminGetErrorString(DWORD dwError, LPWSTR *lplpwsErrorString)
{
    if (!lplpwsErrorString)
        return ERROR_INVALID_PARAMETER;
    *lplpwsErrorString = NULL;
    const char *sentence = error_text(dwError);
    if (!sentence)
        return ERROR_MR_MID_NOT_FOUND;
    size_t units = strlen(sentence) + 1;
    WCHAR *text = buffer_new(BUFFER_TEXT, units * sizeof *text);
    if (!text)
        return ERROR_NOT_ENOUGH_MEMORY;
    text_to_utf16(text, units, sentence);
    *lplpwsErrorString = text;
    return NO_ERROR;
}

DWORD APIENTRY MprAdminBufferFree(LPVOID pBuffer)
{
    return buffer_free(BUFFER_RECORDS, pBuffer) ? NO_ERROR : ERROR_INVALID_PARAMETER;
}

HLOCAL WINAPI LocalFree(HLOCAL hMem)
{
    return !hMem || buffer_free(BUFFER_TEXT, hMem) ? NULL : hMem;
}
