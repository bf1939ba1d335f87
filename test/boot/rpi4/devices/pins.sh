#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# pins.sh CONSOLE COMMAND...: runs COMMAND, then looks at what came by the board's console, a file.
set -eu
console=$1
shift
rm -f "$console"
sh "$@"
tr -d '\r' <"$console"
fail() {
    echo "pins.sh: $1" >&2
    exit 1
}
for text in "pins: pin 27 reads 1, 0, 1" "pins: husk-test: pass" "unikernel: data abort" "far 00000000fe201000"; do
    grep -qF -e "$text" "$console" || fail "the console does not say '$text'"
done
for text in FAIL "second port" "husk: panic"; do
    ! grep -qF -e "$text" "$console" || fail "the console says '$text'"
done
