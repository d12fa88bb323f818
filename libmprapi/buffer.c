/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/buffer.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#include <mprapi.h>

/* A library must not end its caller's program when the table can't grow: the new piece is given up instead. */
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->key = NULL)
/* Keys are pointers: one multiplication (by 2^64 over the golden ratio) spreads them well enough. */
#define HASH_FUNCTION(key_at, length, hash) ((hash) = hash_pointer(*(void *const *)(key_at)))

static inline unsigned hash_pointer(const void *p)
{
    return (unsigned)((uint64_t)(uintptr_t)p * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}
#include <uthash.h>

struct buffer {
    void *key; /* the caller's pointer; NULL: not in the table */
    enum buffer_kind kind;
    UT_hash_handle hh;
    alignas(max_align_t) unsigned char data[];
};

/* The table in parts, so that threads seldom wait for each other. */
#define SHARDS 16u

static struct shard {
    pthread_mutex_t lock;
    struct buffer *live;
} shards[SHARDS] = {[0 ... SHARDS - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}};

static struct shard *shard_of(const void *p)
{
    uintptr_t bits = (uintptr_t)p;
    return &shards[(bits >> 4 ^ bits >> 12) % SHARDS]; /* the low four bits are alignment */
}

void *buffer_new(enum buffer_kind kind, size_t n)
{
    if (n > SIZE_MAX - sizeof(struct buffer))
        return NULL;
    struct buffer *b = malloc(sizeof *b + n);
    if (!b)
        return NULL;
    b->key = b->data;
    b->kind = kind;

    struct shard *s = shard_of(b->key);
    pthread_mutex_lock(&s->lock);
    HASH_ADD_PTR(s->live, key, b);
    pthread_mutex_unlock(&s->lock);
    if (!b->key) {
        free(b);
        return NULL;
    }
    return b->data;
}

bool buffer_free(enum buffer_kind kind, void *p)
{
    struct shard *s = shard_of(p);
    struct buffer *b;

    pthread_mutex_lock(&s->lock);
    HASH_FIND_PTR(s->live, &p, b);
    if (b && b->kind == kind)
        HASH_DEL(s->live, b);
    else
        b = NULL;
    pthread_mutex_unlock(&s->lock);
    free(b);
    return b != NULL;
}

DWORD APIENTRY MprAdminBufferFree(LPVOID pBuffer)
{
    return buffer_free(BUFFER_RECORDS, pBuffer) ? NO_ERROR : ERROR_INVALID_PARAMETER;
}

HLOCAL WINAPI LocalFree(HLOCAL hMem)
{
    return !hMem || buffer_free(BUFFER_TEXT, hMem) ? NULL : hMem;
}
