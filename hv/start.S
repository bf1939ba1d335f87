// SPDX-License-Identifier: Apache-2.0
// Entry of the image, as the arm64 boot protocol has it (Linux Documentation/arch/arm64/booting.rst):
// EL2, MMU off, x0 = physical address of the device tree. Runs wherever it was loaded. At another exception level
// husk_boot() says so.

    .section .head, "ax"
    .globl _start
_start:
    .globl husk_ld_start
husk_ld_start:
    b       entry                   // code0
    .long   0                       // code1
    .quad   0                       // text_offset: 0 from a 2 MiB boundary
    .quad   husk_ld_image_size            // image_size: all memory the image needs
    .quad   0xa                     // flags: little endian, 4 KiB pages, anywhere in memory
    .quad   0, 0, 0                 // res2..res4
    .ascii  "ARM\x64"               // magic
    .long   0                       // res5: no PE header

// The rest has its room between the exception vectors (vectors.S).
    .section .text.vector.10.entry, "ax"
entry:
    mov     x19, x0
    msr     daifset, #0xf
    mrs     x20, CurrentEL
    cmp     x20, #(2 << 2)
    b.ne    1f
    bl      husk_plain_el2
1:  adr     x1, husk_ld_stack_top   // not in .bss
    mov     sp, x1
    bl      husk_load               // relocates the image, clears .bss
    mov     x0, x19
    mov     x1, x20
    b       husk_boot               // does not return

// Plain EL2, with Husk's vectors. Clobbers x0.
    .section .text.vector.12.plain_el2, "ax"
    .globl husk_plain_el2
husk_plain_el2:
    // E2H off (it may be stuck on where an old loader left it), EL1 is AArch64; MMU and caches off.
    mov     x0, #(1 << 31)
    msr     hcr_el2, x0
    mov     x0, #0x0830
    movk    x0, #0x30c5, lsl #16    // SCTLR_EL2 RES1
    msr     sctlr_el2, x0
    adr     x0, husk_vectors
    msr     vbar_el2, x0
    isb
    ret
