// SPDX-License-Identifier: Apache-2.0
// To lie at address 0x400, where QEMU's raspi4b, which has no firmware at EL3, takes an SMC: it ends QEMU,
// by the watchdog with partition 63.
    .section .head, "ax"
    .globl _start
_start:
    movz    x0, #0xfe10, lsl #16    // PM
    movz    w1, #0x5a00, lsl #16    // password
    mov     w3, #0x555              // PM_RSTS: partition 63
    orr     w2, w1, w3
    str     w2, [x0, #0x20]
    orr     w2, w1, #0x20           // PM_RSTC: full reset
    str     w2, [x0, #0x1c]
1:  wfi
    b       1b
