# SPDX-License-Identifier: Apache-2.0
# compare.awk -v qemu=TEXT -v compiler=TEXT -v cpu=TEXT OLD.json figures.tsv: what is not as in a file that json.awk
# wrote. Ends with 2 if OLD.json is no such file.
BEGIN { FS = "\t" }
function value(name) {
    if (!match($0, "\"" name "\": (\"[^\"]*\"|[^,}]*)")) return ""
    found = substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4)
    gsub(/^"|"$/, "", found)
    return found == "null" ? "-" : found
}
function note(what, before, after) {
    if (before != after) printf "  measured with another %s: %s, then %s\n", what, before, after
}
FNR == 1 { file++ }
file == 1 && /"schema": "husk-bench-1"/ { known = 1 }
file == 1 && /^"(husk|qemu|compiler|cpu)": / {
    split($0, part, "\"")
    tool[part[2]] = value(part[2])
}
file == 1 && /"event": / {
    key = value("gic") SUBSEP value("vms") SUBSEP value("event")
    order[++count] = key
    for (i = 1; i <= fields; i++) old[key, field[i]] = value(field[i])
    next
}
BEGIN { fields = split("median max entries dear", field, " ") }
file == 1 { next }
!known { exit }
!headed++ {
    print "Compared with " tool["husk"] ":"
    note("QEMU", tool["qemu"], qemu)
    note("compiler", tool["compiler"], compiler)
    note("CPU model", tool["cpu"], cpu)
}
{
    key = $1 SUBSEP $2 SUBSEP $3
    new[key]
    now["median"] = $6; now["max"] = $7; now["entries"] = $8; now["dear"] = $9
    where = "  GICv" $1 (($2 == "-") ? "" : ", " $2 " VM" ($2 == 1 ? "" : "s")) ", " $3 ": "
    if (!((key, "median") in old)) {
        print where "new, median " $6
        changes++
        next
    }
    line = ""
    for (i = 1; i <= fields; i++) {
        before = old[key, field[i]]
        if (before == now[field[i]]) continue
        line = line (line == "" ? "" : "; ") field[i] " " before " -> " now[field[i]]
        if (before > 0) line = line sprintf(" (%+.1f %%)", (now[field[i]] - before) * 100 / before)
    }
    if (line != "") { print where line; changes++ }
}
END {
    if (!known) exit 2
    for (i = 1; i <= count; i++) {
        if (order[i] in new) continue
        split(order[i], part, SUBSEP)
        print "  GICv" part[1] ", " part[3] ": not measured now"
        changes++
    }
    if (!changes) print "  nothing has changed"
}
