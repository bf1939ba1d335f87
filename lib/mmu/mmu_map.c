// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

/** An input range and where it leads. */
struct span {
    uint64_t addr;
    uint64_t out;
    uint64_t size_bytes;
};

/* The highest level whose leaf fits the start of the span. */
static unsigned pick_level(const struct span *span)
{
    for (unsigned level = HUSK_MMU_TOP_LEVEL; level < HUSK_MMU_PAGE_LEVEL; level++) {
        const uint64_t leaf_bytes = husk_mmu_level_bytes(level);

        if (span->size_bytes >= leaf_bytes && husk_is_aligned(span->addr | span->out, leaf_bytes)) {
            return level;
        }
    }
    return HUSK_MMU_PAGE_LEVEL;
}

/* What can be mapped from the start of the span by leaves of `level` in one table. Past its end,
 * a larger leaf may fit. */
static uint64_t run_bytes(const struct span *span, unsigned level)
{
    const uint64_t table_bytes = husk_mmu_level_bytes(level - 1);
    const uint64_t left_bytes = table_bytes - (span->addr & (table_bytes - 1));

    return husk_min(husk_align_down(span->size_bytes, husk_mmu_level_bytes(level)), left_bytes);
}

static void advance(struct span *span, uint64_t size_bytes)
{
    span->addr += size_bytes;
    span->out += size_bytes;
    span->size_bytes -= size_bytes;
}

static bool all_invalid(const uint64_t *slot, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        if (husk_mmu_is_valid(husk_pte_read(&slot[i]))) {
            return false;
        }
    }
    return true;
}

/* Looks, changes nothing: is the span free, and how many tables does it take? Runs ascend, each
 * to the end of its table, so a missing level-3 table is met once; a missing level-2 table is met
 * by all runs of its 1 GiB, and counted by the first. */
static enum husk_err check_free(const struct husk_mmu_view *view, struct span span, size_t *tables)
{
    uint64_t counted_gib = UINT64_MAX;
    size_t count = 0;

    while (span.size_bytes != 0) {
        const unsigned level = pick_level(&span);
        const uint64_t size_bytes = run_bytes(&span, level);
        const uint64_t gib = span.addr >> husk_mmu_level_shift(HUSK_MMU_TOP_LEVEL);
        const struct husk_mmu_pos pos = husk_mmu_find(view, span.addr, level);

        if (pos.level == level) {
            if (!all_invalid(pos.slot, size_bytes >> husk_mmu_level_shift(level))) {
                return HUSK_EOVERLAP;
            }
        } else if (husk_mmu_is_valid(pos.desc)) {
            return HUSK_EOVERLAP;
        } else {
            if (pos.level == HUSK_MMU_TOP_LEVEL && gib != counted_gib) {
                counted_gib = gib;
                count++;
            }
            count += level == HUSK_MMU_PAGE_LEVEL;
        }
        advance(&span, size_bytes);
    }
    *tables = count;
    return HUSK_OK;
}

/* The slot of `addr` at `level`; tables that lack are linked, cleared before a walker can see. */
static uint64_t *reach(const struct husk_mmu_view *view, uint64_t addr, unsigned level)
{
    struct husk_mmu_pos pos = husk_mmu_find(view, addr, level);

    while (pos.level < level) {
        struct husk_mmu_page *const table = husk_mmu_pool_take(view->pool);

        husk_dsb_ishst();
        husk_pte_write(pos.slot, husk_mmu_pool_pa(view->pool, table) | HUSK_MMU_DESC_TABLE |
                                     HUSK_MMU_DESC_VALID);
        pos.level++;
        pos.slot = &table->entry[(addr >> husk_mmu_level_shift(pos.level)) % HUSK_MMU_ENTRIES];
    }
    return pos.slot;
}

/* Leaves in one table, sixteen at a time. The contiguous hint goes to each aligned group of sixteen
 * pages that leads to 64 KiB aligned memory and is filled as a whole. */
static void write_leaves(uint64_t *slot, unsigned level, uint64_t addr, uint64_t desc, size_t count)
{
    const uint64_t step_bytes = husk_mmu_level_bytes(level);

    while (count != 0) {
        const size_t in_group =
            HUSK_MMU_GROUP - (addr >> husk_mmu_level_shift(level)) % HUSK_MMU_GROUP;
        const size_t run = husk_min(in_group, count);
        const bool hint = level == HUSK_MMU_PAGE_LEVEL && run == HUSK_MMU_GROUP &&
                          husk_is_aligned(desc & HUSK_MMU_DESC_OUT, HUSK_MMU_GROUP_BYTES);

        uint64_t leaf = hint ? desc | HUSK_MMU_DESC_CONTIGUOUS : desc;

        for (size_t i = 0; i < run; i++, leaf += step_bytes) {
            husk_pte_write(slot++, leaf);
        }
        desc += run * step_bytes;
        addr += run * step_bytes;
        count -= run;
    }
}

static enum husk_err map_span(const struct husk_mmu_view *view, struct span span, uint32_t attr)
{
    const uint64_t bits = husk_mmu_leaf_bits(view->format, attr);
    enum husk_err err = husk_mmu_check_range(view, span.addr, span.size_bytes);
    size_t tables;

    if (!husk_is_aligned(span.out, HUSK_MMU_PAGE_BYTES) ||
        !husk_mmu_attr_valid(view->format, attr)) {
        return HUSK_EINVAL;
    }
    if (err != HUSK_OK) {
        return err;
    }
    if (!husk_range_contains((struct husk_range){ 0, view->out_limit }, span.out,
                             span.size_bytes)) {
        return HUSK_ERANGE;
    }
    err = check_free(view, span, &tables);
    if (err != HUSK_OK) {
        return err;
    }
    if (tables > husk_mmu_pool_available(view->pool)) {
        return HUSK_ENOMEM;
    }
    while (span.size_bytes != 0) { /* nothing can fail from here on */
        const unsigned level = pick_level(&span);
        const uint64_t size_bytes = run_bytes(&span, level);
        const uint64_t desc = span.out | bits | husk_mmu_leaf_type(level);
        const size_t count = (size_t)(size_bytes >> husk_mmu_level_shift(level));

        write_leaves(reach(view, span.addr, level), level, span.addr, desc, count);
        advance(&span, size_bytes);
    }
    husk_mmu_publish();
    return HUSK_OK;
}

enum husk_err husk_mmu_s1_map(struct husk_mmu_s1 *s1, struct husk_va va, struct husk_pa pa,
                              uint64_t size_bytes, uint32_t attr)
{
    const struct husk_mmu_view view = husk_mmu_s1_view(s1);

    return map_span(&view, (struct span){ va.value, pa.value, size_bytes }, attr);
}

enum husk_err husk_mmu_s2_map(struct husk_mmu_s2_locked s2, struct husk_ipa ipa, struct husk_pa pa,
                              uint64_t size_bytes, uint32_t attr)
{
    const struct husk_mmu_view view = husk_mmu_s2_view(s2.s2);

    return map_span(&view, (struct span){ ipa.value, pa.value, size_bytes }, attr);
}
