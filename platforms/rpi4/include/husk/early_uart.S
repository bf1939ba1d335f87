// SPDX-License-Identifier: Apache-2.0
// For start.S: w11 to the board's serial port, when it has room. MMU off. Clobbers x9, x10. The port is
// husk_platform_uart()'s.
.macro husk_platform_early_putc
    mov     x10, #HUSK_PLATFORM_GPIO_BASE
    ldr     w9, [x10, #HUSK_PLATFORM_GPFSEL1]
    ubfx    w9, w9, #HUSK_PLATFORM_GPIO14_LSB, #3
    cmp     w9, #HUSK_PLATFORM_GPIO_MINI
    b.eq    2f
    add     x10, x10, #(HUSK_PLATFORM_UART_BASE - HUSK_PLATFORM_GPIO_BASE)
1:  ldr     w9, [x10, #0x18]        // UARTFR
    tbnz    w9, #5, 1b              // TXFF
    str     w11, [x10]              // UARTDR
    b       4f
2:  add     x10, x10, #(HUSK_PLATFORM_MINI_UART_BASE - HUSK_PLATFORM_GPIO_BASE)
    ldr     w9, [x10, #0x04]        // AUX_ENABLES
    tbz     w9, #0, 4f              // off: it would never have room
3:  ldr     w9, [x10, #0x54]        // AUX_MU_LSR_REG
    tbz     w9, #5, 3b              // transmitter can take a byte
    str     w11, [x10, #0x40]       // AUX_MU_IO_REG
4:
.endm
