// SPDX-License-Identifier: Apache-2.0
/* The mini-UART: a 16550 in outline. Two bits are not as the data sheet has them, but as Linux'
 * 8250 driver uses them: IER bit 0 is the receive interrupt, and it needs bits 3:2 set. */
#include <husk/uart.h>

enum {
    AUX_ENABLES = 0x04,
    AUX_MU_LCR = 0x4c,
    AUX_MU_CNTL = 0x60,
    ENABLES_MINI_UART = 1 << 0,
    LCR_8BIT = 3,
    CNTL_RX_TX = 3,
};

/* Its registers answer only while it is enabled. The port shares AUX_ENABLES with two SPIs. The
 * FIFOs are always on, and what is on its way out stays. */
static void start(const struct husk_uart *uart)
{
    const uint32_t enables = husk_mmio_read32(uart->base + AUX_ENABLES);

    husk_mmio_write32(uart->base + AUX_ENABLES, enables | ENABLES_MINI_UART);
    husk_uart_set_interrupts(uart, 0);
    husk_mmio_write32(uart->base + AUX_MU_LCR, LCR_8BIT);
    husk_mmio_write32(uart->base + AUX_MU_CNTL, CNTL_RX_TX);
}

const struct husk_uart_kind husk_uart_bcm_mini = {
    .data = 0x40,
    .status = 0x54,
    .mask = 0x44,
    .flip = 1u << 5 | 1u << 0,
    .full = 1u << 5,
    .empty = 1u << 0,
    .tx_int = 1u << 1,
    .rx_int = 1u << 0 | 3u << 2,
    .start = start,
};
