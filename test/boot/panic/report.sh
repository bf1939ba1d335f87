#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# report.sh DRIVE ADDRESSES ...: runs drive.sh with the arguments that follow, then compares the panic's
# registers: far_el2 with x9 and elr_el2 with x10 (ADDRESSES: far, elr, both or none).
set -eu
drive=$1 addresses=$2
shift 2
out=$(sh "$drive" "$@") || {
    printf '%s\n' "$out"
    exit 1
}
printf '%s\n' "$out"
bad=0
value() { printf '%s\n' "$out" | tr ' ' '\n' | sed -n "s/^$1=//p"; }
same() {
    [ -n "$(value "$1")" ] && [ "$(value "$1")" = "$(value "$2")" ] && return
    echo "report.sh: $1=$(value "$1") is not $2=$(value "$2")" >&2
    bad=1
}
case $addresses in far | both) same far_el2 x9 ;; esac
case $addresses in elr | both) same elr_el2 x10 ;; esac
# Every register is there once.
for register in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
    [ "$(value x$register | wc -l)" = 1 ] || { echo "report.sh: no x$register" >&2; bad=1; }
done
exit $bad
