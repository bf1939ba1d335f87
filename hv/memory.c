// SPDX-License-Identifier: Apache-2.0
// Physical memory: who has which page. EL2 maps memory at its own address, and only its own; a
// guest's pages only while a window is open (window.c).
#include "hv.h"

enum { RANGE_MAX = 48 };

struct husk_mmu_s1 husk_el2_s1;

/* Free memory: disjoint, in no order, some empty. */
static struct husk_range free_ranges[RANGE_MAX];
static size_t free_count;

static void add(uint64_t base, uint64_t end)
{
    HUSK_ASSERT(free_count < RANGE_MAX);
    free_ranges[free_count++] = (struct husk_range){ base, end > base ? end - base : 0 };
}

void husk_memory_init(const struct husk_range *ram, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add(husk_align_up(ram[i].base, HUSK_MMU_PAGE_BYTES),
            husk_align_down(ram[i].base + ram[i].size_bytes, HUSK_MMU_PAGE_BYTES));
    }
}

void husk_memory_reserve(struct husk_range range)
{
    const uint64_t base = husk_align_down(range.base, HUSK_MMU_PAGE_BYTES);
    const uint64_t end = husk_align_up(range.base + range.size_bytes, HUSK_MMU_PAGE_BYTES);
    const struct husk_range hole = { base, end - base };

    for (size_t i = free_count; i-- != 0;) {
        const struct husk_range whole = free_ranges[i];

        if (husk_ranges_overlap(whole, hole)) { /* what is behind it takes its place */
            const uint64_t whole_end = whole.base + whole.size_bytes;

            free_ranges[i].base = end;
            free_ranges[i].size_bytes = whole_end > end ? whole_end - end : 0;
            if (whole.base < base) {
                add(whole.base, base);
            }
        }
    }
}

uint64_t husk_memory_take_some(uint64_t size_bytes, uint64_t align, struct husk_pa *pa)
{
    uint64_t best = 0;
    uint64_t base = 0;

    for (size_t i = 0; i < free_count; i++) {
        const uint64_t first = husk_align_up(free_ranges[i].base, align);
        const uint64_t end = free_ranges[i].base + free_ranges[i].size_bytes;
        const uint64_t whole = end > first ? husk_align_down(end - first, align) : 0;
        const uint64_t usable = husk_min(whole, size_bytes);

        if (usable > best || (usable == best && first < base)) {
            best = usable;
            base = first;
        }
    }
    if (best != 0) {
        husk_memory_reserve((struct husk_range){ base, best });
        pa->value = base;
    }
    return best;
}

void *husk_heap_take(size_t size_bytes)
{
    const uint64_t size = husk_align_up(size_bytes, HUSK_MMU_PAGE_BYTES);
    struct husk_pa pa = { 0 };

    if (husk_memory_take_some(size, HUSK_MMU_PAGE_BYTES, &pa) != size ||
        husk_mmu_s1_map(&husk_el2_s1, (struct husk_va){ pa.value }, pa, size,
                        HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W) != HUSK_OK) {
        husk_boot_refuse("no memory left for EL2", "");
    }
    return (void *)pa.value;
}
