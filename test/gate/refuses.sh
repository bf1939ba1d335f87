#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# refuses.sh GATE SCRATCH COMMAND...: shows that a gate can fail. Makes inputs in SCRATCH, each wrong in
# one way, and expects the gate to refuse each with the right words, and to accept the sound one.
# Words of COMMAND in capitals (HEADER, SOURCE, BUILD) stand for the input.
# shellcheck disable=SC2317 # the functions are called by name: "$gate"
set -eu
gate=$1 scratch=$2
shift 2
rm -rf "$scratch"
mkdir -p "$scratch"
here=$(cd "$(dirname "$0")" && pwd)
bad=0

# refused WHAT WORDS COMMAND...: COMMAND must fail and print WORDS (a regular expression).
refused() {
    what=$1 words=$2
    shift 2
    if "$@" >"$scratch/out" 2>&1; then
        echo "gate.$gate accepts $what"
        bad=1
    elif ! grep -qE "$words" "$scratch/out"; then
        echo "gate.$gate refuses $what, but does not say '$words':"
        cat "$scratch/out"
        bad=1
    fi
}
# accepted WHAT COMMAND...
accepted() {
    what=$1
    shift
    if ! "$@" >"$scratch/out" 2>&1; then
        echo "gate.$gate refuses $what:"
        cat "$scratch/out"
        bad=1
    fi
}
# The command with HEADER, SOURCE, BUILD replaced by $input, without eval.
on() {
    input=$1
    shift
    for word in "$@"; do
        shift
        case $word in
        HEADER | SOURCE | BUILD) word=$input ;;
        esac
        set -- "$@" "$word"
    done
    "$@"
}
# compile NAME COMPILER...: C from stdin to $scratch/NAME.o
compile() {
    name=$1
    shift
    "$@" -x c -c -O1 -o "$scratch/$name.o" -
}

headers() {
    banner='// SPDX-License-Identifier: Apache-2.0'
    printf '%s\n#ifndef A_H\n#define A_H\n#include <stdint.h>\nuint32_t husk_a(void);\n#endif\n' "$banner" >"$scratch/a.h"
    printf 'uint32_t husk_b(void);\n' >"$scratch/b.h"
    printf '#ifndef C_H\n#define C_H\nstatic inline int husk_c(unsigned x) { return x; }\n#endif\n' >"$scratch/c.h"
    printf 'enum husk_d { HUSK_D };\n' >"$scratch/d.h"
    accepted "a sound header" on "$scratch/a.h" "$@"
    refused "a header that needs another's include" "unknown type name 'uint32_t'" on "$scratch/b.h" "$@"
    refused "a header with a warning of -Weverything" "Wsign-conversion" on "$scratch/c.h" "$@"
    refused "a header without a guard" "redefinition of" on "$scratch/d.h" "$@"
}

tidy() {
    write_unit() { # NAME: C from stdin, with a compile command
        mkdir -p "$scratch/$1"
        cp "$here/../../.clang-tidy" "$scratch/$1"
        cat >"$scratch/$1/unit.c"
        printf '[{ "directory": "%s",\n  "command": "clang -c unit.c",\n  "file": "%s"\n}]\n' \
            "$scratch/$1" "$scratch/$1/unit.c" >"$scratch/$1/compile_commands.json"
    }
    printf 'int husk_a(int x);\nint husk_a(int x)\n{\n    return x;\n}\n' | write_unit sound
    printf 'int husk_a(int x);\nint husk_a(int x)\n{\n    if (x)\n        return 1;\n    return 0;\n}\n' | write_unit braces
    printf '#define DOUBLE(x) x + x\nint husk_a(int x);\nint husk_a(int x)\n{\n    return DOUBLE(x);\n}\n' | write_unit macro
    {
        printf 'int husk_a(int x);\nint husk_a(int x)\n{\n'
        i=0
        while [ "$i" -lt 60 ]; do printf '    x += %d;\n' "$i"; i=$((i + 1)); done
        printf '    return x;\n}\n'
    } | write_unit long
    accepted "a sound file" on "$scratch/sound" "$@"
    refused "an if without braces" "readability-braces-around-statements" on "$scratch/braces" "$@"
    refused "a macro without parentheses" "bugprone-macro-parentheses" on "$scratch/macro" "$@"
    refused "a function of more than 60 lines" "readability-function-size" on "$scratch/long" "$@"
    mkdir "$scratch/none"
    echo '[]' >"$scratch/none/compile_commands.json"
    refused "a build without files" "no C file" on "$scratch/none" "$@"
}

format() {
    mkdir -p "$scratch/sound" "$scratch/wrong"
    cp "$here/../../.clang-format" "$scratch/sound"
    cp "$here/../../.clang-format" "$scratch/wrong"
    printf 'int husk_a(void)\n{\n    return 0;\n}\n' >"$scratch/sound/a.c"
    printf 'int husk_a(void) {\n  return 0; }\n' >"$scratch/wrong/a.c"
    accepted "a formatted file" on "$scratch/sound" "$@"
    refused "a file in another style" "clang-format-violations" on "$scratch/wrong" "$@"
}

# LINES.SH
lines() {
    mkdir -p "$scratch/tree/lib/a/include/husk" "$scratch/tree/lib/none"
    printf '// one\n\nint a;\n/* two\n * three */ int b;\n' >"$scratch/tree/lib/a/a.c"
    printf '/** four */\nextern int a;\n' >"$scratch/tree/lib/a/include/husk/a.h"
    printf '# folder goal lines\nlib/a 1 3\n' >"$scratch/sound"
    printf 'lib/a 1 2\n' >"$scratch/less"
    printf 'lib/none 1 2\n' >"$scratch/none"
    accepted "three lines of code" sh "$1" "$scratch/tree" "$scratch/sound"
    refused "a line above the budget" "lib/a: 3 lines; the budget is 2" sh "$1" "$scratch/tree" "$scratch/less"
    refused "a folder without code" "lib/none: 0 lines" sh "$1" "$scratch/tree" "$scratch/none"
}

limits() {
    fresh() { # a sound tree with two libraries, base and mmu
        rm -rf "$scratch/tree"
        for library in base mmu; do
            mkdir -p "$scratch/tree/lib/$library/include/husk"
            touch "$scratch/tree/lib/$library/CMakeLists.txt"
            echo "What it does" >"$scratch/tree/lib/$library/README.md"
            echo '// SPDX-License-Identifier: Apache-2.0' | tee "$scratch/tree/lib/$library/$library.c" \
                >"$scratch/tree/lib/$library/include/husk/$library.h"
        done
        printf 'base\nmmu base\n' >"$scratch/floors"
        printf 'base \nmmu husk::base\n' >"$scratch/deps"
    }
    check() { "$@" "$scratch/floors" "$scratch/deps"; }
    source=$scratch/tree
    fresh
    accepted "a sound tree" check on "$source" "$@"
    fresh; yes '/**/' | head -n 600 >>"$source/lib/mmu/mmu.c"
    refused "a file of 601 lines" "601 lines" check on "$source" "$@"
    fresh; : >"$source/lib/mmu/mmu.c"
    refused "a file without banner" "SPDX banner" check on "$source" "$@"
    fresh; echo '// TODO later' >>"$source/lib/mmu/mmu.c"
    refused "a bare TODO" "issue number" check on "$source" "$@"
    fresh; printf '#  ifdef X\n#endif\n' >>"$source/lib/mmu/mmu.c"
    refused "an #ifdef in a library" "no #if" check on "$source" "$@"
    fresh; echo '__attribute__((weak)) int x;' >>"$source/lib/mmu/mmu.c"
    refused "a weak symbol" "no weak symbols" check on "$source" "$@"
    fresh; echo '__attribute__((section("drivers"))) int x;' >>"$source/lib/mmu/mmu.c"
    refused "a linker-section registry" "registries" check on "$source" "$@"
    fresh; echo '#include <husk/mmu.h>' >>"$source/lib/base/base.c"
    refused "an include upwards" "lib/base may use" check on "$source" "$@"
    fresh; echo '#include <husk/platform.h>' >>"$source/lib/mmu/mmu.c"
    refused "an include of a platform" "lib/mmu may use" check on "$source" "$@"
    fresh; echo '#include "../../hv/frame.h"' >>"$source/lib/mmu/mmu.c"
    refused "an include out of the folder" "public headers" check on "$source" "$@"
    fresh; rm "$source/lib/mmu/README.md"
    refused "a library without README" "README.md is missing" check on "$source" "$@"
    fresh; cp "$source/lib/mmu/mmu.c" "$source/lib/mmu/include/husk/mmu_extra.h"
    refused "a second public header" "one public header" check on "$source" "$@"
    fresh; mkdir -p "$source/lib/new/include/husk"; touch "$source/lib/new/CMakeLists.txt"
    refused "a library that is not in the table" "has no line" check on "$source" "$@"
    fresh; printf 'base husk::mmu\n' >"$scratch/deps"
    refused "a dependency upwards" "lib/base states husk::mmu" check on "$source" "$@"
    fresh; printf 'base mmu\nmmu base\n' >"$scratch/floors"
    refused "a table with an arrow upwards" "goes up" check on "$source" "$@"
}

# COMPILER... -- COMMAND...
symbols() {
    compiler=''
    while [ "$1" != -- ]; do compiler="$compiler $1"; shift; done
    shift
    # shellcheck disable=SC2086 # a list
    {
        echo 'int husk_a(int x) { return x; } const int husk_b[2] = { 1, 2 };' | compile sound $compiler
        echo 'int foreign(int x) { return x; }' | compile foreign $compiler
        echo '__attribute__((weak)) int husk_a(int x) { return x; }' | compile weak $compiler
        echo 'int *husk_a(void) { static int state; return &state; }' | compile state $compiler
        echo 'int husk_b; __attribute__((constructor)) static void f(void) { __asm__ volatile("nop"); } int husk_a(int x) { return x; }' |
            compile constructor $compiler
    }
    printf 'mmu foreign # a reason\n' >"$scratch/exceptions"
    accepted "a sound object" "$@" "$scratch/sound.o" mmu /dev/null
    accepted "a listed exception" "$@" "$scratch/foreign.o" mmu "$scratch/exceptions"
    refused "a symbol without husk_" "foreign: is global" "$@" "$scratch/foreign.o" mmu /dev/null
    refused "another library's exception" "foreign: is global" "$@" "$scratch/foreign.o" vgic "$scratch/exceptions"
    refused "an exception nobody needs" "not needed" "$@" "$scratch/sound.o" mmu "$scratch/exceptions"
    refused "a weak symbol" "is weak" "$@" "$scratch/weak.o" mmu /dev/null
    refused "mutable data" "mutable data" "$@" "$scratch/state.o" mmu /dev/null
    refused "a constructor" "constructors" "$@" "$scratch/constructor.o" mmu /dev/null
}

# COMPILER... -- COMMAND...
nofp() {
    compiler=''
    while [ "$1" != -- ]; do compiler="$compiler $1"; shift; done
    shift
    # shellcheck disable=SC2086 # a list
    {
        echo 'unsigned long f(void) { unsigned long x; __asm__("mrs %0, tpidr_el2" : "=r"(x)); return x; }' |
            compile sound $compiler
        echo 'double f(double x) { return x * 2; }' | compile fp $compiler
        echo 'struct s { long a[4]; }; void f(struct s *x, struct s *y) { *x = *y; }' | compile simd $compiler
        echo 'void f(unsigned long x) { __asm__ volatile("msr tpidr_el0, %0" :: "r"(x)); }' | compile tpidr $compiler
        echo 'unsigned long f(void) { unsigned long x; __asm__("mrs %0, fpcr" : "=r"(x)); return x; }' |
            compile fpcr $compiler
        echo 'int f(int x) { __asm__ volatile("mov w18, %w0" :: "r"(x) : "x18"); return x; }' | compile x18 $compiler
        echo 'int husk_a;' | compile empty $compiler
    }
    printf 'fp f # a reason\n' >"$scratch/allow"
    accepted "sound code" "$@" "$scratch/sound.o"
    accepted "an allowed function" "$@" "$scratch/fp.o" "$scratch/allow"
    refused "floating point" "f uses FP or SIMD" "$@" "$scratch/fp.o"
    refused "a copy through SIMD registers" "f uses FP or SIMD" "$@" "$scratch/simd.o"
    refused "FPCR" "f uses FP or SIMD" "$@" "$scratch/fpcr.o"
    refused "TPIDR_EL0" "f uses TPIDR_EL0" "$@" "$scratch/tpidr.o"
    refused "TPIDR_EL0 where FP is allowed" "f uses TPIDR_EL0" "$@" "$scratch/tpidr.o" "$scratch/allow"
    refused "x18" "f uses X18" "$@" "$scratch/x18.o"
    refused "an image without code" "no code" "$@" "$scratch/empty.o"
    refused "a missing image" "can't be read" "$@" "$scratch/nonesuch"
}

# COMPILER... -- ERRATA.C CHECK-ERRATA.SH OBJDUMP
errata() {
    compiler=''
    while [ "$1" != -- ]; do compiler="$compiler $1"; shift; done
    # shellcheck disable=SC2086 # a list
    {
        compile plain $compiler <"$2"
        echo 'unsigned f(unsigned *x, unsigned a, unsigned b) { return *x + a * b; }' | compile narrow $compiler
        echo 'long f(long *x, long a, long b) { return *x * a ^ b; }' | compile mul $compiler
        echo '__asm__("eret; dsb nsh; isb");' | compile eret $compiler
        echo '__asm__("dc cvac, x0");' | compile clean $compiler
        echo '__asm__("eret; nop");' | compile bare $compiler
        echo '__asm__("eret; dsb nsh; nop");' | compile half $compiler
        echo 'int husk_a;' | compile empty $compiler
    }
    accepted "an ERET and its barriers" sh "$3" "$4" "$scratch/eret.o"
    refused "a cache line cleaned" "errata 819472" sh "$3" "$4" "$scratch/clean.o"
    refused "an ERET alone" "no barrier" sh "$3" "$4" "$scratch/bare.o"
    refused "an ERET and half of its barriers" "no barrier" sh "$3" "$4" "$scratch/half.o"
    accepted "a 32-bit multiply-accumulate" sh "$3" "$4" "$scratch/narrow.o"
    accepted "a multiply that accumulates nothing" sh "$3" "$4" "$scratch/mul.o"
    refused "a load before a multiply-accumulate" "erratum 835769" sh "$3" "$4" "$scratch/plain.o"
    refused "an ADRP at the end of a page" "husk_page_end at 0x1000: Cortex-A53 erratum 843419" sh "$3" "$4" "$scratch/plain.o"
    refused "an image without code" "no code" sh "$3" "$4" "$scratch/empty.o"
    refused "a missing image" "must be readable" sh "$3" "$4" "$scratch/nonesuch"
}

# COMPILER... -- COVERAGE.SH PROFDATA COV
coverage() {
    compiler=''
    while [ "$1" != -- ]; do compiler="$compiler $1"; shift; done
    shift
    mkdir -p "$scratch/tree/lib/base" "$scratch/build/coverage"
    printf 'int husk_a(void);\nint husk_b(void);\nint husk_a(void)\n{\n    return 0;\n}\nint husk_b(void)\n{\n    return 1;\n}\n' \
        >"$scratch/tree/lib/base/base.c"
    printf 'int husk_a(void);\nint main(void)\n{\n    return husk_a();\n}\n' >"$scratch/test.c"
    # shellcheck disable=SC2086 # a list
    $compiler -fprofile-instr-generate -fcoverage-mapping "$scratch/test.c" "$scratch/tree/lib/base/base.c" \
        -o "$scratch/test"
    printf 'test unit.base.a %s\nlibrary base\n' "$scratch/test" >"$scratch/build/coverage.txt"
    run() { # PID
        LLVM_PROFILE_FILE="$scratch/build/coverage/unit.base.a-$1.profraw" "$scratch/test"
    }
    run 1
    accepted "a fresh profile" sh "$@" "$scratch/tree" "$scratch/build"
    if ! grep -qE '^base +6 +50.00 % +2 +50.00 %' "$scratch/out"; then
        echo "one of two functions, three of six lines ran, but:"
        cat "$scratch/out"
        bad=1
    fi
    touch -d 2000-01-01 "$scratch/build/coverage/unit.base.a-1.profraw"
    refused "a profile older than its program" "no host test has run" sh "$@" "$scratch/tree" "$scratch/build"
    run 2
    mv "$scratch/build/coverage/unit.base.a-2.profraw" "$scratch/build/coverage/unit.base.gone-2.profraw"
    refused "a profile of a test that is gone" "no host test has run" sh "$@" "$scratch/tree" "$scratch/build"
}

# MAP.SH FLOORS
map() {
    printf '  40 40 8 4  lib/husk/libhusk_mmu.a(mmu_map.c.obj):(.text)\n' >"$scratch/sound"
    { cat "$scratch/sound"; printf '  48 48 8 4  lib/husk/libhusk_vgic.a(vgic.c.obj):(.text)\n'; } >"$scratch/foreign"
    { cat "$scratch/sound"; printf '  48 48 8 4  /usr/lib/libc.a(x.o):(.text)\n'; } >"$scratch/libc"
    printf '  40 40 8 4  firmware.o:(.text)\n' >"$scratch/nothing"
    accepted "a sound map" sh "$1" "$scratch/sound" mmu "$2"
    refused "another library in the map" "must not need libhusk_vgic.a" sh "$1" "$scratch/foreign" mmu "$2"
    refused "a C library in the map" "must not need libc.a" sh "$1" "$scratch/libc" mmu "$2"
    refused "a map without the library" "nothing of libhusk_mmu.a" sh "$1" "$scratch/nothing" mmu "$2"
}

"$gate" "$@"
exit $bad
