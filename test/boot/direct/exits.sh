#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exits.sh LOG IRQS: fails if an interrupt came to EL2 in QEMU's log of exceptions (-d int), or fewer than IRQS to EL1
# (a busy host runs ticks together).
set -eu
awk -v least="$2" '
    /^Taking exception/ { name = $0; sub(/.*\[/, "", name); sub(/\].*/, "", name) }
    /^\.\.\.from EL[01] to EL2/ { exits[name]++ }
    /^\.\.\.from EL[01] to EL1/ { taken[name]++ }
    END {
        for (name in exits) print "direct: " exits[name] " exits by " name
        print "direct: " taken["IRQ"] + 0 " IRQs at EL1"
        exit ("IRQ" in exits) || ("FIQ" in exits) || taken["IRQ"] < least
    }' "$1"
