// SPDX-License-Identifier: Apache-2.0
// The least firmware at EL3 that Husk can stand on, for QEMU's virt with secure=on: starts an image
// at EL2, answers SMCCC discovery as -D says, and counts the calls that reach it. At SYSTEM_OFF it
// says "el3: A B C D E": WORKAROUND_1, _2, _3, questions asked of ARCH_FEATURES, and all other calls.
//
//   ANSWER_VERSION   PSCI_VERSION             ANSWER_FEATURES  PSCI_FEATURES of SMCCC_VERSION
//   ANSWER_SMCCC     SMCCC_VERSION            ANSWER_1 _2 _3   SMCCC_ARCH_FEATURES of WORKAROUND_n
//   IMAGE            where the image lies
//
// It changes x0 alone for its caller.
#define RAM_BASE   0x40000000 // where QEMU puts the device tree
#define STACK      0x0e010000 // top of 64 KiB in the secure RAM of the board
#define COUNTERS   0x0e020000 // five words
#define PL011      0x09000000
#define GICD       0x08000000
#define GICR_SGI   0x080b0000

    .section .head, "ax"
    .globl _start
_start:
    b       entry

// A word as one digit; clobbers x9.
.macro put_digit reg:req
    add     w9, \reg, #'0'
    str     w9, [x1]
.endm

    .balign 2048
vectors:
    .fill   0x400 / 4, 4, 0x14000000    // from EL3 itself: hangs here
    // from a lower level, AArch64, synchronous: an SMC
    stp     x1, x2, [sp, #-32]!
    stp     x9, x10, [sp, #16]
    mrs     x1, esr_el3
    lsr     x1, x1, #26
    cmp     x1, #0x17
    b.ne    .
    b       smc
    .balign 2048

// COUNTERS[number] += 1
.macro count number:req
    mov     x9, #COUNTERS
    ldr     w10, [x9, #(4 * \number)]
    add     w10, w10, #1
    str     w10, [x9, #(4 * \number)]
.endm

// To `label`, if w0 is the function identifier (high, low half).
.macro on high:req, low:req, label:req
    mov     w9, #\low
    movk    w9, #\high, lsl #16
    cmp     w0, w9
    b.eq    \label
.endm

.macro answer value:req
    ldr     x0, =\value
    b       back
.endm

smc:
    ldr     x1, [sp]
    on      0x8400, 0x0000, version
    on      0x8400, 0x000a, features
    on      0x8000, 0x0000, smccc
    on      0x8000, 0x0001, arch_features
    on      0x8000, 0x8000, workaround_1
    on      0x8000, 0x7fff, workaround_2
    on      0x8000, 0x3fff, workaround_3
    on      0x8400, 0x0008, off
    count   4
    answer  -1
version:
    answer  ANSWER_VERSION
features:
    mov     w9, #0x80000000
    cmp     w1, w9
    b.ne    1f
    answer  ANSWER_FEATURES
1:  count   4
    answer  -1
smccc:
    answer  ANSWER_SMCCC
arch_features:
    count   3
    mov     w0, w1
    on      0x8000, 0x8000, 1f
    on      0x8000, 0x7fff, 2f
    on      0x8000, 0x3fff, 3f
    answer  -1
1:  answer  ANSWER_1
2:  answer  ANSWER_2
3:  answer  ANSWER_3
workaround_1:
    count   0
    b       back
workaround_2:
    count   1
    b       back
workaround_3:
    count   2
back:
    ldp     x9, x10, [sp, #16]
    ldp     x1, x2, [sp], #32
    eret

off:
    mov     x1, #PL011
    adr     x2, text
1:  ldrb    w9, [x2], #1
    cbz     w9, 2f
    str     w9, [x1]
    b       1b
2:  mov     x2, #COUNTERS
    mov     x10, #5
3:  ldr     w0, [x2], #4
    put_digit w0
    mov     w9, #' '
    str     w9, [x1]
    subs    x10, x10, #1
    b.ne    3b
    mov     w9, #'\n'
    str     w9, [x1]
    adr     x1, exit_block
    mov     w0, #0x18                   // SYS_EXIT of semihosting
    hlt     #0xf000
    b       .
    .balign 8
exit_block:
    .quad   0x20026, 0                  // ADP_Stopped_ApplicationExit, status 0
text:
    .asciz  "\nel3: "
    .balign 4

entry:
    mov     x1, #STACK
    mov     sp, x1
    mov     x1, #COUNTERS
    stp     xzr, xzr, [x1]
    str     wzr, [x1, #16]
    adr     x1, vectors
    msr     vbar_el3, x1
    mov     x1, #0x531                  // RW, HCE, RES1, NS: EL2 is AArch64, HVC and SMC work
    msr     scr_el3, x1
    msr     cptr_el3, xzr
    mov     x1, #0xf                    // SRE, and lower levels may set theirs
    msr     S3_6_C12_C12_5, x1          // ICC_SRE_EL3
    isb
    // All interrupts of the board are non-secure group 1.
    mov     x1, #GICD
    mov     w2, #0x30                   // ARE_S, ARE_NS
    str     w2, [x1]
    mov     w2, #-1
    add     x9, x1, #0x84
    mov     x10, #8
1:  str     w2, [x9], #4
    subs    x10, x10, #1
    b.ne    1b
    mov     x1, #GICR_SGI
    str     w2, [x1, #0x80]
    mov     x1, #0x3c9                  // EL2h, all masked
    msr     spsr_el3, x1
    ldr     x1, =IMAGE
    msr     elr_el3, x1
    mov     x0, #RAM_BASE
    mov     x1, #0
    isb
    eret
    .ltorg
