// SPDX-License-Identifier: Apache-2.0
// A guest without a header: entered at its first byte, wherever that lies, MMU off, x0 = device tree.
    .section .head, "ax"
    .globl _start
_start:
    adr     x1, stack_top
    mov     sp, x1
    adr     x1, vectors
    msr     vbar_el1, x1
    isb
    adr     x1, _start
    bl      guest_main              // does not return

    .section .text.vectors, "ax"
    .balign 2048
vectors:
    .skip   0x200
    mrs     x28, elr_el1            // the abort that abort_at() waits for: past the access
    add     x28, x28, #4
    msr     elr_el1, x28
    mrs     x28, esr_el1
    eret

    .bss
    .balign 16
    .skip   4096
stack_top:
