# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Sourced: writes "newc" cpio archives, which Linux unpacks as its first file system.

# Writes one record of a "newc" cpio archive: NAME MODE [MAJOR MINOR [FILE]]. By hand, because a device
# node needs no root this way, and because nothing of this machine (times, owners) gets in.
newc() {
    size=0
    [ -z "${5:-}" ] || size=$(wc -c <"$5")
    newc_inode=$((${newc_inode:-0} + 1))
    printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\0' "$newc_inode" "$2" 0 0 1 0 \
        "$size" 0 0 "${3:-0}" "${4:-0}" $((${#1} + 1)) 0 "$1"
    newc_pad $((110 + ${#1} + 1))
    [ -z "${5:-}" ] || { cat "$5" && newc_pad "$size"; }
}

# Fills up to a multiple of four after $1 bytes.
newc_pad() {
    case $(($1 % 4)) in
    1) printf '\0\0\0' ;;
    2) printf '\0\0' ;;
    3) printf '\0' ;;
    esac
}
