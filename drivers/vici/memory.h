/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the driver remembers over a restart of itself: a small JSON file, with the run of charon that it is of. charon
 * can't be asked which IKE_SA came from which by rekeying, when a session began, or what its former CHILD_SAs have
 * counted.
 *
 * The file belongs to this user alone. What is in it is checked all the same, and only believed where charon's own
 * listing agrees. Losing it costs continuity, nothing else.
 */
#ifndef OPENRRAS_DRIVERS_VICI_MEMORY_H
#define OPENRRAS_DRIVERS_VICI_MEMORY_H

#include <stdio.h>

#include "drivers/vici/sessions.h"

/* Bytes of the file: 100,000 sessions have about 15 MB. */
#define MEMORY_FILE_MAX (64u * 1024u * 1024u)

/* Write the sessions, whole or not at all. 0 or negative errno; the old file is as it was then. */
int memory_save(const char *path, const char *run, const struct sessions *s);

/* After sessions_begin(): give back what is remembered; the listing, and the SPIs in it, will say what is still true.
 * `run` names the process of charon. How many sessions; -ENOENT: no file, -EPERM: somebody else could have written it,
 * -EINVAL, -EFBIG. Records that are no good are left out. */
int memory_load(const char *path, const char *run, struct sessions *s);
/* The same of an open file, whoever's it is. */
int memory_read(FILE *f, const char *run, struct sessions *s);

#endif
