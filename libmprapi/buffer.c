/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/buffer.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct buffer {
    struct buffer *next; /* of the same bucket */
    enum buffer_kind kind;
    size_t wipe; /* bytes to overwrite in the end, 0: none */
    alignas(max_align_t) unsigned char data[];
};

/*
 * The table: chains through the buffers themselves, so that putting one in can't fail and costs no allocation. It does
 * not grow: a program that keeps a hundred thousand single answers has 25 in a chain.
 */
#define BUCKETS 4096u
#define LOCKS   16u /* one for every sixteenth bucket: threads seldom wait for each other */

static struct buffer *buckets[BUCKETS];
static pthread_mutex_t locks[LOCKS] = {[0 ... LOCKS - 1] = PTHREAD_MUTEX_INITIALIZER};

/* One multiplication, by 2^64 over the golden ratio, spreads addresses well enough. */
static size_t bucket_of(const void *p)
{
    return (size_t)((uint64_t)(uintptr_t)p * UINT64_C(0x9e3779b97f4a7c15) >> 32) % BUCKETS;
}

void *buffer_new(enum buffer_kind kind, size_t n)
{
    if (n > SIZE_MAX - sizeof(struct buffer))
        return NULL;
    struct buffer *b = malloc(sizeof *b + n);
    if (!b)
        return NULL;
    b->kind = kind;
    b->wipe = 0;

    size_t i = bucket_of(b->data);
    pthread_mutex_lock(&locks[i % LOCKS]);
    b->next = buckets[i];
    buckets[i] = b;
    pthread_mutex_unlock(&locks[i % LOCKS]);
    return b->data;
}

void *buffer_new_secret(size_t n)
{
    void *p = buffer_new(BUFFER_RECORDS, n);

    if (p)
        ((struct buffer *)(void *)((unsigned char *)p - offsetof(struct buffer, data)))->wipe = n;
    return p;
}

/* Takes the buffer out of its chain, or gives NULL. Compares addresses only: p may point anywhere. */
static struct buffer *take(enum buffer_kind kind, const void *p)
{
    size_t i = bucket_of(p);
    struct buffer **at = &buckets[i], *b;

    pthread_mutex_lock(&locks[i % LOCKS]);
    while ((b = *at) != NULL && b->data != p)
        at = &b->next;
    if (b && b->kind == kind)
        *at = b->next;
    else
        b = NULL;
    pthread_mutex_unlock(&locks[i % LOCKS]);
    return b;
}

bool buffer_free(enum buffer_kind kind, void *p)
{
    struct buffer *b = take(kind, p);

    if (b)
        explicit_bzero(b->data, b->wipe);
    free(b);
    return b != NULL;
}
