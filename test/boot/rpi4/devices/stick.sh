#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# stick.sh FOLDER COMMAND...: makes FOLDER/stick.img, a FAT file system with a file of 1 MiB and its sum; runs
# COMMAND; then the guest's copy of the file must be on it.
set -eu
folder=$1
shift
mkdir -p "$folder"
image=$folder/stick.img
rm -rf "$image" "$folder/RANDOM.BIN" "$folder/back.bin"
head -c 1048576 /dev/urandom >"$folder/RANDOM.BIN"
(cd "$folder" && sha256sum RANDOM.BIN >SUMS)
truncate -s 32M "$image"
mformat -i "$image" -T 65536 -h 64 -s 32 ::
mcopy -i "$image" "$folder/RANDOM.BIN" "$folder/SUMS" ::
sh "$@"
mcopy -i "$image" ::back/RANDOM.BIN "$folder/back.bin"
cmp "$folder/RANDOM.BIN" "$folder/back.bin" || {
    echo "stick.sh: what the guest wrote is not what it read" >&2
    exit 1
}
