#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# known.sh BUILD: runs known.S under the counting plugin, and compares what it counted with what is written there.
set -eu
bench=$1/test/bench out=$1/test/bench/known cpu=cortex-a53 limit=60
tools=$(dirname -- "$0")/../../../tools/bench
# shellcheck source=tools/bench/count.sh
. "$tools/count.sh"
status=0
mkdir -p "$out"
count 3.known "$bench/bench-known.Image" 1 512 0 stop=done
count 3.trace "$bench/bench-known.Image" 1 512 0 stop=done,trace=3
count 3.masked "$bench/bench-known.Image" 1 512 0 stop=done,trace=masked
count 3.guest "$bench/bench-known.Image" 1 512 0 stop=done,trace=guest
count 3.stop "$bench/bench-known.Image" 1 512 0 stop=el1
cat >"$out/wanted" <<'WANTED'
longest 14 event 3
sample 3 el2 32 entries 1 dear 8
drop 4
sample 5 el2 0 entries 0 dear 0
sample 6 el2 19 entries 2 dear 3
done
masked 14
WANTED
grep -v '^first' "$out/3.known.count" | sed 's/ pc [0-9a-f]*//' >"$out/got"
diff "$out/wanted" "$out/got" || status=1
expect() {
    if [ "$1" != "$2" ]; then
        echo "known.sh: $3: $2, not $1" >&2
        status=1
    fi
}
expect "32 8" "$(grep -c '^pc' "$out/3.trace.count") $(grep -c '^pc.* dear$' "$out/3.trace.count")" "instructions in the trace of an event"
expect 14 "$(grep -c '^pc' "$out/3.masked.count")" "instructions in the trace of the longest run"
expect " 75 3 11 32 HVC| 8 1 8 8 interrupt|" "$(awk -f "$tools/../hex.awk" -f "$tools/entries.awk" "$out/3.guest.count" |
    sed 1d | tr -s ' ' | tr '\n' '|')" "what brought EL2 in"
expect "first el2 el2 0|first el1|done|masked 0|" "$(cut -d' ' -f1-4 "$out/3.stop.count" | sed 's/^\(first el1\).*/\1/' | tr '\n' '|')" "up to the first instruction of EL1"
exit $status
