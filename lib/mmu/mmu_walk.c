// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

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

static enum husk_err translate(const struct husk_mmu_view *view, uint64_t addr,
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

enum husk_err husk_mmu_s1_translate(const struct husk_mmu_s1 *s1, struct husk_va va,
                                    struct husk_mmu_leaf *leaf)
{
    const struct husk_mmu_view view = husk_mmu_s1_view(s1);

    return translate(&view, va.value, leaf);
}

enum husk_err husk_mmu_s2_translate(struct husk_mmu_s2_locked s2, struct husk_ipa ipa,
                                    struct husk_mmu_leaf *leaf)
{
    const struct husk_mmu_view view = husk_mmu_s2_view(s2.s2);

    return translate(&view, ipa.value, leaf);
}

void husk_mmu_s2_walk(struct husk_mmu_s2_locked s2, struct husk_ipa ipa, uint64_t size_bytes,
                      husk_mmu_visit_fn *visit, void *context)
{
    const struct husk_mmu_view view = husk_mmu_s2_view(s2.s2);
    uint64_t addr = ipa.value;
    const uint64_t end = addr < view.in_limit && size_bytes < view.in_limit - addr
                             ? addr + size_bytes
                             : view.in_limit;

    while (addr < end) {
        const struct husk_mmu_pos pos = husk_mmu_find(&view, addr, HUSK_MMU_PAGE_LEVEL);
        const uint64_t step_bytes = husk_mmu_level_bytes(pos.level);

        addr = husk_align_down(addr, step_bytes);
        if (husk_mmu_is_valid(pos.desc)) {
            const struct husk_mmu_leaf leaf = leaf_at(&view, pos, addr);

            if (!visit(context, addr, &leaf)) {
                return;
            }
        }
        addr += step_bytes;
    }
}
