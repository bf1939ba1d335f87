#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_size.sh ROOT SCRATCH: what ./husk size makes of a link map, of debug information, of dependencies and of
# sources.
set -eu
tools=$1/tools scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch/lib/x" "$scratch/build" "$scratch/bin" "$scratch/.cache/arm64"
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
              50               50       10     4         apps/p/p.elf.lto.o:(.text.g)
            1000             1000       30     1 .rodata
            1000             1000       1f     1         <internal>:(.rodata.str1.1)
            1020             1020       10     4         apps/p/p.elf.lto.o:(.rodata.table)
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
echo 'int z;' >lib/x/b.c
echo 'int not_linked;' >lib/x/c.c
echo 'int not_ours;' >.cache/arm64/d.h
# Ninja and LLVM's tools, as far as they are asked. In what the linker compiled, g of lib/x/b.c has 12 bytes, of which
# 4 come from a.h and 4 from a package's header, and what the compiler shares has 4; a function that was not linked has
# rows from 0.
stub() {
    cat >"bin/$1"
    chmod +x "bin/$1"
}
stub ninja <<STUB
#!/bin/sh
for file in lib/x/CMakeFiles/husk_dma_bounce.dir/a lib/y/CMakeFiles/y.dir/b lib/x/CMakeFiles/husk_x.dir/c; do
    printf '%s: #deps 4, deps mtime 1 (VALID)\n' "\$file.c.obj"
    printf '    %s\n' "$scratch/build/../lib/x/\${file##*/}.c" "$scratch/build/made.h" /usr/include/stdio.h "$scratch/.cache/arm64/d.h"
done
STUB
stub llvm-dwarfdump-19 <<STUB
#!/bin/sh
cat <<'ROWS'
include_directories[  0] = "$scratch/build"
include_directories[  1] = "$scratch/lib/x"
file_names[  0]:
           name: "$scratch/lib/x/b.c"
      dir_index: 0
file_names[  1]:
           name: "a.h"
      dir_index: 1
file_names[  2]:
           name: "$scratch/.cache/arm64/d.h"
      dir_index: 0
Address            Line   Column File   ISA Discriminator OpIndex Flags
0x0000000000000000      1      5      0   0             0       0  is_stmt
0x0000000000000060      1      5      0   0             0       0  is_stmt end_sequence
0x0000000000000050      1      5      0   0             0       0  is_stmt
0x0000000000000054      7      5      1   0             0       0  is_stmt
0x0000000000000058      1      5      2   0             0       0  is_stmt
0x000000000000005c      1      5      0   0             0       0  is_stmt end_sequence
0x0000000000000050      1      5      1   0             0       0  is_stmt
0x000000000000005c      1      5      1   0             0       0  is_stmt end_sequence
ROWS
STUB
stub llvm-symbolizer-19 <<STUB
#!/bin/sh
cat >"$scratch/asked"
printf 'table\n4128 16\n$scratch/lib/x/b.c:1\n\n'
STUB
PATH=$scratch/bin:$PATH HUSK_LLVM=19
export HUSK_LLVM
echo "image 70 160 2 4" >budgets
size() { sh "$tools/size/size.sh" . build build/image.map "$@" >table && tr -s " " <table >out; }
shows() { grep -qxF -e "$1" out || failed "no line '$1' in $(cat out)"; }

size budgets image || failed "at its budgets"
shows "lib/dma-bounce 16 0 0 0 16 -"
shows "hv 32 0 0 0 32 -"
shows "picolibc 8 0 0 0 8 -"
shows "(linker) 0 31 0 0 31 -"
shows "product 0 0 16 0 16 -"
shows "platforms/b 0 0 0 256 0 -"
shows "(gaps) 24 1 0 0 25 -"
shows "lib/x 8 16 0 0 24 4"
shows "(packages) 4 0 0 0 4 -"
shows "(compiler) 4 0 0 0 4 -"
shows "all 96 48 16 256 160 4"
shows "bytes without bss: 160, goal 70, budget 160: over"
shows "own lines compiled: 4, goal 2, budget 4: over"
[ "$(cat asked)" = "DATA 0x1020" ] || failed "asked for '$(cat asked)'"

refused() {
    echo "$1" >budgets
    if sh "$tools/size/size.sh" . build build/image.map budgets image >out; then failed "passes: $1"; fi
}
refused "image 70 159 2 4"
refused "image 70 160 2 3"
refused "other 70 160 2 4"

[ $failures = 0 ] && echo "size: all pass"
[ $failures = 0 ]
