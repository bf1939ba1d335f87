// SPDX-License-Identifier: Apache-2.0
// One UART for several VMs: whole lines, each with its VM's name in front. A line waits in its VM
// until it is complete, then in a ring until the UART takes it; a VM that writes faster than that
// finds its own FIFO full, and no other VM is held up.
#include "smp.h"

enum {
    RING_BYTES = 4096, /* a power of two */
    PREFIX_EXTRA = 4,  /* "[", "] " and the carriage return */
    TOLD_BYTES = 64,   /* of a line of Husk's own, at most */
};

static char ring[RING_BYTES];
static uint32_t ring_in;
static uint32_t ring_out;

static size_t length(const char *text)
{
    size_t count = 0;

    while (text[count] != '\0') {
        count++;
    }
    return count;
}

static void push(char c)
{
    ring[ring_in++ % RING_BYTES] = c;
}

static void push_text(const char *text)
{
    for (; *text != '\0'; text++) {
        push(*text);
    }
}

static void push_line(struct husk_vm *vm)
{
    push('[');
    push_text(husk_vm_config(vm)->name);
    push(']');
    push(' ');
    for (size_t i = 0; i < vm->line_bytes; i++) {
        push(vm->line[i]);
    }
    push('\r');
    push('\n');
    vm->line_bytes = 0;
}

/* A line of Husk's own about each VM has room, too. */
static bool has_room(const struct husk_vm *vm)
{
    const size_t need = length(husk_vm_config(vm)->name) + PREFIX_EXTRA + sizeof(vm->line) + 1;

    return RING_BYTES - (ring_in - ring_out) >= need + (size_t)TOLD_BYTES * HUSK_PRODUCT_VM_MAX;
}

static void collect(struct husk_vm *vm)
{
    uint8_t c;

    while (has_room(vm) && husk_vuart_tx_pop(&vm->uart, &c)) {
        if (c == '\n') {
            push_line(vm);
        } else if (c != '\r') {
            vm->line[vm->line_bytes++] = (char)c;
            if (vm->line_bytes == sizeof(vm->line)) {
                push_line(vm);
            }
        }
    }
}

void husk_mux_tell(struct husk_vm *vm, const char *what, const char *why)
{
    husk_spin_lock(&husk_console_lock);
    collect(vm);
    if (vm->line_bytes != 0 && has_room(vm)) {
        push_line(vm);
    }
    vm->line_bytes = 0;
    if (RING_BYTES - (ring_in - ring_out) >= TOLD_BYTES) {
        push_text("husk: vm '");
        push_text(husk_vm_config(vm)->name);
        push_text(what);
        push_text(why);
        push_text("\r\n");
    }
    husk_spin_unlock(&husk_console_lock);
}

bool husk_mux_next(struct husk_vm *vm, uint8_t *c, unsigned sent)
{
    if (husk_product.vms.count == 1) {
        return husk_vuart_tx_pop(&vm->uart, c);
    }
    if (sent == 0 || ring_out == ring_in) {
        collect(vm);
    }
    if (ring_out == ring_in) {
        return false;
    }
    *c = (uint8_t)ring[ring_out++ % RING_BYTES];
    return true;
}

void husk_console_drain(struct husk_vm *vm)
{
    uint8_t c;

    husk_spin_lock(&husk_console_lock);
    while (husk_mux_next(vm, &c, 0)) {
        husk_console_put((char)c);
    }
    husk_spin_unlock(&husk_console_lock);
}
