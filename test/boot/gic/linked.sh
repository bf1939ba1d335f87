#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# linked.sh MAP GIC: an image that drives GIC (2, 3, any) has the drivers and the virtual GICs of that, and
# nothing of the other, by its map and its debug information.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
bad=0
[ -s "$1" ] || { echo "linked.sh: there is no map $1"; exit 1; }
contents=$(sh "$here/../../../tools/size/contents.sh" "$1")
for version in 2 3; do
    for object in "gic_v$version.c" "vgic_v${version}_hw.c" "vgic_v${version}_mmio.c"; do
        count=$(echo "$contents" | grep -c "^source .*/$object\$" || true)
        if [ "$2" = any ] || [ "$2" = "$version" ]; then
            [ "$count" != 0 ] || { echo "linked.sh: $1 has nothing of $object"; bad=1; }
        elif [ "$count" != 0 ]; then
            echo "linked.sh: $1 has $count parts of $object"
            bad=1
        fi
    done
done
exit $bad
