// SPDX-License-Identifier: Apache-2.0
#include "mmu_change.h"

void husk_mmu_tlb_begin(struct husk_mmu_change *change)
{
    if (!change->tables->live || !change->tables->format->stage2 ||
        husk_read(vttbr_el2) == change->vttbr) {
        return;
    }
    /* Cortex-A72 erratum 1319367, as in husk_mmu_s2_activate(). */
    change->switched = true;
    change->old_vttbr = husk_read(vttbr_el2);
    change->old_tcr_el1 = husk_read(tcr_el1);
    husk_write(tcr_el1, change->old_tcr_el1 | HUSK_MMU_TCR_EL1_EPD);
    husk_isb();
    husk_write(vttbr_el2, change->vttbr);
    husk_isb();
}

void husk_mmu_tlb_entries(struct husk_mmu_change *change, uint64_t addr, uint64_t step_bytes,
                          size_t count)
{
    if (!change->tables->live) {
        return;
    }
    husk_dsb_ishst();
    for (size_t i = 0; i < count; i++, addr += step_bytes) {
        if (change->tables->format->stage2) {
            husk_tlbi_ipas2e1is((struct husk_ipa){ addr });
        } else {
            husk_tlbi_vae2is((struct husk_va){ addr });
        }
    }
    change->invalidated = true;
}

void husk_mmu_tlb_sync(const struct husk_mmu_change *change)
{
    if (!change->invalidated) {
        return;
    }
    husk_dsb_ish();
    if (change->tables->format->stage2) {
        /* Entries that combine both stages are tagged with a VA, which nobody here knows: all of
         * the VMID go, and only after the stage-2 entries they would be refilled from. */
        husk_tlbi_vmalle1is();
        husk_dsb_ish();
    }
    husk_isb();
}

void husk_mmu_tlb_end(const struct husk_mmu_change *change)
{
    if (!change->switched) {
        return;
    }
    husk_write(vttbr_el2, change->old_vttbr);
    husk_isb();
    husk_write(tcr_el1, change->old_tcr_el1);
}
