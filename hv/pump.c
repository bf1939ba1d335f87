// SPDX-License-Identifier: Apache-2.0
// The board's serial port, shared with the VM that has the console, or with all of them.
#include "hv.h"

/* Characters sent in one go, with interrupts masked: what the UART's own FIFO takes at most. */
enum { PUMP_CHARS_MAX = 32 };

/* The interrupts it has: written only when they change. */
static uint32_t interrupts;
struct husk_spinlock husk_console_lock;

/* What goes out next: of the VM that has the console to itself, or of all. */
static bool next_out(struct husk_vm *vm, uint8_t *c, unsigned sent)
{
    return husk_parts.smp != NULL ? husk_parts.smp->next_out(vm, c, sent)
                                  : husk_vuart_tx_pop(&vm->uart, c);
}

/* The keyboard is the first VM's. Its interrupt stays off while the guest has no room: the
 * hardware's FIFO waits until the guest has read. */
static uint32_t receive(struct husk_vm *vm)
{
    while (husk_vuart_rx_ready(&vm->uart)) {
        if (!husk_uart_can_read(husk_console)) {
            return husk_console->kind->rx_int;
        }
        husk_vuart_rx_push(&vm->uart, husk_uart_read(husk_console));
    }
    return 0;
}

void husk_console_pump(struct husk_vm *vm)
{
    const uint32_t tx_int = husk_console->kind->tx_int;
    uint32_t wanted;
    uint8_t c;

    husk_spin_lock(&husk_console_lock);
    wanted = interrupts & ~tx_int;
    for (unsigned sent = 0;; sent++) {
        if (sent == PUMP_CHARS_MAX || !husk_uart_can_write(husk_console)) {
            wanted |= tx_int; /* the rest, if any, when there is room */
            break;
        }
        if (!next_out(vm, &c, sent)) {
            break;
        }
        husk_uart_write(husk_console, c);
    }
    if (vm->index == 0) {
        wanted = (wanted & tx_int) | receive(vm);
    }
    if (wanted != interrupts) {
        interrupts = wanted;
        husk_uart_set_interrupts(husk_console, wanted);
    }
    husk_spin_unlock(&husk_console_lock);
}
