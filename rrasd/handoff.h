/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What smbd says when it hands a client of a named pipe over (named_pipe_auth of Samba, "NPAM"): who the client is, and
 * where it comes from. One message, our answer to it, and from then on the pipe's bytes.
 *
 * The message is NDR20, little-endian, behind a length in network order; alignment counts from the first byte of that
 * length. Its layout belongs to a level, and each level to some versions of Samba: 7 is that of 4.17. Any other level
 * is refused, by its number, before anything behind it is looked at, for who somebody is must not be guessed.
 *
 * Pure functions over memory: no socket, no state.
 */
#ifndef OPENRRAS_RRASD_HANDOFF_H
#define OPENRRAS_RRASD_HANDOFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HANDOFF_LEVEL 7u

/* The length alone, which does not count itself; then magic, level and the union's tag. */
#define HANDOFF_LENGTH_SIZE 4u
#define HANDOFF_HEAD_SIZE   16u
/* A token of Windows has at most 1,015 SIDs of 68 bytes; with as many groups, and a forwarded ticket of 64 KiB, that is
 * 150 KiB. */
#define HANDOFF_MAX (256u * 1024)
/* No more SIDs and no more groups than that: the same bound, rounded up. */
#define HANDOFF_IDS_MAX    4096u

#define HANDOFF_REPLY_SIZE 36u

/* Text of a message: not ended by NUL, without one inside, and whatever the client chose to call itself. */
struct handoff_text {
    const char *p; /* into the message; NULL: not there */
    size_t n;
};

struct handoff {
    struct handoff_text client_name, client_address;
    struct handoff_text account, domain; /* as it was authenticated */
    struct handoff_text unix_name;       /* whose uid that is */
    uid_t uid;
    gid_t gid;
    gid_t *groups; /* supplementary ones; owned */
    size_t n_groups;
    bool authenticated; /* smbd says so, and the token is neither that of an anonymous session nor of a guest */
};

enum handoff_verdict {
    HANDOFF_OK,
    HANDOFF_TOO_LONG,  /* the length is above HANDOFF_MAX */
    HANDOFF_NO_MAGIC,  /* this is no handoff */
    HANDOFF_LEVEL_BAD, /* another version of Samba: see handoff_level() */
    HANDOFF_MALFORMED, /* not what that level looks like */
    HANDOFF_NO_USER,   /* there is no token, or none with a uid of this machine */
    HANDOFF_NO_MEMORY,
};

/* How long the whole message is, by its first HANDOFF_LENGTH_SIZE bytes; 0: too short to be one, or HANDOFF_TOO_LONG.
 */
size_t handoff_size(const uint8_t head[static HANDOFF_LENGTH_SIZE]);
/* The level that the first HANDOFF_HEAD_SIZE bytes ask for; 0 if they are no handoff. */
uint32_t handoff_level(const uint8_t head[static HANDOFF_HEAD_SIZE]);

/*
 * Read a whole message of n bytes. *ret is written on HANDOFF_OK only; its texts point into the message, its groups are
 * to be freed with handoff_clear().
 */
enum handoff_verdict handoff_parse(const uint8_t *message, size_t n, struct handoff *ret);
void handoff_clear(struct handoff *h);
/* A phrase of ours for the log. */
const char *handoff_verdict_text(enum handoff_verdict verdict);

/* "DOMAIN\user", cut on a whole character; the user alone where there is no domain, and what this machine calls him
 * where there is no user either. */
void handoff_name(const struct handoff *h, char *dst, size_t cap);
/* The client's address, or what it calls itself; "?" without either. */
void handoff_address(const struct handoff *h, char *dst, size_t cap);

/* The answer: taken, and this is a pipe of messages, as \PIPE\ROUTER is (each with a length of 16 bits before it). */
void handoff_reply(uint8_t dst[static HANDOFF_REPLY_SIZE]);

#endif
