#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# refuses.sh TEXT COMMAND...: passes if COMMAND fails and says TEXT.
text=$1
shift
if out=$("$@" 2>&1); then
    echo "refuses.sh: passed: $*"
    exit 1
fi
printf '%s\n' "$out"
printf '%s\n' "$out" | grep -qF -e "$text" && exit
echo "refuses.sh: does not say: $text"
exit 1
