#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check-errata.sh OBJDUMP ELF: fails if linked code holds an ERET that a CPU may speculate past (no DSB,
# ISB behind it: Arm, Straight-line Speculation), or an instruction sequence that Cortex-A53 may execute
# wrongly (Arm, Cortex-A53 MPCore Software Developers Errata Notice):
#
#   835769  a 64-bit multiply-accumulate right after a load, store or prefetch
#   819472, 824069, 826319, 827319   DC CVAC, CVAU: the line is cleaned and not invalidated
#   843419  an ADRP in the last two words of a page, then a load or store, then within two
#           instructions a load or store that takes the ADRP's register as its base
#
# Our own flags avoid the latter (husk_errata() in cmake/HuskLibrary.cmake); code that came compiled, and
# assembly, has only this check.
set -eu
if [ $# -ne 2 ] || [ ! -r "$2" ]; then
    echo "usage: check-errata.sh OBJDUMP ELF; ELF must be readable" >&2
    exit 2
fi
dump=$(mktemp)
trap 'rm -f "$dump"' EXIT
# A file of its own, as a pipe would lose objdump's exit status.
"$1" -d --no-show-raw-insn "$2" >"$dump"
awk -v elf="$2" '
function found(what) {
    printf "%s: %s at 0x%s %s\n", elf, fn, $1, what
    bad = 1
}
/^[0-9a-f]+ <.*>:$/ { fn = $2; gsub(/[<>:]/, "", fn); next }
/^ *[0-9a-f]+:[ \t]/ {
    code++
    if (was == "eret" ? $0 !~ /dsb[ \t]+nsh/ : was == "eret dsb" && $2 != "isb") found("after an ERET: no barrier")
    was = was == "eret" ? "eret dsb" : $2
    is_memory = $2 ~ /^(ld|st|prfm)/
    if (was_memory && $2 ~ /^(madd|msub|[su]maddl|[su]msubl)$/ && $3 ~ /^x/) found("Cortex-A53 erratum 835769")
    if ($2 == "dc" && $3 ~ /^cva[cu]/) found("Cortex-A53 errata 819472, 824069, 826319, 827319")
    # page: which of the four this is, after an ADRP that counts.
    if (page == 1) page = is_memory ? 2 : 0
    else if (page != 0) {
        if (is_memory && index($0, "[" base "]") + index($0, "[" base ",") > 0) found("Cortex-A53 erratum 843419")
        page = page == 2 && $2 !~ /^(b|b\..*|bl|br|blr|ret|cbn?z|tbn?z|eret)$/ ? 3 : 0
    }
    if ($2 == "adrp" && $1 ~ /ff[8c]:$/) {
        page = 1
        base = $3
        sub(/,$/, "", base)
    }
    was_memory = is_memory
}
END {
    if (code == 0) printf "%s: no code found\n", elf
    exit bad || code == 0
}' "$dump"
