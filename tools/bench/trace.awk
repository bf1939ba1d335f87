# SPDX-License-Identifier: Apache-2.0
# trace.awk -v base=HEX -v title=TEXT symbols unique inlined pc: see trace.sh. symbols: nm's, by address; unique:
# the addresses run; inlined: the symbolizer's answer to each of them, innermost function first; pc: "address
# dear" of each instruction.
FNR == 1 { file++; blank = 1 }
file == 1 {
    if ($2 !~ /^[tT]$/ || $3 ~ /^\$/) next
    at = hex($1)
    if (symbols && start[symbols] == at) next
    start[++symbols] = at; symbol[symbols] = $3
    next
}
file == 2 { unique[++uniques] = $1; next }
file == 3 { # function, file:line:column, ..., an empty line
    if ($0 == "") { blank = 1; next }
    if (blank) { inner[unique[++answers]] = $1; blank = 0 }
    next
}
# The last symbol at or below an address; 0: none, which is QEMU's own boot code.
function find(at,    low, high, middle) {
    low = 0; high = symbols
    while (low < high) {
        middle = int((low + high + 1) / 2)
        if (start[middle] <= at) low = middle; else high = middle - 1
    }
    return low
}
{
    if (!($1 in of)) {
        offset = hex($1) - hex(base)
        of[$1] = offset < 0 ? 0 : find(offset)
        is_start[$1] = offset == start[of[$1]]
    }
    i = of[$1]
    if (!(i in insns)) order[++functions] = i
    insns[i]++; dear[i] += $2; calls[i] += is_start[$1] || was != i && !(i in calls)
    was = i
    all++; all_dear += $2
    if (i && inner[$1] != symbol[i] && inner[$1] != "??") {
        if (!((i, inner[$1]) in inlined)) inlines[i, ++inline_count[i]] = inner[$1]
        inlined[i, inner[$1]]++; inlined_dear[i, inner[$1]] += $2
    }
}
END {
    if (!all) { print title ": nothing was traced"; exit 1 }
    printf "%s: %d instructions at EL2, %d of them dear (%d functions)\n", title, all, all_dear, functions
    printf "%9s %6s %6s  %s\n", "insns", "dear", "calls", "function, and what is inlined into it"
    for (n = 1; n <= functions; n++) {
        i = order[n]
        printf "%9d %6d %6d  %s\n", insns[i], dear[i], calls[i], i ? symbol[i] : "(QEMU's boot code)"
        for (k = 1; k <= inline_count[i]; k++) {
            what = inlines[i, k]
            printf "%9d %6d %6s      %s\n", inlined[i, what], inlined_dear[i, what], "", what
        }
    }
}
