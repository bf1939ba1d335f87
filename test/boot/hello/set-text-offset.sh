#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# set-text-offset.sh IN OUT BYTE2 BYTE3: copies an arm64 Image, with these bytes of text_offset.
set -eu
cp "$1" "$2"
# shellcheck disable=SC2059 # the format is the bytes
printf "$(printf '\\%03o\\%03o\\%03o\\%03o' 0 0 "$3" "$4")" | dd of="$2" bs=1 seek=8 conv=notrunc 2>/dev/null
