/* SPDX-License-Identifier: Apache-2.0 */
#include "server_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const size_t sample_server_sizes[SAMPLE_REVISIONS] = {0,
                                                      sizeof(MPR_SERVER_EX_REV1),
                                                      sizeof(MPR_SERVER_EX_REV2),
                                                      sizeof(MPR_SERVER_EX_REV3),
                                                      sizeof(MPR_SERVER_EX_REV3),
                                                      sizeof(MPR_SERVER_EX_REV5)};
const size_t sample_set_sizes[SAMPLE_REVISIONS] = {0,
                                                   sizeof(MPR_SERVER_SET_CONFIG_EX_REV1),
                                                   sizeof(MPR_SERVER_SET_CONFIG_EX_REV2),
                                                   sizeof(MPR_SERVER_SET_CONFIG_EX_REV3),
                                                   sizeof(MPR_SERVER_SET_CONFIG_EX_REV3),
                                                   sizeof(MPR_SERVER_SET_CONFIG_EX_REV5)};

void *sample_structure(UCHAR revision, UCHAR type, size_t size)
{
    const MPRAPI_OBJECT_HEADER header = {revision, type, (USHORT)size};
    void *p = malloc(size);

    assert_non_null(p);
    memset(p, 0xa5, size);
    memcpy(p, &header, sizeof header);
    return p;
}
