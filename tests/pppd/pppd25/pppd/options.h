/* SPDX-License-Identifier: Apache-2.0 */
/* See pppd.h here. */
#ifndef OPENRRAS_TESTS_PPPD25_OPTIONS_H
#define OPENRRAS_TESTS_PPPD25_OPTIONS_H

enum opt_type {
    o_special_noarg = 0,
    o_special = 1,
    o_bool,
    o_int,
    o_uint32,
    o_string,
    o_wild,
};

struct option {
    char *name;
    enum opt_type type;
    void *addr;
    char *description;
    unsigned int flags;
    void *addr2;
    int upper_limit, lower_limit;
    const char *source;
    short int priority, winner;
};

#define OPT_PRIV   0x1000
#define OPT_STATIC 0x2000

void ppp_add_options(struct option *options);

#endif
