// SPDX-License-Identifier: Apache-2.0
// What the victim's second CPU does from its first instruction on, MMU off: one entry each.

.macro routine name:req
    .globl \name
    .balign 4
\name:
.endm

.macro call function:req
    movz    x0, #(\function & 0xffff)
    movk    x0, #(\function >> 16), lsl #16
    mov     x1, #0
    hvc     #0
.endm

    .text
routine second_spins
    b       second_spins
routine second_waits
    wfi
    b       second_waits
routine second_calls
    call    0x84000000              // PSCI_VERSION
    b       second_calls
routine second_suspends
    call    0xc4000001              // CPU_SUSPEND
    b       second_suspends
routine second_off
    call    0x84000002              // CPU_OFF
    b       .
routine second_system_off
    call    0x84000008
    b       .
routine second_system_reset
    call    0x84000009
    b       .
routine second_aborts               // vectors where nothing is: each abort's handler is an abort
    mov     x0, #0x1000
    msr     vbar_el1, x0
    isb
    ldr     x1, [x0]
    b       .
routine second_undefs               // vectors of trapped, UNDEFINED registers
    adr     x0, undef_vectors
    msr     vbar_el1, x0
    isb
    mrs     x1, pmcr_el0
    b       .
routine second_accesses             // registers of all interrupts, and of the other CPU
    mov     x0, #0x08000000
    mov     x1, #0x080a0000
    mvn     w2, wzr
1:  str     w2, [x0, #0x204]
    ldr     w3, [x0, #0x304]
    str     w2, [x0, #0x284]
    add     x4, x1, #0x10, lsl #12
    ldr     w3, [x4, #0x200]
    b       1b
routine second_sgis                 // to all others
    mov     x0, #1 << 40
1:  msr     S3_0_C12_C11_5, x0
    isb
    b       1b
routine second_types                // at the console, without an end
    mov     x0, #0x09000000
    mov     w1, #'x'
1:  str     w1, [x0]
    b       1b

    .balign 2048
undef_vectors:
    .rept   16
    mrs     x1, pmcr_el0
    .balign 128
    .endr
