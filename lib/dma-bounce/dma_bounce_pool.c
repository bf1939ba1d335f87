// SPDX-License-Identifier: Apache-2.0
// What is checked once, when a pool is made and when a window is joined with it.
#include "dma_bounce_internal.h"

enum { SLOT_MIN_BYTES = 64, SLOT_MAX_BYTES = 4096, ALIGN_MAX_BYTES = 512 };

/* Of two; or 0. */
static bool is_power(uint64_t value)
{
    return (value & (value - 1)) == 0;
}

enum husk_err husk_dma_pool_init(struct husk_dma_pool *pool)
{
    const uint32_t count = pool->slot_count;
    const uint32_t bytes = pool->slot_bytes;
    const struct husk_range range = { pool->pa.value, (uint64_t)count * bytes };

    if (pool->slots == NULL || pool->va == NULL || count == 0 || !is_power(bytes) ||
        bytes < SLOT_MIN_BYTES || bytes > SLOT_MAX_BYTES || !husk_range_valid(range) ||
        !husk_is_aligned(pool->pa.value | (uintptr_t)pool->va, bytes)) {
        return HUSK_EINVAL;
    }
    for (uint32_t i = 0; i < count; i++) {
        pool->slots[i] = pool->va + (size_t)(count - 1 - i) * bytes;
    }
    pool->free_count = count;
    return HUSK_OK;
}

enum husk_err husk_dma_master_init(struct husk_dma_master *master,
                                   const struct husk_dma_window *window, struct husk_dma_pool *pool)
{
    const struct husk_range pas = { window->pa.value, window->size_bytes };
    const struct husk_range buses = { window->bus.value, window->size_bytes };
    const uint64_t bus = buses.base + (pool->pa.value - pas.base);
    const uint64_t mask = window->align_bytes - 1;
    const uint64_t line_mask = mask | (window->line_bytes == 0 ? 0 : window->line_bytes - 1);
    const uint64_t plain = window->boundary_bytes == 0 ? husk_min(pas.size_bytes, HUSK_GIB(2)) : 0;

    if (window->size_bytes == 0 || !husk_range_valid(pas) || !husk_range_valid(buses) ||
        window->align_bytes == 0 || window->align_bytes > ALIGN_MAX_BYTES ||
        !is_power(window->align_bytes) || !is_power(window->line_bytes) ||
        ((pas.base | buses.base | pas.size_bytes | pool->slot_bytes) & line_mask) != 0) {
        return HUSK_EINVAL;
    }
    if (!husk_range_contains(pas, pool->pa.value, (uint64_t)pool->slot_count * pool->slot_bytes)) {
        return HUSK_ERANGE;
    }
    /* A slot never crosses a boundary: it is aligned to its size, and the boundary not smaller. */
    if (window->boundary_bytes != 0 &&
        (!is_power(window->boundary_bytes) || window->boundary_bytes < pool->slot_bytes ||
         !husk_is_aligned(bus, pool->slot_bytes))) {
        return HUSK_EINVAL;
    }
    *master = (struct husk_dma_master){
        *window, pool, bus - (uintptr_t)pool->va, { mask, line_mask, line_mask }, plain
    };
    return HUSK_OK;
}
