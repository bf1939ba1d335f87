// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a guest of the DMA engine: a stream of stores to its memory, accesses to the page,
 * and time that passes. Nothing outside the VM changes, no slot is lost, and every step ends. */
#include <stdlib.h>
#include <string.h>

#include "dma_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rig rig;

static void need(bool truth)
{
    if (!truth) {
        abort();
    }
}

/* An address of the VM from one byte, or any from four. */
static uint32_t address(const uint8_t *from)
{
    uint32_t value;

    memcpy(&value, from, sizeof(value));
    return from[0] < 0xC0 ? rig_pages[from[1] % RIG_VM_PAGES].ipa + from[2] : value;
}

static void act(const uint8_t step[16])
{
    uint32_t word[4];

    memcpy(word, step, sizeof(word));
    switch (step[0] % 8) {
    case 0:
    case 1: {
        const uint32_t block[6] = { word[3],       address(step + 1), address(step + 5),
                                    word[2] >> 22, word[1],           address(step + 9) & ~31u };

        rig_block(&rig, address(step + 11) & ~31u, block);
        break;
    }
    case 2:
        rig_write(&rig, step[1] % 2 ? RIG_CHAN : RIG_LITE, 4, address(step + 2) & ~31u);
        break;
    case 3:
        rig_write(&rig, step[1] % 2 ? RIG_CHAN : RIG_LITE, 0, step[2] < 128 ? 1 : word[1]);
        break;
    case 4:
        husk_dma_engine_write(&rig.engine, word[1] % 4096, 4, word[2]);
        (void)husk_dma_engine_read(&rig.engine, word[3] % 4096, 4);
        break;
    case 5:
        (void)husk_dma_engine_step(&rig.engine);
        break;
    case 6:
        rig.dma.error_next = step[1] == 0;
        (void)fake_dma_run(&rig.dma, RIG_CHAN, step[2] % 8);
        (void)fake_dma_run(&rig.dma, RIG_LITE, step[3] % 8);
        break;
    default:
        rig_settle(&rig);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rig_init(&rig, size == 0 ? 1 : 1 + data[0] % RIG_BLOCKS_MAX, 1);
    for (size_t at = 1; at + 16 <= size; at += 16) {
        act(data + at);
    }
    husk_dma_engine_stop(&rig.engine);
    rig_settle(&rig);
    need(rig_wrong(&rig) == NULL);
    need(rig.client.used == 0 && rig.pool.free_count == RIG_SLOTS &&
         !husk_dma_engine_step(&rig.engine));
    return 0;
}
