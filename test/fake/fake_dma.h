// SPDX-License-Identifier: Apache-2.0
#ifndef FAKE_DMA_H
#define FAKE_DMA_H

/** @file
 * A BCM2711 legacy DMA engine: eleven channels that read control blocks from memory as a device
 * sees it. Like the real one it refuses no address: what lies outside the window wraps into it.
 *
 * A channel does nothing by itself: fake_dma_run() is time that passes.
 */

#include "fake_memory.h"

enum {
    FAKE_DMA_CHANS = 11,
    FAKE_DMA_PERIPHERAL_BYTES = 256,
};
#define FAKE_DMA_PERIPHERAL UINT32_C(0x7E201000)

struct fake_dma {
    struct fake_memory *memory;
    uint64_t window_pa;
    uint32_t window_bus;
    uint32_t window_bytes; /**< a power of two */
    uintptr_t regs;
    struct {
        uint32_t cs, conblk_ad, debug, word[6];
    } chan[FAKE_DMA_CHANS];
    uint32_t enable;
    bool error_next;                               /**< the next block ends in a bus error */
    bool never_idle;                               /**< WAITING_FOR_OUTSTANDING_WRITES stays set */
    unsigned resets;                               /**< writes of CS.RESET */
    unsigned blocks;                               /**< executed */
    uint32_t wrong;                                /**< accesses that no shadow chain may make */
    uint8_t peripheral[FAKE_DMA_PERIPHERAL_BYTES]; /**< behind FAKE_DMA_PERIPHERAL: plain memory */
};

/** Resets the engine, and makes its page of registers, at `regs`, `cpu`'s MMIO. Set the window
 * next. */
void fake_dma_init(struct fake_dma *dma, struct husk_fake *cpu, struct fake_memory *memory,
                   uintptr_t regs);

/** Lets a channel execute up to `blocks` control blocks. Returns how many it did. */
unsigned fake_dma_run(struct fake_dma *dma, unsigned chan, unsigned blocks);

/** Interrupt lines, a bit for each channel. */
uint32_t fake_dma_lines(const struct fake_dma *dma);

#endif
