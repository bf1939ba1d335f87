#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bare.sh BUILD: the bench guest on the bare machine, both GICs: it reaches its end, has done each event, and nothing ran
# at EL2, which this machine does not have. QEMU answers HVC there itself, and refuses SMC.
set -eu
bench=$1/test/bench out=$1/test/bench/bare cpu=cortex-a53 limit=120
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=tools/bench/count.sh
. "$here/../../../tools/bench/count.sh"
status=0
mkdir -p "$out"
for gic in 2 3; do
    count "$gic.bare" "$bench/bench-guest.Image" 2 512 5 stop=done -machine virtualization=off
    grep -q "^bench: GICv$gic" "$out/$gic.bare.console" || {
        echo "bare.sh: the guest on a GICv$gic says: $(cat "$out/$gic.bare.console")" >&2
        status=1
    }
    awk -v gic="$gic" '
        NR == FNR { if (match($0, /^EVENT\([a-z0-9_]*/)) name[events++] = substr($0, RSTART + 6, RLENGTH - 6); next }
        $1 == "sample" { count[name[$2]]++; if ($4 + $6 + $8) bad = bad " " name[$2] ":" $4 }
        $1 == "drop" { count[name[$2]]++; dropped[name[$2]] = 1 }
        END {
            for (i = 0; i < events; i++) {
                refused = name[i] == "psci_smc"
                if (count[name[i]] != 32 || (name[i] in dropped) != refused) bad = bad " " name[i]
            }
            if (bad != "") { print "bare.sh: GICv" gic ":" bad; exit 1 }
        }' "$here/../events.def" "$out/$gic.bare.count" || status=1
done
exit $status
