#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exits.sh LOG: looks at QEMU's log of exceptions (-d int) for 3 s, while a guest has nothing to do.
# Fails if anything but an interrupt comes to EL2, or more of them than a guest without a periodic tick
# has timers.
set -eu
sleep 1 # what the last key or line of output still costs
from=$(wc -c <"$1")
sleep 3
tail -c +$((from + 1)) "$1" | awk '
    /^Taking exception/ { name = $0; sub(/.*\[/, "", name); sub(/\].*/, "", name) }
    /^\.\.\.from EL[01] to EL2/ { count[name]++ }
    END {
        if (!("IRQ" in count)) bad = 1 # the log is not what this reads
        for (name in count) {
            print "idle: " count[name] " exits by " name
            if (name != "IRQ" || count[name] > 150) bad = 1
        }
        exit bad
    }'
