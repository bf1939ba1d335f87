// SPDX-License-Identifier: Apache-2.0
// The exception vectors of EL2 (Arm ARM DDI 0487J.a D1.3.2 "Exception vectors") and the way in and
// out of a guest. SP_EL2 is at the frame, at the top of the CPU's stack, whenever a guest runs.
#include <husk/frame.h>

// STP or LDP of pairs of registers at their places in a frame, the first at byte \at.
.macro pairs op:req, frame:req, at:req, list:vararg
    .set .Lplace, \at
    .irp pair, \list
    \op     \pair, [\frame, #.Lplace]
    .set .Lplace, .Lplace + 16
    .endr
.endm
.macro x2_to_x17 op:req, frame:req
    pairs \op, \frame, 16, "x2, x3", "x4, x5", "x6, x7", "x8, x9", "x10, x11", "x12, x13", "x14, x15", "x16, x17"
.endm
.macro x18_to_x29 op:req, frame:req
    pairs \op, \frame, 144, "x18, x19", "x20, x21", "x22, x23", "x24, x25", "x26, x27", "x28, x29"
.endm

// The caller-saved registers: all that most exits cost. Code for EL2 leaves x18 alone. x[31] reads as XZR.
.macro save_caller
    stp     x0, x1, [sp]
    x2_to_x17 stp, sp
    stp     x30, xzr, [sp, #240]
.endm

// Back to the guest. The barriers stop straight-line speculation past the ERET.
.macro return_to_guest
    ldp     x0, x1, [sp]
    x2_to_x17 ldp, sp
    ldr     x30, [sp, #240]
    eret
    dsb     nsh
    isb
.endm

// One of the 16, each of 128 bytes, which most do not need: what follows one, here or in a section
// .text.vector.<number>.<name> of another file, has its room before the next (husk.ld asserts it).
.macro vector number:req, name:req
    .section .text.vector.\number, "ax"
    .balign 128
\name:
.endm

// Anything at EL2 itself is a defect of ours: all registers into one frame, then the report. The
// guest's thread registers serve as scratch: no guest runs on after this.
.macro defect number:req, name:req
    vector  \number, \name
    msr     tpidr_el1, x0
    mov     x0, #\number
    b       panic_entry
.endm

defect 00, el2_sp0_sync

// An exit that may read or write any guest register. x0 = ESR_EL2.
slow_exit:
    x18_to_x29 stp, sp
    bl      husk_exit
restore_all:
    x18_to_x29 ldp, sp

    .globl husk_guest_return
husk_guest_return:
    return_to_guest

defect 01, el2_sp0_irq

// x0 = vector number; the old x0 is in TPIDR_EL1.
panic_entry:
    msr     tpidrro_el0, x1
    adr     x1, husk_panic_frame
    x2_to_x17 stp, x1
    x18_to_x29 stp, x1
    mrs     x2, tpidr_el1
    mrs     x3, tpidrro_el0
    stp     x2, x3, [x1]
    mrs     x2, elr_el2
    stp     x30, x2, [x1, #240]
    mrs     x2, spsr_el2
    mov     x3, sp
    stp     x2, x3, [x1, #HUSK_FRAME_PSTATE]
    adr     x2, husk_ld_panic_stack_top
    mov     sp, x2
    b       husk_panic_exception

defect 02, el2_sp0_fiq

// _Noreturn void husk_guest_enter(uint64_t x0, uint64_t stack_top): a vCPU's first instruction.
    .globl husk_guest_enter
husk_guest_enter:
    sub     sp, x1, #HUSK_FRAME_BYTES
    add     x2, sp, #16
    stp     x0, xzr, [sp]
1:  stp     xzr, xzr, [x2], #16
    cmp     x2, x1
    b.lo    1b
    b       restore_all

defect 03, el2_sp0_serror
defect 04, el2_sync
defect 05, el2_irq
defect 06, el2_fiq
defect 07, el2_serror
vector 08, guest64_sync
    save_caller
    mrs     x0, esr_el2
    tst     x0, #(3 << 20)          // of a load or store SSE, and SRT above x15; of a system
    b.ne    slow_exit               // register op0; others need no more than these registers
    bl      husk_exit
    return_to_guest
vector 09, guest64_irq
    save_caller
    bl      husk_exit_irq
    return_to_guest
defect 10, guest64_fiq
vector 11, guest64_serror
    save_caller
    adr     x30, husk_guest_return
    b       husk_exit_serror
vector 12, guest32_sync             // EL0 of a guest in AArch32: the same exits, R0 to R14 are x0 to x14
    b       guest64_sync
vector 13, guest32_irq
    b       guest64_irq
defect 14, guest32_fiq
    .globl guest32_serror
vector 15, guest32_serror
    b       guest64_serror
