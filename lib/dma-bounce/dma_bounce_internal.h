// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_DMA_BOUNCE_INTERNAL_H
#define HUSK_DMA_BOUNCE_INTERNAL_H

/** @file
 * What the files of this library share: where memory lies for a master and when it needs a slot;
 * slots; and the walk along a guest's chain (dma_bounce_walk.c), which the channels
 * (dma_bounce_engine.c) drive.
 *
 * Invariant: a slot that is free or with a device has no dirty line in any cache. So a write-back
 * can't overwrite what a device has written.
 */

#include <husk/dma_bounce.h>

/** Of the usual way, which is counted in instructions (boot.dma-budget); and what is not of it. */
#define INLINE __attribute__((always_inline)) inline
#define COLD   __attribute__((noinline))

/** What the master calls `pa`, where that is in its window. */
static inline uint64_t bus_of(const struct husk_dma_master *master, uint64_t pa)
{
    return pa - master->window.pa.value + master->window.bus.value;
}

/** How many of the bytes [pa, pa + size_bytes), not 0, go to the master the same way, and whether
 * that is `direct`. The grain is the unit of what may be direct: align_bytes, or a cache line where
 * a direct tail would take its neighbours along. Window, slots and boundary are multiples of both.
 */
static inline uint64_t cut(const struct husk_dma_master *master, enum husk_dma_dir dir, uint64_t pa,
                           uint64_t size_bytes, bool *direct)
{
    const struct husk_dma_window *window = &master->window;
    const uint64_t grain = master->masks[dir] + 1;
    const uint64_t offset = pa - window->pa.value; /* huge below the window, too */
    uint64_t room = 0 - offset;                    /* out of reach, up to the window from below */

    *direct = false;
    if (offset < window->size_bytes) {
        room = husk_min(size_bytes, window->size_bytes - offset);
        /* Up to the boundary; where there is none, that is the end of all addresses. */
        room = husk_min(room - 1, ~bus_of(master, pa) & (window->boundary_bytes - 1)) + 1;
        *direct = room >= grain && husk_is_aligned(pa, grain);
        if (*direct) {
            return husk_align_down(room, grain);
        }
        room = grain - (pa & (grain - 1)); /* to where it may be direct */
    }
    /* What is out of the master's own step is never direct, so it has no end but the slot's. */
    if (husk_is_aligned(pa, window->align_bytes)) {
        size_bytes = husk_min(size_bytes, room);
    }
    return husk_min(size_bytes, master->pool->slot_bytes);
}

/** True where all of an aligned range goes as it is: the usual case by itself. */
static inline bool is_plain(const struct husk_dma_master *master, uint64_t pa, uint64_t size_bytes)
{
    const uint64_t offset = pa - master->window.pa.value;

    return offset < master->plain_bytes && size_bytes - 1 < master->plain_bytes - offset;
}

/** Cleans what the CPU has written, before the master reads it or writes there. */
static inline void clean(const struct husk_dma_master *master, const void *va, uint64_t bytes)
{
    if (master->window.line_bytes != 0) {
        husk_cache_clean(va, bytes);
    }
}

/** Makes the CPU read anew what the master, or a guest past the cache, has written. The lines hold
 * no write of EL2's; a guest's own dirty ones are kept. */
static inline void refresh(const struct husk_dma_master *master, const void *va, uint64_t bytes)
{
    if (master->window.line_bytes != 0) {
        husk_cache_clean_invalidate(va, bytes);
    }
}

/** Copies a buffer into a slot, and zeroes the rest up to `bus_bytes`. */
static inline void fill(struct husk_dma_client *client, uint8_t *in_slot, const void *from,
                        uint64_t size_bytes, uint64_t bus_bytes)
{
    client->copied_bytes += size_bytes;
    __builtin_memcpy(in_slot, from, size_bytes);
    __builtin_memset(in_slot + size_bytes, 0, bus_bytes - size_bytes);
}

/** Takes a slot: where it is, and its bus address. False: there is none; counted why. */
static INLINE bool take(const struct husk_dma_master *master, struct husk_dma_client *client,
                        uint8_t **slot, uint64_t *bus)
{
    struct husk_dma_pool *pool = master->pool;

    if (client->used > client->quota - 1) { /* 0 - 1: there is no quota */
        client->refused_quota++;
        return false;
    }
    if (pool->free_count == 0) {
        client->refused_pool++;
        return false;
    }
    *slot = pool->slots[--pool->free_count];
    *bus = master->slots_bus + (uintptr_t)*slot;
    client->used++;
    client->bounced++;
    return true;
}

/** Gives a slot back, if there is one. */
static inline void give(const struct husk_dma_master *master, struct husk_dma_client *client,
                        uint8_t *slot)
{
    struct husk_dma_pool *pool = master->pool;

    if (slot != NULL) {
        client->used--;
        pool->slots[pool->free_count++] = slot;
    }
}

/* A channel's registers in words from its first, of which TI to NEXTCONBK are a control block's
 * words; and fields of CS, TI and DEBUG. BCM2711 ARM Peripherals, "DMA Controller". */
enum { CS, CONBLK_AD, TI, SOURCE_AD, DEST_AD, TXFR_LEN, STRIDE, NEXTCONBK, DEBUG };
static const uint32_t CS_END = HUSK_BIT(1);
static const uint32_t CS_INT = HUSK_BIT(2);
static const uint32_t TI_INTEN = HUSK_BIT(0);
static const uint32_t DEBUG_LITE = HUSK_BIT(28);

/* Two sides of a block, in this order in the channel's state. */
enum { SOURCE, DEST };
static const uint32_t BLOCK_BYTES = sizeof(struct husk_dma_block);

/** Goes on along the guest's chain (dma_bounce_walk.c): writes one shadow block, if the chain has
 * not ended.
 * @return HUSK_OK; HUSK_EAGAIN (no room for more: run what there is first); HUSK_EINVAL (refused).
 */
enum husk_err husk_dma_walk(const struct husk_dma_engine *engine, struct husk_dma_chan *chan);

#endif
