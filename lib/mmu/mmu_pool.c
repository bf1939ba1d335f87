// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

/* Store pairs of the zero register, about 300 instructions a page. Not DC ZVA, which faults while
 * the MMU is off, and not memset(), which is byte-wise in a small libc. */
__attribute__((no_builtin("memset"))) static void clear_page(struct husk_mmu_page *page)
{
#pragma clang loop unroll_count(64)
    for (size_t i = 0; i < HUSK_MMU_ENTRIES; i++) {
        page->entry[i] = 0;
    }
}

size_t husk_mmu_pool_available(const struct husk_mmu_pool *pool)
{
    return pool->count - pool->used + pool->free_count;
}

struct husk_mmu_page *husk_mmu_pool_take(struct husk_mmu_pool *pool)
{
    struct husk_mmu_page *page = pool->free;

    if (page != NULL) {
        pool->free = (struct husk_mmu_page *)(uintptr_t)page->entry[0];
        pool->free_count--;
    } else {
        HUSK_ASSERT(pool->used < pool->count);
        page = &pool->pages[pool->used++];
    }
    clear_page(page);
    return page;
}

struct husk_mmu_page *husk_mmu_pool_take_root(struct husk_mmu_pool *pool, size_t count)
{
    size_t first = pool->used;
    struct husk_mmu_page *root;

    if (count == 1) {
        return husk_mmu_pool_available(pool) != 0 ? husk_mmu_pool_take(pool) : NULL;
    }
    if (!husk_is_aligned(husk_mmu_pool_pa(pool, &pool->pages[first]), 2 * HUSK_MMU_PAGE_BYTES)) {
        first++;
    }
    if (first > pool->count || pool->count - first < 2) {
        return NULL;
    }
    if (first != pool->used) {
        husk_mmu_pool_give(pool, &pool->pages[pool->used]);
    }
    root = &pool->pages[first];
    pool->used = first + 2;
    clear_page(&root[0]);
    clear_page(&root[1]);
    return root;
}

void husk_mmu_pool_give(struct husk_mmu_pool *pool, struct husk_mmu_page *page)
{
    page->entry[0] = (uint64_t)(uintptr_t)pool->free;
    pool->free = page;
    pool->free_count++;
}

uint64_t husk_mmu_pool_pa(const struct husk_mmu_pool *pool, const void *table)
{
    return (uint64_t)(uintptr_t)table + pool->pa_offset;
}

size_t husk_mmu_pages_for(uint64_t addr, uint64_t size_bytes)
{
    uint64_t last;
    size_t pages = 0;

    if (size_bytes == 0) {
        return 0;
    }
    last = size_bytes - 1 > UINT64_MAX - addr ? UINT64_MAX : addr + (size_bytes - 1);
    for (unsigned level = HUSK_MMU_TOP_LEVEL; level < HUSK_MMU_PAGE_LEVEL; level++) {
        const unsigned shift = husk_mmu_level_shift(level);

        pages += (size_t)((last >> shift) - (addr >> shift) + 1);
    }
    return pages;
}
