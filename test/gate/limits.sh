#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limits.sh ROOT FLOORS [DEPS]: what STYLE and DESIGN limit and no compiler checks. ROOT is the source
# tree; DEPS, written by the build, has lines "LIBRARY stated dependencies...".
# (The length of functions is clang-tidy's part.)
set -eu
cd "$1"
floors=$2
deps=${3:-/dev/null}
bad=0
refuse() { echo "gate.limits: $*"; bad=1; }

# Files: every source has its banner and at most 600 lines; no bare TODO.
# In .c files of lib/ and hv/, the include path decides, never an #if.
sources=$(find lib hv platforms apps test -type f \( -name '*.[chS]' -o -name '*.def' \) 2>/dev/null | sort)
for file in $sources; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 600 ] || refuse "$file: $lines lines; the limit is 600"
    head -n 1 "$file" | grep -q 'SPDX-License-Identifier:' || refuse "$file: line 1 is not the SPDX banner"
    if grep -nE '(TODO|FIXME|XXX)' "$file" | grep -vE '(TODO|FIXME|XXX)[^#]*#[0-9]+'; then
        refuse "$file: a TODO without an issue number (#12)"
    fi
done
for file in $(find lib hv -name '*.c' 2>/dev/null | sort); do
    grep -nE '^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif)([[:space:]]|\(|!|$)' "$file" &&
        refuse "$file: no #if in .c files of lib/ and hv/"
done

# Linker tricks: what nobody names is not linked.
for file in $(find lib hv platforms -name '*.[chS]' 2>/dev/null | sort); do
    grep -nE '__attribute__\(\(.*(weak|constructor|destructor|init_priority)|__weak|#[[:space:]]*pragma[[:space:]]+weak|^[[:space:]]*\.weak|\.(init|fini)_array' "$file" &&
        refuse "$file: no weak symbols, no constructors"
done
# lib/unikernel is a whole program's runtime with a linker script of its own, which places its parts.
for file in $(find lib -name '*.[ch]' ! -path 'lib/unikernel/*' 2>/dev/null | sort); do
    grep -nE '__attribute__\(\(.*section' "$file" && refuse "$file: no linker-section registries in lib/"
done

# Each library: its line in the table of floors, README, one public header of its name, includes of
# what its line allows.
for folder in lib/*/; do
    [ -f "$folder/CMakeLists.txt" ] || continue
    library=$(basename "$folder")
    stem=$(echo "$library" | tr - _)
    line=$(sed 's/#.*//' "$floors" | awk -v library="$library" '$1 == library { print; exit }')
    [ -n "$line" ] || refuse "lib/$library has no line in $floors"
    [ -s "lib/$library/README.md" ] || refuse "lib/$library/README.md is missing"
    headers=$(cd "lib/$library/include/husk" && echo *.h)
    [ "$headers" = "$stem.h" ] || refuse "lib/$library/include/husk holds $headers; the one public header is $stem.h"
    [ "$(find "lib/$library/include" -name '*.h' | wc -l)" -eq 1 ] || refuse "lib/$library/include has more than one header"
    # shellcheck disable=SC2094,SC2013 # reads only; one include a word
    for file in $(find "lib/$library" -name '*.[chS]' | sort); do
        for include in $(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]([^>"]+)[>"].*/\1/p' "$file"); do
            case $include in
            *..*) refuse "$file: includes $include: libraries are reached by their public headers" ;;
            husk/arch_impl.h) [ "$library" = arch ] || refuse "$file: includes $include; that is arch.h's other half" ;;
            husk/*)
                name=$(basename "$include" | sed 's/\..*//')
                case $include in husk/sysregs.def | husk/insns.def) name=arch ;; esac
                owner=$(echo "$name" | tr _ -)
                case " $line " in
                *" $owner "*) ;;
                *) refuse "$file: includes <$include>; lib/$library may use: $line" ;;
                esac ;;
            esac
        done
    done
done

# Arrows: what a library states must be on its line, and on a line above its own.
while read -r library stated; do
    line=$(sed 's/#.*//' "$floors" | awk -v library="$library" '$1 == library { print; exit }')
    for dep in $stated; do
        case $dep in
        husk::*) name=$(echo "${dep#husk::}" | tr _ -) ;;
        *) name=${dep%%::*} ;;
        esac
        case " $line " in
        *" $name "*) ;;
        *) refuse "lib/$library states $dep; lib/$library may use: $line" ;;
        esac
    done
done <"$deps"
sed 's/#.*//' "$floors" | awk 'NF { for (i = 2; i <= NF; i++) if ($i ~ /^[a-z]/ && !($i in above)) { print "gate.limits: the arrow " $1 " -> " $i " goes up"; bad = 1 }; above[$1] = 1 } END { exit bad }' || bad=1
exit $bad
