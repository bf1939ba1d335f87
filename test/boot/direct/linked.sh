#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# linked.sh MAP: an image whose guest has the board's interrupt controller has nothing of a virtual one, nor of what
# shares the board with a guest; the same said of another image's map must be wrong.
set -eu
[ -s "$1" ] || { echo "linked.sh: there is no map $1"; exit 1; }
bad=0
for part in direct.c direct_v2.c direct_v3.c; do
    grep -q "libhusk_hv_direct\.a($part\.obj):" "$1" || { echo "linked.sh: $1 has nothing of $part"; bad=1; }
done
for library in vgic vuart hv_virtual; do
    count=$(grep -c "libhusk_$library\.a(" "$1" || true)
    [ "$count" = 0 ] || { echo "linked.sh: $1 has $count parts of $library"; bad=1; }
done
exit $bad
