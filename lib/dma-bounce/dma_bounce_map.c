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

/* Fills in the segments of one piece, `slot` being the place inside a slot yet to be taken. */
static enum husk_err plan(const struct husk_dma_master *master, uint64_t grain,
                          const struct husk_dma_piece *piece, bool last, struct husk_dma_map *map)
{
    const uint32_t align = master->window.align_bytes;
    uint64_t pa = piece->pa.value;
    uint64_t left = piece->size_bytes;
    uint8_t *va = (uint8_t *)(uintptr_t)piece->va.value;

    if (left - 1 >= HUSK_GIB(2) || left > UINT64_MAX - pa ||
        (!last && !husk_is_aligned(left, align))) {
        return HUSK_EINVAL;
    }
    do {
        const struct husk_dma_run run = cut(master, pa, left, grain);
        struct husk_dma_seg *seg = &map->segs[map->count];

        if (map->count == map->capacity) {
            return HUSK_ERANGE;
        }
        map->count++;
        map->slot_count += !run.direct;
        seg->bus.value = run.bus;
        seg->size_bytes = (uint32_t)run.size_bytes;
        seg->bus_bytes = (uint32_t)husk_align_up(run.size_bytes, align);
        seg->va = va;
        seg->slot = run.direct ? NULL : slot_at(master->pool, 0) + slot_offset(master, pa);
        pa += run.size_bytes;
        va += run.size_bytes;
        left -= run.size_bytes;
    } while (left != 0);
    return HUSK_OK;
}

/* What can't fail: slots are taken, the first is `index`. */
static void commit(const struct husk_dma_master *master, struct husk_dma_map *map, uint32_t index)
{
    for (struct husk_dma_seg *seg = map->segs; seg != map->segs + map->count; seg++) {
        if (seg->slot == NULL) {
            clean(master, seg->va, seg->size_bytes);
            continue;
        }
        seg->slot += (size_t)index * master->pool->slot_bytes;
        seg->bus.value = slot_bus(master, seg->slot);
        seg->serial = master->pool->slots[index].serial;
        index = master->pool->slots[index].next;
        husk_dma_fill(master, map->client, seg->slot, seg->va, seg->size_bytes, seg->bus_bytes);
    }
    map->client->mapped++;
    map->state = HUSK_DMA_MAPPED;
}

enum husk_err husk_dma_map(const struct husk_dma_master *master, struct husk_dma_client *client,
                           enum husk_dma_dir dir, const struct husk_dma_piece *pieces, size_t count,
                           struct husk_dma_map *map)
{
    const struct husk_dma_window *window = &master->window;
    const bool whole_lines = dir != HUSK_DMA_TO_DEVICE && window->line_bytes > window->align_bytes;
    enum husk_err err = count == 0 ? HUSK_EINVAL : HUSK_OK;
    uint32_t index = NO_SLOT;

    if (map->state != HUSK_DMA_UNMAPPED) {
        return misused(client, HUSK_EINVAL);
    }
    *map = (struct husk_dma_map){
        .segs = map->segs, .capacity = map->capacity, .dir = dir, .master = master, .client = client
    };
    for (size_t i = 0; i < count && err == HUSK_OK; i++) {
        err = plan(master, whole_lines ? window->line_bytes : window->align_bytes, &pieces[i],
                   i == count - 1, map);
    }
    if (err == HUSK_OK && map->slot_count != 0) {
        index = husk_dma_take(master->pool, client, map->slot_count);
        err = index == NO_SLOT ? HUSK_ENOMEM : HUSK_OK;
    }
    if (err == HUSK_OK) {
        commit(master, map, index);
    }
    return err;
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
static void to_cpu(const struct husk_dma_map *map, const struct husk_dma_seg *seg, uint64_t at,
                   uint32_t bytes)
{
    if (map->dir == HUSK_DMA_TO_DEVICE) {
        return;
    }
    if (seg->slot == NULL) {
        refresh(map->master, seg->va + at, bytes);
        return;
    }
    refresh(map->master, seg->slot + at, bytes);
    __builtin_memcpy(seg->va + at, seg->slot + at, bytes);
    map->client->copied_bytes += bytes;
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
    husk_dma_fill(map->master, map->client, seg->slot + at, seg->va + at, bytes, bytes);
}

static bool slots_are_ours(const struct husk_dma_map *map)
{
    const struct husk_dma_pool *pool = map->master->pool;

    for (const struct husk_dma_seg *seg = map->segs; seg != map->segs + map->count; seg++) {
        if (seg->slot != NULL && pool->slots[slot_index(pool, seg->slot)].serial != seg->serial) {
            return false;
        }
    }
    return true;
}

enum husk_err husk_dma_unmap(struct husk_dma_map *map)
{
    if (map->state != HUSK_DMA_MAPPED) {
        return misused(map->client, map->state == HUSK_DMA_BUSY ? HUSK_EAGAIN : HUSK_EINVAL);
    }
    if (map->slot_count != 0 && !slots_are_ours(map)) {
        return misused(map->client, HUSK_EINVAL);
    }
    for (struct husk_dma_seg *seg = map->segs; seg != map->segs + map->count; seg++) {
        to_cpu(map, seg, 0, seg->size_bytes);
        if (seg->slot != NULL) {
            husk_dma_give(map->master->pool, map->client, seg->slot);
        }
    }
    map->state = HUSK_DMA_UNMAPPED;
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

        (for_device ? to_device : to_cpu)(map, seg, offset, bytes);
        offset = 0;
        size_bytes -= bytes;
    }
    return HUSK_OK;
}
