# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154 # husk sets what is read here
# Sourced by husk: the board in QEMU, and its console.

# Four CPUs as most boards have, more where the guest wants them; those nobody uses stay off.
qemu_cpus() {
    if [ "${vcpus:-1}" -gt 4 ]; then echo "$vcpus"; else echo 4; fi
}

# Prints the RAM the board needs in MiB: what the guest has, what the image embeds, 64 for the hypervisor.
qemu_memory_mib() {
    if ! embeds_kernel; then
        echo 1024
        return
    fi
    bytes=0
    for file in "${kernel:-$cache/kernels/6.1-cloud/Image}" "${initrd:-$cache/initramfs.cpio.gz}"; do
        [ ! -f "$file" ] || bytes=$((bytes + $(file_size "$file")))
    done
    need=$((${memory:-$default_memory_mib} + bytes / 1048576 + 1 + 64))
    echo $(((need + 63) / 64 * 64))
}

# Calls the command named in $1 with QEMU's command line; the rest are arguments for QEMU.
qemu_with() {
    action=$1
    shift
    if [ -n "$console_log" ]; then
        terminal=
        [ ! -t 0 ] || terminal=,mux=on,signal=off
        set -- -chardev "stdio,id=console$terminal,logfile=$console_log" -serial chardev:console \
            ${terminal:+-mon chardev=console} "$@"
    elif [ -t 0 ]; then
        set -- -serial mon:stdio "$@"
    else
        set -- -serial stdio "$@"
    fi
    set -- -nodefaults -no-user-config -display none -kernel "$image" "$@"
    if [ "$platform" = rpi4 ]; then # its RAM, its CPUs and its GIC are fixed; its counter runs at 54 MHz
        "$action" qemu-system-aarch64 -M raspi4b -global cortex-a72-arm-cpu.cntfrq=54000000 -dtb "$rpi4_tree" "$@"
        return
    fi
    "$action" qemu-system-aarch64 -M "virt,virtualization=on,gic-version=${gic:-3}" -cpu "$cpu_model" -smp "$(qemu_cpus)" \
        -m "$(qemu_memory_mib)M" "$@"
}

# Shows the command so that a shell can read it back.
show_command() {
    line=
    for word in "$@"; do
        case $word in
        '' | *[!A-Za-z0-9_./:,=+-]*) word=\'$(printf %s "$word" | sed "s/'/'\\\\''/g")\' ;;
        esac
        line="$line${line:+ }$word"
    done
    printf '%s\n' "$line"
}

qemu_command() {
    console_log=
    qemu_with show_command "$@"
}

# Runs QEMU; its exit status is husk's, unless --until or --timeout ends it.
qemu_run() {
    console_log=
    if [ -z "$until_text$timeout" ]; then
        qemu_with exec "$@"
    fi
    console_log=$(mktemp)
    qemu_pid=
    settings=$(stty -g 2>/dev/null) || settings=
    # QEMU writes the log, and keeps stdin and stdout: typing works as without --until. It runs beside this
    # shell, for which the shell would close its stdin; 3 is the way around.
    exec 3<&0
    trap 'qemu_stop; exit 130' INT
    trap 'qemu_stop; exit 143' TERM HUP
    qemu_with qemu_background "$@"
    end=$(($(date +%s) + ${timeout:-0}))
    status=
    while [ -z "$status" ]; do
        if ! kill -0 "$qemu_pid" 2>/dev/null; then
            status=0
            wait "$qemu_pid" || status=$?
            if [ -n "$until_text" ] && console_has_text; then
                status=0
            elif [ -n "$until_text" ]; then
                say "--until: QEMU ended with $status, and the console never showed '$until_text'"
                [ $status != 0 ] || status=1
            fi
        elif [ -n "$until_text" ] && console_has_text; then
            status=0
        elif [ -n "$timeout" ] && [ "$(date +%s)" -ge $end ]; then
            say "--timeout: $timeout s are over"
            status=124
        else
            sleep 0.1
        fi
    done
    qemu_stop
    return $status
}

qemu_background() {
    "$@" <&3 &
    qemu_pid=$!
}

qemu_stop() {
    kill "$qemu_pid" 2>/dev/null || true
    wait "$qemu_pid" 2>/dev/null || true
    rm -f "$console_log"
    [ -z "$settings" ] || stty "$settings" <&3 || true
}

console_has_text() {
    LC_ALL=C grep -qF -e "$until_text" "$console_log"
}
