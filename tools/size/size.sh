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
awk -f "$here/../hex.awk" -f "$here/map.awk" -v objects="$work/objects" "$map" >"$work/bytes"
# shellcheck disable=SC2046 # a list of objects, of names that CMake makes
(cd "$build" && ninja -t deps $(sort -u "$work/objects")) >"$work/deps"
awk -v root="$root/" -v build="$build/" -f "$here/files.awk" "$work/deps" | sort -u >"$work/files"
[ -s "$work/files" ] || {
    echo "size: ninja knows no dependency of $map: build it first" >&2
    exit 1
}
(cd "$root" && xargs awk -f "$here/lines.awk") <"$work/files" >"$work/lines"
awk -v name="${5:-}" -f "$here/table.awk" "$work/bytes" "$work/lines" "${4:-/dev/null}"
