// SPDX-License-Identifier: Apache-2.0
// A driver's buffers. Mapping looks first (segments, slots) and then does what can't fail.
#include "dma_bounce_internal.h"

static enum husk_err misused(struct husk_dma_client *client, enum husk_err err)
{
    if (client != NULL) {
        client->misused++;
    }
    return err;
}

/* Copies a segment into its slot, for the master to find it there. */
__attribute__((always_inline)) static inline void
enter_slot(const struct husk_dma_map *map, struct husk_dma_seg *seg, uint8_t *slot)
{
    seg->slot = slot;
    seg->bus.value = slot_bus(map->master, slot);
    fill(map->master, map->client, slot, seg->va, seg->size_bytes, seg->bus_bytes);
}

static inline uint32_t whole_steps(const struct husk_dma_master *master, uint64_t size_bytes)
{
    return (uint32_t)husk_align_up(size_bytes, master->window.align_bytes);
}

/* Segments of one piece; `slot` is as if each were in the pool's first slot. */
static enum husk_err plan(const struct husk_dma_piece *piece, bool last, struct husk_dma_map *map)
{
    const struct husk_dma_master *master = map->master;
    struct husk_dma_run run;

    if (piece->size_bytes - 1 >= HUSK_GIB(2) || piece->size_bytes > UINT64_MAX - piece->pa.value ||
        (!last && !husk_is_aligned(piece->size_bytes, master->window.align_bytes))) {
        return HUSK_EINVAL;
    }
    for (uint64_t at = 0; at != piece->size_bytes; at += run.size_bytes) {
        const uint64_t pa = piece->pa.value + at;

        if (map->count == map->capacity) {
            return HUSK_ERANGE;
        }
        run = cut(master, pa, piece->size_bytes - at, master->masks[map->dir] + 1);
        map->segs[map->count] = (struct husk_dma_seg){
            .bus = { run.bus },
            .size_bytes = (uint32_t)run.size_bytes,
            .bus_bytes = whole_steps(master, run.size_bytes),
            .va = (uint8_t *)(uintptr_t)(piece->va.value + at),
            .slot = run.direct ? NULL : master->pool->va + slot_offset(master, pa),
        };
        map->count++;
        map->slot_count += !run.direct;
    }
    return HUSK_OK;
}

/* Any buffer: first all segments, then all slots, then what can't fail. */
__attribute__((noinline)) static enum husk_err map_pieces(const struct husk_dma_piece *pieces,
                                                          size_t count, struct husk_dma_map *map)
{
    struct husk_dma_pool *pool = map->master->pool;
    uint32_t index = 0;

    for (size_t i = 0; i < count; i++) {
        const enum husk_err err = plan(&pieces[i], i == count - 1, map);

        if (err != HUSK_OK) {
            return err;
        }
    }
    if (map->slot_count != 0) {
        if (!take(pool, map->client, map->slot_count, &index)) {
            return HUSK_ENOMEM;
        }
        map->first_slot = index;
        map->serial = pool->slots[index].serial;
    }
    for (struct husk_dma_seg *seg = map->segs; seg != map->segs + map->count; seg++) {
        if (seg->slot == NULL) {
            clean(map->master, seg->va, seg->size_bytes);
        } else {
            enter_slot(map, seg, seg->slot + (size_t)index * pool->slot_bytes);
            map->last_slot = index;
            index = pool->slots[index].next;
        }
    }
    return HUSK_OK;
}

enum husk_err husk_dma_map(const struct husk_dma_master *master, struct husk_dma_client *client,
                           enum husk_dma_dir dir, const struct husk_dma_piece *pieces, size_t count,
                           struct husk_dma_map *map)
{
    const struct husk_dma_window *window = &master->window;
    struct husk_dma_seg *seg = map->segs;
    enum husk_err err;

    if (map->state != HUSK_DMA_UNMAPPED || count == 0) {
        return count == 0 ? HUSK_EINVAL : misused(client, HUSK_EINVAL);
    }
    const uint64_t size = pieces->size_bytes;
    const uint64_t pa = pieces->pa.value;
    const uint64_t offset = pa - window->pa.value;
    const bool plain = count == 1 && map->capacity != 0 && ((pa | size) & master->masks[dir]) == 0;

    map->count = 0;
    map->slot_count = 0;
    map->dir = dir;
    map->master = master;
    map->client = client;
    /* The two usual cases by themselves: one segment, which lies well, or lies out of reach. */
    if (plain && offset < master->plain_bytes && size - 1 < master->plain_bytes - offset) {
        *seg = (struct husk_dma_seg){ { window->bus.value + offset },
                                      (uint32_t)size,
                                      (uint32_t)size,
                                      (uint8_t *)(uintptr_t)pieces->va.value,
                                      NULL };
        map->count = 1;
        clean(master, seg->va, size);
    } else if (plain && pa >= window->pa.value + window->size_bytes && (pa & 7) == 0 &&
               size - 1 < master->pool->slot_bytes) {
        uint32_t index;

        map->slot_count = 1;
        if (!take(master->pool, client, 1, &index)) {
            return HUSK_ENOMEM;
        }
        seg->size_bytes = seg->bus_bytes = (uint32_t)size;
        seg->va = (uint8_t *)(uintptr_t)pieces->va.value;
        map->count = 1;
        map->first_slot = map->last_slot = index;
        map->serial = master->pool->slots[index].serial;
        enter_slot(map, seg, slot_at(master->pool, index));
    } else {
        err = map_pieces(pieces, count, map);
        if (err != HUSK_OK) {
            return err;
        }
    }
    client->mapped++;
    map->state = HUSK_DMA_MAPPED;
    return HUSK_OK;
}

enum husk_err husk_dma_set_busy(struct husk_dma_map *map, bool busy)
{
    if (map->state != (busy ? HUSK_DMA_MAPPED : HUSK_DMA_BUSY)) {
        return misused(map->client, HUSK_EINVAL);
    }
    map->state = busy ? HUSK_DMA_BUSY : HUSK_DMA_MAPPED;
    return HUSK_OK;
}

/* What the master has written to `bytes` of a segment from `at` on becomes the CPU's. */
static inline void to_cpu(const struct husk_dma_map *map, const struct husk_dma_seg *seg,
                          uint64_t at, uint32_t bytes)
{
    if (seg->slot == NULL) {
        refresh(map->master, seg->va + at, bytes);
        return;
    }
    map->client->copied_bytes += bytes;
    refresh(map->master, seg->slot + at, bytes);
    __builtin_memcpy(seg->va + at, seg->slot + at, bytes);
}

static void to_device(const struct husk_dma_map *map, const struct husk_dma_seg *seg, uint64_t at,
                      uint32_t bytes)
{
    if (seg->slot == NULL) {
        clean(map->master, seg->va + at, bytes);
        return;
    }
    /* The lines at both ends hold more of the slot, which the master may have written. */
    refresh(map->master, seg->slot + at, bytes);
    fill(map->master, map->client, seg->slot + at, seg->va + at, bytes, bytes);
}

/* Nobody can have taken the slots yet. */
__attribute__((noinline)) static enum husk_err all_to_cpu(const struct husk_dma_map *map)
{
    const struct husk_dma_seg *seg = map->segs;
    uint32_t left = map->count;

    do {
        to_cpu(map, seg, 0, seg->size_bytes);
        seg++;
    } while (--left != 0);
    return HUSK_OK;
}

enum husk_err husk_dma_unmap(struct husk_dma_map *map)
{
    if (map->state != HUSK_DMA_MAPPED) {
        return misused(map->client, map->state == HUSK_DMA_BUSY ? HUSK_EAGAIN : HUSK_EINVAL);
    }
    if (map->slot_count != 0) {
        struct husk_dma_pool *pool = map->master->pool;

        /* A mapping's slots come and go together: the first tells for all. */
        if (pool->slots[map->first_slot].serial != map->serial) {
            return misused(map->client, HUSK_EINVAL);
        }
        give(pool, map->client, map->first_slot, map->last_slot, map->slot_count);
    }
    map->state = HUSK_DMA_UNMAPPED;
    if (map->dir == HUSK_DMA_TO_DEVICE) {
        return HUSK_OK;
    }
    if (map->slot_count != 0 || map->count != 1) {
        return all_to_cpu(map);
    }
    refresh(map->master, map->segs->va, map->segs->size_bytes); /* the usual one by itself */
    return HUSK_OK;
}

enum husk_err husk_dma_sync(struct husk_dma_map *map, bool for_device, uint64_t offset,
                            uint64_t size_bytes)
{
    struct husk_range whole = { 0, 0 };

    for (uint32_t i = 0; i < map->count; i++) {
        whole.size_bytes += map->segs[i].size_bytes;
    }
    if (map->state == HUSK_DMA_UNMAPPED || !husk_range_contains(whole, offset, size_bytes)) {
        return HUSK_EINVAL;
    }
    for (struct husk_dma_seg *seg = map->segs; size_bytes != 0; seg++) {
        if (offset >= seg->size_bytes) {
            offset -= seg->size_bytes;
            continue;
        }
        const uint32_t bytes = (uint32_t)least(seg->size_bytes - offset, size_bytes);

        if (for_device) {
            to_device(map, seg, offset, bytes);
        } else if (map->dir != HUSK_DMA_TO_DEVICE) {
            to_cpu(map, seg, offset, bytes);
        }
        offset = 0;
        size_bytes -= bytes;
    }
    return HUSK_OK;
}
