// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

struct husk_mmu_pos husk_mmu_find(const struct husk_mmu_view *view, uint64_t addr, unsigned deepest)
{
    /* The root is indexed unmasked: two concatenated tables are one array. */
    struct husk_mmu_pos pos = {
        .slot = &view->root[addr >> husk_mmu_level_shift(HUSK_MMU_TOP_LEVEL)],
        .level = HUSK_MMU_TOP_LEVEL,
    };

    pos.desc = husk_pte_read(pos.slot);
    while (pos.level < deepest && husk_mmu_is_valid(pos.desc) &&
           (pos.desc & HUSK_MMU_DESC_TABLE) != 0) {
        const uint64_t pa = pos.desc & HUSK_MMU_DESC_OUT;
        const struct husk_mmu_page *const table =
            (const struct husk_mmu_page *)(uintptr_t)(pa - view->pool->pa_offset);

        pos.level++;
        pos.slot = (uint64_t *)(uintptr_t)&table
                       ->entry[(addr >> husk_mmu_level_shift(pos.level)) % HUSK_MMU_ENTRIES];
        pos.desc = husk_pte_read(pos.slot);
    }
    return pos;
}

static struct husk_mmu_leaf leaf_at(const struct husk_mmu_view *view, struct husk_mmu_pos pos,
                                    uint64_t addr)
{
    const uint64_t size_bytes = husk_mmu_level_bytes(pos.level);

    return (struct husk_mmu_leaf){
        .out = (pos.desc & HUSK_MMU_DESC_OUT) + (addr & (size_bytes - 1)),
        .size_bytes = size_bytes,
        .attr = husk_mmu_leaf_attr(view->format, pos.desc),
        .contiguous = (pos.desc & HUSK_MMU_DESC_CONTIGUOUS) != 0,
    };
}

enum husk_err husk_mmu_translate(const struct husk_mmu_view *view, uint64_t addr,
                                 struct husk_mmu_leaf *leaf)
{
    struct husk_mmu_pos pos;

    if (addr >= view->in_limit) {
        return HUSK_ERANGE;
    }
    pos = husk_mmu_find(view, addr, HUSK_MMU_PAGE_LEVEL);
    if (!husk_mmu_is_valid(pos.desc)) {
        return HUSK_ENOENT;
    }
    *leaf = leaf_at(view, pos, addr);
    return HUSK_OK;
}

void husk_mmu_walk(const struct husk_mmu_view *view, uint64_t addr, uint64_t size_bytes,
                   husk_mmu_visit_fn *visit, void *context)
{
    const uint64_t end = addr < view->in_limit && size_bytes < view->in_limit - addr
                             ? addr + size_bytes
                             : view->in_limit;

    while (addr < end) {
        const struct husk_mmu_pos pos = husk_mmu_find(view, addr, HUSK_MMU_PAGE_LEVEL);
        const uint64_t step_bytes = husk_mmu_level_bytes(pos.level);

        addr = husk_align_down(addr, step_bytes);
        if (husk_mmu_is_valid(pos.desc)) {
            const struct husk_mmu_leaf leaf = leaf_at(view, pos, addr);

            if (!visit(context, addr, &leaf)) {
                return;
            }
        }
        addr += step_bytes;
    }
}
