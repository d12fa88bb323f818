/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uthash and utlist, set up as this project needs them: an add without memory leaves the element out of the table
 * instead of ending the process (its hh.tbl is NULL then), and the hash function is one that every compiler takes
 * without warnings (uthash's own default falls through in a switch).
 */
#ifndef OPENRRAS_COMMON_HASH_TABLE_H
#define OPENRRAS_COMMON_HASH_TABLE_H

#define HASH_NONFATAL_OOM 1
#define HASH_FUNCTION     HASH_OAT
#include <uthash.h>
#include <utlist.h>

#endif
