/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles of one kind. A handle is not a pointer but a slot and the generation of its use, with a mark of its kind in
 * its upper bits, and is looked up before anything is touched: what was closed, or never was one, is not found. Any
 * thread may call any of these.
 */
#ifndef OPENRRAS_LIBMPRAPI_HANDLE_TABLE_H
#define OPENRRAS_LIBMPRAPI_HANDLE_TABLE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include <wintypes.h>

struct handle_slot;

struct handle_table {
    uint32_t mark;              /* HANDLE_MARK_...: another one for each kind */
    void *(*ref)(void *object); /* gives the object, with one reference more */
    pthread_mutex_t lock;
    struct handle_slot *slots;
    size_t n_slots;
    size_t first_free; /* + 1; freed last, used last: a closed handle stays recognisable for long */
    size_t last_free;
    uintptr_t seed; /* where generations begin, so that a handle of another run, or a guess, is not one */
};

#if UINTPTR_MAX > UINT32_MAX
#define HANDLE_MARK_SERVER 0x4d50u /* "MP" */
#define HANDLE_MARK_EVENT  0x4d45u /* "ME" */
#else
#define HANDLE_MARK_SERVER 2u
#define HANDLE_MARK_EVENT  3u
#endif

/* A handle for an object, whose reference goes to the table. 0 or -ENOMEM (also when HANDLES_MAX are open); the object
 * is the caller's then. */
#define HANDLES_MAX 65535u /* 16 bits of the handle; descriptors run out long before */
int handle_table_add(struct handle_table *t, void *object, HANDLE *ret);

/* The object of a handle, with a reference for the caller, or NULL. */
void *handle_table_get(struct handle_table *t, HANDLE h);

/* One object after the other: *at is 0 first. With a reference for the caller; NULL: that was all. What comes and goes
 * meanwhile may or may not be among them. */
void *handle_table_next(struct handle_table *t, size_t *at);

/* Forgets the handle and gives the table's reference to the caller, or NULL. */
void *handle_table_remove(struct handle_table *t, HANDLE h);

#endif
