// SPDX-License-Identifier: Apache-2.0
/* Not Husk: the copier's transfer without a check, by a bare program. The engine's addresses wrap
 * at 1 GiB: what lies above stays as it is, and its low alias is destroyed. If not, the bench has
 * lost its teeth, and no other test here means anything. */
#include "bare.h"
#include "places.h"

#include <husk/base.h>

enum {
    WORDS = 1024,
    OFFSET = 0x380000, /* of the copier's buffers in its first two pieces */
    TRIES = 1000000,
};

static const uint32_t bus_base = 0xc0000000;
static uint32_t block[8] __attribute__((aligned(32)));

static uint32_t *at(uint64_t pa)
{
    return (uint32_t *)(uintptr_t)pa;
}

static uint32_t low(uint64_t pa)
{
    return (uint32_t)(pa & (HUSK_GIB(1) - 1));
}

static void fill(uint64_t pa, uint32_t value)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        at(pa)[i] = value + i;
    }
}

static bool holds(uint64_t pa, uint32_t value)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        if (at(pa)[i] != value + i) {
            return false;
        }
    }
    return true;
}

void guest_main(uint64_t context, uint64_t cpu, uint64_t entry)
{
    const uint64_t source = COPIER_PA_0 + OFFSET;
    const uint64_t dest = COPIER_PA_1 + OFFSET;

    (void)context;
    (void)cpu;
    (void)entry;
    fill(source, 0x11110000);
    fill(low(source), 0x22220000);
    fill(dest, 0x33330000);
    fill(low(dest), 0x44440000);
    if (!holds(source, 0x11110000) || !holds(dest, 0x33330000)) {
        end("husk-test: FAIL: no memory above 1 GiB\n");
    }
    block[0] = 0x118; /* both addresses increment; responses are waited for */
    block[1] = bus_base + (uint32_t)source;
    block[2] = bus_base + (uint32_t)dest;
    block[3] = WORDS * sizeof(uint32_t);
    husk_dsb_sy();
    husk_mmio_write32(ENABLE, 0x10);
    husk_mmio_write32(CHAN, UINT32_C(1) << 31);
    husk_mmio_write32(CHAN + 4, bus_base + (uint32_t)(uintptr_t)block);
    husk_mmio_write32(CHAN, 1);
    for (unsigned i = 0; i < TRIES && (husk_mmio_read32(CHAN) & 2) == 0; i++) {
    }
    if ((husk_mmio_read32(CHAN) & 2) == 0) {
        end("husk-test: FAIL: the engine does not end\n");
    }
    end(holds(dest, 0x33330000) && holds(low(dest), 0x22220000)
            ? "alias: the canary is destroyed, by what the engine took for the source\nhusk-test: "
              "pass\n"
            : "husk-test: FAIL: the bench has lost its teeth\n");
}

void guest_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
    (void)esr;
    (void)elr;
    (void)far;
    end("husk-test: FAIL: an exception\n");
}
