# SPDX-License-Identifier: Apache-2.0
# collect.awk [-v peer=1] events.def *.count: the table of figures of measure.sh, from the plugin's files. A file's
# name is GIC.RUN.count; events between CPUs are taken from the run with two. VMs 0: the guest has the board's own GIC. peer: the bench guest stands in for
# hello.
function flush_file(    key, i, part) {
    if (run == "hello" || peer && run == "events-1cpu") figure("boot_hello", first["el1"])
    if (run == "linux") {
        figure("boot_linux", first["el1"])
        if ("el0" in first) {
            one(gic, 1, "linux_to_user", "instructions", first["el0"] - first["el1"],
                entries["el0"] - entries["el1"], dear["el0"] - dear["el1"])
            one(gic, 1, "linux_to_user_entries", "entries", entries["el0"] - entries["el1"],
                entries["el0"] - entries["el1"], dear["el0"] - dear["el1"])
        }
    }
    if (run == "linux-copied") figure("boot_linux_copied", first["el1"])
    for (i = 0; i < events && run ~ /^events/; i++) if (count[i]) samples(i)
    if (longest > 0 && (!(gic in masked) || longest > masked[gic])) masked[gic] = longest
    delete first; delete entries; delete dear; delete count
    longest = 0
}
function figure(event, value) {
    if (value != "") one(gic, 1, event, "instructions", value, 0, dear["el1"])
}
function one(gic, vms, event, unit, value, entered, dear_ones) {
    printf "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t1\n", gic, vms, event, unit, value, value, value, entered, dear_ones
}
# The samples of one event, sorted; entries and dear operations are the largest seen.
function samples(event,    i, j, n, value, sorted, most_entries, most_dear) {
    between = name[event] ~ /^(cpu_on|sgi_busy|sgi_wfi)$/
    if (run ~ /-1cpu$/ && between || run ~ /-2cpu$/ && !between) return
    n = count[event]
    for (i = 1; i <= n; i++) {
        value = el2[event, i]
        for (j = i - 1; j > 0 && sorted[j] > value; j--) sorted[j + 1] = sorted[j]
        sorted[j + 1] = value
        if (sample_entries[event, i] > most_entries) most_entries = sample_entries[event, i]
        if (sample_dear[event, i] > most_dear) most_dear = sample_dear[event, i]
    }
    printf "%s\t%s\t%s\tinstructions\t%d\t%d\t%d\t%d\t%d\t%d\n", gic, run == "events-4vm" ? 4 : run !~ /direct/, name[event],
        sorted[1], sorted[int((n + 1) / 2)], sorted[n], most_entries, most_dear, n
}
FNR == 1 && NR != FNR {
    flush_file()
    n = split(FILENAME, part, "/")
    split(part[n], part, ".")
    gic = part[1]; run = part[2]
}
NR == FNR {
    if (match($0, /^EVENT\([a-z0-9_]*/)) name[events++] = substr($0, RSTART + 6, RLENGTH - 6)
    next
}
$1 == "first" { first[$2] = $4; entries[$2] = $6; dear[$2] = $8 }
$1 == "sample" {
    i = ++count[$2]
    el2[$2, i] = $4; sample_entries[$2, i] = $6; sample_dear[$2, i] = $8
}
$1 == "longest" && $2 > longest { longest = $2 }
END {
    flush_file()
    for (gic in masked) one(gic, "-", "longest_masked", "instructions", masked[gic], 0, 0)
}
