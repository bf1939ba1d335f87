#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check-nofp.sh OBJDUMP ELF [ALLOWFILE]: fails if a function of an EL2 image uses what belongs to the
# guest while it runs: an FP or SIMD register, FPCR, FPSR, TPIDR_EL0, or x18, which is not saved.
#
# The decoder does the judging: with FP, SIMD and SVE off it prints <unknown> for each of their
# instructions. ALLOWFILE has lines "fp FUNCTION  # why", and the same with tpidr_el0 and x18, for
# boot-only code and for the switch of guest state itself.
set -eu
if [ $# -lt 2 ] || [ $# -gt 3 ]; then
    echo "usage: check-nofp.sh OBJDUMP ELF [ALLOWFILE]" >&2
    exit 2
fi
allow=${3:-/dev/null}
if [ ! -r "$2" ] || [ ! -r "$allow" ]; then
    echo "check-nofp: $2 or $allow can't be read" >&2
    exit 2
fi
dump=$(mktemp)
trap 'rm -f "$dump"' EXIT
# A file of its own, as a pipe would lose objdump's exit status.
"$1" -d --mattr=+v8.5a,-fp-armv8,-neon,-sve --no-show-raw-insn "$2" >"$dump"
awk -v allow="$allow" -v elf="$2" '
BEGIN {
    while ((getline line < allow) > 0) {
        sub(/#.*/, "", line)
        n = split(line, word, " ")
        if (n == 0) continue
        if (n != 2 || word[1] !~ /^(fp|tpidr_el0|x18)$/) {
            printf "%s: not \"fp|tpidr_el0|x18 FUNCTION\": %s\n", allow, line
            broken = 1
        }
        ok[word[1], word[2]] = 1
    }
}
function found(kind) {
    if (!((kind, fn) in ok)) { bad[kind "\t" fn]++; total++ }
}
/^[0-9a-f]+ <.*>:$/ { fn = $2; gsub(/[<>:]/, "", fn); functions++; next }
/<unknown>/ { found("fp") }
/[ \t,](FPCR|FPSR|S3_3_C4_C4_[01])(,|$)/ { found("fp") } # the latter: as printed without FP
/[ \t,]TPIDR_EL0(,|$)/ { found("tpidr_el0") }
/[^a-z0-9][xw]18([^0-9a-f]|$)/ { found("x18") }
END {
    for (key in bad) {
        split(key, part, "\t")
        what = part[1] == "fp" ? "FP or SIMD" : toupper(part[1])
        printf "%s: %s uses %s, which is guest state: %d instruction(s)\n", elf, part[2], what, bad[key]
    }
    if (functions == 0) printf "%s: no code found\n", elf
    exit (total > 0 || functions == 0 || broken)
}' "$dump"
