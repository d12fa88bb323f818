/* SPDX-License-Identifier: Apache-2.0 */
/* For test_quarantine.py: a filter of the plugin's, until standard input ends. INTERFACE NETWORKS */
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "drivers/pppd/quarantine.h"

static int tell(const char *what, int r)
{
    printf("%s %s\n", what, r == 0 ? "ok" : strerror(-r));
    fflush(stdout);
    return r;
}

int main(int argc, char **argv)
{
    struct quarantine q = {.fd = -1};
    struct quarantine_nets nets;
    char line[64];
    if (argc != 3 || tell("networks", quarantine_parse(argv[2], &nets)) < 0 || tell("probe", quarantine_probe()) < 0 ||
        tell("begin", quarantine_begin(&q, argv[1], if_nametoindex(argv[1]), &nets)) < 0)
        return 1;
    tell("again", quarantine_begin(&q, argv[1], if_nametoindex(argv[1]), &nets)); /* it stands already */
    while (fgets(line, sizeof(line), stdin))
        ;
    return tell("end", quarantine_end(&q)) < 0;
}
