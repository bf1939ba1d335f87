#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# format.sh CLANG_FORMAT ROOT: fails if clang-format would change a C file (tracked ones in a git
# checkout, all of the source folders otherwise).
set -eu
cd "$2"
if [ -d .git ] && files=$(git ls-files '*.c' '*.h'); then :; else
    files=$(find . -name build -prune -o -name .cache -prune -o -name '*.[ch]' -print)
fi
if [ -z "$files" ]; then
    echo "gate.format: no C file in $2"
    exit 1
fi
# A tracked file may be gone from the folder while it is being moved: clang-format would stop there.
echo "$files" | while read -r file; do [ ! -f "$file" ] || echo "$file"; done |
    xargs "$1" --dry-run -Werror
