// SPDX-License-Identifier: Apache-2.0
/* Reset of the minimal firmware: a stack, then C. */
    .section .text.start, "ax"
    .global _start
    .type _start, %function
_start:
    adrp    x0, stack_end
    add     x0, x0, :lo12:stack_end
    mov     sp, x0
    bl      firmware
1:  wfi
    b       1b
    .size _start, . - _start

    .bss
    .balign 16
    .skip   4096
stack_end:
