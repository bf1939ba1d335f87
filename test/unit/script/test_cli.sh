#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_cli.sh ROOT SCRATCH [SHELL]: what ./husk says to a command line, and what it does with QEMU's status,
# console and input. A copy of the script runs beside two products that hold nothing, with a cmake and a
# QEMU that only tell what they were called with: nothing is installed, built or booted.
# shellcheck disable=SC2016 # the stub reads its program with eval
set -eu
root=$1 scratch=$2 shell=${3:-sh}
rm -rf "$scratch"
mkdir -p "$scratch/bin" "$scratch/apps/hello" "$scratch/apps/linux" "$scratch/platforms/qemu-virt" "$scratch/platforms/rpi4"
cp -R "$root/husk" "$root/tools" "$root/CMakePresets.json" "$scratch"
mkdir -p "$scratch/test/bench"
cp "$root/test/bench/events.def" "$scratch/test/bench"
cd "$scratch"
scratch=$(pwd)
PATH=$scratch/bin:$PATH
echo '{ "configurePresets": [ { "name": "hello-qemu-virt" }, { "name": "hello-qemu-virt-direct" }, { "name": "hello-rpi4" } ] }' >apps/hello/presets.json
echo '{ "configurePresets": [ { "name": "linux-qemu-virt" }, { "name": "linux-rpi4" } ] }' >apps/linux/presets.json

cat >bin/cmake <<'STUB'
#!/bin/sh
printf '%s\n' "$*" >>cmake.log
[ "$1" = --build ] || exit 0
product=$(basename "$(basename "$2" -qemu-virt)" -rpi4)
product=${product#run-}
mkdir -p "$2/apps/$product"
echo image >"$2/apps/$product/$product.bin"
case $2 in *hello-rpi4) cp Image "$2/apps/$product/$product.bin" ;; esac
STUB
cat >bin/qemu-system-aarch64 <<'STUB'
#!/bin/sh
# The console is a file, too, where husk asks for one: logfile=.
case "$*" in *"-cpu help"*) printf '  cortex-a53\n  cortex-a72\n  max\n'; exit ;; esac
log=$(printf '%s\n' "$*" | sed -n 's/.*logfile=\([^ ,]*\).*/\1/p')
if [ -n "$log" ]; then exec >"$log"; fi
eval "$QEMU_STUB"
STUB
chmod +x bin/*

# An Image of 64 KiB that asks for 48 MiB, and things that are none.
{
    printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\003\0\0\0\0\012\0\0\0\0\0\0\0'
    printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0ARM\144\0\0\0\0'
    dd if=/dev/zero bs=1024 count=64 2>/dev/null
} >Image
: >empty
echo text >text
dd if=/dev/zero of=large bs=1048576 count=0 seek=80 2>/dev/null

cases=0 failures=0
failed() {
    echo "FAILED: husk $line: $*"
    sed 's/^/    | /' out
    failures=$((failures + 1))
}

# husk STATUS ARGUMENTS...: runs it; then each "says LINE" must be a line of what it said.
husk() {
    status=$1 got=0
    shift
    line=$* cases=$((cases + 1)) said=0
    rm -f cmake.log
    $shell ./husk "$@" >out 2>&1 </dev/null || got=$?
    [ $got = "$status" ] || failed "status $got instead of $status"
}
says() {
    said=$((said + 1))
    grep -qxF -e "husk: $1" out || failed "does not say: $1"
}
# ... and it said nothing else.
no_more() {
    [ "$(grep -c '^husk: ' out)" = $said ] || failed "says more than $said lines"
}
shows() { grep -qF -e "$1" "${2:-out}" || failed "${2:-output} does not show: $1"; }
shows_not() { ! grep -qF -e "$1" "${2:-out}" || failed "${2:-output} shows: $1"; }

# --- mistakes ----------------------------------------------------------------------------------------
image='an uncompressed arm64 Image, or any binary with --raw'
help='./husk help lists them'

husk 2 boot
says "COMMAND: there is no 'boot'; one of: run build sdcard test bench size new list setup"
husk 2 run nope
says "PRODUCT: there is no 'nope'; one of: hello linux"
husk 2 run hello linux
says "PRODUCT: one at a time, not 'hello' and 'linux'; ./husk list names them"
husk 2 run --frob=3
says "--frob: there is no such option; $help"
no_more
husk 2 run --kernel
says "--kernel: needs a value; --kernel FILE"
husk 2 run --until=
says "--until: is empty; --until TEXT"
husk 2 run --raw=1 linux --kernel text
says "--raw: takes no value; --raw alone"
no_more
husk 2 build --until x -n
says "--until: not an option of build; $help"
says "-n: not an option of build; $help"
no_more
husk 2 build -- -d int
says "--: build passes nothing to QEMU; only run does"
husk 2 setup now
says "now: setup takes no such word; ./husk help shows its form"
husk 2 test '['
says "REGEX: '[' is no regular expression"
husk 2 test a b
says "REGEX: one at a time, not 'a' and 'b'; a|b matches both"
husk 2 size nope --memory 64 --gic 1
says "PRODUCT: there is no 'nope'; one of: hello linux"
says "--memory: not an option of size; $help"
says "--gic: '1' is not a GIC that qemu-virt has; 2 or 3"
husk 2 bench hello --variant x --vms 4
says "hello: bench takes no such word; ./husk help shows its form"
says "--variant: not an option of bench; $help"
says "--vms: says which of the two --trace looks at; the table has both"
husk 2 bench --trace boom --vms 3 --timeout 0
says "--trace: there is no event 'boom'; one of: $(sed -n 's/^EVENT(\([a-z0-9_]*\),.*/\1/p' "$root/test/bench/events.def" | tr '\n' ' ')longest boot_hello boot_linux boot_linux_copied linux_to_user"
says "--vms: '3' VMs are not built; 1 or 4"
says "--timeout: 0 is below the least possible; 1 to 999999 seconds"
husk 2 bench --trace longest --tighten --peers --gic 9 --json nowhere/x --compare text
says "--tighten: --trace makes no table; one of the two"
says "--peers: --trace makes no table; one of the two"
says "--json: --trace makes no table; one of the two"
says "--compare: --trace makes no table; one of the two"
says "--json: there is no folder nowhere; mkdir it first"
says "--compare: text is no file that --json wrote"
says "--gic: '9' is not a GIC that qemu-virt has; 2 or 3"
husk 2 run linux --platform rpi4 --gic 3 --cpu-model max --vcpus 5 --memory 1794
says "--gic: '3' is not a GIC that rpi4 has; 2"
says "--cpu-model: rpi4 has no 'max'; cortex-a72"
says "--vcpus: 5 is more than rpi4 has; 1 to 4"
says "--memory: 1794 is more than rpi4 has; 64 to 1792 MiB"
no_more
husk 2 build linux --platform rpi4 --memory 7682
says "--memory: 7682 is more than rpi4 has; 64 to 7680 MiB"
husk 2 sdcard --platform qemu-virt --out nowhere/card --until x
says "--platform: qemu-virt boots from no card; rpi4"
says "--out: there is no folder nowhere; mkdir it first"
says "--until: not an option of sdcard; $help"
no_more
husk 2 sdcard --out
says "--out: needs a value; --out FILE"
husk 2 sdcard --out bin
says "--out: bin is no file; the name of one to write"
husk 2 run --platform pc --gic 9 --cpu-model 486 --variant fast
says "--platform: there is no 'pc'; one of: qemu-virt rpi4"
says "--gic: '9' is not a GIC that pc has; 2 or 3"
says "--cpu-model: QEMU has no '486'; for example cortex-a53, cortex-a72 or max"
husk 2 run --variant fast
says "--variant: hello has no 'fast' for qemu-virt; one of: direct"
husk 2 run linux --variant fast
says "--variant: linux has no 'fast' for qemu-virt; it has none"
mkdir apps/pi
echo '{ "configurePresets": [ { "name": "pi-rpi4" } ] }' >apps/pi/presets.json
husk 2 build pi
says "PRODUCT: pi is not for qemu-virt; --platform rpi4"
no_more
husk 0 list
shows "  pi           rpi4"
shows_not "  pi           qemu-virt"
rm -r apps/pi
husk 2 run --timeout 1.5
says "--timeout: '1.5' is not a number; 1 to 999999 seconds"
husk 2 run --timeout 0
says "--timeout: 0 is below the least possible; 1 to 999999 seconds"
husk 2 run --until 'a
b'
says "--until: has more than one line; text within one line"

husk 2 run --kernel Image --append x --raw
says "--kernel: hello has its own guest; ./husk run linux --kernel ..."
says "--append: hello has its own guest; ./husk run linux --append ..."
says "--raw: hello has its own guest; ./husk run linux --raw ..."
no_more
husk 2 run linux --kernel nowhere
says "--kernel: there is no file nowhere; $image"
husk 2 run linux --kernel empty
says "--kernel: empty is empty; $image"
husk 2 run linux --kernel bin
says "--kernel: bin is not a file that can be read; $image"
husk 2 run linux --kernel text
says "--kernel: text is not a sound arm64 Image (\"ARM\\x64\" at byte 56); $image"
husk 2 run linux --kernel large
says "--kernel: large is not a sound arm64 Image (\"ARM\\x64\" at byte 56); $image"
husk 2 run linux --kernel large --raw --memory 64
says "--kernel: large does not fit into 64 MiB; --memory 82 or more"
husk 2 run linux --kernel Image --initrd large --memory 64
says "--initrd: large does not fit beside the kernel into 64 MiB; --memory 130 or more"
husk 2 run linux --kernel Image --initrd nowhere --memory 12 --vcpus 0
says "--vcpus: 0 is below the least possible; 1 to 8"
says "--memory: 12 is below the least possible; 64 to 8192 MiB"
says "--initrd: there is no file nowhere; a cpio archive, compressed or not"
no_more
husk 2 run linux --memory 9000 --vcpus 9
says "--memory: 9000 is more than qemu-virt has; 64 to 8192 MiB"
says "--vcpus: 9 is more than qemu-virt has; 1 to 8"
no_more
husk 2 run linux --memory 65 --vcpus 2
says "--memory: 65 is odd, and RAM comes in blocks of 2 MiB; 66"
husk 2 run linux --memory lots --vcpus 010
says "--memory: 'lots' is not a number; 64 to 8192 MiB"
says "--vcpus: '010' is not a number; 1 to 8"
husk 2 run linux --raw --load 0x80000
says "--raw: needs the binary; --kernel FILE"
husk 2 run linux --load 0x80000
says "--load: only a raw binary is placed by hand; add --raw"
husk 2 run linux --raw --kernel text --load 0x80001 --initrd text
says "--load: 0x80001 is no multiple of 4096 above the device tree; 0x10000 or more, for example 0x80000"
says "--initrd: a raw binary gets none; --initrd without --raw"
no_more
husk 2 run linux --raw --kernel text --load high
says "--load: 'high' is not an offset; for example 0x80000"
husk 2 run linux --raw --kernel text --load 0x8000000 --memory 64
says "--kernel: text does not fit into 64 MiB; --memory 130 or more"

husk 2 new
says "NAME: is missing; ./husk new NAME"
husk 2 new Drone
says "NAME: 'Drone' is no name for a product; small letters, digits and -, a letter first"
husk 2 new hello
says "NAME: $scratch/apps/hello is there already; another name"
husk 2 new drone --out nowhere
says "--out: there is no folder nowhere; mkdir it first"

# --- right ones --------------------------------------------------------------------------------------
qemu="qemu-system-aarch64 -M virt,virtualization=on,gic-version=3 -cpu"
husk 0 run -n
shows "$qemu cortex-a53 -smp 4 -m 1024M -nodefaults -no-user-config -display none -kernel $scratch/build/hello-qemu-virt/apps/hello/hello.bin"
[ ! -e cmake.log ] || failed "-n builds"
husk 0 run hello -n --cpu-model=max --variant direct --gic 3 -- -d int,mmu -D "it's.log"
shows "$qemu max"
shows "build/hello-qemu-virt-direct/apps/hello/hello.bin"
shows "-d int,mmu -D 'it'\\''s.log'"
# The other GIC is in a folder of its own, too.
husk 0 run hello -n --gic 2
shows "gic-version=2"
shows "build/run-hello-qemu-virt/apps/hello/hello.bin"
husk 0 run linux -n --kernel Image --initrd text --memory 100 --append 'console=ttyAMA0 quiet'
shows "-m 192M"
husk 0 run -n --platform rpi4 --cpu-model cortex-a72 --gic 2
shows "qemu-system-aarch64 -M raspi4b -global cortex-a72-arm-cpu.cntfrq=54000000 -dtb $scratch/.cache/kernels/6.12-generic/bcm2711-rpi-4-b.dtb -nodefaults -no-user-config -display none -kernel $scratch/build/hello-rpi4/apps/hello/hello.bin"
shows_not -smp
husk 0 list
shows hello
shows "linux "
shows "  variants: direct"
husk 0 build --no-setup
shows "$scratch/build/hello-qemu-virt/apps/hello/hello.bin: 6 bytes"
shows_not -B cmake.log

# Options of the guest reach CMake in a folder of their own, and are forgotten by the next run.
husk 0 build linux --no-setup --kernel Image --initrd text --append '' --memory 128
folder=$scratch/build/run-linux-qemu-virt
shows "--preset linux-qemu-virt -B $folder -DLINUX_KERNEL=$scratch/Image -DLINUX_INITRD=$scratch/text -DLINUX_APPEND= -DLINUX_MEMORY_MIB=128" cmake.log
husk 0 build --no-setup --gic 2
shows "--preset hello-qemu-virt -B $scratch/build/run-hello-qemu-virt -DHUSK_GIC=2" cmake.log
husk 0 build --no-setup --gic 3
shows_not GIC cmake.log
husk 0 build linux --no-setup --gic=2 --vcpus 4
shows "--preset linux-qemu-virt -B $folder -DLINUX_VCPUS=4 -DHUSK_GIC=2" cmake.log
touch "$folder/CMakeCache.txt"
husk 0 build linux --no-setup --kernel text --raw --load 0x100000
shows "-DLINUX_KERNEL=$scratch/text -DLINUX_INITRD= -DLINUX_RAW=ON -DLINUX_LOAD=0x100000" cmake.log
shows_not MEMORY cmake.log
[ ! -e "$folder/CMakeCache.txt" ] || failed "the cache of the run before is there still"
husk 0 build linux --no-setup
shows_not LINUX cmake.log

# A board's memory, whoever may run it; a card with the image, and one with what is none.
husk 0 build linux --platform rpi4 --no-setup --memory 7680
shows "--preset linux-rpi4 -B $scratch/build/run-linux-rpi4 -DLINUX_MEMORY_MIB=7680" cmake.log
husk 0 sdcard --no-setup --out card.img
shows "start4.elf"
shows "card.img: 66 MiB"
[ "$(wc -c <card.img)" = 69206016 ] || failed "card.img has $(wc -c <card.img) bytes"
husk 0 sdcard hello --no-setup
[ -s build/hello-rpi4/apps/hello/hello-sdcard.img ] || failed "no card beside the image"
husk 1 sdcard linux --no-setup --out none.img
says "sdcard: none.img was not written"
[ ! -e none.img ] || failed "none.img was written"

# New products, in the tree and out of it.
husk 0 new gate-way
says "made $scratch/apps/gate-way; next: ./husk run gate-way"
shows '"apps/gate-way/presets.json",' CMakePresets.json
shows 'husk_blob_gate_way_guest' apps/gate-way/config.c
husk 0 run gate-way -n
shows "$scratch/build/gate-way-qemu-virt/apps/gate-way/gate-way.bin"
mkdir outside
husk 0 new drone --out outside
shows "\"HUSK_DIR\": \"$scratch\"" outside/drone/CMakePresets.json
husk 0 run ./outside/drone -n
shows "$scratch/outside/drone/build/drone-qemu-virt/drone.bin"
if grep -r '@[A-Z]*@' apps/gate-way outside/drone >out; then failed "a word of the template is left"; fi

# --- QEMU's status, console and input ----------------------------------------------------------------
export QEMU_STUB='exit 0'
husk 0 run --no-setup
QEMU_STUB='echo to the terminal; exit 7'
husk 7 run --no-setup
shows "to the terminal"
QEMU_STUB='printf "half a"; sleep 0.3; printf " word: "; exec sleep 60'
husk 0 run --no-setup --until 'a word:' --timeout 30
QEMU_STUB='echo the end; exit 3'
husk 0 run --no-setup --until 'the end'
husk 3 run --no-setup --until 'never'
says "--until: QEMU ended with 3, and the console never showed 'never'"
QEMU_STUB='exit 0'
husk 1 run --no-setup --until 'never'
QEMU_STUB='exec sleep 60'
husk 124 run --no-setup --timeout 1
says "--timeout: 1 s are over"
husk 124 run --no-setup --timeout 1 --until 'never'
QEMU_STUB='exit 9'
husk 9 run --no-setup --timeout 30
QEMU_STUB='read -r word; echo "got $word"; exec sleep 60'
cases=$((cases + 1)) line="--until with typed input"
printf 'typed\n' | $shell ./husk run --no-setup --until 'got typed' --timeout 30 >out 2>&1 || failed "status $?"
for process in $(pgrep -f "$scratch/bin/qemu-system-aarch64" 2>/dev/null); do failed "QEMU $process is running still"; done

# --- the bench: a QEMU that can't count, and a guest that does not end -----------------------------------
mkdir -p build/qemu-virt/test/bench
echo image >build/qemu-virt/test/bench/bench-1cpu.bin
printf '3 0 hypercall 60 70 70\n3 1 hypercall 60 70 70\n3 4 hypercall 60 70 70\n' >test/bench/budgets.txt
QEMU_STUB='echo "qemu: -plugin: no such thing"; echo "and more"; exit 1'
husk 2 bench --no-setup --gic 3
shows "bench: needs QEMU 9.2 or newer, with plugins; this one says: qemu: -plugin: no such thing"
[ "$(wc -l <out)" = 3 ] || failed "it says more than that"
husk 2 bench --no-setup --trace hypercall
shows "bench: needs QEMU 9.2 or newer, with plugins; this one says: qemu: -plugin: no such thing"
QEMU_STUB='file=${*##*out=}; echo "sample 0 el2 55 entries 1 dear 0" >"${file%%,*}"; exec sleep 60'
husk 1 bench --no-setup --gic 3 --timeout 1
shows "bench: 3.events-1cpu: the guest did not reach its end in 1 s; its console: $scratch/build/qemu-virt/bench/3.events-1cpu.console"
shows "null hypercall "
shows "ok, tighten"
QEMU_STUB='file=${*##*out=}; printf "sample 0 el2 71 entries 1 dear 0\\ndone\\n" >"${file%%,*}"'
husk 1 bench --no-setup --gic 3
shows " FAIL"
QEMU_STUB='file=${*##*out=}; printf "sample 0 el2 70 entries 1 dear 0\\ndone\\n" >"${file%%,*}"'
husk 0 bench --no-setup --gic 3 --json new.json --peers
shows " over"
says "bench: Debian's xen-hypervisor-4.17-arm64 can't be had: no columns for Xen"
grep -q '"median": 70' new.json || failed "--json wrote $(cat new.json)"
grep -q '</svg>' build/qemu-virt/bench/bench.svg || failed "no plot"
QEMU_STUB='file=${*##*out=}; printf "sample 0 el2 65 entries 1 dear 0\\ndone\\n" >"${file%%,*}"'
husk 0 bench --no-setup --gic 3 --tighten --compare new.json
shows "  GICv3, 1 VM, hypercall: median 70 -> 65 (-7.1 %); max 70 -> 65 (-7.1 %)"
grep -qx '3 1 hypercall  *60  *65  *65' test/bench/budgets.txt || failed "the budget is not lowered"

# --- what is brought first, on a machine that has nothing and can't install anything -------------------------
for tool in apt-get sudo dpkg-query; do
    printf '#!/bin/sh\nexit 1\n' >bin/$tool
done
chmod +x bin/*
for line in bench test "bench --trace hypercall"; do
    # shellcheck disable=SC2086 # words
    husk 1 $line
    shows "  .cache/kernels/6.1-cloud: a Linux kernel"
    shows "  .cache/kernels/6.12-generic: a Linux kernel"
    shows_not "not found"
done

[ $failures = 0 ] || { echo "$failures of $cases command lines failed"; exit 1; }
echo "$cases command lines as they should be"
