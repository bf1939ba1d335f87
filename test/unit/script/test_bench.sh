#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_bench.sh ROOT SCRATCH: what the bench makes of the plugin's files: collect, compare with budgets, lower
# budgets, name functions. No QEMU.
set -eu
tools=$1/tools/bench scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
failures=0
failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
# same EXPECTED ACTUAL WHAT
same() { [ "$1" = "$2" ] || failed "$3: '$2', not '$1'"; }
tab=$(printf '\t')

cat >events.def <<'DEF'
EVENT(call, "a call")
EVENT(never, "what never happens")
EVENT(sgi_busy, "between two")
DEF

# --- collect.awk: samples by event, from the run that counts for them; the boot figures; the longest run

cat >3.events-1cpu.count <<'COUNT'
first el2 el2 0 entries 0 dear 0
first el1 el2 900 entries 0 dear 9
sample 0 el2 30 entries 1 dear 2
sample 0 el2 10 entries 1 dear 2
longest 30 pc 400 event 0
sample 0 el2 20 entries 2 dear 3
sample 2 el2 1 entries 1 dear 1
drop 1
COUNT
printf 'sample 0 el2 999 entries 1 dear 0\nsample 2 el2 70 entries 2 dear 4\nlongest 70 pc 400 event 2\n' >3.events-2cpu.count
printf 'first el1 el2 500 entries 0 dear 5\nfirst el0 el2 1500 entries 40 dear 25\n' >3.linux.count
printf 'sample 0 el2 40 entries 1 dear 2\n' >3.events-4vm.count
printf 'sample 0 el2 0 entries 0 dear 0\nsample 2 el2 9 entries 1 dear 0\n' >3.events-direct-1cpu.count
printf 'sample 0 el2 9 entries 1 dear 0\nsample 2 el2 0 entries 0 dear 0\n' >3.events-direct-2cpu.count
awk -f "$tools/collect.awk" events.def 3.events-1cpu.count 3.events-2cpu.count 3.linux.count 3.events-4vm.count \
    3.events-direct-1cpu.count 3.events-direct-2cpu.count >results.tsv
cat >wanted <<WANTED
3${tab}1${tab}call${tab}instructions${tab}10${tab}20${tab}30${tab}2${tab}3${tab}3
3${tab}1${tab}sgi_busy${tab}instructions${tab}70${tab}70${tab}70${tab}2${tab}4${tab}1
3${tab}1${tab}boot_linux${tab}instructions${tab}500${tab}500${tab}500${tab}0${tab}5${tab}1
3${tab}1${tab}linux_to_user${tab}instructions${tab}1000${tab}1000${tab}1000${tab}40${tab}20${tab}1
3${tab}1${tab}linux_to_user_entries${tab}entries${tab}40${tab}40${tab}40${tab}40${tab}20${tab}1
3${tab}4${tab}call${tab}instructions${tab}40${tab}40${tab}40${tab}1${tab}2${tab}1
3${tab}0${tab}call${tab}instructions${tab}0${tab}0${tab}0${tab}0${tab}0${tab}1
3${tab}0${tab}sgi_busy${tab}instructions${tab}0${tab}0${tab}0${tab}0${tab}0${tab}1
3${tab}-${tab}longest_masked${tab}instructions${tab}70${tab}70${tab}70${tab}0${tab}0${tab}1
WANTED
cmp -s wanted results.tsv || failed "collect.awk: $(diff wanted results.tsv)"

# --- table.awk: the verdict of one figure of median 20 and maximum 30, by goal and budgets

# verdict GOAL MEDIAN MAX [MARGIN]: prints status and verdict.
verdict() {
    echo "3 1 call $1 $2 $3" >budgets.txt
    status=0
    head -n 1 results.tsv >one.tsv
    awk -v margin="${4:-0}" -f "$tools/table.awk" events.def budgets.txt one.tsv >table || status=$?
    echo "$status $(sed -n "s/^  a call .* $2\(\.\.$3\)\{0,1\}  //p" table)"
}
same "0 ok" "$(verdict 30 20 30)" "at its goal and its budget"
same "0 ok" "$(verdict - 20 30)" "without a goal, at its budget"
same "0 over" "$(verdict 29 20 30)" "above its goal, at its budget"
same "1 FAIL" "$(verdict 30 19 30)" "median above its budget"
same "1 FAIL" "$(verdict 30 20 29)" "maximum above its budget"
same "0 ok, tighten" "$(verdict 30 20 31)" "maximum below its budget"
same "0 ok, tighten" "$(verdict 30 21 30)" "median below its budget"
same "0 over" "$(verdict 10 19 29 6)" "within a margin"
same "1 FAIL" "$(verdict 10 19 28 6)" "beyond a margin"
same "0 ok" "$(verdict 30 19 28 6)" "beyond a margin, within the goal"
echo "# 3 1 call - 99 99" >budgets.txt
! awk -f "$tools/table.awk" events.def budgets.txt one.tsv >table || failed "a figure without a budget passes"
grep -q "FAIL: no budget" table || failed "a figure without a budget is not told"
printf '3 1 call - 99 99\n3 1 never - 9 9\n2 1 call - 9 9\n' >budgets.txt
! awk -f "$tools/table.awk" events.def budgets.txt one.tsv >table || failed "what was not measured passes"
same "1 1" "$(grep -c "GICv3, VMs: 1, what never happens" table) $(grep -c "VMs: " table)" "what was not measured"
! awk -f "$tools/table.awk" events.def budgets.txt /dev/null >table || failed "no figures at all pass"

# --- the figures for machines: JSON, what changed since, the plot

printf '3\t1\tcall\tinstructions\t9\t40\t50\t1\t2\t1\n3\t-\tsgi_busy\tinstructions\t7\t7\t7\t1\t2\t1\n' >xen.tsv
printf '3 1 call 30 20 30\n3 - longest_masked - 60 60\n' >budgets.txt
awk -f "$tools/table.awk" -v figures=figures.tsv events.def budgets.txt results.tsv xen.tsv >table || true
grep -q "^  a call  *10  *20  *30  *2  *3  *30  *20..30  *40  *2.0  ok$" table || failed "Xen's column: $(cat table)"
json() { awk -v husk="$1" -v qemu='Q "1"' -v compiler=C -v cpu=P -f "$tools/json.awk" figures.tsv; }
json old >old.json
for text in '"schema": "husk-bench-1",' '"qemu": "Q \"1\"",' \
    '{"gic": 3, "vms": 1, "event": "call", "unit": "instructions", "min": 10, "median": 20, "max": 30, "entries": 2, "dear": 3, "samples": 3, "goal": 30, "budget_median": 20, "budget_max": 30, "verdict": "ok", "xen": 40},' \
    '{"gic": 3, "vms": null, "event": "longest_masked", "unit": "instructions", "min": 70, "median": 70, "max": 70, "entries": 0, "dear": 0, "samples": 1, "goal": null, "budget_median": 60, "budget_max": 60, "verdict": "FAIL", "xen": null}'; do
    grep -qxF -e "$text" old.json || failed "no line '$text' in the JSON: $(cat old.json)"
done
compare() { awk -v qemu="$1" -v compiler=C -v cpu=P -f "$tools/compare.awk" old.json figures.tsv; }
same "Compared with old:|  nothing has changed|" "$(compare 'Q \\"1\\"' | tr '\n' '|')" "compare.awk, the same"
sed 's/\tcall\tinstructions\t10\t20\t30/\tcall\tinstructions\t10\t15\t30/; s/^3\t1\tsgi_busy\t/3\t1\tnever\t/' figures.tsv >changed.tsv
mv changed.tsv figures.tsv
cat >wanted <<'WANTED'
Compared with old:
  measured with another QEMU: Q \"1\", then R
  GICv3, 1 VM, call: median 20 -> 15 (-25.0 %)
  GICv3, 1 VM, never: new, median 70
  GICv3, sgi_busy: not measured now
WANTED
compare R >changes || failed "compare.awk: status $?"
cmp -s wanted changes || failed "compare.awk: $(diff wanted changes)"
echo '{}' >old.json
if compare R >changes; then failed "compare.awk takes any file"; fi
awk -v title='<&' -f "$tools/plot.awk" figures.tsv >plot.svg
same "1 1 7 1" "$(grep -c '<svg ' plot.svg) $(grep -c '</svg>' plot.svg) $(grep -c 'height="9" fill="#' plot.svg) $(grep -c '&lt;&amp;' plot.svg)" "plot.awk: bars"
grep -q 'fill="#d08700"\|fill="#2a7f3f"' plot.svg || failed "plot.awk: colours"

# --- tighten.awk: down, never up; what is new is added

printf '# head\n3 1 call 15 25 29\n' >budgets.txt
awk -f "$tools/tighten.awk" one.tsv budgets.txt >lower.txt
same "# head|3 1 call 15 20 29|" "$(tr -s ' ' <lower.txt | tr '\n' '|')" "tighten.awk"
awk -f "$tools/tighten.awk" results.tsv lower.txt >more.txt
same "3 4 call - 40 40" "$(tr -s ' ' <more.txt | grep '^3 4')" "tighten.awk, a new figure"

# --- trace.awk: functions by address, in the order entered, with what is inlined

printf '0000000000000000 T one\n0000000000000010 t two\n0000000000000010 t also_two\n' >symbols
printf '40200000\n40200004\n40200010\n' >unique
printf 'one\na.c:1:1\n\ninner\na.c:2:1\none\na.c:3:1\n\ntwo\na.c:4:1\n' >inlined
printf '40200010 0\n40200000 0\n40200004 1\n40200010 0\n' >pc
awk -v base=40200000 -v title=test -f "$tools/../hex.awk" -f "$tools/trace.awk" symbols unique inlined pc | tr -s ' ' >trace
cat >wanted <<'WANTED'
test: 4 instructions at EL2, 1 of them dear (2 functions)
 insns dear calls function, and what is inlined into it
 2 0 2 two
 2 1 1 one
 1 1 inner
WANTED
cmp -s wanted trace || failed "trace.awk: $(diff wanted trace)"

# --- entries.awk: what brought EL2 in, from the first guest on

cat >guest.count <<'COUNT'
entry 40201400 el2 5 esr 5a000000 hpfar 0 far 0
first el1 el2 10 entries 0 dear 0
entry 40201400 el2 10 esr 93800046 hpfar 80060 far ffff8000080001fc
entry 40201400 el2 30 esr 93800006 hpfar 80060 far 104
entry 40201480 el2 60 esr 93800006 hpfar 80060 far 104
entry 40201400 el2 65 esr 93800047 hpfar 80060 far ffff800008000180
entry 40201600 el2 75 esr 6230000d hpfar 80060 far 0
entry 40201400 el2 76 esr 6230000c hpfar 80060 far 0
entry 40201400 el2 78 esr 5e000000 hpfar 80060 far 0
entry 40201400 el2 81 esr 92000046 hpfar 90000 far 7
first el0 el2 99 entries 0 dear 0
COUNT
awk 'BEGIN { for (i = 0; i < 89; i++) print "pc 40201400" }' >>guest.count
awk -f "$tools/../hex.awk" -f "$tools/entries.awk" guest.count | tr -s ' ' >entries
cat >wanted <<'WANTED'
 insns count least most what brought EL2 in
 30 2 10 20 store to 8006180
 30 1 30 30 load from 8006100
 18 1 18 18 store to 9000000
 5 1 5 5 interrupt
 3 1 3 3 SMC
 2 1 2 2 MSR, SYS
 1 1 1 1 MRS
WANTED
cmp -s wanted entries || failed "entries.awk: $(diff wanted entries)"

[ $failures = 0 ] && echo "bench scripts: all pass"
[ $failures = 0 ]
