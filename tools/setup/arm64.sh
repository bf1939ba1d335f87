# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154 # husk sets what is read here
# Sourced by husk: arm64 packages, unpacked into .cache/ and never installed. apt gets a state of its own
# there, so this needs no root and the machine's dpkg keeps its one architecture. All of it is Debian 12's,
# whatever the machine runs: the guests stay the same everywhere.
cache=$root/.cache
arm64_suite=bookworm

# shellcheck source=tools/setup/newc.sh
. "$root/tools/setup/newc.sh"

# The Raspberry Pi 4's device tree, from the package of this kernel, and the firmware for its EL3.
rpi4_kernel=6.12-generic
rpi4_tree=$cache/kernels/$rpi4_kernel/bcm2711-rpi-4-b.dtb
rpi4_firmware=$cache/rpi4/bl31.bin

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
        -o Dir::Etc::preferencesparts=/dev/null -o APT::Architecture=arm64 -o APT::Architectures="${arm64_all:-arm64}" \
        -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::Languages=none "$@" </dev/null
}

# Reads the package lists of the architectures in arm64_all (arm64), once per run of husk.
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

# Modules that tests load, each after what it needs; a kernel that has one built in, or not at all, goes without.
kernel_modules='dummy xor-neon xor raid6_pq loop test_static_key_base test_static_keys'

# What the Raspberry Pi 4's kernel needs for a USB stick with a FAT file system, in this order.
usb_modules='usb-common usbcore udc-core dwc2 scsi_common scsi_mod sd_mod usb-storage fat vfat nls_cp437 nls_ascii'

# Whether .cache/kernels/$1 has all that arm64_kernel fetches.
arm64_has_kernel() {
    [ -s "$cache/kernels/$1/modules/order" ] || return 1
    # shellcheck disable=SC2086 # a list of names
    [ "$1" != $rpi4_kernel ] || printf '%s\n' $usb_modules | cmp -s - "$cache/kernels/$1/usb/order"
}

# Puts the modules $2 of the unpacked kernel package into $1, as far as it has them, and the list $1/order.
arm64_modules() {
    mkdir "$1"
    for module in $2; do
        file=$(find "$cache/new/tree/lib/modules" -name "$module.ko*")
        case $file in
        '') continue ;;
        *.xz) xz -dc "$file" >"$1/$module.ko" ;;
        *) cp "$file" "$1" ;;
        esac
        echo "$module" >>"$1/order"
    done
}

# Fetches kernel $1 into .cache/kernels/$1: Image, modules/ with the list modules/order, and where the package has
# it the tree of the Raspberry Pi 4, whose kernel has usb/, too.
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
    dpkg-deb -x "$deb" "$cache/new/tree"
    mv "$cache/new/tree"/boot/vmlinuz-* "$cache/new/kernel/Image"
    arm64_modules "$cache/new/kernel/modules" "$kernel_modules"
    [ -s "$cache/new/kernel/modules/order" ] || die "setup: $package has none of these modules: $kernel_modules"
    [ "$1" != $rpi4_kernel ] || arm64_modules "$cache/new/kernel/usb" "$usb_modules"
    find "$cache/new/tree" -path "*/broadcom/$(basename "$rpi4_tree")" -exec cp '{}' "$cache/new/kernel" ';'
    echo "$package" >"$cache/new/kernel/package"
    mkdir -p "$cache/kernels"
    rm -rf "$cache/kernels/$1"
    mv "$cache/new/kernel" "$cache/kernels/$1"
    arm64_has_kernel "$1" || die "setup: $package has not all of these modules: $usb_modules"
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

# Fetches Trusted Firmware-A for the Raspberry Pi 4.
arm64_rpi4_firmware() {
    say "setup: TF-A for the Raspberry Pi 4 (arm-trusted-firmware)"
    arm64_update
    deb=$(arm64_download arm-trusted-firmware)
    dpkg-deb -x "$deb" "$cache/new/tree"
    mkdir -p "$cache/rpi4"
    mv "$cache/new/tree/usr/lib/arm-trusted-firmware/rpi4/bl31.bin" "$rpi4_firmware"
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

# What tests run in Linux beside BusyBox, and the packages with the libraries these programs are linked with.
user_programs='stress-ng hackbench cyclictest'
user_packages='stress-ng rt-tests libc6 libgcc-s1 libapparmor1 libbsd0 libcrypt1 libdrm2 libegl1 libexpat1 libffi8
    libgbm1 libgles2 libglvnd0 libjpeg62-turbo libjudydebian1 libkmod2 liblzma5 libmd0 libnuma1 libsctp1 libssl3
    libwayland-server0 libxxhash0 libzstd1 zlib1g'

# Makes .cache/user.cpio.gz: the programs above, to be put behind the initramfs.
arm64_user() {
    say "setup: stress-ng, rt-tests and their libraries"
    arm64_update
    rm -rf "$cache/new" && mkdir -p "$cache/new/debs" "$cache/new/lib"
    # shellcheck disable=SC2086 # a list of names
    (cd "$cache/new/debs" && arm64_apt apt-get download $user_packages >&2) ||
        die "setup: download of programs for the guest failed; run ./husk setup again"
    for deb in "$cache/new/debs"/*.deb; do dpkg-deb -x "$deb" "$cache/new/tree"; done
    # What a program names is loaded at its start, libgcc_s where a thread ends.
    arm64_libraries libgcc_s.so.1
    for program in $user_programs; do
        arm64_needed "$cache/new/tree/usr/bin/$program"
    done
    {
        newc lib 0040755
        for program in $user_programs; do newc "bin/$program" 0100755 0 0 "$cache/new/tree/usr/bin/$program"; done
        for library in "$cache/new/lib"/*; do newc "lib/${library##*/}" 0100755 0 0 "$library"; done
        newc 'TRAILER!!!' 0
    } | gzip -n -9 >"$cache/new/user"
    mv "$cache/new/user" "$cache/user.cpio.gz"
}

# Brings the libraries that file $1 needs, and those that they need.
arm64_needed() {
    # shellcheck disable=SC2046 # a list of names
    arm64_libraries $(llvm-readelf-19 -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p')
}

# Copies the libraries named from the unpacked packages to one folder: /lib, where the loader looks.
arm64_libraries() {
    for library in "$@"; do
        [ ! -e "$cache/new/lib/$library" ] || continue
        file=$(find "$cache/new/tree/lib" "$cache/new/tree/usr/lib" -name "$library" | head -n 1)
        [ -n "$file" ] || die "setup: none of the packages has $library"
        cp -L "$file" "$cache/new/lib/$library"
        (arm64_needed "$cache/new/lib/$library") || exit 1
    done
}
