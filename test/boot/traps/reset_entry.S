// SPDX-License-Identifier: Apache-2.0
// Registers as a vCPU finds them at its first instruction, before the unikernel's own start code.

    .section .head, "ax", %progbits
    .globl _start
_start:
    msr     cntv_cval_el0, x1       // the one register no row compares
    adrp    x1, reset_entry
    add     x1, x1, :lo12:reset_entry
    stp     x0, x2, [x1]
    stp     x3, x4, [x1, #16]
    stp     x5, x6, [x1, #32]
    stp     x7, x8, [x1, #48]
    stp     x9, x10, [x1, #64]
    stp     x11, x12, [x1, #80]
    stp     x13, x14, [x1, #96]
    stp     x15, x16, [x1, #112]
    stp     x17, x18, [x1, #128]
    stp     x19, x20, [x1, #144]
    stp     x21, x22, [x1, #160]
    stp     x23, x24, [x1, #176]
    stp     x25, x26, [x1, #192]
    stp     x27, x28, [x1, #208]
    stp     x29, x30, [x1, #224]
    mrs     x2, cntv_cval_el0
    mov     x3, sp
    stp     x2, x3, [x1, #240]
    add     x3, x1, #256
    .irp    name, sctlr_el1, ttbr0_el1, ttbr1_el1, tcr_el1, mair_el1, amair_el1, contextidr_el1
    mrs     x2, \name
    str     x2, [x3], #8
    .endr
    .irp    name, tpidr_el1, tpidr_el0, tpidrro_el0, sp_el0, elr_el1, spsr_el1, esr_el1, far_el1
    mrs     x2, \name
    str     x2, [x3], #8
    .endr
    .irp    name, par_el1, afsr0_el1, afsr1_el1, csselr_el1, mdscr_el1, cntv_ctl_el0, cntp_ctl_el0
    mrs     x2, \name
    str     x2, [x3], #8
    .endr
    .irp    name, cpacr_el1, vbar_el1, daif, currentel, cntkctl_el1, cntvct_el0, isr_el1
    mrs     x2, \name
    str     x2, [x3], #8
    .endr
    mrs     x2, S3_0_C4_C6_0        // ICC_PMR_EL1
    str     x2, [x3], #8
    mrs     x2, S3_0_C12_C12_7      // ICC_IGRPEN1_EL1
    str     x2, [x3], #8
    mrs     x2, S3_0_C12_C12_4      // ICC_CTLR_EL1
    str     x2, [x3], #8
    mrs     x2, S3_0_C12_C12_3      // ICC_BPR1_EL1
    str     x2, [x3], #8
    mrs     x2, S3_0_C12_C9_0       // ICC_AP1R0_EL1
    str     x2, [x3], #8
    dsb     sy
    b       reset_unikernel_start

#define _start reset_unikernel_start
#include "start.S"

    .data
    .balign 64
    .globl reset_entry
reset_entry:
    .skip   1024, 0xff
