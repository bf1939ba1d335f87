# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154 # husk sets what is read here
# Sourced by husk: ./husk bench. The measuring is in tools/bench/, which the tests use without this script.

cmd_bench() {
    # The images are built where those of the tests are.
    # shellcheck disable=SC2046 # a list of names
    [ -n "$no_setup" ] || setup $(all_kernels)
    preset=qemu-virt folder=$root/build/qemu-virt bench_status=0
    say "building the bench"
    (cd "$root" && quietly "$folder/husk-configure.log" cmake --preset "$preset") || die "bench: CMake refused $preset"
    quietly "$folder/husk-build.log" cmake --build "$folder" --target husk-bench || die "bench: the build failed"
    out=$folder/bench limit=${timeout:-120}
    if [ -n "$trace_event" ]; then
        sh "$root/tools/bench/trace.sh" "$folder" "$out" "$cpu_model" "${gic:-3}" "${vms:-1}" "$trace_event" "$limit" ||
            bench_status=$?
        return $bench_status
    fi
    say "measuring"
    sh "$root/tools/bench/measure.sh" "$folder" "$out" "$cpu_model" "${gic:-3 2}" "$limit" || bench_status=$?
    [ $bench_status != 2 ] || return 2
    xen_results=
    [ -z "$peers" ] || bench_peers
    bench_heading
    bench_table || bench_status=1
    bench_files || bench_status=$?
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
    awk -v margin=$margin -v figures="$out/figures.tsv" -f "$root/tools/bench/table.awk" "$root/test/bench/events.def" \
        "$root/test/bench/budgets.txt" "$out/results.tsv" ${xen_results:+"$xen_results"}
}

# The same guests under Xen; without its package there is no such column.
bench_peers() {
    xen=$cache/xen/xen
    if [ ! -s "$xen" ] && { [ -n "$no_setup" ] || ! is_debian || ! (arm64_xen); }; then
        say "bench: Debian's $arm64_xen_package can't be had: no columns for Xen"
        return 0
    fi
    say "measuring Xen"
    sh "$root/tools/bench/peers.sh" "$folder" "$out/xen" "$cpu_model" "$(cut -f1 "$out/results.tsv" | sort -ru | one_line)" \
        "$limit" "$xen" "$cache/kernels/6.1-cloud/Image" "$cache/initramfs.cpio.gz" || bench_status=1
    xen_results=$out/xen/results.tsv
}

bench_versions() {
    husk_version=$(cd "$root" && git describe --always --dirty 2>/dev/null) || husk_version=unknown
    qemu_version=$("${HUSK_QEMU:-qemu-system-aarch64}" --version | head -n 1)
    compiler_version=$("clang-${HUSK_LLVM:-19}" --version | head -n 1)
    xen_version=
    [ -z "$xen_results" ] || xen_version="; $(cat "$cache/xen/package")"
}

# What has a say in the figures, and what they are.
bench_heading() {
    bench_versions
    echo "Husk $husk_version; $qemu_version; $compiler_version; $cpu_model$xen_version"
    echo "Instructions executed at EL2, counted in QEMU: instructions, not time. dear: those of them that write a system"
    echo "register, are a barrier or TLB or cache maintenance, or access a device: hardware takes long for each."
}

# The plot; --json; --compare.
bench_files() {
    awk -v title="Husk $husk_version, $cpu_model$xen_version" -f "$root/tools/bench/plot.awk" "$out/figures.tsv" >"$out/bench.svg"
    echo "plot: $out/bench.svg"
    # The old figures first: both options may name one file.
    if [ -n "$compare" ]; then
        awk -v qemu="$qemu_version" -v compiler="$compiler_version" -v cpu="$cpu_model" -f "$root/tools/bench/compare.awk" \
            "$compare" "$out/figures.tsv"
    fi
    if [ -n "$json" ]; then
        awk -v husk="$husk_version" -v qemu="$qemu_version" -v compiler="$compiler_version" -v cpu="$cpu_model" \
            -f "$root/tools/bench/json.awk" "$out/figures.tsv" >"$json"
    fi
}
