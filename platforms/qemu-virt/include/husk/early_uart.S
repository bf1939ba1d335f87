// SPDX-License-Identifier: Apache-2.0
// For start.S: w11 to the board's serial port, when it has room. MMU off. Clobbers x9, x10.
.macro husk_platform_early_putc
    mov     x10, #(HUSK_PLATFORM_UART_BASE & 0xffff)
    movk    x10, #(HUSK_PLATFORM_UART_BASE >> 16), lsl #16
1:  ldr     w9, [x10, #0x18]        // UARTFR
    tbnz    w9, #5, 1b              // TXFF
    str     w11, [x10]              // UARTDR
.endm
