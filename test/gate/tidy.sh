#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tidy.sh CLANG_TIDY BUILD FOLDER...: runs clang-tidy over the C files of BUILD's compile commands that
# lie in one of the folders, two at a time, and prints findings only.
set -eu
tidy=$1 build=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for folder in "$@"; do
    sed -n 's/^ *"file": "\(.*\.c\)".*/\1/p' "$build/compile_commands.json" | grep "^$folder/" || true
done | sort -u | xargs -r ls -S >"$work/files" # the longest first: both cores end together
if [ ! -s "$work/files" ]; then
    echo "gate.tidy: no C file of $* is in $build/compile_commands.json"
    exit 1
fi
# Each file's words are kept apart, so that parallel runs do not mix.
# shellcheck disable=SC2016 # the inner shell expands it
if xargs -P 2 -I '{}' sh -c '
        out=$(mktemp "$1/out.XXXXXX")
        "$2" --quiet -p "$3" "$4" >"$out" 2>&1 && rm -f "$out"
    ' sh "$work" "$tidy" "$build" '{}' <"$work/files"; then
    echo "gate.tidy: $(wc -l <"$work/files") files, no finding"
    exit 0
fi
cat "$work"/out.* | grep -v -e '^[0-9]* warnings\{0,1\} .*generated' -e '^Suppressed'
exit 1
