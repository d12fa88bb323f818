/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/handle_table.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

/*
 * Bits of a handle: slot, 16; generation, 14 or (64-bit machines) 31; mark, the rest. With the mark a handle is no
 * port's, no small number, and no address either: using it as a pointer faults.
 */
#define SLOT_BITS 16
#if UINTPTR_MAX > UINT32_MAX
#define GENERATION_BITS 31
#define MARK_SHIFT      48
#else
#define GENERATION_BITS 14
#define MARK_SHIFT      30
#endif
#define SLOT_MASK       (((uintptr_t)1 << SLOT_BITS) - 1)
#define GENERATION_MASK (((uintptr_t)1 << GENERATION_BITS) - 1)

struct handle_slot {
    void *object; /* NULL: free */
    uintptr_t generation;
    size_t next_free; /* + 1; 0: none */
};

static void add_free(struct handle_table *t, size_t i)
{
    t->slots[i].next_free = 0;
    if (t->last_free)
        t->slots[t->last_free - 1].next_free = i + 1;
    else
        t->first_free = i + 1;
    t->last_free = i + 1;
}

static int grow(struct handle_table *t)
{
    size_t n = t->n_slots ? t->n_slots * 2 : 16;

    if (n > HANDLES_MAX)
        n = HANDLES_MAX;
    if (n == t->n_slots)
        return -ENOMEM;
    if (!t->n_slots && getrandom(&t->seed, sizeof t->seed, GRND_NONBLOCK) != sizeof t->seed)
        t->seed = 1; /* early in boot: not unguessable then, but nothing is lost by it */
    struct handle_slot *slots = realloc(t->slots, n * sizeof *slots);
    if (!slots)
        return -ENOMEM;
    t->slots = slots;
    for (size_t i = t->n_slots; i < n; i++) {
        slots[i] = (struct handle_slot){.generation = t->seed & GENERATION_MASK};
        add_free(t, i);
    }
    t->n_slots = n;
    return 0;
}

static HANDLE make_handle(const struct handle_table *t, size_t i)
{
    return (HANDLE)((uintptr_t)t->mark << MARK_SHIFT | t->slots[i].generation << SLOT_BITS | i);
}

/* The slot that a handle names, or NULL. With the lock held. */
static struct handle_slot *find(struct handle_table *t, HANDLE h)
{
    size_t i = (uintptr_t)h & SLOT_MASK;

    if (i >= t->n_slots || !t->slots[i].object || h != make_handle(t, i))
        return NULL;
    return &t->slots[i];
}

int handle_table_add(struct handle_table *t, void *object, HANDLE *ret)
{
    int r = 0;

    pthread_mutex_lock(&t->lock);
    if (!t->first_free)
        r = grow(t);
    if (r == 0) {
        size_t i = t->first_free - 1;
        t->first_free = t->slots[i].next_free;
        if (!t->first_free)
            t->last_free = 0;
        t->slots[i].object = object;
        *ret = make_handle(t, i);
    }
    pthread_mutex_unlock(&t->lock);
    return r;
}

void *handle_table_get(struct handle_table *t, HANDLE h)
{
    pthread_mutex_lock(&t->lock);
    struct handle_slot *s = find(t, h);
    void *object = s ? t->ref(s->object) : NULL;
    pthread_mutex_unlock(&t->lock);
    return object;
}

void *handle_table_next(struct handle_table *t, size_t *at)
{
    void *object = NULL;

    pthread_mutex_lock(&t->lock);
    while (!object && *at < t->n_slots) {
        const struct handle_slot *s = &t->slots[(*at)++];
        object = s->object ? t->ref(s->object) : NULL;
    }
    pthread_mutex_unlock(&t->lock);
    return object;
}

void *handle_table_remove(struct handle_table *t, HANDLE h)
{
    void *object = NULL;

    pthread_mutex_lock(&t->lock);
    struct handle_slot *s = find(t, h);
    if (s) {
        object = s->object;
        s->object = NULL;
        s->generation = (s->generation + 1) & GENERATION_MASK;
        add_free(t, (size_t)(s - t->slots));
    }
    pthread_mutex_unlock(&t->lock);
    return object;
}
