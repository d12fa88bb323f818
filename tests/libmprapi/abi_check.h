/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of gen_abi.py are made of, and their checks. After <cmocka.h>; C or C++. */
#ifndef OPENRRAS_TESTS_ABI_CHECK_H
#define OPENRRAS_TESTS_ABI_CHECK_H

#include <stddef.h>

struct abi_member {
    const char *name;
    size_t offset, size;             /* here */
    size_t right_offset, right_size; /* there */
};

struct abi_constant {
    const char *name;
    long long value, right;
};

static inline void check_members(const struct abi_member *members, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct abi_member *m = &members[i];
        if (m->offset != m->right_offset || m->size != m->right_size)
            fail_msg("%s: offset %zu size %zu, should be %zu and %zu", m->name, m->offset, m->size, m->right_offset,
                     m->right_size);
    }
}

static inline void check_constants(const struct abi_constant *constants, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (constants[i].value != constants[i].right)
            fail_msg("%s is %lld, should be %lld", constants[i].name, constants[i].value, constants[i].right);
}

#endif
