// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

/* Arm ARM DDI 0487J.a D8.4 "Memory access control", D8.5 "Memory region attributes". */
static const uint64_t LEAF_MEMORY_TYPE = HUSK_BITS(5, 2);
static const uint64_t LEAF_PERMISSIONS = HUSK_BITS(7, 6);

/* HUSK_MMU_* of a leaf made by husk_mmu_leaf_bits(). */
static uint32_t attr_of(const struct husk_mmu_format *format, uint64_t desc)
{
    uint32_t attr = HUSK_MMU_R;

    attr |= ((desc ^ format->device) & LEAF_MEMORY_TYPE) == 0 ? HUSK_MMU_DEVICE : HUSK_MMU_NORMAL;
    attr |= (desc & LEAF_PERMISSIONS) == format->writable ? HUSK_MMU_W : 0;
    attr |= (desc & HUSK_MMU_DESC_XN) == 0 ? HUSK_MMU_X : 0;
    return attr;
}

static struct husk_mmu_leaf leaf_at(const struct husk_mmu_tables *tables, struct husk_mmu_pos pos,
                                    uint64_t addr)
{
    const uint64_t size_bytes = husk_mmu_level_bytes(pos.level);

    return (struct husk_mmu_leaf){
        .out = (pos.desc & HUSK_MMU_DESC_OUT) + (addr & (size_bytes - 1)),
        .size_bytes = size_bytes,
        .attr = attr_of(tables->format, pos.desc),
        .contiguous = (pos.desc & HUSK_MMU_DESC_CONTIGUOUS) != 0,
    };
}

static enum husk_err translate(const struct husk_mmu_tables *tables, uint64_t addr,
                               struct husk_mmu_leaf *leaf)
{
    struct husk_mmu_pos pos;

    if (addr >= HUSK_BIT(tables->in_bits)) {
        return HUSK_ERANGE;
    }
    pos = husk_mmu_find(tables, addr, HUSK_MMU_PAGE_LEVEL);
    if (!husk_mmu_is_valid(pos.desc)) {
        return HUSK_ENOENT;
    }
    *leaf = leaf_at(tables, pos, addr);
    return HUSK_OK;
}

enum husk_err husk_mmu_s1_translate(const struct husk_mmu_s1 *s1, struct husk_va va,
                                    struct husk_mmu_leaf *leaf)
{
    return translate(&s1->tables, va.value, leaf);
}

enum husk_err husk_mmu_s2_translate(struct husk_mmu_s2_locked s2, struct husk_ipa ipa,
                                    struct husk_mmu_leaf *leaf)
{
    return translate(&s2.s2->tables, ipa.value, leaf);
}

void husk_mmu_s2_walk(struct husk_mmu_s2_locked s2, struct husk_ipa ipa, uint64_t size_bytes,
                      husk_mmu_visit_fn *visit, void *context)
{
    const struct husk_mmu_tables *const tables = &s2.s2->tables;
    uint64_t addr = ipa.value;
    const uint64_t end =
        addr < HUSK_BIT(tables->in_bits) && size_bytes < HUSK_BIT(tables->in_bits) - addr
            ? addr + size_bytes
            : HUSK_BIT(tables->in_bits);

    while (addr < end) {
        const struct husk_mmu_pos pos = husk_mmu_find(tables, addr, HUSK_MMU_PAGE_LEVEL);
        const uint64_t step_bytes = husk_mmu_level_bytes(pos.level);

        addr = husk_align_down(addr, step_bytes);
        if (husk_mmu_is_valid(pos.desc)) {
            const struct husk_mmu_leaf leaf = leaf_at(tables, pos, addr);

            if (!visit(context, addr, &leaf)) {
                return;
            }
        }
        addr += step_bytes;
    }
}
