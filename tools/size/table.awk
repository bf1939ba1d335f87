# SPDX-License-Identifier: Apache-2.0
# table.awk [-v name=NAME] bytes lines budgets: see size.sh.
FNR == 1 { file = FILENAME }
FILENAME == ARGV[1] {
    if ($1 == "total") { total[$2] += $3; next }
    if (!($1 in known)) { known[$1]; parts[++count] = $1 }
    bytes[$1, $2] += $3; given[$2] += $3
    next
}
FILENAME == ARGV[2] {
    if (!($1 in known)) { known[$1]; parts[++count] = $1 }
    lines[$1] += $2; all_lines += $2
    next
}
{
    sub(/#.*/, "")
    if (name != "" && $1 == name) { found = 1; bytes_goal = $2; bytes_budget = $3; lines_goal = $4; lines_budget = $5 }
}
function row(part, text, rodata, data, bss, own) {
    printf "%-20s %8d %8d %8d %8d %12d %8s\n", part, text, rodata, data, bss, text + rodata + data, own
}
function verdict(what, value, goal, budget) {
    said = value > budget ? "FAIL" : value > goal ? "over" : "ok"
    if (said == "FAIL") failed = 1
    printf "%s %d, goal %d, budget %d: %s%s\n", what, value, goal, budget, said, value < budget ? ", tighten" : ""
}
END {
    printf "%-20s %8s %8s %8s %8s %12s %8s\n", "part", "text", "rodata", "data", "bss", "without bss", "lines"
    for (i = 2; i <= count; i++) { # largest first
        part = parts[i]
        for (j = i - 1; j >= 1 && weight(parts[j]) < weight(part); j--) parts[j + 1] = parts[j]
        parts[j + 1] = part
    }
    for (i = 1; i <= count; i++) {
        part = parts[i]
        row(part, bytes[part, "text"], bytes[part, "rodata"], bytes[part, "data"], bytes[part, "bss"], part in lines ? lines[part] : "-")
    }
    row("(gaps)", total["text"] - given["text"], total["rodata"] - given["rodata"], total["data"] - given["data"],
        total["bss"] - given["bss"], "-")
    row("all", total["text"], total["rodata"], total["data"], total["bss"], all_lines)
    if (name == "") exit
    if (!found) { print name ": no budget: FAIL"; exit 1 }
    verdict("bytes without bss:", total["text"] + total["rodata"] + total["data"], bytes_goal, bytes_budget)
    verdict("own lines compiled:", all_lines, lines_goal, lines_budget)
    exit failed
}
function weight(part) {
    return bytes[part, "text"] + bytes[part, "rodata"] + bytes[part, "data"]
}
