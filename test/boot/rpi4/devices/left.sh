#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# left.sh FOLDER COMMAND...: runs COMMAND, whose QEMU has its monitor at FOLDER/monitor.
# left.sh -l FOLDER nothing|all: fails unless that is left of the other VM's image and the board's tree where the
# loader has put them.
set -eu
if [ "$1" != -l ]; then
    folder=$1
    shift
    rm -rf "$folder"
    mkdir -p "$folder"
    mkfifo "$folder/monitor.in" "$folder/monitor.out"
    exec sh "$@"
fi
folder=$2 want=$3

# $2 is at the physical address $1.
has() {
    echo "pmemsave $1 0x800000 \"$folder/memory\"" >"$folder/monitor.in"
    tries=0
    until [ "$(wc -c <"$folder/memory")" = 8388608 ]; do
        [ $tries -lt 300 ] || exit 2
        sleep 0.2
        tries=$((tries + 1))
    done 2>/dev/null
    found=1
    ! grep -aqF -e "$2" "$folder/memory" || found=0
    rm "$folder/memory"
    return $found
}
for place in "0x200000 canary: ready" "0x8000000 brcm,bcm2711"; do
    if has "${place%% *}" "${place#* }"; then left=all; else left=nothing; fi
    [ $left = "$want" ] || {
        echo "left.sh: at ${place%% *}: $left of '${place#* }'" >&2
        exit 1
    }
done
