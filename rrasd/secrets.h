/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one secret that rrasd keeps for others: the key that all L2TP clients share. It is in a file of its own in the
 * state directory, SECRETS_FILE, which nobody but rrasd's user and root can read (0600), and nowhere else: not in the
 * store, the log, the audit log, or for longer than a call in memory. Its bytes are the file's, without a line end, so
 * that an administrator can hand it to the daemon that needs it (rrasd(8)).
 *
 * Workers read and write, one after the other. A new key is written beside the old one and takes its name when it is
 * on the disk: whatever happens, there is one of them, whole.
 */
#ifndef OPENRRAS_RRASD_SECRETS_H
#define OPENRRAS_RRASD_SECRETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "rrasd/work_line.h"

#define SECRETS_FILE        "l2tp-key"
#define SECRETS_KEY_MAX     256u
#define SECRETS_WAITING_MAX 16u /* questions that wait or are being carried out: a person sets a key */

struct secrets;

struct secrets_job {
    struct work_item item; /* first: for secrets.c */
    enum { SECRETS_READ, SECRETS_WRITE } what;
    uint8_t key[SECRETS_KEY_MAX]; /* to be written, or what was read */
    size_t n;                     /* 0: there is none, or it is to be deleted */
    /* Once, never from inside secrets_do(). 0; -EPERM: others can read the file; -EMSGSIZE: it is longer than a key;
     * other negative errno. The job is the caller's again, who wipes it. */
    void (*done)(struct secrets_job *job, int result);
};

/* `directory` is copied. NULL without memory. */
struct secrets *secrets_new(uv_loop_t *loop, const char *directory);
/* The job must stay as it is until done(). -EBUSY: too many wait. */
int secrets_do(struct secrets *s, struct secrets_job *job);
/* Once the loop has run out: it waits for all that were begun. */
void secrets_free(struct secrets *s);

#endif
