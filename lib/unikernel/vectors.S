// SPDX-License-Identifier: Apache-2.0
#include "uk_frame.h"

// x0-x18, x29, x30, ELR, SPSR, FPSR, FPCR, q0-q31.
#define IRQ_SYS   (11 * 16)
#define IRQ_FP    (IRQ_SYS + 32)
#define IRQ_BYTES (IRQ_FP + 32 * 16)

    // A vector nobody expects: registers into a static frame, then husk_uk_panic() on a stack of
    // its own, since the program's may be what is broken. Clobbers TPIDR_EL1; does not return.
    .macro fatal kind:req
    .balign 128
    msr     tpidr_el1, x0
    adrp    x0, husk_uk_fault_frame
    add     x0, x0, :lo12:husk_uk_fault_frame
    stp     x1, x2, [x0, #8]
    mov     x1, #\kind
    b       husk_uk_fault
    .endm

    .macro interrupt
    .balign 128
    b       husk_uk_irq_entry
    .endm

    .section .text.husk_uk_vectors, "ax", %progbits
    .balign 2048
    .globl husk_uk_vectors
    .hidden husk_uk_vectors
husk_uk_vectors:
    fatal   0       // EL1t synchronous: SP_EL0 is never selected
    fatal   1       // EL1t IRQ
    fatal   2       // EL1t FIQ
    fatal   3       // EL1t SError
    fatal   4       // EL1h synchronous: a defect of the program
    interrupt       // EL1h IRQ
    fatal   6       // EL1h FIQ: all interrupts are group 1
    fatal   7       // EL1h SError
    fatal   8       // EL0, AArch64: there is no EL0
    fatal   9
    fatal   10
    fatal   11
    fatal   12      // EL0, AArch32
    fatal   13
    fatal   14
    fatal   15

husk_uk_irq_entry:
    sub     sp, sp, #IRQ_BYTES
    stp     x0, x1, [sp, #0]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    str     x18, [sp, #144]
    stp     x29, x30, [sp, #160]
    mrs     x0, elr_el1
    mrs     x1, spsr_el1
    mrs     x2, fpsr
    mrs     x3, fpcr
    stp     x0, x1, [sp, #IRQ_SYS]
    stp     x2, x3, [sp, #IRQ_SYS + 16]
    add     x4, sp, #IRQ_FP
    stp     q0, q1, [x4, #0]
    stp     q2, q3, [x4, #32]
    stp     q4, q5, [x4, #64]
    stp     q6, q7, [x4, #96]
    stp     q8, q9, [x4, #128]
    stp     q10, q11, [x4, #160]
    stp     q12, q13, [x4, #192]
    stp     q14, q15, [x4, #224]
    stp     q16, q17, [x4, #256]
    stp     q18, q19, [x4, #288]
    stp     q20, q21, [x4, #320]
    stp     q22, q23, [x4, #352]
    stp     q24, q25, [x4, #384]
    stp     q26, q27, [x4, #416]
    stp     q28, q29, [x4, #448]
    stp     q30, q31, [x4, #480]
    add     x29, sp, #160   // a frame record, so that a debugger walks on
    bl      husk_uk_irq_take
    add     x4, sp, #IRQ_FP
    ldp     q0, q1, [x4, #0]
    ldp     q2, q3, [x4, #32]
    ldp     q4, q5, [x4, #64]
    ldp     q6, q7, [x4, #96]
    ldp     q8, q9, [x4, #128]
    ldp     q10, q11, [x4, #160]
    ldp     q12, q13, [x4, #192]
    ldp     q14, q15, [x4, #224]
    ldp     q16, q17, [x4, #256]
    ldp     q18, q19, [x4, #288]
    ldp     q20, q21, [x4, #320]
    ldp     q22, q23, [x4, #352]
    ldp     q24, q25, [x4, #384]
    ldp     q26, q27, [x4, #416]
    ldp     q28, q29, [x4, #448]
    ldp     q30, q31, [x4, #480]
    ldp     x0, x1, [sp, #IRQ_SYS]
    ldp     x2, x3, [sp, #IRQ_SYS + 16]
    msr     elr_el1, x0
    msr     spsr_el1, x1
    msr     fpsr, x2
    msr     fpcr, x3
    ldp     x0, x1, [sp, #0]
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldr     x18, [sp, #144]
    ldp     x29, x30, [sp, #160]
    add     sp, sp, #IRQ_BYTES
    eret
    dsb     nsh     // nothing past the eret is speculated
    isb

// x0 = frame, x1 = kind; x1 and x2 are in the frame, x0 in TPIDR_EL1.
husk_uk_fault:
    stp     x3, x4, [x0, #24]
    stp     x5, x6, [x0, #40]
    stp     x7, x8, [x0, #56]
    stp     x9, x10, [x0, #72]
    stp     x11, x12, [x0, #88]
    stp     x13, x14, [x0, #104]
    stp     x15, x16, [x0, #120]
    stp     x17, x18, [x0, #136]
    stp     x19, x20, [x0, #152]
    stp     x21, x22, [x0, #168]
    stp     x23, x24, [x0, #184]
    stp     x25, x26, [x0, #200]
    stp     x27, x28, [x0, #216]
    stp     x29, x30, [x0, #232]
    mrs     x2, tpidr_el1
    str     x2, [x0]
    mov     x2, sp
    mrs     x3, elr_el1
    mrs     x4, spsr_el1
    mrs     x5, esr_el1
    mrs     x6, far_el1
    stp     x2, x3, [x0, #HUSK_UK_FRAME_SP]
    stp     x4, x5, [x0, #HUSK_UK_FRAME_SPSR]
    str     x6, [x0, #HUSK_UK_FRAME_FAR]
    adrp    x2, husk_uk_panic_stack
    add     x2, x2, :lo12:husk_uk_panic_stack
    add     sp, x2, #HUSK_UK_PANIC_STACK_BYTES
    bl      husk_uk_panic

    .bss
    .balign 16
husk_uk_fault_frame:
    .skip   HUSK_UK_FRAME_SIZE
    .balign 16
husk_uk_panic_stack:
    .skip   HUSK_UK_PANIC_STACK_BYTES
