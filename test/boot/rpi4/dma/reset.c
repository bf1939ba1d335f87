// SPDX-License-Identifier: Apache-2.0
/* A VM that leaves its channels in disorder, and starts again: it finds them as after reset. */
#include "engine.h"
#include "places.h"

#include <husk/arch.h>
#include <husk/unikernel.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    CHANNELS = 2,
    CS = 0x00,
    CONBLK_AD = 0x04,
    DEBUG = 0x20,
    CS_PAUSED = 1 << 4,
};

static uint8_t source[4096] __attribute__((aligned(64)));
static uint8_t dest[4096] __attribute__((aligned(64)));
static struct block block;

static uintptr_t channel(unsigned index)
{
    return (uintptr_t)0xfe007000 + (uintptr_t)0x100 * engine_channel(index);
}

static bool fresh(void)
{
    bool all = true;

    for (unsigned i = 0; i < CHANNELS; i++) {
        const uint32_t cs = husk_mmio_read32(channel(i) + CS);
        const uint32_t at = husk_mmio_read32(channel(i) + CONBLK_AD);
        const uint32_t debug = husk_mmio_read32(channel(i) + DEBUG);

        printf("reset: channel %u: CS %#" PRIx32 ", CONBLK_AD %#" PRIx32 ", DEBUG %#" PRIx32 "\n",
               i, cs, at, debug);
        all = all && cs == CS_PAUSED && at == 0 && debug == 0;
    }
    return all;
}

/* The first channel's interrupt stays up, nobody has cleared it; the second has an error. */
static void leave_disorder(void)
{
    husk_mmio_write32(channel(1) + CONBLK_AD, NEIGHBOUR_PA);
    husk_mmio_write32(channel(1) + CS, CS_ACTIVE);
    block.ti = TI_SRC_INC | TI_DEST_INC | TI_WAIT_RESP | TI_INTEN;
    block.source_ad = (uint32_t)(uintptr_t)source;
    block.dest_ad = (uint32_t)(uintptr_t)dest;
    block.txfr_len = sizeof(source);
    husk_cache_clean(&block, sizeof(block));
    (void)husk_uk_irq_mask();
    husk_mmio_write32(channel(0) + CONBLK_AD, (uint32_t)(uintptr_t)&block);
    husk_mmio_write32(channel(0) + CS, CS_ACTIVE);
    husk_uk_reset();
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 120);
    if (husk_uk_map_device(0xfe007000, 0x1000) != HUSK_OK || !fresh()) {
        printf("reset: FAIL: not as after reset\n");
        return 1;
    }
    memset(source, 0x3c, sizeof(source));
    husk_cache_clean(source, sizeof(source));
    if (engine_init() != CHANNELS ||
        !engine_copy((uint32_t)(uintptr_t)dest, (uint32_t)(uintptr_t)source, sizeof(source)) ||
        engine_interrupts() != 1) {
        printf("reset: FAIL: no copy, or not one interrupt\n");
        return 1;
    }
    husk_cache_clean_invalidate(dest, sizeof(dest));
    printf("reset: copied %s\n", memcmp(source, dest, sizeof(dest)) == 0 ? "well" : "FAIL");
    leave_disorder();
    return 0;
}
