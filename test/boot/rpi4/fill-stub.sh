#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fill-stub.sh BL31 OUT TREE KERNEL: copies TF-A with three words of its header filled in, as the VideoCore's
# firmware does when it has loaded it: the magic number cleared, the addresses of device tree and kernel.
set -eu
le32() {
    for shift_by in 0 8 16 24; do
        # shellcheck disable=SC2059 # the format is the byte
        printf "\\$(printf %03o $(($1 >> shift_by & 255)))"
    done
}
cp "$1" "$2"
{
    le32 0
    le32 0
    le32 "$3"
    le32 "$4"
} | dd of="$2" bs=1 seek=240 conv=notrunc 2>/dev/null
