// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

enum husk_err husk_mmu_check_range(const struct husk_mmu_tables *tables, uint64_t addr,
                                   uint64_t size_bytes)
{
    const struct husk_range all = { 0, HUSK_BIT(tables->in_bits) };

    if (size_bytes == 0 || !husk_is_aligned(addr | size_bytes, HUSK_MMU_PAGE_BYTES)) {
        return HUSK_EINVAL;
    }
    return husk_range_contains(all, addr, size_bytes) ? HUSK_OK : HUSK_ERANGE;
}

struct husk_mmu_pos husk_mmu_find(const struct husk_mmu_tables *tables, uint64_t addr,
                                  unsigned deepest)
{
    /* The root is indexed unmasked: two concatenated tables are one array. */
    struct husk_mmu_pos pos = {
        .slot = &tables->root[addr >> husk_mmu_level_shift(HUSK_MMU_TOP_LEVEL)],
        .level = HUSK_MMU_TOP_LEVEL,
    };

    __builtin_assume(deepest <= HUSK_MMU_PAGE_LEVEL);
    pos.desc = husk_pte_read(pos.slot);
    while (pos.level < deepest && husk_mmu_is_valid(pos.desc) &&
           (pos.desc & HUSK_MMU_DESC_TABLE) != 0) {
        const uint64_t pa = pos.desc & HUSK_MMU_DESC_OUT;
        struct husk_mmu_page *const table =
            (struct husk_mmu_page *)(uintptr_t)(pa - tables->pool->pa_offset);

        pos.level++;
        pos.slot = husk_mmu_slot(table, addr, pos.level);
        pos.desc = husk_pte_read(pos.slot);
    }
    return pos;
}
