// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

/** Leaves of one kind, neighbours in one table. */
struct run {
    unsigned level;
    uint64_t size_bytes;
    uint64_t type; /**< bits [1:0] of a leaf, and the contiguous hint */
};

/* What can be mapped from `addr` to `out` by the largest leaves that fit: 1 GiB, 2 MiB, aligned
 * groups of sixteen pages under the contiguous hint, pages. Past its end, larger ones may fit. */
static struct run first_run(uint64_t addr, uint64_t end, uint64_t out)
{
    static const uint8_t shifts[] = { 39, 30, 21, 16, 12 };
    enum { GROUPS = 3, PAGES = 4 };
    unsigned kind = PAGES;
    uint64_t within; /* bytes from `addr` to where a larger leaf could begin */

    while (kind > HUSK_MMU_TOP_LEVEL && end - addr >= HUSK_BIT(shifts[kind - 1]) &&
           husk_is_aligned(addr | out, HUSK_BIT(shifts[kind - 1]))) {
        kind--;
    }
    within = HUSK_BIT(shifts[kind - 1]) - addr % HUSK_BIT(shifts[kind - 1]);
    return (struct run){
        .level = (unsigned)husk_min(kind, HUSK_MMU_PAGE_LEVEL),
        .size_bytes = husk_min(husk_align_down(end - addr, HUSK_BIT(shifts[kind])), within),
        .type = HUSK_MMU_DESC_VALID | (kind >= GROUPS ? HUSK_MMU_DESC_TABLE : 0) |
                (kind == GROUPS ? HUSK_MMU_DESC_CONTIGUOUS : 0),
    };
}

/* Looks, changes nothing: is the range free, and are there as many tables as it takes? Runs ascend:
 * a table that is missing is met first where its own range begins, or this one. */
static enum husk_err check_free(const struct husk_mmu_tables *tables, uint64_t start, uint64_t end,
                                uint64_t out)
{
    size_t missing = 0;
    struct run run;

    for (uint64_t addr = start; addr != end; addr += run.size_bytes, out += run.size_bytes) {
        struct husk_mmu_pos pos;
        uint64_t entries;

        run = first_run(addr, end, out);
        pos = husk_mmu_find(tables, addr, run.level);
        entries = pos.level < run.level ? 1 : run.size_bytes >> husk_mmu_level_shift(run.level);
        for (uint64_t i = 0; i < entries; i++) {
            if (husk_mmu_is_valid(husk_pte_read(&pos.slot[i]))) {
                return HUSK_EOVERLAP;
            }
        }
        for (; pos.level < run.level; pos.level++) {
            missing +=
                addr == start || husk_is_aligned(addr, husk_mmu_level_bytes(pos.level)) ? 1 : 0;
        }
    }
    return missing > husk_mmu_pool_available(tables->pool) ? HUSK_ENOMEM : HUSK_OK;
}

static enum husk_err map_span(const struct husk_mmu_tables *tables, uint64_t addr, uint64_t out,
                              uint64_t size_bytes, uint32_t attr)
{
    const uint64_t bits = husk_mmu_leaf_bits(tables->format, attr);
    const uint64_t end = addr + size_bytes;
    enum husk_err err = husk_mmu_check_range(tables, addr, size_bytes);

    if (bits == 0 || !husk_is_aligned(out, HUSK_MMU_PAGE_BYTES)) {
        return HUSK_EINVAL;
    }
    if (err != HUSK_OK) {
        return err;
    }
    if (!husk_range_contains((struct husk_range){ 0, HUSK_BIT(tables->out_bits) }, out,
                             size_bytes)) {
        return HUSK_ERANGE;
    }
    err = check_free(tables, addr, end, out);
    if (err != HUSK_OK) {
        return err;
    }
    while (addr != end) { /* nothing can fail from here on */
        const struct run run = first_run(addr, end, out);
        const uint64_t last = addr + run.size_bytes;
        struct husk_mmu_pos pos = husk_mmu_find(tables, addr, run.level);

        while (pos.level < run.level) { /* cleared before a walker can see it */
            struct husk_mmu_page *const table = husk_mmu_pool_take(tables->pool);

            husk_dsb_ishst();
            husk_pte_write(pos.slot, husk_mmu_pool_pa(tables->pool, table) | HUSK_MMU_DESC_TABLE |
                                         HUSK_MMU_DESC_VALID);
            pos.slot = husk_mmu_slot(table, addr, ++pos.level);
        }
        for (; addr != last; addr += husk_mmu_level_bytes(run.level)) {
            husk_pte_write(pos.slot++, out | bits | run.type);
            out += husk_mmu_level_bytes(run.level);
        }
    }
    husk_mmu_publish();
    return HUSK_OK;
}

enum husk_err husk_mmu_s1_map(struct husk_mmu_s1 *s1, struct husk_va va, struct husk_pa pa,
                              uint64_t size_bytes, uint32_t attr)
{
    return map_span(&s1->tables, va.value, pa.value, size_bytes, attr);
}

enum husk_err husk_mmu_s2_map(struct husk_mmu_s2_locked s2, struct husk_ipa ipa, struct husk_pa pa,
                              uint64_t size_bytes, uint32_t attr)
{
    return map_span(&s2.s2->tables, ipa.value, pa.value, size_bytes, attr);
}
