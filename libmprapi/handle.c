/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/handle.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

/*
 * Bits of a handle: slot, 16; generation, 15 or (64-bit machines) 31; mark, the rest. With the mark a server's handle
 * is no port's, no small number, and no address either: using it as a pointer faults.
 */
#define SLOT_BITS 16
#if UINTPTR_MAX > UINT32_MAX
#define GENERATION_BITS 31
#define MARK            ((uintptr_t)0x4d50 << 48) /* "MP" */
#else
#define GENERATION_BITS 15
#define MARK            ((uintptr_t)1 << 31)
#endif
#define SLOT_MASK       (((uintptr_t)1 << SLOT_BITS) - 1)
#define GENERATION_MASK (((uintptr_t)1 << GENERATION_BITS) - 1)

struct slot {
    struct pool *pool; /* NULL: free */
    uintptr_t generation;
    size_t next_free; /* + 1; 0: none */
};

static struct {
    pthread_mutex_t lock;
    struct slot *slots;
    size_t n_slots;
    size_t first_free; /* + 1; freed last, used last: a closed handle stays recognisable for long */
    size_t last_free;
    uintptr_t seed; /* where generations begin, so that a handle of another run, or a guess, is not one */
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void add_free(size_t i)
{
    table.slots[i].next_free = 0;
    if (table.last_free)
        table.slots[table.last_free - 1].next_free = i + 1;
    else
        table.first_free = i + 1;
    table.last_free = i + 1;
}

static int grow(void)
{
    size_t n = table.n_slots ? table.n_slots * 2 : 16;

    if (n > HANDLES_MAX)
        n = HANDLES_MAX;
    if (n == table.n_slots)
        return -ENOMEM;
    if (!table.n_slots && getrandom(&table.seed, sizeof table.seed, GRND_NONBLOCK) != sizeof table.seed)
        table.seed = 1; /* early in boot: not unguessable then, but nothing is lost by it */
    struct slot *slots = realloc(table.slots, n * sizeof *slots);
    if (!slots)
        return -ENOMEM;
    table.slots = slots;
    for (size_t i = table.n_slots; i < n; i++) {
        slots[i] = (struct slot){.generation = table.seed & GENERATION_MASK};
        add_free(i);
    }
    table.n_slots = n;
    return 0;
}

static MPR_SERVER_HANDLE make_handle(size_t i)
{
    return (MPR_SERVER_HANDLE)(MARK | table.slots[i].generation << SLOT_BITS | i);
}

/* The slot that a handle names, or NULL. With the lock held. */
static struct slot *find(MPR_SERVER_HANDLE h)
{
    size_t i = (uintptr_t)h & SLOT_MASK;

    if (i >= table.n_slots || !table.slots[i].pool || h != make_handle(i))
        return NULL;
    return &table.slots[i];
}

int handle_add(struct pool *p, MPR_SERVER_HANDLE *ret)
{
    int r = 0;

    pthread_mutex_lock(&table.lock);
    if (!table.first_free)
        r = grow();
    if (r == 0) {
        size_t i = table.first_free - 1;
        table.first_free = table.slots[i].next_free;
        if (!table.first_free)
            table.last_free = 0;
        table.slots[i].pool = p;
        *ret = make_handle(i);
    }
    pthread_mutex_unlock(&table.lock);
    return r;
}

struct pool *handle_get(MPR_SERVER_HANDLE h)
{
    pthread_mutex_lock(&table.lock);
    struct slot *s = find(h);
    struct pool *p = s ? pool_ref(s->pool) : NULL;
    pthread_mutex_unlock(&table.lock);
    return p;
}

struct pool *handle_remove(MPR_SERVER_HANDLE h)
{
    struct pool *p = NULL;

    pthread_mutex_lock(&table.lock);
    struct slot *s = find(h);
    if (s) {
        p = s->pool;
        s->pool = NULL;
        s->generation = (s->generation + 1) & GENERATION_MASK;
        add_free((size_t)(s - table.slots));
    }
    pthread_mutex_unlock(&table.lock);
    return p;
}
