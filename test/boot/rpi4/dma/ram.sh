#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ram.sh go RAM GATE: copies RAM, the board's memory (a file that QEMU shares), and then writes 1 to its byte at GATE.
# ram.sh same RAM NM ELF RANGE...: fails if a byte of RAM is not as it was then, outside the RANGEs (BASE+BYTES, hexadecimal)
# and outside of what Husk, loaded at 0x200000, writes itself: all of ELF but code and constants. Removes both files.
set -eu
ram=$2
case $1 in
go)
    cp --sparse=always "$ram" "$ram.before"
    printf '\001' | dd of="$ram" bs=1 seek=$(($3)) conv=notrunc status=none
    ;;
same)
    husk=$("$3" "$4" | awk '$3 == "husk_ld_rodata_end" { from = $1 } $3 == "husk_ld_end" { to = $1 } END { print "0x" from, "0x" to }')
    shift 4
    set -- "$@" "$((0x200000 + ${husk% *}))+$((${husk#* } - ${husk% *}))"
    bytes=$(stat -c %s "$ram")
    own=0
    for range in "$@"; do
        set -- "$@" "$((${range%+*})) $((${range#*+}))"
        own=$((own + ${range#*+}))
        shift
    done
    # cmp counts from 1; it ends with 1 where something differs.
    { cmp -l "$ram.before" "$ram" || [ $? = 1 ]; } | awk -v ranges="$(printf '%s;' "$@")" -v bytes="$bytes" -v own="$own" '
        BEGIN { count = split(ranges, part, ";") - 1; for (i = 1; i <= count; i++) { split(part[i], w, " "); base[i] = w[1]; size[i] = w[2] } }
        {
            for (i = 1; i <= count; i++) if ($1 - 1 >= base[i] && $1 - 1 < base[i] + size[i]) { inside[i]++; next }
            if (++outside <= 5) printf "ram.sh: the byte at 0x%x has changed\n", $1 - 1
        }
        END {
            for (i = 1; i <= count; i++) printf "ram.sh: 0x%x+0x%x: %d bytes have changed\n", base[i], size[i], inside[i]
            printf "ram.sh: of the other %d bytes: %d\n", bytes - own, outside
            exit outside != 0 || inside[1] == 0
        }' && rm -f "$ram" "$ram.before"
    ;;
esac
