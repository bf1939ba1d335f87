// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <husk/mmu.h>

static struct husk_mmu_page pages[8];
static struct husk_mmu_pool pool = { .pages = pages, .count = HUSK_COUNT(pages) };

static bool visit(void *context, uint64_t addr, const struct husk_mmu_leaf *leaf)
{
    return context != NULL && addr != leaf->out;
}

static void stage2(void)
{
    static struct husk_mmu_s2 s2;
    const struct husk_ipa ipa = { 0x40000000 };
    const struct husk_pa pa = { 0x80000000 };
    struct husk_mmu_leaf leaf;

    if (husk_mmu_s2_init(&s2, &pool, 2, 1) != HUSK_OK) {
        return;
    }
    const struct husk_mmu_s2_locked held = husk_mmu_s2_lock(&s2);

    if (husk_mmu_s2_map(held, ipa, pa, HUSK_MIB(2), HUSK_MMU_NORMAL | HUSK_MMU_R) == HUSK_OK &&
        husk_mmu_s2_protect(held, ipa, HUSK_MIB(2), HUSK_MMU_NORMAL | HUSK_MMU_R) == HUSK_OK &&
        husk_mmu_s2_translate(held, ipa, &leaf) == HUSK_OK) {
        husk_mmu_s2_walk(held, ipa, HUSK_MIB(2), visit, &pool);
    }
    if (husk_mmu_s2_unmap(held, ipa, husk_mmu_pages_for(0, 4096)) == HUSK_OK) {
        husk_mmu_s2_activate(&s2);
        husk_mmu_s2_invalidate();
    }
    husk_mmu_s2_unlock(held);
}

void firmware(void)
{
    static struct husk_mmu_s1 s1;
    const struct husk_va va = { 0x40000000 };
    struct husk_mmu_leaf leaf;

    stage2();
    if (husk_mmu_s1_init(&s1, &pool) == HUSK_OK &&
        husk_mmu_s1_map(&s1, va, (struct husk_pa){ va.value }, 4096,
                        HUSK_MMU_NORMAL | HUSK_MMU_R) == HUSK_OK &&
        husk_mmu_s1_translate(&s1, va, &leaf) == HUSK_OK &&
        husk_mmu_s1_unmap(&s1, va, 4096) == HUSK_OK) {
        husk_mmu_s1_enable(&s1, 2);
    }
}
