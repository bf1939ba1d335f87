// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <husk/arch.h>

/* PSCI function IDs. Arm DEN0022 "Power State Coordination Interface". */
static const uint64_t psci_system_off = 0x84000008;
static const uint64_t psci_system_reset = 0x84000009;

enum {
    UART_DR = 0x00,
    UART_FR = 0x18,
    UART_FR_TXFF = 1 << 5,
};

void husk_uk_console_put_raw(char c)
{
    while ((husk_mmio_read32(husk_uk_machine.uart.base + UART_FR) & UART_FR_TXFF) != 0) {
    }
    husk_mmio_write32(husk_uk_machine.uart.base + UART_DR, (uint8_t)c);
}

_Noreturn static void psci_call(uint64_t function)
{
    struct husk_smccc regs = { .x0 = function };

    husk_hvc(&regs);
    for (;;) { /* PSCI answered, against its specification: nothing is left to do */
        husk_wfi();
    }
}

_Noreturn void husk_uk_power_off(void)
{
    psci_call(psci_system_off);
}

_Noreturn void husk_uk_reset(void)
{
    psci_call(psci_system_reset);
}

static void put_text(const char *text)
{
    for (; *text != '\0'; text++) {
        husk_uk_console_put_raw(*text);
    }
}

static void put_hex(const char *name, uint64_t value)
{
    put_text(name);
    for (int shift = 60; shift >= 0; shift -= 4) {
        husk_uk_console_put_raw("0123456789abcdef"[(value >> shift) & 15]);
    }
}

_Noreturn void husk_uk_refuse(const char *what)
{
    put_text("\r\nunikernel: ");
    put_text(what);
    put_text("; powering off\r\n");
    husk_uk_power_off();
}

/* What an exception class means, for those a program can cause. Arm ARM, ESR_EL1.EC. */
static const char *class_name(uint64_t esr)
{
    switch (esr >> 26 & 63) {
    case 0x00:
        return "undefined instruction";
    case 0x0E:
        return "illegal execution state";
    case 0x18:
        return "trapped system register";
    case 0x19:
        return "SVE is not enabled";
    case 0x21:
        return "instruction abort";
    case 0x22:
        return "PC alignment fault";
    case 0x25:
        return "data abort";
    case 0x26:
        return "SP alignment fault";
    case 0x3C:
        return "brk instruction";
    default:
        return "synchronous exception";
    }
}

static const char *vector_name(const struct husk_uk_frame *frame, unsigned kind)
{
    static const char *const names[] = { NULL, "unexpected IRQ", "unexpected FIQ", "SError" };

    return kind % 4 == 0 ? class_name(frame->esr) : names[kind % 4];
}

_Noreturn void husk_uk_panic(const struct husk_uk_frame *frame, unsigned kind)
{
    static bool is_reporting;
    static const char tens[] = "0123";

    if (is_reporting) {
        husk_uk_power_off();
    }
    is_reporting = true;
    put_text("\r\nunikernel: ");
    put_text(vector_name(frame, kind));
    put_hex(" at pc ", frame->elr);
    put_hex("\r\n  esr ", frame->esr);
    put_hex("  far ", frame->far);
    put_hex("  spsr ", frame->spsr);
    put_hex("\r\n  sp  ", frame->sp);
    for (unsigned i = 0; i < HUSK_COUNT(frame->x); i++) {
        put_text(i % 3 == 0 ? "\r\n  x" : "  x");
        husk_uk_console_put_raw(tens[i / 10]);
        husk_uk_console_put_raw((char)('0' + i % 10));
        put_hex(" ", frame->x[i]);
    }
    husk_uk_refuse("stopped by an exception");
}
