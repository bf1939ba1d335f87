// SPDX-License-Identifier: Apache-2.0
// A driver's buffers.
#include "dma_bounce_internal.h"

static enum husk_err misused(const struct husk_dma_map *map, enum husk_err err)
{
    map->client->misused++;
    return err;
}

/* Makes the next segment, of what all goes the same way. */
static INLINE enum husk_err enter(struct husk_dma_map *map, uint32_t index,
                                  const struct husk_dma_piece *part, uint64_t bus_bytes,
                                  bool direct)
{
    const struct husk_dma_master *master = map->master;
    struct husk_dma_client *client = map->client;
    struct husk_dma_seg *seg = &map->segs[index];

    map->count = index + 1;
    seg->size_bytes = (uint32_t)part->size_bytes;
    seg->bus_bytes = (uint32_t)bus_bytes;
    seg->va = (uint8_t *)(uintptr_t)part->va.value;
    seg->slot = NULL;
    if (direct) {
        seg->bus.value = bus_of(master, part->pa.value);
        clean(master, seg->va, part->size_bytes);
    } else if (take(master, client, &seg->slot, &seg->bus.value)) {
        fill(client, seg->slot, seg->va, seg->size_bytes, seg->bus_bytes);
        /* Read anew: no register is kept for it over the copy. */
        clean(map->master, seg->slot, seg->bus_bytes);
    } else {
        return HUSK_ENOMEM;
    }
    return HUSK_OK;
}

/* Any buffer, segment by segment. On an error there are the segments before it. */
static COLD enum husk_err enter_all(struct husk_dma_map *map, const struct husk_dma_piece *piece,
                                    size_t count)
{
    const uint32_t align = map->master->window.align_bytes;
    enum husk_err err = HUSK_EINVAL;

    for (map->count = 0; count != 0; count--, piece++) {
        struct husk_dma_piece part = *piece;
        uint64_t left = piece->size_bytes;
        bool direct;

        if (left - 1 >= HUSK_GIB(2) || left > UINT64_MAX - part.pa.value ||
            (count != 1 && !husk_is_aligned(left, align))) {
            return HUSK_EINVAL;
        }
        for (; left != 0; left -= part.size_bytes) {
            if (map->count == map->capacity) {
                return HUSK_ERANGE;
            }
            part.size_bytes = cut(map->master, map->dir, part.pa.value, left, &direct);
            err = enter(map, map->count, &part, husk_align_up(part.size_bytes, align), direct);
            if (err != HUSK_OK) {
                return err;
            }
            part.pa.value += part.size_bytes;
            part.va.value += part.size_bytes;
        }
    }
    return err;
}

/* Shows bytes of a segment from `at` on to the master, or what it has written there to the CPU. */
static inline void pass(const struct husk_dma_map *map, const struct husk_dma_seg *seg,
                        bool to_device, uint64_t at, uint64_t bytes)
{
    if (seg->slot == NULL) {
        (to_device ? clean : refresh)(map->master, seg->va + at, bytes);
        return;
    }
    /* To the device: the lines at both ends hold more of the slot, which it may have written. */
    refresh(map->master, seg->slot + at, bytes);
    if (to_device) {
        fill(map->client, seg->slot + at, seg->va + at, bytes, bytes);
        clean(map->master, seg->slot + at, bytes);
    } else {
        map->client->copied_bytes += bytes;
        __builtin_memcpy(seg->va + at, seg->slot + at, bytes);
    }
}

enum husk_err husk_dma_map(struct husk_dma_map *map, const struct husk_dma_piece *pieces,
                           size_t count)
{
    const struct husk_dma_master *master = map->master;
    enum husk_err err;

    if (map->self != 0) {
        return misused(map, HUSK_EINVAL);
    }
    const bool one = count == 1 && map->capacity != 0 &&
                     ((pieces->pa.value | pieces->size_bytes) & master->masks[map->dir]) == 0;
    /* The two usual cases by themselves: one segment, which lies well, or lies out of reach. */
    if (one && is_plain(master, pieces->pa.value, pieces->size_bytes)) {
        err = enter(map, 0, pieces, pieces->size_bytes, true);
    } else if (one && pieces->pa.value >= master->window.pa.value + master->window.size_bytes &&
               pieces->size_bytes - 1 < master->pool->slot_bytes) {
        err = enter(map, 0, pieces, pieces->size_bytes, false);
    } else {
        err = enter_all(map, pieces, count);
    }
    map->self = (uintptr_t)map;
    if (err != HUSK_OK) {
        (void)husk_dma_unmap(map); /* the segments that there are */
        return err;
    }
    map->client->mapped++;
    return HUSK_OK;
}

enum husk_err husk_dma_set_busy(struct husk_dma_map *map, bool busy)
{
    if (map->self != (uintptr_t)map + !busy) {
        return misused(map, HUSK_EINVAL);
    }
    map->self = (uintptr_t)map + busy;
    return HUSK_OK;
}

enum husk_err husk_dma_unmap(struct husk_dma_map *map)
{
    if (map->self != (uintptr_t)map) {
        return misused(map, map->self == (uintptr_t)map + 1 ? HUSK_EAGAIN : HUSK_EINVAL);
    }
    map->self = 0;
    if (map->count == 1 && map->segs->slot == NULL) { /* the usual one by itself */
        if (map->dir != HUSK_DMA_TO_DEVICE) {
            refresh(map->master, map->segs->va, map->segs->size_bytes);
        }
        return HUSK_OK;
    }
    while (map->count != 0) {
        const struct husk_dma_seg *seg = &map->segs[--map->count];

        if (map->dir != HUSK_DMA_TO_DEVICE) {
            pass(map, seg, false, 0, seg->size_bytes); /* what the master may have written */
        }
        give(map->master, map->client, seg->slot);
    }
    return HUSK_OK;
}

enum husk_err husk_dma_sync(struct husk_dma_map *map, bool for_device, uint64_t offset,
                            uint64_t size_bytes)
{
    struct husk_range whole = { 0, 0 };

    for (uint32_t i = 0; i < map->count; i++) {
        whole.size_bytes += map->segs[i].size_bytes;
    }
    if ((map->self & ~(uintptr_t)1) != (uintptr_t)map ||
        !husk_range_contains(whole, offset, size_bytes)) {
        return HUSK_EINVAL;
    }
    for (struct husk_dma_seg *seg = map->segs; size_bytes != 0; seg++) {
        const uint64_t at = husk_min(offset, seg->size_bytes);
        const uint64_t bytes = husk_min(seg->size_bytes - at, size_bytes);

        if (for_device || map->dir != HUSK_DMA_TO_DEVICE) {
            pass(map, seg, for_device, at, bytes);
        }
        offset -= at;
        size_bytes -= bytes;
    }
    return HUSK_OK;
}
