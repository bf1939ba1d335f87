// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_MMU_CHANGE_H
#define HUSK_MMU_CHANGE_H

/** @file
 * A change of what is mapped, and the TLB maintenance it takes.
 */

#include "mmu_internal.h"

struct husk_mmu_change {
    const struct husk_mmu_tables *tables;
    uint64_t vttbr; /**< stage 2 only */
    /* state of the call */
    bool invalidated; /**< a TLBI was issued, which husk_mmu_tlb_sync() has to complete */
    bool switched;    /**< another VM's VTTBR_EL2 was loaded: it, and TCR_EL1, as they were */
    uint64_t old_vttbr;
    uint64_t old_tcr_el1;
    struct husk_mmu_page *emptied; /**< unlinked tables, until the TLB has forgotten them */
};

/* mmu_tlb.c: nothing here does anything while the tables are not live */

/** Loads the VM's VTTBR_EL2 where another one is loaded; while that lasts, no EL1 walk starts. Ends
 * with husk_mmu_tlb_end(). */
void husk_mmu_tlb_begin(struct husk_mmu_change *change);
/** Invalidates what the TLB holds of `count` entries of `step_bytes` each, after the stores that
 * changed them: DSB ISHST, then one TLBI per entry. Completed by husk_mmu_tlb_sync(). */
void husk_mmu_tlb_entries(struct husk_mmu_change *change, uint64_t addr, uint64_t step_bytes,
                          size_t count);
/** Waits until every CPU has forgotten what husk_mmu_tlb_entries() named in this call, if
 * anything. */
void husk_mmu_tlb_sync(const struct husk_mmu_change *change);
/** Puts VTTBR_EL2 back. */
void husk_mmu_tlb_end(const struct husk_mmu_change *change);

#endif
