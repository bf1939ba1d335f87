// SPDX-License-Identifier: Apache-2.0
// _Noreturn void husk_move_to(const void *dtb, uint64_t entry): starts an image that has been copied, and
// cleaned to the point of coherency, as the arm64 boot protocol has it. What this one knows, in .bss and on its
// stack, is cleared in caches and memory. EL2's own map is the identity, so that this goes on here when it is
// turned off.

// Clears [\from, \to), of whole 16 bytes. 16 is the least a cache line can have. Clobbers x4, x5.
.macro wipe from:req, to:req, offset=0
    adrp    x4, \from
    add     x4, x4, :lo12:\from
    .if \offset
    add     x4, x4, #\offset
    .endif
    adrp    x5, \to
    add     x5, x5, :lo12:\to
1:  cmp     x4, x5
    b.hs    2f
    stp     xzr, xzr, [x4]
    dc      civac, x4
    add     x4, x4, #16
    b       1b
2:
.endm

    .section .text.husk_move_to, "ax"
    .globl husk_move_to
husk_move_to:
    wipe    husk_ld_bss_start, husk_ld_bss_end
    wipe    husk_ld_stack_guard, husk_ld_stack_top, 4096 // the guard is not mapped
    dsb     sy
    mrs     x2, sctlr_el2
    bic     x2, x2, #(1 << 12)      // I
    bic     x2, x2, #(1 << 2)       // C
    bic     x2, x2, #(1 << 0)       // M
    msr     sctlr_el2, x2
    isb
    ic      ialluis
    dsb     sy
    isb
    mov     x4, x1
    mov     x1, xzr
    mov     x2, xzr
    mov     x3, xzr
    br      x4
