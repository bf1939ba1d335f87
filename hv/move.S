// SPDX-License-Identifier: Apache-2.0
// _Noreturn void husk_move_to(const void *dtb, uint64_t entry): starts an image that has been copied, and
// cleaned to the point of coherency, as the arm64 boot protocol has it. EL2's own map is the identity, so
// that this goes on here when it is turned off. No access to memory: what is in the caches only is lost.
    .section .text.husk_move_to, "ax"
    .globl husk_move_to
husk_move_to:
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
