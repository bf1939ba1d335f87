# SPDX-License-Identifier: Apache-2.0
# entries.awk FILE: what brought each entry to EL2 about, and what that cost: a line for each kind, those that cost
# most first. Accesses are told apart by their 128 bytes of guest physical addresses. FILE: the plugin's.
# Syndromes: Arm ARM DDI 0487J.a D19.2 "ESR_EL2".
function kind(pc, esr, hpfar, far,    class, page, at) {
    if (pc ~ /80$/) return "interrupt" # vectors: at even multiples of 128 an exception, at odd ones IRQ and SError
    class = int(hex(esr) / 67108864) % 64
    if (class == 22) return "HVC"
    if (class == 23) return "SMC"
    if (class == 24) return esr ~ /[13579bdf]$/ ? "MRS" : "MSR, SYS"
    if (class != 36) return "exception class " class
    page = substr(hpfar, 1, length(hpfar) - 1)
    at = substr("00" far, length(far))
    return (substr("0" esr, length(esr)) ~ /^[4567cdef]/ ? "store to " : "load from ") \
        page substr(at, 1, 1) (substr(at, 2, 1) ~ /[0-7]/ ? "00" : "80")
}
function ended(el2,    cost) {
    if (!(was in n)) kinds[++count] = was
    cost = el2 - since
    n[was]++; sum[was] += cost
    if (cost > most[was]) most[was] = cost
    if (!(was in least) || cost < least[was]) least[was] = cost
}
$1 == "first" && $2 == "el1" { guest = 1; last = $4 }
$1 == "entry" && guest {
    if (was != "") ended($4)
    was = kind($2, $6, $8, $10); since = $4
}
$1 == "pc" { last++ }
END {
    if (was != "") ended(last)
    printf "%9s %6s %6s %6s  %s\n", "insns", "count", "least", "most", "what brought EL2 in"
    for (; count > 0; kinds[best] = kinds[count--]) {
        best = 1
        for (i = 2; i <= count; i++) if (sum[kinds[i]] > sum[kinds[best]]) best = i
        what = kinds[best]
        printf "%9d %6d %6d %6d  %s\n", sum[what], n[what], least[what], most[what], what
    }
}
