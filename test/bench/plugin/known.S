// SPDX-License-Identifier: Apache-2.0
// An EL2 whose one exit has a known number of instructions, and a guest that takes it between marks:
// what the plugin must count is in known.sh.
    .section .head, "ax"
    .globl _start
_start:
    b       boot
    .word   0
    .quad   0                       // text_offset
    .quad   image_end - . + 16      // image_size
    .quad   0xa                     // little endian, 4 KiB pages, anywhere in memory
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .word   0
boot:
    adr     x0, vectors
    msr     vbar_el2, x0
    mov     x0, #(1 << 31)          // EL1 is AArch64
    msr     hcr_el2, x0
    adr     x0, guest
    msr     elr_el2, x0
    mov     x0, #0x3c5              // EL1h, all masked
    msr     spsr_el2, x0
    mov     x2, #0x09000000         // the PL011 of QEMU's virt
    adr     x3, image_end
    isb
    eret

guest:
    mov     x0, #3
    hint    #0x60
    hvc     #0
    hint    #0x61
    mov     x0, #4
    hint    #0x60
    hvc     #0
    hint    #0x62                   // not to be counted
    hint    #0x61                   // no sample begun
    mov     x0, #5
    hint    #0x60
    hint    #0x61
    hint    #0x63
    b       .

    .section .text.vectors, "ax"
    .balign 2048
vectors:
    .skip   0x400                   // an exception from EL1: 32 instructions, 8 of them dear
    nop
    mrs     x1, esr_el2
    msr     tpidr_el1, x1           // dear
    msr     tpidr_el0, x1           // dear
    dsb     sy                      // dear
    dmb     ish                     // dear
    isb                             // dear
    tlbi    alle1                   // dear
    hint    #20                     // CSDB
    clrex
    ldr     w1, [x2, #0x18]         // dear: UARTFR
    ldr     x1, [x3]                // memory
    msr     daifset, #2             // masked still
    msr     daifclr, #2             // the 14th ends the run
    nop
    msr     daifset, #2             // another, of 8
    .rept   7
    nop
    .endr
    msr     daif, xzr               // dear
    .rept   7
    nop
    .endr
    eret

    .section .tail, "aw"
    .balign 8
    .quad   0
image_end:
