// SPDX-License-Identifier: Apache-2.0
#ifndef BARE_H
#define BARE_H

/** @file
 * What a bare program on the board needs to say what it found and to end.
 */

#include <husk/arch.h>

enum {
    UART = 0xfe201000,
    PM = 0xfe100000,
    CHAN = 0xfe007400, /* DMA channel 4 */
    ENABLE = 0xfe007ff0,
};

void guest_main(uint64_t context, uint64_t cpu, uint64_t entry);
void guest_exception(uint64_t esr, uint64_t elr, uint64_t far);

static inline void print(const char *text)
{
    for (; *text != '\0'; text++) {
        husk_mmio_write32(UART, (uint8_t)*text);
    }
}

/* Power-off, as Husk does it: partition 63. */
_Noreturn static inline void end(const char *text)
{
    const uint32_t password = 0x5a000000;

    print(text);
    husk_mmio_write32(PM + 0x20, password | 0x555);
    husk_mmio_write32(PM + 0x24, password | 10);
    husk_mmio_write32(PM + 0x1c, password | 0x20);
    for (;;) {
        husk_wfi();
    }
}

#endif
