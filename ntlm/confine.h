/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPENRRAS_NTLM_CONFINE_H
#define OPENRRAS_NTLM_CONFINE_H

#include <stdbool.h>

/*
 * Give up, for good, what who takes this process over could do harm with: capabilities, other programs, files other
 * than to read them, sockets other than local ones, which only `with_winbind` are needed, being looked into, and core
 * dumps. 0 or negative errno.
 */
int confine_process(bool with_winbind);

/* After that, in a worker: making other processes, sending them signals and limiting them as well, and, where the
 * kernel has Landlock, looking into them. It ends with the process that has made it. */
int confine_worker(void);

#endif
