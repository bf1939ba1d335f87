// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

enum {
    VMID_SHIFT = 48,
    VMID_MAX = 255, /* VTCR_EL2.VS = 0: every CPU has 8 VMID bits */
    IPA_BITS_MAX = 40,
    PA_RANGE_MAX = 7, /* 56 bits; larger codes are reserved */
    VTCR_PS_SHIFT = 16,
};

/* Arm ARM DDI 0487J.a D19.2 VTCR_EL2: RES1 bit, 4 KiB granule (TG0 = 0), walks inner shareable
 * (SH0 = 3) and write-back (ORGN0, IRGN0 = 1), start at level 1 (SL0 = 1). PS, T0SZ are added. */
static const uint64_t VTCR =
    HUSK_BIT(31) | (uint64_t)3 << 12 | (uint64_t)1 << 10 | (uint64_t)1 << 8 | (uint64_t)1 << 6;

/* Physical address bits of a PS code. Arm ARM DDI 0487J.a D19.2 ID_AA64MMFR0_EL1, PARange. */
static const uint8_t pa_bits[HUSK_MMU_PS_48_BITS + 1] = { 32, 36, 40, 42, 44, HUSK_MMU_OUT_BITS };

enum husk_err husk_mmu_s2_init(struct husk_mmu_s2 *s2, struct husk_mmu_pool *pool,
                               unsigned pa_range, uint16_t vmid)
{
    const uint64_t ps = husk_min(pa_range, HUSK_MMU_PS_48_BITS);
    const uint8_t ipa_bits = (uint8_t)husk_min(pa_bits[ps], IPA_BITS_MAX);
    enum husk_err err;

    if (pa_range > PA_RANGE_MAX || vmid == 0 || vmid > VMID_MAX) {
        return HUSK_EINVAL;
    }
    err = husk_mmu_init(&s2->tables, &husk_mmu_s2_format, pool, ipa_bits, pa_bits[ps]);
    if (err == HUSK_OK) {
        s2->lock = (struct husk_spinlock){ 0 };
        s2->vttbr = husk_mmu_pool_pa(pool, s2->tables.root) | (uint64_t)vmid << VMID_SHIFT;
        s2->vtcr = VTCR | ps << VTCR_PS_SHIFT | (64 - ipa_bits);
    }
    return err;
}

struct husk_mmu_s2_locked husk_mmu_s2_lock(struct husk_mmu_s2 *s2)
{
    husk_spin_lock(&s2->lock);
    return (struct husk_mmu_s2_locked){ s2 };
}

void husk_mmu_s2_unlock(struct husk_mmu_s2_locked locked)
{
    husk_spin_unlock(&locked.s2->lock);
}

void husk_mmu_s2_activate(struct husk_mmu_s2 *s2)
{
    /* Under the lock: a change that began without TLB maintenance is over before a walker can
     * see the tables. */
    if (!__atomic_load_n(&s2->tables.live, __ATOMIC_ACQUIRE)) {
        const struct husk_mmu_s2_locked locked = husk_mmu_s2_lock(s2);

        __atomic_store_n(&s2->tables.live, true, __ATOMIC_RELEASE);
        husk_mmu_s2_unlock(locked);
    }
    /* Cortex-A72 erratum 1319367: while the EL1 registers of one VM meet the stage 2 of another, a
     * speculative walk could fill the TLB from the mixture. So nothing walks from here on. */
    husk_write(tcr_el1, HUSK_MMU_TCR_EL1_EPD);
    husk_isb();
    husk_write(vtcr_el2, s2->vtcr);
    husk_write(vttbr_el2, s2->vttbr);
    husk_isb();
}

void husk_mmu_s2_invalidate(void)
{
    husk_dsb_ishst();
    husk_tlbi_vmalls12e1is();
    husk_dsb_ish();
    husk_ic_ialluis();
    husk_dsb_ish();
    husk_isb();
}
