// SPDX-License-Identifier: Apache-2.0
#include "record.h"

enum { REDIST_BYTES = 0x20000 };

static const char names[WHAT_COUNT][12] = {
    [GICD_READ] = "GICD",    [GICD_WRITE] = "GICD =", [GICR_READ] = "GICR",
    [GICR_WRITE] = "GICR =", [ICC_READ] = "ICC",      [ICC_WRITE] = "ICC =",
    [ACK] = "IAR",           [EOI] = "EOIR =",        [DIR] = "DIR =",
    [SGI] = "SGI =",         [TIMER_READ] = "timer",  [TIMER_WRITE] = "timer =",
    [PSCI] = "PSCI",         [START] = "start",
};

/* What a value does not count for. `mask`: bits left out of the reads at [first, last]. */
static const struct mask {
    enum what what;
    uint64_t first, last;
    uint64_t mask;
} masks[] = {
#define MASK(what, first, last, bits, reason) { what, first, last, bits },
#include "exclusions.def"
};

static const uint8_t gics_of[] = {
#define RULE(name, gics, reason) [name] = (gics),
#include "exclusions.def"
};

bool kept(const struct run *run, enum rule rule)
{
    return (gics_of[rule] & (unsigned)run->gic) != 0 && (run->lifted >> (unsigned)rule & 1) == 0;
}

static uint64_t without_excluded(enum what what, uint64_t argument, uint64_t value)
{
    if (what == GICR_READ) {
        argument %= REDIST_BYTES;
    }
    for (unsigned i = 0; i < HUSK_COUNT(masks); i++) {
        const struct mask *row = &masks[i];

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
    run->hash = (run->hash ^ (run->self << 8 | what)) * prime;
    run->hash = (run->hash ^ argument) * prime;
    run->hash = (run->hash ^ value ^ run->hash >> 29) * prime;
    if (run->index >= run->first && run->index < run->last) {
        print("access ");
        print_decimal(run->index);
        print(" cpu");
        print_decimal(run->self);
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
