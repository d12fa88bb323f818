/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPENRRAS_NTLM_CONFINE_H
#define OPENRRAS_NTLM_CONFINE_H

/*
 * Give up, for good, what who takes this process over could do harm with: capabilities, other programs and processes,
 * files other than to read them, sockets other than local ones (winbind's), memory and core dumps without end. 0 or
 * negative errno.
 */
int confine_process(void);

#endif
