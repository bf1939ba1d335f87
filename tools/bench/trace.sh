#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# trace.sh BUILD OUT CPU GIC VMS EVENT [LIMIT]: the functions that one event passes through at EL2, in the order
# they are first entered, with what is inlined into each. EVENT: one of events.def (its last sample), longest
# (the longest run with interrupts masked), boot_hello, boot_linux, boot_linux_copied, or
# linux_to_user, before whose functions comes what brought EL2 in.
set -eu
build=$1 out=$2 cpu=$3 gic=$4 vms=$5 event=$6 limit=${7:-120}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
bench=$build/test/bench
# shellcheck source=tools/bench/count.sh
. "$here/count.sh"
status=0
mkdir -p "$out"
suffix='' hello=$build/apps/hello/hello
[ "$gic" = 3 ] || suffix=-gicv$gic hello=$bench/bench-hello-gicv$gic
image=$bench/bench-1cpu$suffix smp=1 shift=0 memory=512
case $event in
cpu_on | sgi_busy | sgi_wfi | longest) image=$bench/bench-2cpu$suffix smp=2 shift=5 ;;
esac
[ "$vms" != 4 ] || image=$bench/bench-4vm$suffix smp=5 shift=5
case $event in
boot_hello) image=$hello ;;
boot_linux | linux_to_user) image=$bench/bench-linux-board$suffix memory=1024 ;;
boot_linux_copied) image=$bench/bench-linux-vm$suffix memory=1024 ;;
esac
case $event in
boot_*) options=trace=boot,stop=el1 smp=1 shift=0 ;;
linux_to_user) options=trace=guest,stop=el0 ;;
longest) options=trace=masked,stop=done ;;
*)
    number=$(sed -n 's/^EVENT(\([a-z0-9_]*\),.*/\1/p' "$here/../../test/bench/events.def" | grep -nx "$event" | cut -d: -f1)
    options=trace=$((number - 1)),stop=done
    ;;
esac
count "$gic.trace" "$image.bin" "$smp" "$memory" "$shift" "$options"
[ "$event" != linux_to_user ] || awk -f "$here/../hex.awk" -f "$here/entries.awk" "$out/$gic.trace.count"
# QEMU loads an Image 2 MiB above the start of RAM, and husk.ld links it at 0.
awk '$1 == "pc" { print $2, $3 == "dear" }' "$out/$gic.trace.count" >"$out/trace.pc"
cut -d' ' -f1 "$out/trace.pc" | sort -u | sed 's/.*/&/' >"$out/trace.unique"
llvm=${HUSK_LLVM:-19}
awk -v base=40200000 -f "$here/../hex.awk" -f "$here/relative.awk" "$out/trace.unique" |
    "llvm-symbolizer-$llvm" --obj="$image.elf" --functions=linkage --no-demangle >"$out/trace.inlined"
"llvm-nm-$llvm" --numeric-sort --defined-only "$image.elf" >"$out/trace.symbols"
awk -v base=40200000 -v title="GICv$gic, $vms VM(s), $event" -f "$here/../hex.awk" -f "$here/trace.awk" \
    "$out/trace.symbols" "$out/trace.unique" "$out/trace.inlined" "$out/trace.pc"
exit $status
