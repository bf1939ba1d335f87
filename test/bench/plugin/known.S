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
    orr     x0, x0, #(1 << 4)       // interrupts come to EL2
    msr     hcr_el2, x0
    mov     x1, #0x08000000
    add     x1, x1, #0xa0, lsl #12  // GICR of QEMU's virt
    str     wzr, [x1, #0x14]        // GICR_WAKER
    add     x1, x1, #0x10000
    mov     w0, #1
    str     w0, [x1, #0x80]         // GICR_IGROUPR0
    str     w0, [x1, #0x100]        // GICR_ISENABLER0
    mov     x1, #0x08000000
    mov     w0, #0x12               // GICD_CTLR: affinity routing, group 1
    str     w0, [x1]
    mov     x0, #0xf
    msr     S3_4_C12_C9_5, x0       // ICC_SRE_EL2
    isb
    mov     x0, #0xff
    msr     S3_0_C4_C6_0, x0        // ICC_PMR_EL1
    mov     x0, #1
    msr     S3_0_C12_C12_7, x0      // ICC_IGRPEN1_EL1
    adr     x0, guest
    msr     elr_el2, x0
    mov     x0, #0x345              // EL1h, all masked but IRQ
    msr     spsr_el2, x0
    mov     x2, #0x09000000         // the PL011 of QEMU's virt
    adr     x3, image_end
    mov     x4, #0
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
    mov     x0, #6
    mov     x4, #1
    hint    #0x60
    hvc     #0
    hint    #0x61
    hint    #0x63
    b       .

    .section .text.vectors, "ax"
    .balign 2048
vectors:
    .skip   0x400                   // an exception from EL1: 32 instructions, 8 of them dear
    cbnz    x4, with_sgi
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

    .balign 128                     // the interrupt, taken before an instruction of the guest: 8, 1 of them dear
    mrs     x1, S3_0_C12_C12_0      // ICC_IAR1_EL1
    msr     S3_0_C12_C12_1, x1      // ICC_EOIR1_EL1
    .rept   5
    nop
    .endr
    eret

// With an SGI to itself, which is pending when it returns: 11 instructions, 2 of them dear.
with_sgi:
    mov     x4, #0
    mov     x1, #1                  // INTID 0, to Aff0 0
    msr     S3_0_C12_C11_5, x1      // ICC_SGI1R_EL1
    isb
    .rept   5
    nop
    .endr
    eret

    .section .tail, "aw"
    .balign 8
    .quad   0
image_end:
