#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# nofp.sh CHECK OBJDUMP ARCHIVE...: check-nofp.sh on each archive with code; nothing may be allowed
# in a library for EL2. (Images have the same check as a build step.)
set -eu
check=$1 objdump=$2
shift 2
bad=0
for archive in "$@"; do
    "$check" "$objdump" "$archive" || bad=1
done
exit $bad
