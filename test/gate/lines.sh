#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lines.sh ROOT BUDGETS: own lines of code in folders of ROOT, headers included: neither blank nor comment
# alone. BUDGETS has lines "folder goal lines"; ends with 1 if a folder has more lines than that, or none.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd "$1"
sed 's/#.*//' "$2" | grep . | {
    bad=0
    while read -r folder goal most; do
        lines=$(find "$folder" -name '*.[chS]' -exec awk -f "$here/../../tools/size/part.awk" -f "$here/../../tools/size/lines.awk" {} + | awk '{ n += $2 } END { print n + 0 }')
        echo "$folder: $lines lines, goal $goal, at most $most"
        if [ "$lines" -eq 0 ] || [ "$lines" -gt "$most" ]; then
            echo "gate.lines: $folder: $lines lines; the budget is $most"
            bad=1
        fi
    done
    exit $bad
}
