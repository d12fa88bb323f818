/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/pppd/pppd_words.h"

#include <stddef.h>

const char *pppd_exit_words(int status)
{
    static const char *const words[] = {
        NULL,
        "pppd: fatal error",
        "pppd: error in its options",
        "pppd: not root",
        "pppd: no PPP in the kernel",
        "ended by a signal to pppd",
        "the device is locked",
        "the device could not be opened",
        "the connect script failed",
        "the pty command failed",
        "PPP negotiation failed",
        "the peer failed to authenticate itself",
        "idle for too long",
        "connect time limit",
        "callback was agreed upon",
        "the peer does not answer any more",
        "the line hung up",
        "the line is looped back",
        "the init script failed",
        "we failed to authenticate ourselves to the peer",
        "traffic limit",
        "the caller's number is not allowed",
    };
    size_t n = sizeof(words) / sizeof(words[0]);
    if (status < 0 || (size_t)status >= n)
        return "pppd: unknown exit status";
    return words[status];
}

/* Algorithms of CHAP: RFC 1994, RFC 2433, RFC 2759. */
enum {
    DIGEST_MD5 = 5,
    DIGEST_MS = 0x80,
    DIGEST_MS_V2 = 0x81,
};

const char *pppd_auth_words(int eap, int chap, int digest, int pap)
{
    if (eap)
        return "eap";
    if (!chap)
        return pap ? "pap" : "";
    if (digest == DIGEST_MS_V2)
        return "mschap-v2";
    return digest == DIGEST_MS ? "mschap" : digest == DIGEST_MD5 ? "chap" : "chap, other";
}
