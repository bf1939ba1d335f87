// SPDX-License-Identifier: Apache-2.0
#include "smp_asm.h"

// Another CPU, started by the board's firmware: EL2, MMU off, x0 = its struct husk_cpu.
    .section .text.husk_smp_entry, "ax"
    .globl husk_smp_entry
husk_smp_entry:
    mov     x19, x0
    msr     daifset, #0xf
    bl      husk_plain_el2
    ldr     x1, [x19, #HUSK_CPU_STACK_TOP]
    mov     sp, x1
    mov     x0, x19
    b       husk_smp_main

// _Noreturn void husk_smp_restack(uint64_t stack_top, void (*then)(void)): forgets all callers.
    .section .text.husk_smp_restack, "ax"
    .globl husk_smp_restack
husk_smp_restack:
    mov     sp, x0
    mov     x29, #0
    mov     x30, #0
    br      x1
