// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

/* TCR_EL1.EPD0 and EPD1: no walk of an EL1 stage 1 starts. Arm ARM DDI 0487J.a D19.2 TCR_EL1. */
static const uint64_t TCR_EL1_EPD = HUSK_BIT(23) | HUSK_BIT(7);

void husk_mmu_tlb_begin(struct husk_mmu_view *view)
{
    if (!view->format->stage2 || !view->live) {
        return;
    }
    view->saved_vttbr = husk_read_vttbr_el2();
    if (view->saved_vttbr == view->vttbr) {
        return;
    }
    /* Cortex-A72 erratum 1319367: while one VM's EL1 registers meet another VM's VTTBR_EL2, a
     * speculative walk could fill the TLB from the mixture. So nothing walks meanwhile. */
    view->saved_tcr_el1 = husk_read_tcr_el1();
    husk_write_tcr_el1(view->saved_tcr_el1 | TCR_EL1_EPD);
    husk_isb();
    husk_write_vttbr_el2(view->vttbr);
    husk_isb();
    view->switched = true;
}

void husk_mmu_tlb_entries(struct husk_mmu_view *view, uint64_t addr, uint64_t step_bytes,
                          size_t count)
{
    if (!view->live) {
        return;
    }
    husk_dsb_ishst();
    for (size_t i = 0; i < count; i++, addr += step_bytes) {
        if (view->format->stage2) {
            husk_tlbi_ipas2e1is((struct husk_ipa){ addr });
        } else {
            husk_tlbi_vae2is((struct husk_va){ addr });
        }
    }
    view->invalidated = true;
}

void husk_mmu_tlb_sync(struct husk_mmu_view *view)
{
    if (!view->invalidated) {
        return;
    }
    husk_dsb_ish();
    if (view->format->stage2) {
        /* Entries that combine both stages are tagged with a VA, which nobody here knows: all of
         * the VMID go, and only after the stage-2 entries they would be refilled from. */
        husk_tlbi_vmalle1is();
        husk_dsb_ish();
    }
    husk_isb();
}

void husk_mmu_tlb_end(struct husk_mmu_view *view)
{
    if (!view->switched) {
        return;
    }
    husk_write_vttbr_el2(view->saved_vttbr);
    husk_isb();
    husk_write_tcr_el1(view->saved_tcr_el1);
}

void husk_mmu_tlb_publish(void)
{
    husk_dsb_ishst();
    husk_isb();
}
