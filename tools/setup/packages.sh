# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2016 # ${...} of dpkg-query and $(...) of apt-get are not the shell's
# Sourced by husk: what a machine needs to build and run Husk, and how Debian provides it.
# Names no mirror: whatever archive the machine's own apt entries use serves this, too.

# Package and reason; the packages of other distributions have similar names.
packages_table() {
    cat <<'TABLE'
cmake configures the build
ninja-build runs the build
clang-19 compiles, for this machine and for arm64
lld-19 links the images
llvm-19 objcopy, size, coverage reports
clang-tidy-19 finds mistakes that compile
clang-format-19 keeps the code in one format
libclang-rt-19-dev sanitizers and coverage of the host tests
libc6-dev C library of the host tests
picolibc-aarch64-linux-gnu C library of hypervisor and unikernels
libcmocka-dev framework of the host tests
libfdt-dev device trees, host tests
device-tree-compiler checks the device trees that guests get
qemu-system-arm the board on the desk, version 9 or newer
mtools writes images of SD cards
make builds a module for the guest's Linux
ca-certificates archives reached by https
xz-utils unpacks packages
TABLE
}

is_debian() {
    [ -r /etc/os-release ] && command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    # shellcheck disable=SC1091 # the machine's own file
    (. /etc/os-release && [ "$ID" = debian ] && [ "${VERSION_ID:-99}" -ge 12 ])
}

debian_codename() {
    # shellcheck disable=SC1091
    (. /etc/os-release && echo "$VERSION_CODENAME")
}

# Prints the packages that are missing or too old, one a line.
packages_missing() {
    have=$(packages_table | cut -d' ' -f1 |
        xargs dpkg-query -W -f '${Package} ${db:Status-Status} ${Version}\n' 2>/dev/null) || true
    packages_table | while read -r package _; do
        version=$(printf '%s\n' "$have" | sed -n "s/^$package installed //p" | head -n 1)
        case $package in
        qemu-system-arm) [ -n "$version" ] && dpkg --compare-versions "$version" ge 1:9 || echo "$package" ;;
        *) [ -n "$version" ] || echo "$package" ;;
        esac
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

can_be_root() {
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null
}

root_apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 \
        -o Acquire::Retries=3 "$@" </dev/null >&2
}

# Prints the address of the Debian archive that the machine's own entries use for its release. After an
# "apt-get update" apt knows which of several archives with that suite is Debian's; before, the first.
debian_archive() {
    codename=$(debian_codename)
    archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
        "Codename: $codename" 2>/dev/null | head -n 1)
    [ -n "$archive" ] || archive=$(apt-get update --print-uris 2>/dev/null |
        sed -n "s#^'\([^']*\)/dists/\($codename\|stable\)/InRelease'.*#\1#p" | head -n 1)
    [ -n "$archive" ] || die "setup: no apt entry for Debian $codename on this machine; add one, then again"
    echo "$archive"
}

# Prints an apt entry for the suite named, from the machine's own archive.
debian_entry() {
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    signed=
    [ ! -e $keyring ] || signed="[signed-by=$keyring] "
    address=$(debian_archive) || exit 1
    echo "deb $signed$address $1 main"
}

# Whether the release's own QEMU is too old: the newer one is in backports.
qemu_needs_backports() {
    candidate=$(LC_ALL=C apt-cache policy qemu-system-arm | sed -n 's/^ *Candidate: //p')
    ! dpkg --compare-versions "$candidate" ge 1:9 2>/dev/null
}

# Installs the packages named.
packages_install() {
    root_apt_get update
    case " $* " in
    *" qemu-system-arm "*)
        if qemu_needs_backports; then
            suite=$(debian_codename)-backports
            if ! apt-cache policy | grep -q "n=$suite\|a=$suite"; then
                entry=$(debian_entry "$suite")
                say "setup: adds $suite to apt's entries (QEMU 9 or newer): /etc/apt/sources.list.d/husk-backports.list"
                printf '%s\n' "$entry" | as_root tee /etc/apt/sources.list.d/husk-backports.list >/dev/null
                root_apt_get update
            fi
            root_apt_get install -y --no-install-recommends -t "$suite" qemu-system-arm
        fi
        ;;
    esac
    root_apt_get install -y --no-install-recommends "$@"
}
