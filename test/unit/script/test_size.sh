#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_size.sh ROOT SCRATCH: what ./husk size makes of a link map, of dependencies and of sources.
set -eu
tools=$1/tools scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch/lib/x" "$scratch/build" "$scratch/bin"
cd "$scratch"
failures=0
failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

cat >build/image.map <<'MAP'
             VMA              LMA     Size Align Out     In      Symbol
               0                0        0     1 . = 0
               0                0       60  2048 .text
               0                0       10     4         lib/x/libhusk_dma_bounce.a(a.c.obj):(.text.f)
               0                0        0     1                 f
              10               10       20     4         hv/libhusk_hv.a(start.S.obj):(.head)
              30               30        8     4         /usr/lib/picolibc/libc.a(memcmp.o):(.text)
              40               40        0     4         lib/x/libhusk_dma_bounce.a(unused.c.obj):(.text)
            1000             1000       20     1 .rodata
            1000             1000       1f     1         <internal>:(.rodata.str1.1)
            2000             2000       10     8 .data
            2000             2000       10     8         apps/p/CMakeFiles/p.dir/config.c.obj:(.data.rel.ro)
            3000             3000      100     8 .bss
            3000             3000      100     8         platforms/b/libhusk_platform.a(platform.c.obj):(.bss)
            4000             4000   200000     8 .guests
            4000             4000   200000     8         apps/p/CMakeFiles/p.dir/blobs.S.obj:(.husk_blob)
               0                0     9999     1 .debug_info
               0                0     9999     1         hv/libhusk_hv.a(start.S.obj):(.debug_info)
MAP
cat >lib/x/a.c <<'SOURCE'
// one
/* two
 * three */ int x; /* four */

char s[] = "/* code"; // five
/* six */ /* seven */
int y; /* eight
nine */
SOURCE
# Ninja, as far as it is asked.
cat >bin/ninja <<STUB
#!/bin/sh
printf '%s\n' "\$*" >"$scratch/asked"
printf 'a: #deps 3\n    $scratch/build/../lib/x/a.c\n    $scratch/build/made.h\n    /usr/include/stdio.h\n'
STUB
chmod +x bin/ninja
PATH=$scratch/bin:$PATH
echo "image 70 144 2 3" >budgets
size() { sh "$tools/size/size.sh" . build build/image.map "$@" >table && tr -s " " <table >out; }
shows() { grep -qxF -e "$1" out || failed "no line '$1' in $(cat out)"; }

size budgets image || failed "at its budgets"
shows "lib/dma-bounce 16 0 0 0 16 -"
shows "hv 32 0 0 0 32 -"
shows "picolibc 8 0 0 0 8 -"
shows "(linker) 0 31 0 0 31 -"
shows "product 0 0 16 0 16 -"
shows "platforms/b 0 0 0 256 0 -"
shows "(gaps) 40 1 0 0 41 -"
shows "lib/x 0 0 0 0 0 3"
shows "all 96 32 16 256 144 3"
shows "bytes without bss: 144, goal 70, budget 144: over"
shows "own lines compiled: 3, goal 2, budget 3: over"
wanted="-t deps apps/p/CMakeFiles/p.dir/config.c.obj hv/CMakeFiles/husk_hv.dir/start.S.obj"
wanted="$wanted lib/x/CMakeFiles/husk_dma_bounce.dir/a.c.obj platforms/b/CMakeFiles/husk_platform.dir/platform.c.obj"
[ "$(cat asked)" = "$wanted" ] || failed "asked for '$(cat asked)'"

refused() {
    echo "$1" >budgets
    if sh "$tools/size/size.sh" . build build/image.map budgets image >out; then failed "passes: $1"; fi
}
refused "image 70 143 2 3"
refused "image 70 144 2 2"
refused "other 70 144 2 3"

[ $failures = 0 ] && echo "size: all pass"
[ $failures = 0 ]
