/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which process is this? A number that is another one in a child of fork(), and costs no system call. (A child that was
 * made by a bare clone() is not noticed; such a child execs.)
 */
#ifndef OPENRRAS_LIBMPRAPI_FORK_H
#define OPENRRAS_LIBMPRAPI_FORK_H

unsigned fork_generation(void);

#endif
