/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name service that hangs: `group: files stuck` in nsswitch.conf. Who asks in which groups somebody is never hears
 * more. That somebody has asked is said by the file that $BENCH_STUCK names.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <nss.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((visibility("default"))) enum nss_status _nss_stuck_initgroups_dyn(const char *user, gid_t group,
                                                                                 long *start, long *size,
                                                                                 gid_t **groups, long limit,
                                                                                 int *error);

enum nss_status _nss_stuck_initgroups_dyn(const char *user, gid_t group, long *start, long *size, gid_t **groups,
                                          long limit, int *error)
{
    const char *path = getenv("BENCH_STUCK");
    (void)user, (void)group, (void)start, (void)size, (void)groups, (void)limit;
    if (!path || close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) != 0) {
        *error = errno;
        return NSS_STATUS_UNAVAIL;
    }
    for (;;)
        pause();
}
