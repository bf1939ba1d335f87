#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# initramfs.sh OUT ARCHIVE... -- NAME=FILE...
#
# Writes to OUT the compressed cpio archives, one behind the other, and behind them one more with each FILE
# (executable) as NAME. Linux unpacks them in this order. A NAME's folders are made.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=tools/setup/newc.sh
. "$here/setup/newc.sh"

out=$1
shift
new=$out.new
: >"$new"
while [ "$1" != -- ]; do
    cat "$1" >>"$new"
    shift
done
shift
made=' '
{
    for pair in "$@"; do
        name=${pair%%=*} rest=${pair%%=*} folder=
        while [ "${rest#*/}" != "$rest" ]; do
            folder=$folder${folder:+/}${rest%%/*} rest=${rest#*/}
            case $made in
            *" $folder "*) ;;
            *) newc "$folder" 0040755 && made="$made$folder " ;;
            esac
        done
        [ -r "${pair#*=}" ] || { echo "initramfs.sh: no file ${pair#*=}" >&2 && exit 1; }
        newc "$name" 0100755 0 0 "${pair#*=}"
    done
    newc 'TRAILER!!!' 0
} | gzip -n -9 >>"$new"
mv "$new" "$out"
