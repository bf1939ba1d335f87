#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# coverage.sh PROFDATA COV SOURCE BUILD: prints a line per library: lines, functions, branches, and how
# much of each the host tests have executed. BUILD/coverage.txt lists tests and libraries.
set -eu
profdata=$1 cov=$2 source=$3 build=$4
profiles=$build/coverage
mkdir -p "$profiles"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Only profiles of today's tests, written by today's programs, count.
for profile in "$profiles"/*.profraw; do
    [ -e "$profile" ] || continue
    name=$(basename "$profile" .profraw)
    program=$(awk -v name="${name%-*}" '$1 == "test" && $2 == name { print $3 }' "$build/coverage.txt")
    if [ -z "$program" ] || [ ! -e "$program" ] || [ -n "$(find "$program" -newer "$profile")" ]; then
        rm -f "$profile"
    fi
done
awk '$1 == "test" { print $2, $3 }' "$build/coverage.txt" >"$work/tests"
while read -r name program; do
    found=$(find "$profiles" -name "$name-*.profraw" | head -n 1)
    if [ -n "$found" ]; then
        echo "$program" >>"$work/objects"
    else
        echo "$name" >>"$work/missing"
    fi
done <"$work/tests"
if [ ! -s "$work/objects" ]; then
    echo "coverage: no host test has run since it was built; run ctest first"
    exit 1
fi
if [ -s "$work/missing" ]; then
    echo "coverage: not run since they were built, so not counted: $(tr '\n' ' ' <"$work/missing")"
fi
find "$profiles" -name '*.profraw' >"$work/profraws"
"$profdata" merge -sparse -f "$work/profraws" -o "$work/all.profdata"

# The program with all objects too: so that a file no test links counts, with nothing covered.
awk '$1 == "all" { print $3 }' "$build/coverage.txt" >>"$work/objects"
set --
while read -r object; do set -- "$@" -object "$object"; done <"$work/objects"
"$cov" report "$@" -instr-profile "$work/all.profdata" -show-branch-summary \
    -ignore-filename-regex "^(/usr|$source/test|$build)/" >"$work/report" 2>"$work/errors" || {
    cat "$work/errors"
    exit 1
}
if grep -v '^$' "$work/errors" | grep -q 'mismatched'; then cat "$work/errors"; fi

# Columns of llvm-cov report: Filename, then count, missed, cover of regions, functions, lines, branches.
# File names are shown without their common prefix, so a library is found by its place below lib/.
awk -v list="$build/coverage.txt" '
function percent(count, missed) { return count ? sprintf("%6.2f %%", 100 * (count - missed) / count) : "     -  " }
function row(name, k) {
    printf "%-12s %6d %s %9d %s %8d %s\n", name, lines[k], percent(lines[k], lines_missed[k]),
        functions[k], percent(functions[k], functions_missed[k]), branches[k], percent(branches[k], branches_missed[k])
}
BEGIN {
    while ((getline line < list) > 0) { split(line, w, " "); if (w[1] == "library") order[++n] = w[2] }
    for (i = 1; i <= n; i++) known[order[i]] = 1
}
NF == 13 && $1 != "TOTAL" && $2 ~ /^[0-9]+$/ {
    name = $1
    sub(/^.*\/lib\//, "", name); sub(/^lib\//, "", name)
    sub(/\/.*/, "", name)
    if (!(name in known)) next
    for (j = 1; j <= 2; j++) {
        k = j == 1 ? name : "(all)"
        functions[k] += $5; functions_missed[k] += $6
        lines[k] += $8; lines_missed[k] += $9
        branches[k] += $11; branches_missed[k] += $12
    }
}
END {
    print "library       lines  covered functions  covered branches  covered"
    for (i = 1; i <= n; i++) row(order[i], order[i])
    row("all", "(all)")
    if (lines["(all)"] == 0) { print "coverage: llvm-cov reported nothing below lib/"; exit 1 }
}' "$work/report"
