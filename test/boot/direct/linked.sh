#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# linked.sh MAP: an image whose guest has the board's interrupt controller has nothing of a virtual one, nor of what
# shares the board with a guest, by its map and its debug information; the same said of another image must be wrong.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ -s "$1" ] || { echo "linked.sh: there is no map $1"; exit 1; }
contents=$(sh "$here/../../../tools/size/contents.sh" "$1")
bad=0
for part in direct.c direct_v2.c direct_v3.c; do
    echo "$contents" | grep -q "^source text .*/hv/$part\$" || { echo "linked.sh: $1 has nothing of $part"; bad=1; }
done
for part in lib/vgic lib/vuart hv/machine.c hv/machine_leave.c hv/machine_tree.c hv/irq.c hv/device_irqs.c hv/mmio.c hv/pump.c hv/mux.c hv/smp_vgic.c hv/gic_v2.c hv/gic_v3.c; do
    count=$(echo "$contents" | grep -c "^source .*/$part" || true)
    [ "$count" = 0 ] || { echo "linked.sh: $1 has $count parts of ${part#lib/}"; bad=1; }
done
exit $bad
