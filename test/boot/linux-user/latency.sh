#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# latency.sh DRIVE QEMU KERNEL INITRD HUSK AVERAGE MAX
#
# Runs cyclictest in KERNEL with INITRD on the bare machine, and in the image HUSK, which has the same two, under
# Husk; with -icount, where an instruction takes 1 ns and nothing else takes any. Fails if under Husk the
# average is more than AVERAGE ns above the bare one, or the maximum more than MAX ns.
#
# What a wake-up costs Linux depends on what else falls together with it: its tick of 4 ms, cyclictest's other
# thread, the rest of the boot. So the kernel is given a minute (idle time costs nothing here), and an interval of
# 1001 us goes through all distances from the tick, in steps of 1 us, seven times. What is rare makes one wake-up of
# 30,000 later by some us in one run of ten, on the bare machine, too: of three runs in a row the least maximum counts,
# and the mean of the averages.
set -eu
drive=$1 qemu=$2 kernel=$3 initrd=$4 husk=$5 average=$6 max=$7
runs="1 2 3"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# measure OUT MACHINE QEMU-ARGS...: OUT gets the average and the maximum.
measure() {
    out=$1 machine=$2
    shift 2
    sh "$drive" -t 560 -e "husk-linux: shell" -e "# " \
        -s "sleep 60; for i in $runs; do cyclictest -m -q -N -p 90 -i 1001 -l 30000 -t 1; done; echo do''ne" -e "done" \
        -s "poweroff" -e "reboot: Power down" -- "$qemu" -M "virt,gic-version=3$machine" -cpu cortex-a72 -m 1G \
        -nodefaults -no-user-config -display none -serial stdio -icount shift=0,sleep=off "$@" >"$out.all" || {
        tail -n 20 "$out.all"
        exit 1
    }
    sed -n 's/.*C: *30000 .* Avg: *\([0-9]*\) Max: *\([0-9]*\).*/\1 \2/p' "$out.all" | awk -v runs="$runs" '
        { sum += $1 }
        NR == 1 || $2 < least { least = $2 }
        END { if (NR == split(runs, run, " ")) print int(sum / NR), least }' >"$out"
    [ -s "$out" ] || { tail -n 20 "$out.all" && echo "latency.sh: no figures" && exit 1; }
}
measure "$dir/bare" "" -kernel "$kernel" -initrd "$initrd" -append console=ttyAMA0
measure "$dir/husk" ",virtualization=on" -kernel "$husk"
paste "$dir/bare" "$dir/husk" | awk -v average="$average" -v max="$max" '{
    printf "latency: average %d ns bare, %d under Husk, %+d (limit %d)\n", $1, $3, $3 - $1, average
    printf "latency: maximum %d ns bare, %d under Husk, %+d (limit %d)\n", $2, $4, $4 - $2, max
    exit $3 - $1 > average || $4 - $2 > max
}'
