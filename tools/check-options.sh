# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # husk reads what is set here, and the reverse
# Sourced by husk: reads the command line and finds what is wrong with it, all of it, before anything runs.

# Reads the whole command line, checks it, and runs the command.
main_options() {
    product='' platform='' gic='' cpu_model='' variant='' out='' name='' regex='' test_all='' no_setup=''
    kernel='' initrd='' append='' vcpus='' memory='' raw='' load='' own_folder=''
    until_text='' timeout='' dry_run='' given='' trace_event='' vms='' tighten='' peers='' json='' compare=''
    command=${1:-help}
    [ $# = 0 ] || shift
    case $command in
    help | -h | --help)
        usage
        exit 0
        ;;
    setup | list) words='' allowed='' ;;
    run) words=product allowed="board machine guest run timeout no-setup" ;;
    build) words=product allowed="board machine guest no-setup" ;;
    size) words=product allowed="board machine no-setup" ;;
    bench) words='' allowed="machine bench timeout no-setup" ;;
    test) words=regex allowed="all no-setup" ;;
    new) words=name allowed="out" ;;
    sdcard) words=product platform=rpi4 allowed="board guest out no-setup" ;;
    *)
        wrong "COMMAND: there is no '$command'; one of: run build sdcard test bench size new list setup"
        exit 2
        ;;
    esac

    while [ $# -gt 0 ]; do
        case $1 in
        --)
            shift
            break
            ;;
        --help | -h)
            usage
            exit 0
            ;;
        --*=*)
            option=${1%%=*} value=${1#*=}
            shift
            set -- "$option" "$value" "$@"
            joined=yes
            ;;
        *) joined='' ;;
        esac
        option=$1
        shift
        case $option in
        --raw | --all | --no-setup | --tighten | --peers | -n)
            take_switch
            if [ -n "$joined" ]; then
                wrong "$option: takes no value; $option alone"
                shift
            fi
            ;;
        --platform | --gic | --cpu-model | --variant | --kernel | --initrd | --append | --vcpus | --memory | --load | \
            --until | --timeout | --out | --trace | --vms | --json | --compare)
            if [ $# = 0 ]; then
                wrong "$option: needs a value; $option $(value_of_option)"
                break
            fi
            take "$1"
            shift
            ;;
        -*)
            wrong "$option: there is no such option; ./husk help lists them"
            [ -z "$joined" ] || shift
            ;;
        *) take_word "$option" ;;
        esac
    done
    [ $# = 0 ] || [ "$command" = run ] || wrong "--: $command passes nothing to QEMU; only run does"
    "check_$command"
    stop_if_wrong
    "cmd_$command" "$@"
}

value_of_option() {
    case $option in
    --kernel | --initrd | --json | --compare) echo FILE ;;
    --append | --until) echo TEXT ;;
    --vcpus | --gic | --vms) echo N ;;
    --trace) echo EVENT ;;
    --memory) echo MiB ;;
    --timeout) echo SECONDS ;;
    --load) echo OFFSET ;;
    --out) [ "$command" = sdcard ] && echo FILE || echo DIR ;;
    *) echo NAME ;;
    esac
}

# Complains if this command does not take the options of group $1.
allow() {
    case " $allowed " in
    *" $1 "*) ;;
    *) wrong "$option: not an option of $command; ./husk help lists them" ;;
    esac
}

# Stores $option, which has no value.
take_switch() {
    case $option in
    --raw) allow guest && raw=yes own_folder=yes ;;
    -n) allow run && dry_run=yes ;;
    --no-setup) allow no-setup && no_setup=yes ;;
    --all) allow all && test_all=yes ;;
    --tighten) allow bench && tighten=yes ;;
    --peers) allow bench && peers=yes ;;
    esac
    given="$given $option"
}

# Stores the value of $option.
take() {
    case $option in
    --platform) allow board && platform=$1 ;;
    --gic) allow machine && gic=$1 ;;
    --cpu-model) allow machine && cpu_model=$1 ;;
    --variant) allow board && variant=$1 ;;
    --until) allow run && until_text=$1 ;;
    --timeout) allow timeout && timeout=$1 ;;
    --trace) allow bench && trace_event=$1 ;;
    --vms) allow bench && vms=$1 ;;
    --json) allow bench && json=$1 ;;
    --compare) allow bench && compare=$1 ;;
    --out) allow out && out=$1 ;;
    *)
        allow guest
        own_folder=yes
        case $option in
        --kernel) kernel=$1 ;;
        --initrd) initrd=$1 ;;
        --append) append=$1 ;;
        --vcpus) vcpus=$1 ;;
        --memory) memory=$1 ;;
        --load) load=$1 ;;
        esac
        ;;
    esac
    given="$given $option"
    [ -n "$1" ] || [ "$option" = --append ] || wrong "$option: is empty; $option $(value_of_option)"
}

take_word() {
    case $words in
    product) [ -z "$product" ] || wrong "PRODUCT: one at a time, not '$product' and '$1'; ./husk list names them" ;;
    regex) [ -z "$regex" ] || wrong "REGEX: one at a time, not '$regex' and '$1'; a|b matches both" ;;
    name) [ -z "$name" ] || wrong "NAME: one at a time, not '$name' and '$1'" ;;
    *) wrong "$1: $command takes no such word; ./husk help shows its form" ;;
    esac
    case $words in
    product) product=$1 ;;
    regex) regex=$1 ;;
    name) name=$1 ;;
    esac
}

is_given() {
    case " $given " in
    *" $1 "*) return 0 ;;
    esac
    return 1
}

is_number() {
    case $1 in
    '' | *[!0-9]* | ??????????*) return 1 ;;
    0?*) return 1 ;; # a shell reads octal
    esac
}

# The number option $1 has the value $2, from $3 to $4 of unit $5.
check_number() {
    if ! is_given "$1" || [ -z "$2" ]; then
        return 0
    fi
    if ! is_number "$2"; then
        wrong "$1: '$2' is not a number; $3 to $4$5"
    elif [ "$2" -lt "$3" ]; then
        wrong "$1: $2 is below the least possible; $3 to $4$5"
    elif [ "$2" -gt "$4" ]; then
        wrong "$1: $2 is more than $platform has; $3 to $4$5"
    else
        return 0
    fi
    return 1
}

one_line() { tr '\n' ' ' | sed 's/ $//'; }

file_size() { wc -c <"$1" | tr -d ' '; }

# Prints the little-endian number of $3 bytes at offset $2 of file $1.
file_number() {
    number=0 shift_by=0
    for byte in $(od -An -v -tu1 -j"$2" -N"$3" "$1"); do
        number=$((number | byte << shift_by)) shift_by=$((shift_by + 8))
    done
    echo $number
}

# Checks a file given by option $1; 0 if it is one with something in it.
check_file() {
    if [ -z "$2" ]; then
        : # told already
    elif [ ! -e "$2" ]; then
        wrong "$1: there is no file $2; $3"
    elif [ ! -f "$2" ] || [ ! -r "$2" ]; then
        wrong "$1: $2 is not a file that can be read; $3"
    elif [ ! -s "$2" ]; then
        wrong "$1: $2 is empty; $3"
    else
        return 0
    fi
    return 1
}

# The magic number is there, it is little-endian, and it is not cut off in the middle of its header's size.
is_arm64_image() {
    [ "$(od -An -v -tx1 -j56 -N4 "$1" 2>/dev/null | tr -d ' \n')" = 41524d64 ] && [ $(($(file_number "$1" 24 1) & 1)) = 0 ] &&
        [ "$(file_number "$1" 16 6)" -ge "$(file_size "$1")" ]
}

# Bytes in whole 2 MiB; bytes as MiB, even, rounded up.
blocks() { echo $((($1 + 0x1fffff) / 0x200000 * 0x200000)); }
mib() { echo $(($(blocks "$1") >> 20)); }

# What QEMU's board has inside.
check_machine() {
    platform=${platform:-qemu-virt}
    gics="2 or 3" own_gic=3 own_cpu=cortex-a53
    if [ "$platform" = rpi4 ]; then
        gics=2 own_gic=2 own_cpu=cortex-a72
        # What QEMU's board leaves to guests of its 2 GiB; the largest board there is has 8.
        board_cpus=4 board_memory_mib=7680
        [ "$command" != run ] || board_memory_mib=1792
    fi
    case "$platform:$gic" in
    *: | *:2 | qemu-virt:3) ;;
    *) wrong "--gic: '$gic' is not a GIC that $platform has; $gics" ;;
    esac
    cpu_model=${cpu_model:-$own_cpu}
    if [ "$platform" = rpi4 ] && [ "$cpu_model" != $own_cpu ]; then
        wrong "--cpu-model: rpi4 has no '$cpu_model'; $own_cpu"
    elif [ "$cpu_model" != $own_cpu ] && command -v qemu-system-aarch64 >/dev/null &&
        ! qemu-system-aarch64 -M virt -cpu help | grep -x " *$cpu_model" >/dev/null; then
        wrong "--cpu-model: QEMU has no '$cpu_model'; for example cortex-a53, cortex-a72 or max"
    fi
}

# The board: every option is either right or unknown.
check_board() {
    product=${product:-hello} platform=${platform:-qemu-virt}
    case $platform in
    qemu-virt | rpi4) ;;
    *) wrong "--platform: there is no '$platform'; one of: qemu-virt rpi4" ;;
    esac
    check_machine
    [ "${gic:-$own_gic}" = $own_gic ] || own_folder=yes
    find_product
    if [ -d "$root/platforms/$platform" ] && [ -e "$product_dir/$presets" ] && ! fits_platform; then
        fits=$(for platform in $(platforms); do ! fits_platform || echo "$platform"; done | one_line)
        wrong "PRODUCT: $product is not for $platform; --platform $fits"
    fi
    if [ -n "$variant" ] && [ -e "$product_dir/$presets" ] && ! variants | grep -qxF -e "$variant"; then
        have=$(variants | one_line)
        [ -z "$have" ] && have="it has none" || have="one of: $have"
        wrong "--variant: $product has no '$variant' for $platform; $have"
    fi
}

# The guest: sizes are checked here, where the option can be named, before anything is built.
check_guest() {
    if [ "$product" != linux ]; then
        for option in --kernel --initrd --append --vcpus --memory --raw --load; do
            ! is_given $option || wrong "$option: $product has its own guest; ./husk run linux $option ..."
        done
        return 0
    fi
    if is_given --vcpus && ! check_number --vcpus "$vcpus" 1 "$board_cpus" ''; then
        vcpus=''
    fi
    if ! check_number --memory "$memory" "$least_memory_mib" "$board_memory_mib" ' MiB'; then
        memory=''
    elif [ $((${memory:-0} % 2)) = 1 ]; then
        wrong "--memory: $memory is odd, and RAM comes in blocks of 2 MiB; $((memory + 1))"
    fi
    if [ -n "$raw" ] && ! is_given --kernel; then
        wrong "--raw: needs the binary; --kernel FILE"
    fi
    if is_given --load; then
        check_load
    fi
    check_sizes
}

# --load: inside the memory, above the device tree at its start.
check_load() {
    [ -n "$raw" ] || wrong "--load: only a raw binary is placed by hand; add --raw"
    case $load in
    0x | 0x*[!0-9a-fA-F]* | 0x?????????*) load_ok='' ;;
    0x*) load_ok=yes ;;
    *) is_number "$load" && load_ok=yes || load_ok='' ;;
    esac
    if [ -z "$load_ok" ]; then
        wrong "--load: '$load' is not an offset; for example 0x80000"
    elif [ $((load % 4096)) != 0 ] || [ $((load)) -lt 65536 ]; then
        wrong "--load: $load is no multiple of 4096 above the device tree; 0x10000 or more, for example 0x80000"
    else
        return 0
    fi
    load=''
}

# Kernel and initrd, each in whole 2 MiB, and the device tree above them have to fit into the guest's memory.
check_sizes() {
    memory_mib=${memory:-$default_memory_mib}
    file=$kernel
    bytes=0
    right="an uncompressed arm64 Image, or any binary with --raw"
    if is_given --kernel; then
        check_file --kernel "$kernel" "$right" || file=''
    else
        file=$cache/kernels/6.1-cloud/Image
        [ -f "$file" ] || file='' # not fetched yet
    fi
    if [ -n "$file" ] && [ -n "$raw" ]; then
        bytes=$((${load:-0x80000} + $(file_size "$file")))
    elif [ -n "$file" ] && is_arm64_image "$file"; then
        bytes=$(($(blocks $(($(file_number "$file" 8 6) + $(file_number "$file" 16 6)))) + 65536))
    elif [ -n "$file" ]; then
        wrong "--kernel: $file is not a sound arm64 Image (\"ARM\\x64\" at byte 56); $right"
    fi
    if [ "$bytes" -gt $((memory_mib << 20)) ]; then
        wrong "--kernel: $file does not fit into $memory_mib MiB; --memory $(mib "$bytes") or more"
        bytes=0
    fi
    if is_given --initrd && [ -n "$raw" ]; then
        wrong "--initrd: a raw binary gets none; --initrd without --raw"
    elif is_given --initrd && check_file --initrd "$initrd" "a cpio archive, compressed or not"; then
        bytes=$((bytes + $(blocks "$(file_size "$initrd")")))
        [ "$bytes" -le $((memory_mib << 20)) ] || wrong "--initrd: $initrd does not fit beside the kernel into" \
            "$memory_mib MiB; --memory $(mib "$bytes") or more"
    fi
}

check_run() {
    check_board
    check_guest
    check_number --timeout "$timeout" 1 999999 ' seconds' || true
    case $until_text in
    *'
'*) wrong "--until: has more than one line; text within one line" ;;
    esac
}

check_build() {
    check_board
    check_guest
}

# The events of the bench, one a line.
bench_events() {
    sed -n 's/^EVENT(\([a-z0-9_]*\),.*/\1/p' "$root/test/bench/events.def"
    printf '%s\n' longest boot_hello boot_linux boot_linux_copied linux_to_user
}

check_bench() {
    check_machine
    check_number --timeout "$timeout" 1 999999 ' seconds' || true
    if [ -n "$trace_event" ] && ! bench_events | grep -qxF -e "$trace_event"; then
        wrong "--trace: there is no event '$trace_event'; one of: $(bench_events | one_line)"
    fi
    case $vms in
    '' | 1 | 4) ;;
    *) wrong "--vms: '$vms' VMs are not built; 1 or 4" ;;
    esac
    if [ -n "$vms" ] && [ -z "$trace_event" ]; then
        wrong "--vms: says which of the two --trace looks at; the table has both"
    fi
    for option in --tighten --peers --json --compare; do
        if is_given $option && [ -n "$trace_event" ]; then
            wrong "$option: --trace makes no table; one of the two"
        fi
    done
    if [ -n "$json" ] && ! [ -d "$(dirname "$json")" ]; then
        wrong "--json: there is no folder $(dirname "$json"); mkdir it first"
    elif [ -d "$json" ]; then
        wrong "--json: $json is a folder; a file in it"
    fi
    if is_given --compare && check_file --compare "$compare" "a file that --json wrote" &&
        ! grep -q '"schema": "husk-bench-1"' "$compare"; then
        wrong "--compare: $compare is no file that --json wrote"
    fi
}

check_size() { check_board; }

check_sdcard() {
    check_board
    check_guest
    [ "$platform" = rpi4 ] || wrong "--platform: $platform boots from no card; rpi4"
    if [ -n "$out" ] && [ ! -d "$(dirname "$out")" ]; then
        wrong "--out: there is no folder $(dirname "$out"); mkdir it first"
    elif [ -n "$out" ] && [ -e "$out" ] && [ ! -f "$out" ]; then
        wrong "--out: $out is no file; the name of one to write"
    fi
}

check_setup() { :; }
check_list() { :; }

check_test() {
    # grep ends with 1 if nothing matches, with 2 if it can't read the expression.
    printf '' | grep -qE -e "$regex" 2>/dev/null || [ $? = 1 ] ||
        wrong "REGEX: '$regex' is no regular expression"
}

check_new() {
    case $name in
    '') wrong "NAME: is missing; ./husk new NAME" ;;
    [!a-z]* | *[!a-z0-9-]*) wrong "NAME: '$name' is no name for a product; small letters, digits and -, a letter first" ;;
    all | clean | help | husk | install | package | test) wrong "NAME: '$name' is CMake's own; another name" ;;
    esac
    if [ -n "$out" ] && [ ! -d "$out" ]; then
        wrong "--out: there is no folder $out; mkdir it first"
    fi
    [ -z "$name" ] || [ ! -e "${out:-$root/apps}/$name" ] ||
        wrong "NAME: ${out:-$root/apps}/$name is there already; another name"
}
