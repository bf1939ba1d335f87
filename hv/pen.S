// SPDX-License-Identifier: Apache-2.0
#include "smp_asm.h"

// A CPU that a spin table has released: EL2, MMU off, no register means anything. Goes on as
// husk_smp_entry expects it when it is the one that is meant; until then it sleeps here.
    .section .text.husk_pen_entry, "ax"
    .globl husk_pen_entry
husk_pen_entry:
    msr     daifset, #0xf
    mrs     x1, mpidr_el1
    mov     x2, #0xffffff           // Aff2, Aff1, Aff0
    orr     x2, x2, #(0xff << 32)   // Aff3
    and     x1, x1, x2
    adrp    x3, husk_pen
    add     x3, x3, :lo12:husk_pen
1:  ldr     x2, [x3, #HUSK_PEN_AFFINITY]
    cmp     x2, x1
    b.eq    2f
    wfe
    b       1b
2:  dmb     sy                      // the context was written before the affinity
    ldr     x0, [x3, #HUSK_PEN_CONTEXT]
    b       husk_smp_entry
