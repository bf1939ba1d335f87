// SPDX-License-Identifier: Apache-2.0
#include <husk/uart.h>

enum {
    UARTIBRD = 0x24,
    UARTFBRD = 0x28,
    UARTLCR_H = 0x2c,
    UARTCR = 0x30,
    UARTICR = 0x44,
    FBRD_BITS = 6,
    LCR_H_8BIT_FIFO = 3 << 5 | 1 << 4,
    CR_UARTEN_TXE_RXE = 1 << 9 | 1 << 8 | 1 << 0,
};

/* The divisor takes effect with the write to UARTLCR_H, and changes only while the port is off (TRM
 * 3.3.6 "Fractional baud rate register"). */
static void start(const struct husk_uart *uart)
{
    husk_uart_set_interrupts(uart, 0);
    husk_mmio_write32(uart->base + UARTICR, 0x7ff);
    if (uart->divisor != 0) {
        husk_mmio_write32(uart->base + UARTCR, 0);
        husk_mmio_write32(uart->base + UARTIBRD, uart->divisor >> FBRD_BITS);
        husk_mmio_write32(uart->base + UARTFBRD, uart->divisor & ((1u << FBRD_BITS) - 1));
    }
    husk_mmio_write32(uart->base + UARTLCR_H, LCR_H_8BIT_FIFO);
    husk_mmio_write32(uart->base + UARTCR, CR_UARTEN_TXE_RXE);
}

const struct husk_uart_kind husk_uart_pl011 = {
    .data = 0x00,
    .status = 0x18,
    .mask = 0x38,
    .full = 1u << 5,
    .empty = 1u << 4,
    .tx_int = 1u << 5,
    .rx_int = 1u << 4 | 1u << 6,
    .start = start,
};
