#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# headers.sh FOLDERS "WARNINGS" HEADERS... -- COMPILER FLAGS...: each header compiles alone, as C11 and
# C17, with every warning the libraries are built with. FOLDERS: a file with an include folder a line.
set -eu
includes='' headers='' bad=0
while read -r folder; do includes="$includes -I$folder"; done <"$1"
warnings=$2
shift 2
while [ "$1" != -- ]; do headers="$headers $1"; shift; done
shift
unit=$(mktemp -d)
trap 'rm -rf "$unit"' EXIT
count=0
for header in $headers; do
    # From a file, not as the main file: a static inline function nobody calls is normal in a header.
    # The second inclusion tests the guard.
    printf '#include "%s"\n#include "%s"\n_Static_assert(1, "a translation unit");\n' \
        "$header" "$header" >"$unit/header.c"
    for std in c11 c17; do
        # shellcheck disable=SC2086 # lists
        "$@" -std=$std $includes $warnings -fsyntax-only "$unit/header.c" || { echo "$header: $std"; bad=1; }
        count=$((count + 1))
    done
done
if [ "$count" -eq 0 ]; then
    echo "gate.headers: no header given"
    exit 1
fi
exit $bad
