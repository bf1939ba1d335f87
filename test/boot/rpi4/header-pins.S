// SPDX-License-Identifier: Apache-2.0
// The firmware without dtoverlay=disable-bt: the header's pins 14 and 15 are the mini-UART's. Then on to
// the image at HUSK_AT, with x0 as it came.
#include "image.S"
    movz    x1, #0xfe20, lsl #16    // GPIO
    ldr     w2, [x1, #0x04]         // GPFSEL1
    mov     w3, #(2 << 12)          // pins 14 and 15: alternate function 5
    movk    w3, #(2 << 15 >> 16), lsl #16
    bic     w2, w2, #(0x3f << 12)
    orr     w2, w2, w3
    str     w2, [x1, #0x04]
    movz    x1, #0xfe21, lsl #16
    movk    x1, #0x5000             // AUX
    mov     w2, #1
    str     w2, [x1, #0x04]         // AUX_ENABLES: mini-UART
    ldr     x1, =HUSK_AT
    br      x1
    .ltorg
