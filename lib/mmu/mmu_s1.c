// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

/* Arm ARM DDI 0487J.a D19.2 MAIR_EL2: byte 0 write-back, allocating, inner and outer; byte 1
 * Device-nGnRE. husk_mmu_s1_format holds the indices. */
static const uint64_t MAIR = (uint64_t)0x04 << 8 | 0xff;

/* D19.2 TCR_EL2 with HCR_EL2.E2H = 0: 39 VA bits (T0SZ 25), walks write-back (IRGN0, ORGN0 = 1)
 * and inner shareable (SH0 = 3), 4 KiB granule (TG0 = 0), RES1 bits. PS is added. */
static const uint64_t TCR = HUSK_BIT(31) | HUSK_BIT(23) | (uint64_t)3 << 12 | (uint64_t)1 << 10 |
                            (uint64_t)1 << 8 | (64 - HUSK_MMU_TABLE_BITS);

/* D19.2 SCTLR_EL2 with HCR_EL2.E2H = 0: RES1 bits (29, 28, 23, 22, 18, 16, 11, 5, 4), and WXN,
 * I, SA, C, M. EE = 0: little endian. */
static const uint64_t SCTLR =
    0x30c50830 | HUSK_BIT(19) | HUSK_BIT(12) | HUSK_BIT(3) | HUSK_BIT(2) | HUSK_BIT(0);

enum husk_err husk_mmu_s1_init(struct husk_mmu_s1 *s1, struct husk_mmu_pool *pool)
{
    return husk_mmu_init(&s1->tables, &husk_mmu_s1_format, pool, HUSK_MMU_TABLE_BITS,
                         HUSK_MMU_OUT_BITS);
}

void husk_mmu_s1_enable(struct husk_mmu_s1 *s1, unsigned pa_range)
{
    husk_write(mair_el2, MAIR);
    husk_write(tcr_el2, TCR | husk_min(pa_range, HUSK_MMU_PS_48_BITS) << 16);
    husk_write(ttbr0_el2, husk_mmu_pool_pa(s1->tables.pool, s1->tables.root));
    husk_isb(); /* the TLBI below, and the first walk, see the registers */
    husk_tlbi_alle2();
    husk_dsb_nsh();
    husk_isb();
    husk_write(sctlr_el2, SCTLR);
    husk_isb();
    s1->tables.live = true; /* with the cache on: coherent with the CPUs that are up */
}
