#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# size.sh ROOT BUILD MAP [BUDGETS NAME]: what one image is made of, per library: bytes of the hypervisor (the guests
# it embeds are left out) from its link map, and own lines compiled: C, assembler and the headers that its
# objects include, neither blank nor comment alone. With BUDGETS, a file of lines "NAME bytes-goal bytes
# lines-goal lines", ends with 1 if text + rodata + data or the lines exceed NAME's, or it has none.
set -eu
root=$(CDPATH='' cd -- "$1" && pwd) build=$(CDPATH='' cd -- "$2" && pwd) map=$3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$here/contents.sh" "$map" >"$work/contents"
awk -v root="$root/" -v build="$build/" -v inputs="$work/inputs" -f "$here/part.awk" -f "$here/parts.awk" \
    "$work/contents" >"$work/bytes"
(cd "$build" && ninja -t deps) >"$work/deps"
awk -v root="$root/" -v build="$build/" -f "$here/files.awk" "$work/inputs" "$work/deps" | sort -u >"$work/files"
[ -s "$work/files" ] || {
    echo "size: ninja knows no dependency of $map: build it first" >&2
    exit 1
}
(cd "$root" && xargs awk -f "$here/part.awk" -f "$here/lines.awk") <"$work/files" >"$work/lines"
awk -v name="${5:-}" -f "$here/table.awk" "$work/bytes" "$work/lines" "${4:-/dev/null}"
