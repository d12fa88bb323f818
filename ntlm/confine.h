/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPENRRAS_NTLM_CONFINE_H
#define OPENRRAS_NTLM_CONFINE_H

/*
 * Give up, for good, what who takes this process over could do harm with: capabilities, other programs, files other
 * than to read them, sockets other than local ones (winbind's), being looked into, and core dumps. 0 or negative errno.
 */
int confine_process(void);

/* After that, in a worker: other processes as well, and, where the kernel has Landlock, looking into them. It ends with
 * the process that has made it. */
int confine_worker(void);

#endif
