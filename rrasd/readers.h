/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads for what only reads, and takes as long as others like: the keytab, the name service, a directory of users.
 *
 * They are not libuv's workers, which store and sync. Whatever hangs outside, those have their turn; and at its end
 * rrasd waits for them to the last byte, but leaves a reader behind that does not come back.
 */
#ifndef OPENRRAS_RRASD_READERS_H
#define OPENRRAS_RRASD_READERS_H

#include <stdbool.h>
#include <sys/queue.h>
#include <uv.h>

/* So many things can hang at once before others wait for them: two callers over TCP (remote.c), a question to the
 * source of users, one that is left, a reload. */
#define READERS_THREADS 5u

struct readers;

/* One thing to be read. Whose memory it is says whoever has it read; it must last until done(). */
struct reading {
    void (*read)(struct reading *job); /* on another thread */
    void (*done)(struct reading *job); /* then, on the loop's */
    void *data;                        /* the caller's */
    STAILQ_ENTRY(reading) next;
};

struct readers *readers_new(uv_loop_t *loop); /* NULL: no memory, or no threads */
/* In the order in which they come. The loop stays alive until they are done. */
void readers_do(struct readers *r, struct reading *job);
/* From now on the loop does not stay alive for them. */
void readers_leave(struct readers *r);
/*
 * The loop has run out. Wait for those that are under way, for `ms` at most, and have all done() called that can be.
 * False: one does not come back. Then nothing that it may use can be freed, nor the process end by exit(3).
 */
bool readers_finish(struct readers *r, uint64_t ms);
/* Nothing is under way. The memory is freed by the loop, which has to run once more. */
void readers_free(struct readers *r);

#endif
