#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gate.sh BUILD CPU: measures, and fails when a figure exceeds its budget or a guest did not end.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
bench=$here/../../test/bench out=$1/bench-gate-$2 margin=0
[ "$2" = cortex-a53 ] || margin=5
status=0
sh "$here/measure.sh" "$1" "$out" "$2" "3 2" 300 || status=$?
awk -v margin=$margin -f "$here/table.awk" "$bench/events.def" "$bench/budgets.txt" "$out/results.tsv" || status=1
exit $status
