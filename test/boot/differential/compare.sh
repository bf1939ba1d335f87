#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# compare.sh DRIVE QEMU IMAGE HUSK GIC CPUS COUNT SEED...
#
# Runs the guest IMAGE on bare QEMU and, in HUSK, under Husk, with a GICv2 or 3 and CPUS CPUs, COUNT
# accesses for each SEED, by drive.sh DRIVE. Fails where a hash differs, after it has shown the first
# access that does. LIFTED in the environment: rules of exclusions.def that are not kept, by name.
set -u
drive=$1 qemu=$2 image=$3 husk=$4 gic=$5 cpus=$6 count=$7
shift 7
def=$(dirname "$0")/exclusions.def
bits=0
for rule in ${LIFTED:-}; do
    at=$(grep '^RULE(' "$def" | grep -n "^RULE($rule," | cut -d: -f1)
    bits=$((bits | 1 << (${at:?no rule $rule} - 1)))
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# run MACHINE KERNEL OUT LINE: what the guest printed goes to OUT, without what it was told.
run() {
    sh "$drive" -t 250 -e "diff: ready" -s "$4" -e "husk-test: pass" -- \
        "$qemu" -M "virt,gic-version=$gic$1" -cpu cortex-a53 -smp "$cpus" -accel tcg,thread=single -m 512 -nodefaults -no-user-config \
        -display none -serial stdio -kernel "$2" >"$3.all" || {
        tail -n 5 "$3.all"
        echo "compare.sh: no end, on $2, given '$4'" >&2
        exit 1
    }
    grep -E '^(at|access|diff: seed) ' "$3.all" >"$3"
}
# both SEED FIRST LAST
both() {
    run "" "$image" "$dir/bare" "$1 $count $2 $3 $cpus $bits "
    run ",virtualization=on" "$husk" "$dir/husk" "$1 $count $2 $3 $cpus $bits "
}
for seed; do
    both "$seed" 0 0
    if cmp -s "$dir/bare" "$dir/husk"; then
        grep '^diff:' "$dir/bare"
        continue
    fi
    end=$(grep '^at' "$dir/bare" | diff - "$dir/husk" | sed -n 's/^< at \([0-9]*\) .*/\1/p' | head -n 1)
    end=${end:-$count}
    echo "compare.sh: seed $seed differs before access $end; the accesses before and at the first:"
    both "$seed" $((end - 1000)) "$end"
    grep '^access' "$dir/bare" >"$dir/a"
    grep '^access' "$dir/husk" >"$dir/b"
    at=$(cmp "$dir/a" "$dir/b" | sed 's/.* line //')
    head -n "${at:-1}" "$dir/a" | tail -n 40
    echo "under Husk: $(sed -n "${at:-1}p" "$dir/b")"
    exit 1
done
echo "husk-test: no difference"
