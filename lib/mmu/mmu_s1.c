// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

/* Arm ARM DDI 0487J.a D19.2 MAIR_EL2: byte 0 write-back, allocating, inner and outer; byte 1
 * Device-nGnRE. husk_mmu_s1_format holds the indices. */
static const uint64_t MAIR = (uint64_t)0x04 << 8 | 0xff;

/* D19.2 TCR_EL2 with HCR_EL2.E2H = 0: 39 VA bits (T0SZ 25), walks write-back (IRGN0, ORGN0 = 1)
 * and inner shareable (SH0 = 3), 4 KiB granule (TG0 = 0), RES1 bits. PS is added. */
static const uint64_t TCR = HUSK_BIT(31) | HUSK_BIT(23) | (uint64_t)3 << 12 | (uint64_t)1 << 10 |
                            (uint64_t)1 << 8 | (64 - HUSK_MMU_S1_BITS);

/* D19.2 SCTLR_EL2 with HCR_EL2.E2H = 0: RES1 bits (29, 28, 23, 22, 18, 16, 11, 5, 4), and WXN,
 * I, SA, C, M. EE = 0: little endian. */
static const uint64_t SCTLR =
    0x30c50830 | HUSK_BIT(19) | HUSK_BIT(12) | HUSK_BIT(3) | HUSK_BIT(2) | HUSK_BIT(0);

struct husk_mmu_view husk_mmu_s1_view(const struct husk_mmu_s1 *s1)
{
    return (struct husk_mmu_view){
        .format = &husk_mmu_s1_format,
        .pool = s1->pool,
        .root = s1->root,
        .in_limit = HUSK_BIT(HUSK_MMU_S1_BITS),
        .out_limit = HUSK_BIT(HUSK_MMU_OUT_BITS),
    };
}

enum husk_err husk_mmu_s1_init(struct husk_mmu_s1 *s1, struct husk_mmu_pool *pool)
{
    struct husk_mmu_page *const root = husk_mmu_pool_take_root(pool, 1);

    if (root == NULL) {
        return HUSK_ENOMEM;
    }
    *s1 = (struct husk_mmu_s1){ .pool = pool, .root = root->entry };
    return HUSK_OK;
}

void husk_mmu_s1_enable(struct husk_mmu_s1 *s1, unsigned pa_range)
{
    husk_write_mair_el2(MAIR);
    husk_write_tcr_el2(TCR | husk_mmu_ps(pa_range) << 16);
    husk_write_ttbr0_el2(husk_mmu_pool_pa(s1->pool, s1->root));
    husk_isb(); /* the TLBI below, and the first walk, see the registers */
    husk_tlbi_alle2();
    husk_dsb_nsh();
    husk_isb();
    husk_write_sctlr_el2(SCTLR);
    husk_isb();
    s1->live = true; /* with the cache on: coherent with the CPUs that are up */
}
