#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# peers.sh BUILD OUT CPU GICS LIMIT XEN KERNEL INITRD: the bench guest, and Linux, as Xen's first domain; writes
# OUT/results.tsv as measure.sh does. Xen with its quickest settings for one guest: no scheduler, WFI not
# trapped, no scrubbing of memory at boot. Ends with 1 if a guest did not reach its end.
set -eu
build=$1 out=$2 cpu=$3 gics=$4 limit=$5 xen=$6 kernel=$7 initrd=$8
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
bench=$build/test/bench
# shellcheck source=tools/bench/count.sh
. "$here/count.sh"
status=0
mkdir -p "$out"
rm -f "$out"/*.count "$out/results.tsv"
options="sched=null vwfi=native bootscrub=0 console=dtuart dtuart=/pl011@9000000"
guest() { echo "guest-loader,addr=0x4a000000,kernel=$1,bootargs=$2"; }

set --
for gic in $gics; do
    count "$gic.events-1cpu" "$xen" 1 1024 0 stop=done -append "$options dom0_mem=128M dom0_max_vcpus=1" \
        -device "$(guest "$bench/bench-guest.Image" none)"
    count "$gic.events-2cpu" "$xen" 2 1024 5 stop=done -append "$options dom0_mem=128M dom0_max_vcpus=2" \
        -device "$(guest "$bench/bench-guest.Image" none)"
    count "$gic.linux" "$xen" 1 2048 0 stop=el0 -append "$options dom0_mem=512M dom0_max_vcpus=1" \
        -device "$(guest "$kernel" "console=hvc0 quiet")" -device "guest-loader,addr=0x4e000000,initrd=$initrd"
    set -- "$@" "$out/$gic.events-1cpu.count" "$out/$gic.events-2cpu.count" "$out/$gic.linux.count"
done
awk -v peer=1 -f "$here/collect.awk" "$here/../../test/bench/events.def" "$@" >"$out/results.tsv"
exit $status
