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

enum husk_err husk_mmu_init(struct husk_mmu_tables *tables, const struct husk_mmu_format *format,
                            struct husk_mmu_pool *pool, uint8_t in_bits, uint8_t out_bits)
{
    /* 40 bits need two tables side by side, aligned as one. */
    const size_t count = in_bits > HUSK_MMU_TABLE_BITS ? HUSK_MMU_S2_ROOT_PAGES : 1;
    const uint64_t pa = husk_mmu_pool_pa(pool, pool->pages + pool->used);
    const size_t skipped = (size_t)(pa / HUSK_MMU_PAGE_BYTES) % count;
    struct husk_mmu_page *root;

    if (pool->count - pool->used < skipped + count) {
        return HUSK_ENOMEM;
    }
    if (skipped != 0) {
        husk_mmu_pool_give(pool, &pool->pages[pool->used]);
    }
    root = &pool->pages[pool->used + skipped];
    pool->used += skipped + count;
    for (size_t i = 0; i < count; i++) {
        clear_page(&root[i]);
    }
    *tables = (struct husk_mmu_tables){
        .format = format,
        .pool = pool,
        .root = root->entry,
        .in_bits = in_bits,
        .out_bits = out_bits,
    };
    return HUSK_OK;
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
    /* Of the last byte; a range that wraps ends with the last one there is. */
    const uint64_t last = addr + husk_min(size_bytes - 1, UINT64_MAX - addr);
    size_t pages = 0;

    for (unsigned level = HUSK_MMU_TOP_LEVEL; size_bytes != 0 && level < HUSK_MMU_PAGE_LEVEL;
         level++) {
        const unsigned shift = husk_mmu_level_shift(level);

        pages += (size_t)((last >> shift) - (addr >> shift) + 1);
    }
    return pages;
}
