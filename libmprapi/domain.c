/* SPDX-License-Identifier: Apache-2.0 */
/* Domains. This library knows of none: each machine is one of its own. */
#include <stdbool.h>

#include <mprapi.h>

#include "libmprapi/detail.h"

static bool is_given(LPCWSTR text)
{
    return text && text[0];
}

static DWORD no_domain(void)
{
    detail_clear();
    detail_set("this machine belongs to no domain that the library knows of");
    return ERROR_NO_SUCH_DOMAIN;
}

/* "\\NAME": two backslashes, and behind them a name without any, of CNLEN characters at most. Its units, or 0. */
static size_t machine_units(LPCWSTR name)
{
    size_t n = 2;

    if (name[0] != u'\\' || name[1] != u'\\')
        return 0;
    while (n <= UNCLEN && name[n] && name[n] != u'\\')
        n++;
    return n > 2 && n <= UNCLEN && !name[n] ? n : 0;
}

DWORD APIENTRY MprAdminGetPDCServer(LPCWSTR lpszDomain, LPCWSTR lpszServer, LPWSTR lpszPDCServer)
{
    if (!lpszPDCServer)
        return ERROR_INVALID_PARAMETER;
    lpszPDCServer[0] = 0;
    if (!is_given(lpszDomain) && !is_given(lpszServer))
        return ERROR_INVALID_PARAMETER;
    if (is_given(lpszDomain))
        return no_domain();
    size_t n = machine_units(lpszServer);
    if (n == 0)
        return NERR_InvalidComputer;
    for (size_t i = 0; i < n; i++)
        lpszPDCServer[i] = lpszServer[i];
    lpszPDCServer[n] = 0;
    return NO_ERROR;
}

DWORD APIENTRY MprAdminEstablishDomainRasServer(LPWSTR pszDomain, LPWSTR pszMachine, BOOL bEnable)
{
    (void)bEnable;
    return is_given(pszDomain) && is_given(pszMachine) ? no_domain() : ERROR_INVALID_PARAMETER;
}

DWORD APIENTRY MprAdminIsDomainRasServer(LPWSTR pszDomain, LPWSTR pszMachine, PBOOL pbIsRasServer)
{
    if (!pbIsRasServer)
        return ERROR_INVALID_PARAMETER;
    *pbIsRasServer = FALSE;
    return is_given(pszDomain) && is_given(pszMachine) ? no_domain() : ERROR_INVALID_PARAMETER;
}
