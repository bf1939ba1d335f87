# SPDX-License-Identifier: Apache-2.0
# relative.awk -v base=HEX: each address less base, where an image linked at 0 was loaded.
{ printf "0x%x\n", hex($1) < hex(base) ? 0 : hex($1) - hex(base) }
