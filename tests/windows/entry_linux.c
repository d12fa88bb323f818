/* SPDX-License-Identifier: Apache-2.0 */
/* Where ras_ports.c begins on Linux. */
#include <wmain.h>
