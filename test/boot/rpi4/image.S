// SPDX-License-Identifier: Apache-2.0
// The header of an arm64 Image whose code follows it.
    .section .head, "ax"
    .globl _start
_start:
    b       entry
    .long   0
    .quad   0                       // text_offset
    .quad   0x10000                 // image_size
    .quad   0xa                     // flags
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0
entry:
