// SPDX-License-Identifier: Apache-2.0
// First byte of a unikernel. Entered at EL1h with the MMU off, x0 = device tree or 0.
// The header is an arm64 Image's ("Booting AArch64 Linux", kernel documentation), so that a loader
// can read how much memory the program needs; the program itself runs at its link address only.

#define SCTLR_EL1_ON 0x30d8181d  // RES1 bits, WXN, I, SA0, SA, C, M
#define MAIR_EL1     0x04ff      // 0: Normal write-back; 1: Device-nGnRE
#define TCR_EL1      0x200803519 // 40-bit PA, EPD1, TTBR0: inner shareable, WB, T0SZ 25
#define CPACR_FPEN   (3 << 20)

    .macro address reg:req, symbol:req
    adrp    \reg, \symbol
    add     \reg, \reg, :lo12:\symbol
    .endm

    .section .head, "ax", %progbits
    .globl _start
    .type _start, %function
_start:
    b       1f
    .long   0
    .quad   0                       // text_offset
    .quad   husk_uk_ld_image_bytes   // with BSS, stack and page tables
    .quad   0x2                     // little endian, 4 KiB pages
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0
1:
    msr     spsel, #1
    mov     x1, #CPACR_FPEN
    msr     cpacr_el1, x1
    address x1, husk_uk_vectors
    msr     vbar_el1, x1
    isb
    address x1, husk_uk_ld_stack_top
    mov     sp, x1
    mov     x29, xzr
    mov     x30, xzr
    bl      husk_uk_boot_early

    // The C code above left nothing on the stack that is read again: what it wrote went past the
    // cache, and a stale line could hide it.
    address x1, husk_uk_boot_info
    msr     ttbr0_el1, x1
    ldr     x1, =MAIR_EL1
    msr     mair_el1, x1
    ldr     x1, =TCR_EL1
    msr     tcr_el1, x1
    isb
    tlbi    vmalle1
    dsb     nsh
    isb
    ldr     x1, =SCTLR_EL1_ON
    msr     sctlr_el1, x1
    isb
    address x1, husk_uk_ld_stack_top
    mov     sp, x1
    mov     x29, xzr
    bl      husk_uk_boot_main
    .size _start, . - _start
