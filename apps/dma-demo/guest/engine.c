// SPDX-License-Identifier: Apache-2.0
#include "engine.h"

#include <husk/arch.h>
#include <husk/unikernel.h>

enum {
    CHAN_BYTES = 0x100,
    CS = 0x00,
    CONBLK_AD = 0x04,
    DEBUG = 0x20,
    ENABLE = 0xff0,
    DEBUG_ERRORS = 7,
    INTID_DMA0 = 112,
    LOOK_AGAIN_NS = 1000000,
};

static const uintptr_t engine = 0xfe007000;
static const uint32_t cs_reset = 1u << 31;
static unsigned chan;
static volatile unsigned interrupts;

static uint32_t read(unsigned reg)
{
    return husk_mmio_read32(engine + (uintptr_t)chan * CHAN_BYTES + reg);
}

static void write(unsigned reg, uint32_t value)
{
    husk_mmio_write32(engine + (uintptr_t)chan * CHAN_BYTES + reg, value);
}

static void on_interrupt(void *context)
{
    (void)context;
    write(CS, (read(CS) & CS_ACTIVE) | CS_INT);
    interrupts++;
}

/* Channel `index` of those whose bit is set in ENABLE. */
unsigned engine_channel(unsigned index)
{
    uint32_t left = husk_mmio_read32(engine + ENABLE);

    for (; index != 0; index--) {
        left &= left - 1;
    }
    return (unsigned)__builtin_ctz(left);
}

unsigned engine_init(void)
{
    unsigned count;

    if (husk_uk_map_device(engine, 0x1000) != HUSK_OK) {
        return 0;
    }
    count = (unsigned)__builtin_popcount(husk_mmio_read32(engine + ENABLE));
    if (count == 0) {
        return 0;
    }
    chan = engine_channel(0);
    write(CS, cs_reset);
    return husk_uk_irq_set(INTID_DMA0 + chan, on_interrupt, NULL) == HUSK_OK ? count : 0;
}

unsigned engine_interrupts(void)
{
    return interrupts;
}

uint32_t engine_run(const struct block *first, uint32_t *at)
{
    uint32_t cs;

    write(CS, CS_END | CS_INT);
    write(DEBUG, DEBUG_ERRORS);
    write(CONBLK_AD, (uint32_t)(uintptr_t)first);
    write(CS, CS_ACTIVE);
    for (cs = read(CS); (cs & CS_ACTIVE) != 0 && (cs & CS_ERROR) == 0; cs = read(CS)) {
        husk_uk_sleep_ns(LOOK_AGAIN_NS); /* the interrupt is handled meanwhile */
    }
    *at = read(CONBLK_AD);
    return cs;
}

bool engine_copy(uint32_t dest, uint32_t source, uint32_t bytes)
{
    static struct block block;
    uint32_t at;

    block = (struct block){ .ti = TI_SRC_INC | TI_DEST_INC | TI_WAIT_RESP | TI_INTEN,
                            .source_ad = source,
                            .dest_ad = dest,
                            .txfr_len = bytes };
    husk_cache_clean(&block, sizeof(block));
    return (engine_run(&block, &at) & (CS_ERROR | CS_END)) == CS_END;
}
