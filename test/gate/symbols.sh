#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# symbols.sh OBJDUMP ARCHIVE LIBRARY EXCEPTIONS: fails if the archive defines a global symbol that does
# not start with husk_, a weak symbol, a constructor, or mutable data. EXCEPTIONS has lines
# "LIBRARY SYMBOL  # why"; SYMBOL "(mutable)" allows data.
set -eu
dump=$(mktemp)
trap 'rm -f "$dump"' EXIT
"$1" -t -h "$2" >"$dump"
awk -v archive="$2" -v library="$3" -v exceptions="$4" '
BEGIN {
    while ((getline line < exceptions) > 0) {
        sub(/#.*/, "", line)
        n = split(line, word, " ")
        if (n >= 2 && word[1] == library) ok[word[2]] = 1
    }
}
function refuse(what) { print archive ": " member name ": " what; bad = 1 }
/file format/ { member = $1; sub(/^.*\(/, "(", member); sub(/:$/, " ", member); next }
$2 ~ /^\.(init_array|fini_array|ctors|dtors|preinit_array)/ { name = $2; refuse("constructors are not allowed"); next }
/^[0-9a-f]+ .......  *[^ \t]+[ \t][0-9a-f]+ / && substr($0, 17, 1) == " " {
    flags = substr($0, 18, 7)
    name = $NF
    section = substr($0, 26); sub(/[ \t].*/, "", section)
    if (section == "*UND*" || section == "*ABS*") next
    symbols++
    global = substr(flags, 1, 1) == "g" || substr(flags, 2, 1) == "w"
    if (name in ok) { used[name] = 1; next }
    if (substr(flags, 2, 1) == "w") refuse("is weak")
    else if (global && name !~ /^husk_/) refuse("is global and does not start with husk_")
    if (section ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && section !~ /^\.data\.rel\.ro/ && flags ~ /O/) {
        if ("(mutable)" in ok) used["(mutable)"] = 1
        else refuse("is mutable data: state belongs to the caller")
    }
}
END {
    for (name in ok) if (!(name in used)) { print exceptions ": " library " " name " is not needed"; bad = 1 }
    if (symbols == 0) { print archive ": no symbols found"; bad = 1 }
    exit bad
}' "$dump"
