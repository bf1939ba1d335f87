// SPDX-License-Identifier: Apache-2.0
#ifndef BARE_H
#define BARE_H

/** @file
 * What bare guests of one arm64 Image share: text on the PL011, and PSCI by HVC. They run with the
 * MMU off and have no relocations, so no table of theirs may hold an address. */

#include <husk/arch.h>

enum {
    BARE_UART = 0x09000000,
    BARE_UART_FR = BARE_UART + 0x18,
    BARE_UART_FR_RXFE = 1u << 4,
};

static const uint32_t psci_version = 0x84000000;
static const uint32_t psci_cpu_off = 0x84000002;
static const uint32_t psci_cpu_on = 0xc4000003;
static const uint32_t psci_affinity_info = 0xc4000004;
static const uint32_t psci_system_off = 0x84000008;

static inline void print(const char *text)
{
    for (; *text != '\0'; text++) {
        husk_mmio_write32(BARE_UART, (uint8_t)*text);
    }
}

static inline void print_hex(uint64_t value)
{
    char digits[19] = "0x";
    unsigned at = 2;

    for (unsigned shift = 64; shift != 0;) {
        shift -= 4;
        const unsigned digit = (unsigned)(value >> shift) & 15;

        if (digit != 0 || at > 2 || shift == 0) {
            digits[at++] = (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);
        }
    }
    digits[at] = '\0';
    print(digits);
}

static inline void print_decimal(uint64_t value)
{
    char digits[21];
    unsigned at = sizeof(digits) - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    print(digits + at);
}

static inline int64_t psci(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = a;
    register uint64_t x2 __asm__("x2") = b;
    register uint64_t x3 __asm__("x3") = c;

    __asm__ volatile("hvc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                     :
                     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
                       "x16", "x17", "memory");
    return (int64_t)x0;
}

_Noreturn static inline void off(void)
{
    for (;;) {
        (void)psci(psci_system_off, 0, 0, 0);
    }
}

#endif
