# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154 # husk sets what is read here
# Sourced by husk: arm64 packages, unpacked into .cache/ and never installed. apt gets a state of its own
# there, so this needs no root and the machine's dpkg keeps its one architecture. All of it is Debian 12's,
# whatever the machine runs: the guests stay the same everywhere.
cache=$root/.cache
arm64_suite=bookworm

# Guest kernels: folder below .cache/kernels, suite, metapackage.
kernels_table() {
    cat <<TABLE
6.1-cloud $arm64_suite linux-image-cloud-arm64
6.1-rt $arm64_suite linux-image-rt-arm64
6.12-generic $arm64_suite-backports linux-image-arm64
TABLE
}

arm64_apt() {
    tool=$1
    shift
    "$tool" -q -o Dir::State::lists="$cache/apt/lists" -o Dir::State::status=/dev/null \
        -o Dir::Cache="$cache/apt/cache" -o Dir::Etc::sourcelist="$cache/apt/sources.list" \
        -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferences=/dev/null \
        -o Dir::Etc::preferencesparts=/dev/null -o APT::Architecture=arm64 -o APT::Architectures=arm64 \
        -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::Languages=none "$@" </dev/null
}

# Reads the package lists, once per run of husk.
arm64_update() {
    [ -z "${arm64_updated:-}" ] || return 0
    mkdir -p "$cache/apt/lists/partial" "$cache/apt/cache/archives/partial"
    for entry in $arm64_suite $arm64_suite-backports; do
        entry=$(debian_entry "$entry")
        printf '%s\n' "$entry"
    done >"$cache/apt/sources.list"
    arm64_apt apt-get update >&2
    arm64_updated=yes
}

# Downloads package $1 (of suite $2, if given) and prints the file's path; $cache/new is cleared first.
arm64_download() {
    rm -rf "$cache/new" && mkdir -p "$cache/new"
    (cd "$cache/new" && arm64_apt apt-get download "$1${2:+/$2}" >&2) ||
        die "setup: download of $1 failed; run ./husk setup again"
    echo "$cache/new"/*.deb
}

arm64_libfdt() {
    say "setup: libfdt for arm64"
    arm64_update
    deb=$(arm64_download libfdt-dev)
    dpkg-deb -x "$deb" "$cache/new/tree"
    rm -rf "$cache/arm64"
    mv "$cache/new/tree" "$cache/arm64"
}

# Fetches kernel $1 into .cache/kernels/$1/Image.
arm64_kernel() {
    meta=$(kernels_table | sed -n "s/^$1 //p")
    suite=${meta% *} meta=${meta#* }
    say "setup: kernel $1 ($meta of $suite)"
    arm64_update
    # The metapackage names the real one, which has the version in its name.
    package=$(arm64_apt apt-cache -o APT::Default-Release="$suite" --no-all-versions show "$meta" |
        sed -n 's/^Depends: *\(linux-image-[^ ,]*\).*/\1/p' | head -n 1)
    [ -n "$package" ] || die "setup: $meta names no kernel package in $suite"
    deb=$(arm64_download "$package" "$suite")
    mkdir -p "$cache/new/kernel"
    dpkg-deb --fsys-tarfile "$deb" | tar -xf - -C "$cache/new/kernel" --wildcards './boot/vmlinuz-*'
    mv "$cache/new/kernel"/boot/vmlinuz-* "$cache/new/kernel/Image"
    rmdir "$cache/new/kernel/boot"
    echo "$package" >"$cache/new/kernel/package"
    mkdir -p "$cache/kernels"
    rm -rf "$cache/kernels/$1"
    mv "$cache/new/kernel" "$cache/kernels/$1"
}

arm64_xen_package=xen-hypervisor-4.17-arm64

# Fetches Xen, which ./husk bench --peers measures beside Husk, into .cache/xen/xen.
arm64_xen() {
    say "setup: Xen ($arm64_xen_package)"
    arm64_update
    deb=$(arm64_download $arm64_xen_package)
    mkdir -p "$cache/new/xen"
    dpkg-deb --fsys-tarfile "$deb" | tar -xf - -C "$cache/new/xen" --wildcards './boot/xen-*-arm64'
    mv "$cache/new/xen/boot"/xen-*-arm64 "$cache/new/xen/xen"
    rmdir "$cache/new/xen/boot"
    # shellcheck disable=SC2016 # dpkg's, not the shell's
    dpkg-deb -W --showformat '${Package} ${Version}\n' "$deb" >"$cache/new/xen/package"
    rm -rf "$cache/xen"
    mv "$cache/new/xen" "$cache/xen"
}

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

# Makes .cache/initramfs.cpio.gz: static BusyBox and the init of tools/setup/initramfs.
arm64_initramfs() {
    say "setup: initramfs (busybox-static)"
    arm64_update
    deb=$(arm64_download busybox-static)
    dpkg-deb -x "$deb" "$cache/new/tree"
    busybox=$cache/new/tree/bin/busybox
    [ -e "$busybox" ] || busybox=$cache/new/tree/usr/bin/busybox
    {
        for folder in bin dev etc mnt proc root run sbin sys tmp; do newc $folder 0040755; done
        newc dev/console 0020600 5 1
        newc dev/null 0020666 1 3
        newc bin/busybox 0100755 0 0 "$busybox"
        newc init 0100755 0 0 "$root/tools/setup/initramfs/init"
        newc 'TRAILER!!!' 0
    } | gzip -n -9 >"$cache/new/initramfs"
    mv "$cache/new/initramfs" "$cache/initramfs.cpio.gz"
    arm64_initramfs_sum >"$cache/initramfs.sum"
}

# The initramfs follows its init: that one's sum is kept beside it.
arm64_initramfs_sum() {
    cksum <"$root/tools/setup/initramfs/init"
}

arm64_has_initramfs() {
    [ -s "$cache/initramfs.cpio.gz" ] && [ -s "$cache/initramfs.sum" ] &&
        [ "$(arm64_initramfs_sum)" = "$(cat "$cache/initramfs.sum")" ]
}
