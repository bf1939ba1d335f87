#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# measure.sh BUILD OUT CPU GICS [LIMIT]: runs what test/bench has built below BUILD, for each GIC of the
# list GICS, and writes below OUT a file of the plugin's for each run and results.tsv, a line a figure:
#   gic vms event unit min median max entries dear samples
# Ends with 1 if a guest did not reach its end in LIMIT seconds (120; results.tsv has what there is), with 2
# if this QEMU can't count at all.
set -eu
build=$1 out=$2 cpu=$3 gics=$4 limit=${5:-120}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
bench=$build/test/bench
# shellcheck source=tools/bench/count.sh
. "$here/count.sh"
status=0
mkdir -p "$out"
rm -f "$out"/*.count "$out/results.tsv"

for gic in $gics; do
    suffix='' hello=$build/apps/hello/hello
    [ "$gic" = 3 ] || suffix=-gicv$gic hello=$bench/bench-hello-gicv$gic
    # One nanosecond an instruction; 32 where CPUs take turns, so that one that waits for another soon gives way.
    count "$gic.events-1cpu" "$bench/bench-1cpu$suffix.bin" 1 512 0 stop=done
    count "$gic.events-2cpu" "$bench/bench-2cpu$suffix.bin" 2 512 5 stop=done
    count "$gic.events-4vm" "$bench/bench-4vm$suffix.bin" 5 512 5 stop=done
    count "$gic.events-direct-1cpu" "$bench/bench-direct-1cpu$suffix.bin" 1 512 0 stop=done
    count "$gic.events-direct-2cpu" "$bench/bench-direct-2cpu$suffix.bin" 2 512 5 stop=done
    count "$gic.hello" "$hello.bin" 1 512 0 stop=el1
    count "$gic.linux" "$bench/bench-linux-board$suffix.bin" 1 1024 0 stop=el0
    count "$gic.linux-copied" "$bench/bench-linux-vm$suffix.bin" 1 1024 0 stop=el1
done
set --
for gic in $gics; do
    for run in events-direct-1cpu events-direct-2cpu events-1cpu events-2cpu hello linux linux-copied events-4vm; do
        [ ! -e "$out/$gic.$run.count" ] || set -- "$@" "$out/$gic.$run.count"
    done
done
awk -f "$here/collect.awk" "$here/../../test/bench/events.def" "$@" >"$out/results.tsv"
exit $status
