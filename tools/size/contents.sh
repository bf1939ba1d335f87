#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# contents.sh MAP: what the hypervisor in an image is made of (the guests it embeds are left out), by its link map
# and, where the linker compiled (husk_add_image), by the debug information in the .elf beside the map. Lines:
#   total KIND BYTES      of the image; KIND: text, rodata, data, bss
#   object KIND BYTES P   of those, what the object P gave, as it was compiled
#   source KIND BYTES P   what comes of the lines of the file P
#   other KIND BYTES      what the compiler made of all of it: parts that functions share
set -eu
map=$1 elf=${1%.map}.elf llvm=${HUSK_LLVM:-19}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/whole"
awk -f "$here/../hex.awk" -f "$here/map.awk" -v whole="$work/whole" "$map"
[ -s "$work/whole" ] || exit 0
"llvm-dwarfdump-$llvm" --debug-line "$elf" >"$work/lines"
awk '$1 != "text" { print "DATA 0x" $2 }' "$work/whole" | "llvm-symbolizer-$llvm" --obj="$elf" >"$work/data"
awk -f "$here/../hex.awk" -f "$here/source.awk" "$work/whole" "$work/lines" "$work/data"
