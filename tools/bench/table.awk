# SPDX-License-Identifier: Apache-2.0
# table.awk [-v margin=PERCENT] [-v figures=FILE] events.def budgets.txt results.tsv [xen.tsv]: figures against
# budgets, as a table. FILE gets them, with goal, budgets, verdict, Xen's median and what the event is, a line each.
# Verdicts: ok; over (above the goal, no worse than the budget); FAIL (above its budget, or there is none, or it
# was not measured): then this ends with 1. margin: how much above its budget a figure may be, on a CPU model that
# the budgets were not measured on; up to the goal it always may.
BEGIN {
    FS = "[ \t]+"
    text["boot_hello"] = "boot: EL2 entry to hello's first instruction"
    text["boot_linux"] = "boot: to Linux' first instruction, in place"
    text["boot_linux_copied"] = "boot: to Linux' first instruction, copied"
    text["linux_to_user"] = "Linux' entry to user space"
    text["linux_to_user_entries"] = "Linux' entry to user space, EL2 entries"
    text["longest_masked"] = "longest run with interrupts masked"
}
FNR == 1 { file++ }
file == 1 {
    if (match($0, /^EVENT\([a-z0-9_]*/)) {
        event = substr($0, RSTART + 6, RLENGTH - 6)
        split($0, part, "\"")
        text[event] = part[2]
    }
    next
}
file == 2 {
    sub(/#.*/, "")
    if (NF < 6) next
    key = $1 SUBSEP $2 SUBSEP $3
    goal[key] = $4; median_budget[key] = $5; max_budget[key] = $6
    budgets[++budget_count] = key
    next
}
file == 4 { peer[$1, $2, $3] = $6; has_peer = 1; next }
{
    rows++
    measured[$1, $2, $3] = measured[$1] = 1
    gic[rows] = $1; vms[rows] = $2; event_of[rows] = $3; unit[rows] = $4; samples[rows] = $10
    least[rows] = $5; median[rows] = $6; most[rows] = $7; entries[rows] = $8; dear[rows] = $9
}
function verdict(key, median, most) {
    if (!(key in goal)) return "FAIL: no budget"
    if (median > limit(key, median_budget[key]) || most > limit(key, max_budget[key])) return "FAIL"
    if (goal[key] != "-" && most > goal[key]) return "over"
    return "ok"
}
function limit(key, budget) {
    if (!margin) return budget
    budget *= 1 + margin / 100
    return goal[key] != "-" && goal[key] > budget ? goal[key] : budget
}
function heading(row) {
    if (gic[row] == was_gic && vms[row] == was_vms) return
    was_gic = gic[row]; was_vms = vms[row]
    where = vms[row] == "-" ? "all of the above" : vms[row] == 0 ? "exit-less product" : vms[row] == 1 ? "1 VM" : vms[row] " VMs"
    printf "\nGICv%s, %s\n", gic[row], where
    printf "  %-48s %9s %9s %9s %7s %6s %8s %17s%s  %s\n", "event", "min", "median", "max", "entries", "dear", "goal",
        "budget", has_peer ? sprintf(" %9s %6s", "Xen", "ratio") : "", "verdict"
}
END {
    for (row = 1; row <= rows; row++) {
        heading(row)
        key = gic[row] SUBSEP vms[row] SUBSEP event_of[row]
        said = verdict(key, median[row], most[row])
        total[said ~ /^FAIL/ ? "FAIL" : said]++
        beaten = said !~ /^FAIL/ && !margin && (median[row] < median_budget[key] || most[row] < max_budget[key])
        better += beaten
        budget = key in goal ? median_budget[key] == max_budget[key] ? median_budget[key] : median_budget[key] ".." max_budget[key] : "-"
        xen = key in peer ? peer[key] : "-"
        if (figures != "") printf "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", gic[row], vms[row],
            event_of[row], unit[row], least[row], median[row], most[row], entries[row], dear[row], samples[row],
            key in goal ? goal[key] : "-", key in goal ? median_budget[key] : "-", key in goal ? max_budget[key] : "-",
            said, xen, text[event_of[row]] >figures
        beside = ""
        if (has_peer) beside = sprintf(" %9s %6s", xen, xen != "-" && median[row] ? sprintf("%.1f", xen / median[row]) : "-")
        printf "  %-48s %9d %9d %9d %7d %6d %8s %17s%s  %s%s\n", text[event_of[row]], least[row], median[row], most[row],
            entries[row], dear[row], key in goal ? goal[key] : "-", budget, beside, said, beaten ? ", tighten" : ""
    }
    for (i = 1; i <= budget_count; i++) {
        split(budgets[i], part, SUBSEP)
        if (!(part[1] in measured) || budgets[i] in measured) continue
        if (!missing++) printf "\nNot measured, though there is a budget for it: FAIL\n"
        printf "  GICv%s, VMs: %s, %s\n", part[1], part[2], text[part[3]]
    }
    total["FAIL"] += missing
    printf "\n%d ok, %d over the goal, %d failed", total["ok"], total["over"], total["FAIL"]
    if (better) printf "; %d beat their budget: ./husk bench --tighten", better
    printf "\n"
    exit total["FAIL"] > 0 || !rows
}
