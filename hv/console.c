// SPDX-License-Identifier: Apache-2.0
// The board's PL011 (ARM DDI 0183G), for Husk's own words and for the VM that owns the console.
#include "hv.h"
#include <husk/parts.h>
#include <husk/platform.h>

enum {
    UARTDR = 0x00,
    UARTFR = 0x18,
    UARTLCR_H = 0x2c,
    UARTCR = 0x30,
    UARTIMSC = 0x38,
    UARTICR = 0x44,
    FR_RXFE = 1 << 4,
    FR_TXFF = 1 << 5,
    LCR_H_8BIT_FIFO = 3 << 5 | 1 << 4,
    CR_UARTEN_TXE_RXE = 1 << 9 | 1 << 8 | 1 << 0,
    INT_RX = 1 << 4,
    INT_TX = 1 << 5,
    INT_RT = 1 << 6,
};

/* What UARTIMSC holds: written only when it changes. */
static uint32_t interrupt_mask;
static struct husk_spinlock console_lock;

static uint32_t uart_read(unsigned reg)
{
    return husk_mmio_read32(HUSK_PLATFORM_UART_BASE + reg);
}

static void uart_write(unsigned reg, uint32_t value)
{
    husk_mmio_write32(HUSK_PLATFORM_UART_BASE + reg, value);
}

static void put(char c)
{
    while ((uart_read(UARTFR) & FR_TXFF) != 0) {
    }
    uart_write(UARTDR, (uint8_t)c);
}

void husk_console_init(void)
{
    uart_write(UARTIMSC, 0);
    uart_write(UARTICR, 0x7ff);
    uart_write(UARTLCR_H, LCR_H_8BIT_FIFO);
    uart_write(UARTCR, CR_UARTEN_TXE_RXE);
    interrupt_mask = 0;
}

void husk_console_puts(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            put('\r');
        }
        put(*text);
    }
}

void husk_console_hex(uint64_t value)
{
    unsigned shift = 60;

    while (shift != 0 && value >> shift == 0) {
        shift -= 4;
    }
    husk_console_puts("0x");
    for (;; shift -= 4) {
        put("0123456789abcdef"[value >> shift & 0xf]);
        if (shift == 0) {
            return;
        }
    }
}

void husk_console_dec(uint64_t value)
{
    char digits[21];
    size_t at = sizeof(digits) - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    husk_console_puts(&digits[at]);
}

/* What goes out next: of the VM that has the console to itself, or of all. */
static bool next_out(struct husk_vm *vm, uint8_t *c)
{
    return husk_parts.smp != NULL ? husk_parts.smp->next_out(vm, c)
                                  : husk_vuart_tx_pop(&vm->uart, c);
}

/* The keyboard is the first VM's. Its interrupt stays off while the guest has no room: the
 * hardware's FIFO waits until the guest has read. */
static uint32_t receive(struct husk_vm *vm)
{
    while (husk_vuart_rx_ready(&vm->uart) && (uart_read(UARTFR) & FR_RXFE) == 0) {
        husk_vuart_rx_push(&vm->uart, (uint8_t)uart_read(UARTDR));
    }
    return husk_vuart_rx_ready(&vm->uart) ? INT_RX | INT_RT : 0;
}

void husk_console_pump(struct husk_vm *vm)
{
    uint32_t mask;
    uint8_t c;

    husk_spin_lock(&console_lock);
    mask = interrupt_mask & (INT_RX | INT_RT);
    for (;;) {
        if ((uart_read(UARTFR) & FR_TXFF) != 0) {
            mask |= INT_TX; /* the rest, if any, when there is room */
            break;
        }
        if (!next_out(vm, &c)) {
            break;
        }
        uart_write(UARTDR, c);
    }
    if (vm->index == 0) {
        mask = (mask & INT_TX) | receive(vm);
    }
    if (mask != interrupt_mask) {
        interrupt_mask = mask;
        uart_write(UARTIMSC, mask);
    }
    husk_spin_unlock(&console_lock);
}
