// SPDX-License-Identifier: Apache-2.0
#include "mmu_change.h"

enum {
    GROUP = 16, /* pages under one contiguous hint: 64 KiB */
    GROUP_BYTES = GROUP * HUSK_MMU_PAGE_BYTES,
};

/* Bits [1:0] of a leaf: a block, or at level 3 a page. */
static uint64_t leaf_type(unsigned level)
{
    return level == HUSK_MMU_PAGE_LEVEL ? HUSK_MMU_DESC_VALID | HUSK_MMU_DESC_TABLE
                                        : HUSK_MMU_DESC_VALID;
}

/* Replaces `count` leaves, neighbours in one table, by break-before-make; at most one contiguous
 * group, so that memory is away for a moment only. The caller publishes the new entries.
 * Arm ARM DDI 0487J.a D8.14.1 "Using break-before-make when updating translation table entries". */
static void replace(struct husk_mmu_change *change, uint64_t *slot, const uint64_t *descs,
                    size_t count, uint64_t addr, uint64_t step_bytes)
{
    if (change->tables->live) {
        for (size_t i = 0; i < count; i++) {
            husk_pte_write(&slot[i], 0);
        }
        husk_mmu_tlb_entries(change, addr, step_bytes, count);
        husk_mmu_tlb_sync(change);
    }
    for (size_t i = 0; i < count; i++) {
        husk_pte_write(&slot[i], descs[i]);
    }
}

/* Which tables it takes to make an address a boundary between leaves. */
struct split_cost {
    bool level2;
    bool level3;
};

static struct split_cost split_cost(const struct husk_mmu_tables *tables, uint64_t addr)
{
    struct husk_mmu_pos pos;

    if (husk_is_aligned(addr, husk_mmu_level_bytes(HUSK_MMU_TOP_LEVEL))) {
        return (struct split_cost){ false, false }; /* also for the end of the address space */
    }
    pos = husk_mmu_find(tables, addr, HUSK_MMU_PAGE_LEVEL);
    if (!husk_mmu_is_valid(pos.desc)) {
        return (struct split_cost){ false, false };
    }
    return (struct split_cost){
        .level2 = pos.level == HUSK_MMU_TOP_LEVEL,
        .level3 = pos.level < HUSK_MMU_PAGE_LEVEL &&
                  !husk_is_aligned(addr, husk_mmu_level_bytes(HUSK_MMU_PAGE_LEVEL - 1)),
    };
}

/* Tables it takes to split at both ends of a range; one table may serve both. */
static size_t split_tables(const struct husk_mmu_tables *tables, uint64_t start, uint64_t end)
{
    const struct split_cost a = split_cost(tables, start);
    const struct split_cost b = split_cost(tables, end);
    const uint64_t apart = start ^ end;
    const bool same_level2 = apart < husk_mmu_level_bytes(1) && a.level2;
    const bool same_level3 = apart < husk_mmu_level_bytes(2) && a.level3;

    return (size_t)a.level2 + a.level3 + (b.level2 && !same_level2) + (b.level3 && !same_level3);
}

/* Replaces a block by a table that maps the same; contiguous groups stay whole but for the one
 * that `addr` cuts. */
static void split_block(struct husk_mmu_change *change, struct husk_mmu_pos pos, uint64_t addr)
{
    const uint64_t size_bytes = husk_mmu_level_bytes(pos.level);
    const unsigned level = pos.level + 1;
    const uint64_t step_bytes = husk_mmu_level_bytes(level);
    const size_t cut = (addr & (size_bytes - 1)) / GROUP_BYTES;
    const bool cuts = !husk_is_aligned(addr, GROUP_BYTES);
    struct husk_mmu_page *const table = husk_mmu_pool_take(change->tables->pool);
    uint64_t desc = pos.desc | leaf_type(level);
    uint64_t link;

    for (size_t i = 0; i < HUSK_MMU_ENTRIES; i++, desc += step_bytes) {
        const bool hint = level == HUSK_MMU_PAGE_LEVEL && !(cuts && i / GROUP == cut);

        table->entry[i] = hint ? desc | HUSK_MMU_DESC_CONTIGUOUS : desc;
    }
    husk_dsb_ishst();
    link =
        husk_mmu_pool_pa(change->tables->pool, table) | HUSK_MMU_DESC_TABLE | HUSK_MMU_DESC_VALID;
    replace(change, pos.slot, &link, 1, husk_align_down(addr, size_bytes), size_bytes);
}

/* Takes the hint from a group that is to change in part. */
static void split_group(struct husk_mmu_change *change, struct husk_mmu_pos pos, uint64_t addr)
{
    const size_t index = (addr % GROUP_BYTES) / HUSK_MMU_PAGE_BYTES;
    uint64_t *const slot = pos.slot - index;
    uint64_t descs[GROUP];

    for (size_t i = 0; i < GROUP; i++) {
        descs[i] = husk_pte_read(&slot[i]) & ~HUSK_MMU_DESC_CONTIGUOUS;
    }
    replace(change, slot, descs, GROUP, husk_align_down(addr, GROUP_BYTES), HUSK_MMU_PAGE_BYTES);
}

/* Makes `addr` a boundary between leaves. The tables are there: split_tables() was asked. */
static void split(struct husk_mmu_change *change, uint64_t addr)
{
    struct husk_mmu_pos pos;

    if (husk_is_aligned(addr, husk_mmu_level_bytes(HUSK_MMU_TOP_LEVEL))) {
        return;
    }
    pos = husk_mmu_find(change->tables, addr, HUSK_MMU_PAGE_LEVEL);
    while (husk_mmu_is_valid(pos.desc) && !husk_is_aligned(addr, husk_mmu_level_bytes(pos.level))) {
        split_block(change, pos, addr);
        pos = husk_mmu_find(change->tables, addr, HUSK_MMU_PAGE_LEVEL);
    }
    if ((pos.desc & HUSK_MMU_DESC_CONTIGUOUS) != 0 && !husk_is_aligned(addr, GROUP_BYTES)) {
        split_group(change, pos, addr);
    }
}

/* The two ends of a range, or HUSK_ENOMEM and nothing changed. */
static enum husk_err split_ends(struct husk_mmu_change *change, uint64_t start, uint64_t end)
{
    if (split_tables(change->tables, start, end) > husk_mmu_pool_available(change->tables->pool)) {
        return HUSK_ENOMEM;
    }
    husk_mmu_tlb_begin(change);
    split(change, start);
    split(change, end);
    return HUSK_OK;
}

/* Entries from `pos` to the end of the range or of their table. */
static size_t entries_left(struct husk_mmu_pos pos, uint64_t addr, uint64_t end)
{
    const unsigned shift = husk_mmu_level_shift(pos.level);
    const size_t wanted = (size_t)((end - addr) >> shift);
    const size_t in_table = HUSK_MMU_ENTRIES - ((addr >> shift) % HUSK_MMU_ENTRIES);

    return wanted < in_table ? wanted : in_table;
}

static bool is_leaf(uint64_t desc, unsigned level)
{
    return husk_mmu_is_valid(desc) &&
           (level == HUSK_MMU_PAGE_LEVEL || (desc & HUSK_MMU_DESC_TABLE) == 0);
}

/* Is a table empty? Unmapping ascends, so what is left is sooner found from the end. */
static bool is_empty(const struct husk_mmu_page *table)
{
    for (size_t i = HUSK_MMU_ENTRIES; i > 0; i--) {
        if (husk_mmu_is_valid(husk_pte_read(&table->entry[i - 1]))) {
            return false;
        }
    }
    return true;
}

/* Unlinks the table of `pos` where it has become empty, and then perhaps the one above. */
static void prune(struct husk_mmu_change *change, struct husk_mmu_pos pos, uint64_t addr)
{
    while (pos.level > HUSK_MMU_TOP_LEVEL) {
        const size_t index = (addr >> husk_mmu_level_shift(pos.level)) % HUSK_MMU_ENTRIES;
        struct husk_mmu_page *const table = (struct husk_mmu_page *)(uintptr_t)(pos.slot - index);

        if (!is_empty(table)) {
            return;
        }
        pos = husk_mmu_find(change->tables, addr, pos.level - 1);
        husk_pte_write(pos.slot, 0);
        husk_mmu_tlb_entries(change, addr, husk_mmu_level_bytes(pos.level), 1);
        /* A walker may still hold the table: an aligned pointer is an invalid descriptor to it. */
        table->entry[0] = (uint64_t)(uintptr_t)change->emptied;
        change->emptied = table;
    }
}

/* Clears the leaves from `pos` on, which lie wholly in the range, up to the first entry that is
 * none. Returns how many. */
static size_t clear_run(struct husk_mmu_change *change, struct husk_mmu_pos pos, uint64_t addr,
                        uint64_t end)
{
    const size_t limit = entries_left(pos, addr, end);
    size_t count = 0;

    while (count < limit && is_leaf(husk_pte_read(&pos.slot[count]), pos.level)) {
        husk_pte_write(&pos.slot[count], 0);
        count++;
    }
    husk_mmu_tlb_entries(change, addr, husk_mmu_level_bytes(pos.level), count);
    return count;
}

static enum husk_err unmap(struct husk_mmu_change *change, uint64_t addr, uint64_t size_bytes)
{
    const uint64_t end = addr + size_bytes;
    enum husk_err err = husk_mmu_check_range(change->tables, addr, size_bytes);

    if (err != HUSK_OK) {
        return err;
    }
    err = split_ends(change, addr, end);
    if (err != HUSK_OK) {
        return err;
    }
    while (addr < end) {
        const struct husk_mmu_pos pos = husk_mmu_find(change->tables, addr, HUSK_MMU_PAGE_LEVEL);
        const uint64_t step_bytes = husk_mmu_level_bytes(pos.level);

        if (husk_mmu_is_valid(pos.desc)) {
            const uint64_t next = addr + clear_run(change, pos, addr, end) * step_bytes;

            prune(change, pos, addr);
            addr = next;
        } else {
            addr = husk_align_down(addr, step_bytes) + step_bytes;
        }
    }
    husk_mmu_tlb_sync(change);
    if (!change->tables->live) {
        husk_mmu_publish();
    }
    husk_mmu_tlb_end(change);
    while (change->emptied != NULL) {
        struct husk_mmu_page *const table = change->emptied;

        change->emptied = (struct husk_mmu_page *)(uintptr_t)table->entry[0];
        husk_mmu_pool_give(change->tables->pool, table);
    }
    return HUSK_OK;
}

enum husk_err husk_mmu_s1_unmap(struct husk_mmu_s1 *s1, struct husk_va va, uint64_t size_bytes)
{
    struct husk_mmu_change change = { .tables = &s1->tables };

    return unmap(&change, va.value, size_bytes);
}

static struct husk_mmu_change s2_change(const struct husk_mmu_s2 *s2)
{
    return (struct husk_mmu_change){ .tables = &s2->tables, .vttbr = s2->vttbr };
}

enum husk_err husk_mmu_s2_unmap(struct husk_mmu_s2_locked s2, struct husk_ipa ipa,
                                uint64_t size_bytes)
{
    struct husk_mmu_change change = s2_change(s2.s2);

    return unmap(&change, ipa.value, size_bytes);
}

static bool all_mapped(const struct husk_mmu_tables *tables, uint64_t addr, uint64_t end)
{
    while (addr < end) {
        const struct husk_mmu_pos pos = husk_mmu_find(tables, addr, HUSK_MMU_PAGE_LEVEL);
        const uint64_t step_bytes = husk_mmu_level_bytes(pos.level);

        if (!husk_mmu_is_valid(pos.desc)) {
            return false;
        }
        addr = husk_align_down(addr, step_bytes) + step_bytes;
    }
    return true;
}

/* Gives new attribute bits to the leaves from `pos` on, up to the end of a group or the first
 * that has them already. Returns how many entries are done. */
static size_t change_run(struct husk_mmu_change *change, struct husk_mmu_pos pos, uint64_t addr,
                         uint64_t end, uint64_t bits)
{
    const uint64_t kept =
        HUSK_MMU_DESC_OUT | HUSK_MMU_DESC_CONTIGUOUS | HUSK_MMU_DESC_TABLE | HUSK_MMU_DESC_VALID;
    const uint64_t step_bytes = husk_mmu_level_bytes(pos.level);
    const size_t in_group = GROUP - (addr / step_bytes) % GROUP;
    const size_t left = entries_left(pos, addr, end);
    const size_t limit = left < in_group ? left : in_group;
    uint64_t descs[GROUP];
    size_t count = 0;

    while (count < limit) {
        const uint64_t desc = husk_pte_read(&pos.slot[count]);

        descs[count] = (desc & kept) | bits;
        if (!is_leaf(desc, pos.level) || descs[count] == desc) {
            break;
        }
        count++;
    }
    if (count == 0) {
        return 1; /* `pos` is a leaf and stays as it is */
    }
    replace(change, pos.slot, descs, count, addr, step_bytes);
    return count;
}

enum husk_err husk_mmu_s2_protect(struct husk_mmu_s2_locked s2, struct husk_ipa ipa,
                                  uint64_t size_bytes, uint32_t attr)
{
    struct husk_mmu_change change = s2_change(s2.s2);
    const uint64_t bits = husk_mmu_leaf_bits(change.tables->format, attr);
    uint64_t addr = ipa.value;
    const uint64_t end = addr + size_bytes;
    enum husk_err err = husk_mmu_check_range(change.tables, addr, size_bytes);

    if (bits == 0) {
        return HUSK_EINVAL;
    }
    if (err != HUSK_OK) {
        return err;
    }
    if (!all_mapped(change.tables, addr, end)) {
        return HUSK_ENOENT;
    }
    err = split_ends(&change, addr, end);
    if (err != HUSK_OK) {
        return err;
    }
    while (addr < end) {
        const struct husk_mmu_pos pos = husk_mmu_find(change.tables, addr, HUSK_MMU_PAGE_LEVEL);

        addr += change_run(&change, pos, addr, end, bits) * husk_mmu_level_bytes(pos.level);
    }
    husk_mmu_publish();
    husk_mmu_tlb_end(&change);
    return HUSK_OK;
}
