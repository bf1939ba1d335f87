#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# card.sh SDCARD.SH IMAGE SCRATCH drive.sh's arguments ... -- QEMU ...: writes a card with IMAGE, looks at it as
# the board's firmware will, and boots what is on it: `-kernel SCRATCH/kernel8.img` is among QEMU's arguments.
set -eu
sdcard=$1 image=$2 scratch=$3 drive=$4
shift 4
fail() {
    echo "card.sh: $*" >&2
    exit 1
}
rm -rf "$scratch"
mkdir -p "$scratch"
card=$scratch/card.img
sh "$sdcard" "$image" "$card" >"$scratch/said"
for file in start4.elf fixup4.dat bcm2711-rpi-4-b.dtb overlays/disable-bt.dtbo; do
    grep -q "^ *$file\$" "$scratch/said" || fail "does not say that $file is missing"
done

# The partition table: a signature, one partition, FAT32 by LBA, at a whole MiB, as large as the file has room.
bytes() { od -An -v -tu1 -j"$1" -N"$2" "$card" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }
number() {
    at=0 value=0
    for byte in $(bytes "$1" 4); do
        value=$((value + (byte << at))) at=$((at + 8))
    done
    echo $value
}
[ "$(bytes 510 2)" = "85 170" ] || fail "no signature at its end of the partition table: $(bytes 510 2)"
[ "$(bytes 450 1)" = 12 ] || fail "partition type $(bytes 450 1), not 12"
for byte in $(bytes 462 48); do [ "$byte" = 0 ] || fail "a second partition"; done
first=$(number 454) sectors=$(number 458)
[ $((first % 2048)) = 0 ] && [ "$first" -gt 0 ] || fail "the partition starts at sector $first"
[ $(((first + sectors) * 512)) -le "$(wc -c <"$card")" ] || fail "the partition runs past the card"
volume="$card@@$((first * 512))"
minfo -i "$volume" :: | grep -q '^disk type="FAT32' || fail "no FAT32: $(minfo -i "$volume" :: | grep '^disk type')"

mcopy -i "$volume" ::kernel8.img ::config.txt "$scratch/"
cmp "$image" "$scratch/kernel8.img" || fail "kernel8.img is not the image"
tr -d '\r' <"$scratch/config.txt" >"$scratch/config"
for line in arm_64bit=1 kernel=kernel8.img kernel_address=0x200000 enable_uart=1 dtoverlay=disable-bt; do
    grep -qx "$line" "$scratch/config" || fail "config.txt has no $line"
done
free=$(minfo -i "$volume" :: | sed -n 's/^free clusters=//p')
[ "$free" -gt 32768 ] || fail "$free free sectors: no room for the firmware"
if sh "$sdcard" "$scratch/config" "$scratch/other.img" >/dev/null 2>&1; then fail "took a text for an image"; fi
exec sh "$drive" "$@"
