# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # husk and its other parts set what is read here, and read what is set
# Sourced by husk: builds the tests' module for Debian's kernels, by clang and Debian's linux-headers packages.
# Those are unpacked, used once and removed: what is kept is the module, and its source's sum.
module_source=$root/test/boot/rpi4/dma/linux/husk-dma.c

# The kernels that have a driver for the DMA engine whose client the module is.
module_kernels='6.1-rt 6.12-generic'

module_sum() {
    cksum <"$module_source"
}

# Whether kernel $1 has the module, of the source as it is now.
module_is_built() {
    [ -s "$cache/kernels/$1/husk-dma.ko" ] && [ -s "$cache/kernels/$1/husk-dma.sum" ] &&
        [ "$(module_sum)" = "$(cat "$cache/kernels/$1/husk-dma.sum")" ]
}

# Unpacks into $cache/headers what modules for kernel $1 are built with; fails if the archive has gone on to another.
module_headers() {
    package=$(sed 's/^linux-image-/linux-headers-/' "$cache/kernels/$1/package")
    suite=$(kernels_table | sed -n "s/^$1 \([^ ]*\).*/\1/p")
    needs=$(arm64_apt apt-cache show "$package" 2>/dev/null | sed -n 's/^Depends: *//p' | head -n 1 | tr ',' '\n' |
        sed -n "s/^ *\(linux-headers-[^ ]*\).*/\1/p; s/^ *\(linux-kbuild-[^ ]*\).*/\1:$machine/p")
    [ -n "$needs" ] || return 1
    rm -rf "$cache/headers"
    for part in $package $needs; do
        deb=$(arm64_download "$part" "$suite") || return 1
        dpkg-deb -x "$deb" "$cache/headers"
    done
}

# Builds the module for kernel $1 into .cache/kernels/$1/husk-dma.ko.
module_build() {
    say "setup: module for $1 (linux-headers)"
    # Programs that the build runs are this machine's, so its packages are looked at as well.
    machine=$(dpkg --print-architecture)
    if [ "${arm64_all:-}" != "arm64,$machine" ]; then
        arm64_all=arm64,$machine
        arm64_updated=
    fi
    arm64_update
    if ! (module_headers "$1"); then
        say "setup: its headers are gone from the archive: another kernel"
        arm64_kernel "$1"
        (module_headers "$1") || exit 1
    fi
    sources=$cache/headers/usr/src
    tree=$sources/$(sed 's/^linux-image-/linux-headers-/' "$cache/kernels/$1/package")
    # The packages expect to lie in /, and their kernel's compiler: a GCC, one of whose options clang has not. Without
    # vmlinux no type information is made, which takes another tool.
    sed -i "s#^include /usr/src/#include $sources/#" "$tree/Makefile"
    sed -i 's/-fconserve-stack//' "$sources"/linux-headers-*-common*/Makefile
    rm -f "$tree/vmlinux"
    mkdir "$cache/headers/module"
    cp "$module_source" "$cache/headers/module"
    echo 'obj-m := husk-dma.o' >"$cache/headers/module/Kbuild"
    quietly "$cache/headers/module/log" make -s -C "$tree" M="$cache/headers/module" ARCH=arm64 LLVM=-19 CC=clang-19 \
        KCFLAGS=-Wno-unknown-warning-option modules || die "setup: the module for $1 was not built"
    mv "$cache/headers/module/husk-dma.ko" "$cache/kernels/$1"
    module_sum >"$cache/kernels/$1/husk-dma.sum"
    rm -rf "$cache/headers"
}
