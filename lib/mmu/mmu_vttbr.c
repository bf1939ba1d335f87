// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

/* TCR_EL1.EPD0 and EPD1: no walk of an EL1 stage 1 starts. Arm ARM DDI 0487J.a D19.2 TCR_EL1. */
static const uint64_t TCR_EL1_EPD = HUSK_BIT(23) | HUSK_BIT(7);

struct husk_mmu_loan husk_mmu_vttbr_borrow(uint64_t vttbr)
{
    struct husk_mmu_loan loan = { .vttbr = husk_read_vttbr_el2() };

    if (loan.vttbr == vttbr) {
        return loan;
    }
    /* Cortex-A72 erratum 1319367: while one VM's EL1 registers meet another VM's VTTBR_EL2, a
     * speculative walk could fill the TLB from the mixture. So nothing walks meanwhile. */
    loan.switched = true;
    loan.tcr_el1 = husk_read_tcr_el1();
    husk_write_tcr_el1(loan.tcr_el1 | TCR_EL1_EPD);
    husk_isb();
    husk_write_vttbr_el2(vttbr);
    husk_isb();
    return loan;
}

void husk_mmu_vttbr_return(struct husk_mmu_loan loan)
{
    if (!loan.switched) {
        return;
    }
    husk_write_vttbr_el2(loan.vttbr);
    husk_isb();
    husk_write_tcr_el1(loan.tcr_el1);
}
