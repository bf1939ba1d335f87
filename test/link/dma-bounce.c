// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <husk/dma_bounce.h>

static bool translate(void *context, struct husk_ipa ipa, bool write, struct husk_pa *pa,
                      uint64_t *size_bytes)
{
    (void)context;
    (void)write;
    pa->value = ipa.value;
    *size_bytes = 4096;
    return true;
}

static void *map_pa(void *context, struct husk_pa pa, size_t size_bytes)
{
    (void)context;
    (void)size_bytes;
    return (void *)(uintptr_t)pa.value;
}

void firmware(void)
{
    static const struct husk_dma_window window = { { 0 }, { 0xC0000000 }, 1 << 30, 4, 64, 0 };
    static uint8_t *slots[4];
    static struct husk_dma_pool pool;
    static struct husk_dma_master master;
    static struct husk_dma_client client;
    static struct husk_dma_seg segs[4];
    static struct husk_dma_map map = {
        .master = &master, .client = &client, .segs = segs, .capacity = 4, .dir = HUSK_DMA_BOTH
    };
    static struct husk_dma_block shadow[16];
    static struct husk_dma_note notes[16];
    static struct husk_dma_chan chan = { .shadow = shadow, .notes = notes, .capacity = 16 };
    static struct husk_dma_engine engine = { .master = &master,
                                             .client = &client,
                                             .regs = 0xFE007000,
                                             .chans = { &chan },
                                             .translate = translate,
                                             .open = map_pa };
    const struct husk_dma_piece piece = { { 0x50000000 }, { 0x50000000 }, 4096 };
    const struct husk_pa slots_pa = { 0x100000 };

    pool =
        (struct husk_dma_pool){ slots, (uint8_t *)(uintptr_t)slots_pa.value, slots_pa, 4, 4096, 0 };
    if (husk_dma_pool_init(&pool) != HUSK_OK ||
        husk_dma_master_init(&master, &window, &pool) != HUSK_OK) {
        return;
    }
    if (husk_dma_map(&map, &piece, 1) == HUSK_OK && husk_dma_set_busy(&map, true) == HUSK_OK &&
        husk_dma_sync(&map, true, 0, 64) == HUSK_OK && husk_dma_set_busy(&map, false) == HUSK_OK &&
        husk_dma_unmap(&map) == HUSK_OK && husk_dma_engine_init(&engine) == HUSK_OK &&
        husk_dma_engine_enable(engine.regs, 1) == HUSK_OK) {
        husk_dma_engine_write(&engine, 0, 4, husk_dma_engine_read(&engine, 0, 4));
        husk_dma_engine_irq(&engine, 0);
        husk_dma_engine_stop(&engine);
        while (husk_dma_engine_step(&engine) || husk_dma_engine_lines(&engine) != 0) {
        }
    }
}
