#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sdcard.sh IMAGE OUT: writes an SD card that a Raspberry Pi 4 boots IMAGE from, with one FAT32 partition, and
# says what the user has to add. By mtools: no root, nothing mounted.
set -eu
image=$1 out=$2
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
sector=512
first=2048 # of the partition: at 1 MiB

# The arm64 Image header: what the firmware's own loader looks for, too.
if [ "$(od -An -v -tx1 -j56 -N4 "$image" | tr -d ' \n')" != 41524d64 ]; then
    echo "sdcard: $image is no arm64 Image" >&2
    exit 1
fi
if ! command -v mformat >/dev/null; then
    echo "sdcard: mtools is missing; ./husk setup installs it" >&2
    exit 1
fi

# 64 MiB for what the user adds, and for FAT32 to be one.
mib=$((64 + ($(wc -c <"$image") + 1048575) / 1048576))
sectors=$((mib * 1048576 / sector))

# Prints number $1 as four bytes, little endian.
le32() {
    for shift_by in 0 8 16 24; do
        # shellcheck disable=SC2059 # the format is the byte
        printf "\\$(printf %03o $(($1 >> shift_by & 255)))"
    done
}

rm -f "$out"
dd if=/dev/zero of="$out" bs=1048576 count=0 seek=$((mib + 1)) 2>/dev/null
# The partition table: one entry, of type 0x0c (FAT32 by LBA), without cylinders and heads.
{
    printf '\000\376\377\377\014\376\377\377'
    le32 $first
    le32 $sectors
} | dd of="$out" bs=1 seek=446 conv=notrunc 2>/dev/null
printf '\125\252' | dd of="$out" bs=1 seek=510 conv=notrunc 2>/dev/null

volume="$out@@$((first * sector))"
mformat -i "$volume" -F -c 1 -T $sectors -H $first -h 255 -s 63 -v HUSK ::
mcopy -i "$volume" "$image" ::kernel8.img
mcopy -i "$volume" -t "$here/config.txt" ::config.txt
mcopy -i "$volume" -t "$here/README.txt" ::README.txt

echo "$out: $((mib + 1)) MiB, to be written to a card as it is (dd, Raspberry Pi Imager)"
sed -n '/^What you add/,$p' "$here/README.txt"
