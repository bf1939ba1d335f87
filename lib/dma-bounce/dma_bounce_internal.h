// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_DMA_BOUNCE_INTERNAL_H
#define HUSK_DMA_BOUNCE_INTERNAL_H

/** @file
 * What the files of this library share: slots (dma_bounce_pool.c), and the walk along a guest's
 * chain (dma_bounce_walk.c), which the channels (dma_bounce_engine.c) drive.
 *
 * Invariant: a slot that is free or with a device has no dirty line in any cache. So a write-back
 * can't overwrite what a device has written.
 */

#include <husk/dma_bounce.h>

/** The first run of a range that goes one way. */
struct husk_dma_run {
    uint64_t bus; /**< where a direct one lies for the master */
    uint64_t size_bytes;
    bool direct;
};

static inline uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/** Distance of the data from the start of its slot: so that both are equally aligned for a copy by
 * words, where the master's own alignment allows it. */
static inline uint32_t slot_offset(const struct husk_dma_master *master, uint64_t pa)
{
    return husk_is_aligned(pa, master->window.align_bytes) ? (uint32_t)(pa & 7) : 0;
}

/** How the first bytes of [pa, pa + size_bytes), not empty, go to the master. `grain` is the unit
 * of what may be direct: align_bytes, or a cache line where a direct tail would take its neighbours
 * along. Window, slots and boundary are multiples of both. */
static inline struct husk_dma_run cut(const struct husk_dma_master *master, uint64_t pa,
                                      uint64_t size_bytes, uint64_t grain)
{
    const struct husk_dma_window *window = &master->window;
    const uint64_t offset = pa - window->pa.value; /* huge below the window, too */
    struct husk_dma_run run = { window->bus.value + offset, size_bytes, false };

    if (offset < window->size_bytes && husk_is_aligned(pa, grain)) {
        uint64_t room = least(size_bytes, window->size_bytes - offset);

        if (window->boundary_bytes != 0) {
            room = least(room, window->boundary_bytes - (run.bus & (window->boundary_bytes - 1)));
        }
        if (room >= grain) {
            run.size_bytes = husk_align_down(room, grain);
            run.direct = true;
            return run;
        }
    } else if (husk_is_aligned(pa, window->align_bytes)) {
        /* Up to where it may be direct: the next line, or the window from below. What is out of the
         * master's own step is never direct, so it has no end but the slot's. */
        run.size_bytes = least(
            size_bytes, offset < window->size_bytes ? husk_align_up(pa, grain) - pa : 0 - offset);
    }
    run.size_bytes = least(run.size_bytes, master->pool->slot_bytes - slot_offset(master, pa));
    return run;
}

/** Cleans what the CPU has written, before the master reads it or writes there. */
static inline void clean(const struct husk_dma_master *master, const void *va, uint64_t size_bytes)
{
    if (master->window.line_bytes != 0) {
        husk_cache_clean(va, size_bytes);
    }
}

/** Makes the CPU read anew what the master, or a guest past the cache, has written. The lines hold
 * no write of EL2's; a guest's own dirty ones are kept. */
static inline void refresh(const struct husk_dma_master *master, const void *va,
                           uint64_t size_bytes)
{
    if (master->window.line_bytes != 0) {
        husk_cache_clean_invalidate(va, size_bytes);
    }
}

/** The same for a control block, which never crosses a line; these two leave the DSB to the caller.
 */
static inline void clean_block(const struct husk_dma_master *master, const void *block)
{
    if (master->window.line_bytes != 0) {
        husk_dc_cvac(block);
    }
}

static inline void refresh_block(const struct husk_dma_master *master, const void *block)
{
    if (master->window.line_bytes != 0) {
        husk_dc_civac(block);
    }
}

static inline uint8_t *slot_at(const struct husk_dma_pool *pool, uint32_t index)
{
    return pool->va + (size_t)index * pool->slot_bytes;
}

static inline uint32_t slot_index(const struct husk_dma_pool *pool, const uint8_t *in_slot)
{
    return (uint32_t)((size_t)(in_slot - pool->va) >> __builtin_ctz(pool->slot_bytes));
}

static inline uint64_t slot_bus(const struct husk_dma_master *master, const uint8_t *in_slot)
{
    return master->slots_bus + (uint64_t)(in_slot - master->pool->va);
}

/** Bus address of a channel's shadow chain. */
static inline uint32_t shadow_bus(const struct husk_dma_engine *engine,
                                  const struct husk_dma_chan *chan)
{
    const struct husk_dma_window *window = &engine->master->window;

    return (uint32_t)(window->bus.value + (chan->shadow_pa.value - window->pa.value));
}

/* The next three are inline: they are most of what a mapped page costs. */

/** Takes `count` slots, at least 1, all or none: the first one's index, the others by `next`.
 * False: there are not as many; counted why. */
static inline bool take(struct husk_dma_pool *pool, struct husk_dma_client *client, uint32_t count,
                        uint32_t *index)
{
    uint32_t next = pool->first_free;

    if (client->quota != 0 && count > client->quota - client->used) {
        client->refused_quota++;
        return false;
    }
    if (count > pool->free_count) {
        client->refused_pool++;
        return false;
    }
    *index = next;
    for (uint32_t i = 0; i < count; i++) {
        next = pool->slots[next].next;
    }
    pool->first_free = next;
    pool->free_count -= count;
    client->used += count;
    client->bounced += count;
    return true;
}

/** Gives slots back that were taken together, linked from `first` to `last`. */
static inline void give(struct husk_dma_pool *pool, struct husk_dma_client *client, uint32_t first,
                        uint32_t last, uint32_t count)
{
    pool->slots[first].serial++;
    pool->slots[last].next = pool->first_free;
    pool->first_free = first;
    pool->free_count += count;
    client->used -= count;
}

/** Copies a buffer into a slot, zeroes the rest up to `bus_bytes`, and cleans. */
static inline void fill(const struct husk_dma_master *master, struct husk_dma_client *client,
                        uint8_t *in_slot, const void *from, uint32_t size_bytes, uint32_t bus_bytes)
{
    client->copied_bytes += size_bytes;
    __builtin_memcpy(in_slot, from, size_bytes);
    if (bus_bytes != size_bytes) {
        __builtin_memset(in_slot + size_bytes, 0, bus_bytes - size_bytes);
    }
    clean(master, in_slot, bus_bytes);
}

/* Words of a control block, and fields of TI and CS. BCM2711 ARM Peripherals, "DMA Controller". */
enum { TI, SOURCE_AD, DEST_AD, TXFR_LEN, STRIDE, NEXTCONBK };
static const uint32_t TI_INTEN = HUSK_BIT(0);
static const uint32_t CS_END = HUSK_BIT(1);
static const uint32_t CS_INT = HUSK_BIT(2);

/* dma_bounce_walk.c */

/** What a part of the walk came to. */
enum husk_dma_outcome {
    HUSK_DMA_STEPPED,
    HUSK_DMA_COPIED, /**< the same, with a slot's copy */
    HUSK_DMA_FULL,   /**< no room for more: run what there is first */
    HUSK_DMA_REFUSED,
    HUSK_DMA_ENDED, /**< the end of the guest's chain */
};

/** Forgets a part of the chain that has run, or never will; the walk goes on from where it is. */
void husk_dma_walk_on(struct husk_dma_chan *chan);
/** Writes one shadow block, after the control block or the row it takes for that. */
enum husk_dma_outcome husk_dma_walk(struct husk_dma_engine *engine, struct husk_dma_chan *chan,
                                    bool lite);

#endif
