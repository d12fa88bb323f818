/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small windows.h, so that programs which were written for mprapi.h on Windows compile for Linux.
 *
 * It is not in the folder that pkg-config gives: many programs take a windows.h that they can include for a sign that
 * they are on Windows. Who wants it says so:
 *
 *     cc $(pkg-config --cflags libmprapi) -I$(pkg-config --variable=windows_includedir libmprapi) program.c \
 *         $(pkg-config --libs libmprapi)
 *
 * What is here: the types of Windows, TEXT(), and a few functions that such programs need for texts of 16-bit
 * characters, because those of the C library are for the wchar_t of 32 bits. _WIN32 is not defined: this is Linux.
 *
 * A program that compiles for both writes
 *
 *     TEXT("...") or u"..."   not L"...", and is compiled as Unicode on Windows
 *     WCHAR                   not wchar_t
 *     (unsigned long)dw       where it prints a DWORD with %lu: DWORD has 32 bits on both, but is another type
 *
 * and a main() of Linux, or wmain() and one source file with #include <wmain.h>.
 */
#ifndef OPENRRAS_WINDOWS_H
#define OPENRRAS_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

#include "../wintypes.h"
#include "../winerror.h"

typedef char CHAR, *LPSTR;
typedef const char *LPCSTR;
typedef int INT;
typedef int32_t LONG;
typedef uintptr_t ULONG_PTR, DWORD_PTR, UINT_PTR; /* a handle as a number */
typedef intptr_t LONG_PTR, INT_PTR;
typedef size_t SIZE_T;

#define TEXT(text)          OPENRRAS_TEXT(text)
#define OPENRRAS_TEXT(text) u##text

#define CP_UTF8             65001

/* Length of a text, without its NUL. */
static inline int lstrlenW(LPCWSTR text)
{
    int n = 0;

    while (text[n])
        n++;
    return n;
}

static inline WCHAR OpenRrasFoldCase(WCHAR c)
{
    return c >= u'A' && c <= u'Z' ? (WCHAR)(c + (u'a' - u'A')) : c;
}

/*
 * Compare two texts by their characters' numbers, without regard to case: below 0, 0, above 0. Case is that of A to Z
 * only, whatever the locale.
 */
static inline int lstrcmpiW(LPCWSTR a, LPCWSTR b)
{
    while (*a && OpenRrasFoldCase(*a) == OpenRrasFoldCase(*b)) {
        a++;
        b++;
    }
    return (int)OpenRrasFoldCase(*a) - (int)OpenRrasFoldCase(*b);
}

/* The next character of a text: one unit, or two that belong together. A half without its other half: U+FFFD. */
static inline uint32_t OpenRrasNextCharacter(LPCWSTR *text, LPCWSTR end)
{
    uint32_t c = *(*text)++;

    if (c < 0xD800 || c > 0xDFFF)
        return c;
    if (c > 0xDBFF || *text == end || **text < 0xDC00 || **text > 0xDFFF)
        return 0xFFFD;
    return 0x10000 + ((c - 0xD800) << 10) + (*(*text)++ - 0xDC00u);
}

/* A character in UTF-8, at most 4 bytes; how many. */
static inline int OpenRrasUtf8(uint32_t c, unsigned char bytes[4])
{
    static const unsigned char first[] = {0, 0xC0, 0xE0, 0xF0};
    int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

    bytes[0] = (unsigned char)(first[more] | c >> 6 * more);
    for (int i = 1; i <= more; i++)
        bytes[i] = (unsigned char)(0x80 | (c >> 6 * (more - i) & 0x3F));
    return more + 1;
}

/*
 * Turn UTF-16 into UTF-8. CodePage is CP_UTF8, dwFlags 0, and the last two arguments are NULL. cchWideChar -1: up to
 * the NUL, which is converted too. The result is how many bytes were written, or with cbMultiByte 0 how many there are;
 * 0: they do not fit, or an argument is wrong. Halves of characters become U+FFFD.
 */
static inline int WideCharToMultiByte(UINT CodePage, DWORD dwFlags, LPCWSTR lpWideCharStr, int cchWideChar,
                                      LPSTR lpMultiByteStr, int cbMultiByte, LPCSTR lpDefaultChar,
                                      BOOL *lpUsedDefaultChar)
{
    if (CodePage != CP_UTF8 || dwFlags || !lpWideCharStr || cchWideChar < -1 || cchWideChar == 0 || cbMultiByte < 0 ||
        lpDefaultChar || lpUsedDefaultChar)
        return 0;
    LPCWSTR end = lpWideCharStr + (cchWideChar < 0 ? lstrlenW(lpWideCharStr) + 1 : cchWideChar);
    int done = 0;
    while (lpWideCharStr < end) {
        unsigned char bytes[4];
        int n = OpenRrasUtf8(OpenRrasNextCharacter(&lpWideCharStr, end), bytes);
        if (cbMultiByte && n > cbMultiByte - done)
            return 0;
        for (int i = 0; cbMultiByte && i < n; i++)
            lpMultiByteStr[done + i] = (char)bytes[i];
        done += n;
    }
    return done;
}

#endif
