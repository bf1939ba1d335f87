#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# errata.sh CHECK OBJDUMP ELF HV BUILD SOURCE: fails unless
#   ELF, errata.c linked with husk_errata(), passes CHECK (tools/check-errata.sh);
#   all C that an image is made of is compiled with its flag, and for EL2 without jump tables;
#   the one index in HV (libhusk_hv.a) that has a bound, of the ID registers, is masked.
set -eu
check=$1 objdump=$2 elf=$3 hv=$4 build=$5 source=$6
sh "$check" "$objdump" "$elf"
fail() { echo "gate.errata: $*" && exit 1; }
"$objdump" -d "$elf" | grep -q '<husk_page_end>:' || fail "$elf does not hold what it is to be judged by"
"$objdump" -d --disassemble-symbols=husk_traps_sysreg "$hv" | grep -q csdb ||
    fail "husk_traps_sysreg() has no CSDB"

# Each C file of FOLDERS (a regular expression) but those of GUESTS has FLAG.
compiled() {
    flag=$1 folders=$2 guests=$3
    grep '"command":' "$build/compile_commands.json" | sed -n "s|^\(.*\) -c $source/\(.*\.c\)\".*|\2 \1 |p" |
        grep -E "^($folders)/" | grep -vE "^($guests)/" >"$build/errata-commands" || fail "no C file of $folders"
    ! grep -v -e " $flag " "$build/errata-commands" | sed "s|^\([^ ]*\) .*|gate.errata: \1 is compiled without $flag|" | grep .
}
compiled -mfix-cortex-a53-835769 'lib|hv|platforms|apps' none
compiled -fno-jump-tables 'lib|hv|platforms|apps' 'lib/unikernel|apps/[^/]*/guest'
