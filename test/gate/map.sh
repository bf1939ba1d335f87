#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# map.sh MAP LIBRARY FLOORS: fails if a link map of lld names an archive that LIBRARY may not use, or
# nothing of LIBRARY itself.
set -eu
awk -v library="$2" -v map="$1" '
FNR == 1 { file++ }
file == 1 {
    sub(/#.*/, "")
    if ($1 == library) {
        known = 1
        for (i = 1; i <= NF; i++) { name = $i; gsub(/-/, "_", name); may["husk_" name] = 1 }
        for (i = 2; i <= NF; i++) pkg[$i] = 1
    }
    next
}
match($0, /[^\/ ]*\.a\(/) {
    name = substr($0, RSTART, RLENGTH - 1)
    sub(/\.a$/, "", name); sub(/^lib/, "", name)
    seen[name] = 1
}
END {
    stem = library; gsub(/-/, "_", stem)
    if (!known) { print library " has no line in floors.txt"; exit 1 }
    if ("Libfdt" in pkg) { may["fdt"] = 1; pkg["Picolibc"] = 1 } # libfdt wants string functions
    if ("Picolibc" in pkg) { may["c"] = may["gcc"] = 1 }
    for (name in seen) if (!(name in may)) { print map ": " library " must not need lib" name ".a"; bad = 1 }
    if (!(("husk_" stem) in seen)) { print map ": nothing of libhusk_" stem ".a is linked"; bad = 1 }
    exit bad
}' "$3" "$1"
