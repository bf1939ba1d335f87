#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# refuses.sh TEXT COMMAND: passes if COMMAND fails and says TEXT.
if out=$("$2" 2>&1); then
    echo "refuses.sh: passed: $2"
    exit 1
fi
printf '%s\n' "$out"
printf '%s\n' "$out" | grep -qF -e "$1" && exit
echo "refuses.sh: does not say: $1"
exit 1
