# SPDX-License-Identifier: Apache-2.0
# Hexadecimal numbers, which POSIX awk reads none of.
function hex(text,    i, value) {
    value = 0
    for (i = 1; i <= length(text); i++) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
    return value
}
