#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# drive.sh [-t SECONDS] [-r STATUS] [-f TEXT]... [-b TEXT] [-e TEXT | -s TEXT | -q FILE | -g FILE | -o COMMAND | -x TEXT [-n COUNT]]... -- COMMAND...
#
# Runs COMMAND (a QEMU with its console on stdio) and plays a dialogue with it, in order:
#   -e TEXT   waits until TEXT stands in the output, after what earlier -e found
#   -s TEXT   types TEXT and Enter
#   -q FILE   waits until FILE (QEMU's log, say) has not grown for 3 s; fails if that takes over 30 s
#   -g FILE   fails unless FILE has grown since the last -q
#   -o COMMAND  runs it by sh; fails if it does
#   -f TEXT   fails as soon as TEXT is seen by an -e that waits
#   -b TEXT   at the end: fails unless the output begins with TEXT
#   -x TEXT   at the end: fails if TEXT stands anywhere in the output
#   -n COUNT  at the end: fails unless the -x TEXT before it stands in just COUNT lines
# Then waits for COMMAND to end, with exit status STATUS (0); -r kill: ends it instead. The limit
# (-t, 300) is for hangs only: nothing depends on how long anything takes.
set -u
limit=300 want=0 steps= forbidden= begin= fatal= quiet_bytes=0
nl='
'
while [ $# -gt 0 ]; do
    case $1 in
    -t) limit=$2; shift 2 ;;
    -r) want=$2; shift 2 ;;
    -b) begin=$2; shift 2 ;;
    -f) fatal="$fatal$2$nl"; shift 2 ;;
    -e | -s | -q | -g | -o) steps="$steps$1 $2$nl"; shift 2 ;;
    -x) forbidden="${forbidden}0 $2$nl"; shift 2 ;;
    -n) last=${forbidden%"$nl"}; last=${last##*"$nl"}
        forbidden="${forbidden%"$last$nl"}$2 ${last#0 }$nl"; shift 2 ;;
    --) shift; break ;;
    *) echo "drive.sh: $1?" >&2; exit 2 ;;
    esac
done
dir=$(mktemp -d)
mkfifo "$dir/in"
"$@" <"$dir/in" >"$dir/out" 2>&1 &
pid=$!
exec 3>"$dir/in"
trap 'kill -9 $pid 2>/dev/null; rm -rf "$dir"' EXIT
end=$(($(date +%s) + limit))

fail() {
    tr -d '\r' <"$dir/out"
    printf '\ndrive.sh: %s\n' "$1" >&2
    exit 1
}
# The output after byte $1 holds text $2: prints the offset behind it.
find_after() {
    tail -c +$(($1 + 1)) "$dir/out" | tr -d '\000' | LC_ALL=C grep -abo -F -e "$2" | head -n 1 |
        { IFS=: read -r at _ && echo $(($1 + at + ${#2})); }
}
seen=0
while IFS= read -r step; do
    [ -n "$step" ] || continue
    text=${step#-? }
    case $step in
    -s*) printf '%s\r' "$text" >&3 ;;
    -q*)
        tries=0 quiet_bytes=-1
        while [ "$quiet_bytes" != "$(wc -c <"$text")" ]; do
            [ $tries -lt 10 ] || fail "$text still grows"
            quiet_bytes=$(wc -c <"$text") tries=$((tries + 1))
            sleep 3
        done
        ;;
    -g*) [ "$(wc -c <"$text")" -gt "$quiet_bytes" ] || fail "$text has not grown" ;;
    -o*) sh -c "$text" </dev/null || fail "failed: $text" ;;
    -e*)
        while :; do
            alive=1
            kill -0 $pid 2>/dev/null || alive=0
            at=$(find_after $seen "$text") && [ -n "$at" ] && break
            [ -z "$fatal" ] || [ -z "$(find_after $seen "${fatal%"$nl"}")" ] || fail "one of '${fatal%"$nl"}' before '$text'"
            [ $alive = 1 ] || fail "ended before '$text'"
            [ "$(date +%s)" -lt $end ] || fail "no '$text' in $limit s"
            sleep 0.2
        done
        seen=$at
        ;;
    esac
done <<EOF
$steps
EOF
if [ "$want" != kill ]; then
    while kill -0 $pid 2>/dev/null; do
        [ "$(date +%s)" -lt $end ] || fail "did not end in $limit s"
        sleep 0.1
    done
    wait $pid
    status=$?
    [ $status = "$want" ] || fail "exit status $status, not $want"
fi
if [ -n "$begin" ] && [ "$(head -c ${#begin} "$dir/out")" != "$begin" ]; then
    fail "the output does not begin with '$begin'"
fi
while read -r count text; do
    [ -n "$count" ] || continue
    lines=$(LC_ALL=C grep -caF -e "$text" "$dir/out")
    [ "$lines" = "$count" ] || fail "'$text' in $lines lines of the output, not $count"
done <<EOF
$forbidden
EOF
tr -d '\r' <"$dir/out"
