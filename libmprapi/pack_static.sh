#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# pack_static.sh OUTPUT INSIDE OTHERS...
#
# Makes the static library: one object with all of INSIDE and what it needs of OTHERS, in which only the public names are global,
# so that nothing of ours can clash with a name of the program.
set -eu

output=$1 inside=$2
shift 2
object=$output.o
trap 'rm -f "$object"' EXIT

${LD:-ld} -r -o "$object" --whole-archive "$inside" --no-whole-archive --start-group "$@" --end-group
${OBJCOPY:-objcopy} --localize-hidden "$object"
rm -f "$output"
${AR:-ar} rcs "$output" "$object"
