// SPDX-License-Identifier: Apache-2.0
#include "record.h"

static const char names[WHAT_COUNT][12] = {
    [GICD_READ] = "GICD",    [GICD_WRITE] = "GICD =", [GICR_READ] = "GICR",
    [GICR_WRITE] = "GICR =", [ICC_READ] = "ICC",      [ICC_WRITE] = "ICC =",
    [ACK] = "IAR",           [EOI] = "EOIR =",        [DIR] = "DIR =",
    [SGI] = "SGI =",         [TIMER_READ] = "timer",  [TIMER_WRITE] = "timer =",
    [PSCI] = "PSCI",
};

/* What a value does not count for. `mask`: bits left out of the reads at [first, last]. */
static const struct exclusion {
    enum what what;
    uint64_t first, last;
    uint64_t mask;
    char reason[72];
} exclusions[] = {
    { GICD_READ, 0x008, 0x008, UINT64_MAX, "GICD_IIDR: who made it" },
    { GICR_READ, 0x004, 0x004, UINT64_MAX, "GICR_IIDR: who made it" },
    { GICD_READ, 0x004, 0x004, HUSK_BITS(23, 19) | HUSK_BIT(17),
      "GICD_TYPER.IDbits, LPIS: QEMU has an ITS, Husk has none" },
    { GICR_READ, 0x008, 0x008, HUSK_BITS(25, 24) | HUSK_BIT(0),
      "GICR_TYPER.CommonLPIAff, PLPIS: as above" },
    { GICR_READ, 0x000, 0x000, HUSK_BIT(1), "GICR_CTLR.CES: as above" },
    { PSCI, 0xc400000401, 0xc4000004ff, UINT64_MAX,
      "AFFINITY_INFO, level > 0: QEMU says ON to anything" },
};

static uint64_t without_excluded(enum what what, uint64_t argument, uint64_t value)
{
    for (unsigned i = 0; i < HUSK_COUNT(exclusions); i++) {
        const struct exclusion *row = &exclusions[i];

        if (row->what == what && argument >= row->first && argument <= row->last) {
            value &= ~row->mask;
        }
    }
    return value;
}

void record(struct run *run, enum what what, uint64_t argument, uint64_t value)
{
    static const uint64_t prime = UINT64_C(0x100000001b3); /* FNV-1a's, over 64-bit words */

    value = without_excluded(what, argument, value);
    run->hash = (run->hash ^ what) * prime;
    run->hash = (run->hash ^ argument) * prime;
    run->hash = (run->hash ^ value ^ run->hash >> 29) * prime;
    if (run->index >= run->first && run->index < run->last) {
        print("access ");
        print_decimal(run->index);
        print(" ");
        print(names[what]);
        print(" ");
        print_hex(argument);
        print(" ");
        print_hex(value);
        print("\n");
    }
    run->index++;
    if (run->index % 1000 == 0) {
        print("at ");
        print_decimal(run->index);
        print(" ");
        print_hex(run->hash);
        print("\n");
    }
}

uint64_t random_bits(struct run *run)
{
    run->random ^= run->random >> 12;
    run->random ^= run->random << 25;
    run->random ^= run->random >> 27;
    return run->random * UINT64_C(0x2545f4914f6cdd1d);
}

unsigned random_below(struct run *run, unsigned limit)
{
    return (unsigned)((random_bits(run) >> 32) * limit >> 32);
}

static char input(void)
{
    while ((husk_mmio_read32(BARE_UART_FR) & BARE_UART_FR_RXFE) != 0) {
    }
    return (char)husk_mmio_read32(BARE_UART);
}

uint64_t typed_number(void)
{
    uint64_t value = 0;

    for (;;) {
        const char digit = input();

        if (digit < '0' || digit > '9') {
            return value;
        }
        value = value * 10 + (uint64_t)(digit - '0');
    }
}

_Noreturn void guest_exception(uint64_t esr, uint64_t elr, uint64_t far);

_Noreturn void guest_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
    print("diff: exception, esr ");
    print_hex(esr);
    print(" elr ");
    print_hex(elr);
    print(" far ");
    print_hex(far);
    print("\n");
    off();
}
