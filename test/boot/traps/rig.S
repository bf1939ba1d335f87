// SPDX-License-Identifier: Apache-2.0
// One instruction under test, in rig_slot (EL1) or rig_el0_slot (EL0), which rig.c patches; and
// vectors that record where its exception went and how, then go on behind the slot.
#include "rig_frame.h"

// The frame both ways use: callee-saved registers, the caller's struct rig_regs at [sp, #96].
.macro enter_frame
    stp     x29, x30, [sp, #-112]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    str     x0, [sp, #96]
.endm

    .text
// void rig_enter(struct rig_regs *regs): EL1.
    .globl rig_enter
rig_enter:
    enter_frame
    ldr     x1, [x0, #RIG_REGS_NZCV]
    msr     nzcv, x1
    mov     x30, x0
    ldr     x1, [x0, #RIG_REGS_SP0]
    cbz     x1, 1f
    msr     spsel, #0
1:
    ldp     x0, x1, [x30, #0]
    ldp     x2, x3, [x30, #16]
    ldp     x4, x5, [x30, #32]
    ldp     x6, x7, [x30, #48]
    ldp     x8, x9, [x30, #64]
    ldp     x10, x11, [x30, #80]
    ldp     x12, x13, [x30, #96]
    ldp     x14, x15, [x30, #112]
    ldp     x16, x17, [x30, #128]
    ldp     x18, x19, [x30, #144]
    ldp     x20, x21, [x30, #160]
    ldp     x22, x23, [x30, #176]
    ldp     x24, x25, [x30, #192]
    ldp     x26, x27, [x30, #208]
    ldp     x28, x29, [x30, #224]
    ldr     x30, [x30, #240]
    .globl rig_slot
rig_slot:
    nop
rig_behind:
    b       1f
    udf     #0                      // an exit that skips too much ends here
1:
    msr     spsel, #1
    stp     x0, x1, [sp, #-16]!
    ldr     x0, [sp, #112]
    stp     x2, x3, [x0, #16]
    stp     x4, x5, [x0, #32]
    stp     x6, x7, [x0, #48]
    stp     x8, x9, [x0, #64]
    stp     x10, x11, [x0, #80]
    stp     x12, x13, [x0, #96]
    stp     x14, x15, [x0, #112]
    stp     x16, x17, [x0, #128]
    stp     x18, x19, [x0, #144]
    stp     x20, x21, [x0, #160]
    stp     x22, x23, [x0, #176]
    stp     x24, x25, [x0, #192]
    stp     x26, x27, [x0, #208]
    stp     x28, x29, [x0, #224]
    str     x30, [x0, #240]
    ldp     x2, x3, [sp], #16
    stp     x2, x3, [x0]
    mrs     x1, nzcv
    str     x1, [x0, #RIG_REGS_NZCV]
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #112
    ret

// void rig_enter_el0(struct rig_regs *regs, uint64_t pc, uint64_t spsr): x0 and x1 of regs only.
    .globl rig_enter_el0
rig_enter_el0:
    enter_frame
    msr     elr_el1, x1
    msr     spsr_el1, x2
    isb
    ldp     x0, x1, [x0]
    eret

    .balign 8
    .globl rig_el0_slot
rig_el0_slot:
    nop
    svc     #0

// Where the exception came from is the vector's number, 0..15.
.macro sync kind:req
    .balign 128
    stp     x0, x1, [sp, #-32]!
    mov     x0, #\kind
    b       record
.endm

.macro interrupt intid:req, count:req, iar:req, eoir:req
    .balign 128
    stp     x0, x1, [sp, #-32]!
    str     x2, [sp, #16]
    adrp    x1, rig_record
    add     x1, x1, :lo12:rig_record
    mrs     x0, \iar
    str     x0, [x1, #\intid]
    msr     \eoir, x0
    ldr     x0, [x1, #\count]
    add     x0, x0, #1
    str     x0, [x1, #\count]
    ldr     x2, [sp, #16]
    ldp     x0, x1, [sp], #32
    eret
.endm

    .balign 2048
    .globl rig_vectors
rig_vectors:
    sync    0
    sync    1
    sync    2
    sync    3
    sync    4
    interrupt RIG_REC_IRQ, RIG_REC_IRQS, S3_0_C12_C12_0, S3_0_C12_C12_1
    interrupt RIG_REC_FIQ, RIG_REC_FIQS, S3_0_C12_C8_0, S3_0_C12_C8_1
    sync    7
    sync    8
    sync    9
    sync    10
    sync    11
    sync    12
    sync    13
    sync    14
    sync    15
    .balign 128

.macro field name:req, bit:req, offset:req
    tbz     x2, #\bit, 1f
    mrs     x0, \name
    str     x0, [x1, #\offset]
1:
.endm

// x0 = number; x0, x1 of the interrupted code at [sp].
record:
    str     x2, [sp, #16]
    adrp    x1, rig_record
    add     x1, x1, :lo12:rig_record
    str     x0, [x1, #RIG_REC_KIND]
    mov     x2, x0
    mrs     x0, nzcv
    str     x0, [x1, #RIG_REC_NZCV]
    mrs     x0, daif
    str     x0, [x1, #RIG_REC_DAIF]
    mrs     x0, currentel
    str     x0, [x1, #RIG_REC_EL]
    mrs     x0, spsel
    str     x0, [x1, #RIG_REC_SPSEL]
    mrs     x0, esr_el1
    str     x0, [x1, #RIG_REC_ESR]
    mrs     x0, elr_el1
    str     x0, [x1, #RIG_REC_ELR]
    mrs     x0, spsr_el1
    str     x0, [x1, #RIG_REC_SPSR]
    mrs     x0, far_el1
    str     x0, [x1, #RIG_REC_FAR]
    ldr     x0, [x1, #RIG_REC_ARMED]
    cbz     x0, rig_unexpected
    str     xzr, [x1, #RIG_REC_ARMED]
    ldr     x0, [x1, #RIG_REC_COUNT]
    add     x0, x0, #1
    str     x0, [x1, #RIG_REC_COUNT]
    adr     x0, rig_behind
    msr     elr_el1, x0
    cmp     x2, #8
    b.lo    2f
    mov     x0, #0x3c5              // from EL0: on at EL1h, masked
    msr     spsr_el1, x0
2:
    ldr     x2, [x1, #RIG_REC_FEATURES]
    field   S3_0_C4_C2_3, RIG_HAS_PAN_BIT, RIG_REC_PAN
    field   S3_3_C4_C2_6, RIG_HAS_SSBS_BIT, RIG_REC_SSBS
    field   S3_3_C4_C2_7, RIG_HAS_TCO_BIT, RIG_REC_TCO
    field   S3_3_C4_C2_5, RIG_HAS_DIT_BIT, RIG_REC_DIT
    ldr     x2, [sp, #16]
    ldp     x0, x1, [sp], #32
    eret
