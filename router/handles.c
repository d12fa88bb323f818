/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections by handle, in order: a tree of tables with 64 entries, six bits of the handle a level. Handles rise, so
 * that tables are well filled; finding, adding and stepping take six steps however many there are, and counting those
 * from a handle on looks at six tables.
 */
#include "router/router_private.h"

#include <errno.h>
#include <stdlib.h>

#define FAN_BITS 6u
#define FAN      (1u << FAN_BITS)
#define LEVELS   6u /* 36 bits: all of a handle */

struct handle_node {
    void *child[FAN]; /* nodes; on the last level connections */
    uint32_t used;    /* children */
    uint32_t below;   /* connections in it and under it */
};

static unsigned digit(uint32_t handle, unsigned level)
{
    return (unsigned)((uint64_t)handle >> (FAN_BITS * (LEVELS - 1u - level))) & (FAN - 1u);
}

/* The nodes on the way to a handle, as far as they are there. Returns how many. */
static unsigned walk(struct handle_node *root, uint32_t handle, struct handle_node *path[static LEVELS])
{
    unsigned n = 0;
    for (struct handle_node *node = root; node; node = n < LEVELS ? node->child[digit(handle, n - 1u)] : NULL) {
        path[n++] = node;
    }
    return n;
}

struct router_connection *handles_get(const struct handle_node *root, uint32_t handle)
{
    const void *at = root;
    for (unsigned level = 0; at && level < LEVELS; level++)
        at = ((const struct handle_node *)at)->child[digit(handle, level)];
    return (struct router_connection *)(uintptr_t)at;
}

/* Drop nodes at the end of the path that hold nothing. */
static void prune(struct handle_node **root, uint32_t handle, struct handle_node *path[], unsigned n)
{
    while (n > 0 && path[n - 1u]->used == 0) {
        free(path[--n]);
        if (n == 0) {
            *root = NULL;
        } else {
            path[n - 1u]->child[digit(handle, n - 1u)] = NULL;
            path[n - 1u]->used--;
        }
    }
}

int handles_put(struct handle_node **root, uint32_t handle, struct router_connection *c)
{
    struct handle_node *path[LEVELS];
    unsigned n = walk(*root, handle, path);
    for (; n < LEVELS; n++) {
        path[n] = calloc(1, sizeof *path[n]);
        if (!path[n]) {
            prune(root, handle, path, n);
            return -ENOMEM;
        }
        if (n == 0) {
            *root = path[0];
        } else {
            path[n - 1u]->child[digit(handle, n - 1u)] = path[n];
            path[n - 1u]->used++;
        }
    }
    path[LEVELS - 1u]->child[digit(handle, LEVELS - 1u)] = c;
    path[LEVELS - 1u]->used++;
    for (unsigned level = 0; level < LEVELS; level++)
        path[level]->below++;
    return 0;
}

void handles_remove(struct handle_node **root, uint32_t handle)
{
    struct handle_node *path[LEVELS];
    if (walk(*root, handle, path) != LEVELS || !path[LEVELS - 1u]->child[digit(handle, LEVELS - 1u)])
        return;
    path[LEVELS - 1u]->child[digit(handle, LEVELS - 1u)] = NULL;
    path[LEVELS - 1u]->used--;
    for (unsigned level = 0; level < LEVELS; level++)
        path[level]->below--;
    prune(root, handle, path, LEVELS);
}

/* Connections under the children of a node from number `first` on. */
static uint32_t count_children(const struct handle_node *node, unsigned first, bool last_level)
{
    uint32_t n = 0;
    for (unsigned i = first; i < FAN; i++) {
        const struct handle_node *child = node->child[i];
        if (child)
            n += last_level ? 1u : child->below;
    }
    return n;
}

uint32_t handles_count(const struct handle_node *root, uint32_t from)
{
    uint32_t n = 0;
    const struct handle_node *node = root;
    for (unsigned level = 0; node && level < LEVELS - 1u; level++) {
        n += count_children(node, digit(from, level) + 1u, false);
        node = node->child[digit(from, level)];
    }
    return node ? n + count_children(node, digit(from, LEVELS - 1u), true) : n;
}

struct router_connection *handles_from(const struct handle_node *root, uint32_t from)
{
    const struct handle_node *path[LEVELS] = {root};
    unsigned at[LEVELS] = {digit(from, 0)};
    unsigned level = 0;
    bool exact = true; /* are we still on the way to `from` itself? */

    while (root) {
        while (at[level] < FAN && !path[level]->child[at[level]]) {
            at[level]++;
            exact = false;
        }
        if (at[level] == FAN) { /* nothing more here: up, and on */
            if (level == 0)
                return NULL;
            at[--level]++;
            exact = false;
            continue;
        }
        void *child = path[level]->child[at[level]];
        if (level == LEVELS - 1u)
            return child;
        path[++level] = child;
        at[level] = exact ? digit(from, level) : 0u;
    }
    return NULL;
}
