# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # who sources this sets bench, out, cpu and limit, and reads status
# Sourced by the scripts of ./husk bench: one run of QEMU with the counting plugin.

# count NAME IMAGE CPUS MEMORY SHIFT PLUGIN-OPTIONS [QEMU-ARGS...]: writes $out/NAME.count. A guest that does
# not reach its end sets status to 1; a QEMU that can't count ends the script with 2.
count() {
    run=$1 run_image=$2 run_smp=$3 run_memory=$4 run_shift=$5 run_options=$6
    shift 6
    got=0
    timeout "$limit" "${HUSK_QEMU:-qemu-system-aarch64}" -M "virt,virtualization=on,gic-version=${run%%.*}" -cpu "$cpu" \
        -smp "$run_smp" -m "$run_memory" -nodefaults -no-user-config -display none \
        -icount "shift=$run_shift,sleep=off" -serial "file:$out/$run.console" -kernel "$run_image" "$@" \
        -plugin "$bench/libhusk-count.so,out=$out/$run.count,$run_options" >"$out/$run.log" 2>&1 </dev/null || got=$?
    if [ ! -e "$out/$run.count" ]; then
        echo "bench: needs QEMU 9.2 or newer, with plugins; this one says: $(head -n 1 "$out/$run.log")" >&2
        exit 2
    fi
    ! grep -q '^done$' "$out/$run.count" || return 0
    if [ $got = 124 ]; then
        echo "bench: $run: the guest did not reach its end in $limit s; its console: $out/$run.console" >&2
    else
        echo "bench: $run: QEMU ended with $got before the guest did; its console: $out/$run.console" >&2
    fi
    status=1
}
