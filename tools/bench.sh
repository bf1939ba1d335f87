# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154 # husk sets what is read here
# Sourced by husk: ./husk bench. The measuring is in tools/bench/, which the tests use without this script.

cmd_bench() {
    [ -n "$no_setup" ] || setup 6.1-cloud
    preset=qemu-virt folder=$root/build/qemu-virt
    say "building the bench"
    (cd "$root" && quietly "$folder/husk-configure.log" cmake --preset "$preset") || die "bench: CMake refused $preset"
    quietly "$folder/husk-build.log" cmake --build "$folder" --target husk-bench || die "bench: the build failed"
    out=$folder/bench
    if [ -n "$trace_event" ]; then
        bench_status=0
        sh "$root/tools/bench/trace.sh" "$folder" "$out" "$cpu_model" "${gic:-3}" "${vms:-1}" "$trace_event" \
            "${timeout:-120}" || bench_status=$?
        return $bench_status
    fi
    say "measuring"
    bench_status=0
    sh "$root/tools/bench/measure.sh" "$folder" "$out" "$cpu_model" "${gic:-3 2}" "${timeout:-120}" || bench_status=$?
    [ $bench_status != 2 ] || return 2
    bench_heading
    bench_table || bench_status=1
    if [ -n "$tighten" ] && [ $bench_status = 0 ]; then
        awk -f "$root/tools/bench/tighten.awk" "$out/results.tsv" "$root/test/bench/budgets.txt" >"$out/budgets.txt"
        cat "$out/budgets.txt" >"$root/test/bench/budgets.txt"
    fi
    return $bench_status
}

# Budgets are of the default CPU model: others get 5 %.
bench_table() {
    margin=0
    [ "$cpu_model" = cortex-a53 ] || margin=5
    awk -v margin=$margin -f "$root/tools/bench/table.awk" "$root/test/bench/events.def" "$root/test/bench/budgets.txt" "$out/results.tsv"
}

# Prints the version of each tool that has a say in the figures.
bench_heading() {
    revision=$(cd "$root" && git describe --always --dirty 2>/dev/null) || revision=unknown
    echo "Husk $revision; $("${HUSK_QEMU:-qemu-system-aarch64}" --version | head -n 1);" \
        "$("clang-${HUSK_LLVM:-19}" --version | head -n 1); $cpu_model"
    echo "Instructions executed at EL2, counted in QEMU: instructions, not time. dear: those of them that write a system"
    echo "register, are a barrier or TLB or cache maintenance, or access a device: hardware takes long for each."
}
