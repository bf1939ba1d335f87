// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

enum {
    VMID_SHIFT = 48,
    VMID_MAX = 255, /* VTCR_EL2.VS = 0: every CPU has 8 VMID bits */
    IPA_BITS_MAX = 40,
    VTCR_PS_SHIFT = 16,
};

/* Arm ARM DDI 0487J.a D19.2 VTCR_EL2: RES1 bit, 4 KiB granule (TG0 = 0), walks inner shareable
 * (SH0 = 3) and write-back (ORGN0, IRGN0 = 1), start at level 1 (SL0 = 1). PS, T0SZ are added. */
static const uint64_t VTCR =
    HUSK_BIT(31) | (uint64_t)3 << 12 | (uint64_t)1 << 10 | (uint64_t)1 << 8 | (uint64_t)1 << 6;

struct husk_mmu_view husk_mmu_s2_view(const struct husk_mmu_s2 *s2)
{
    return (struct husk_mmu_view){
        .format = &husk_mmu_s2_format,
        .pool = s2->pool,
        .root = s2->root,
        .in_limit = HUSK_BIT(s2->ipa_bits),
        .out_limit =
            HUSK_BIT(husk_mmu_ps_bits(husk_bits_get(s2->vtcr, VTCR_PS_SHIFT + 2, VTCR_PS_SHIFT))),
    };
}

enum husk_err husk_mmu_s2_init(struct husk_mmu_s2 *s2, struct husk_mmu_pool *pool,
                               unsigned pa_range, uint16_t vmid)
{
    const uint64_t ps = husk_mmu_ps(pa_range);
    const unsigned pa_bits = husk_mmu_ps_bits(ps);
    const unsigned ipa_bits = pa_bits < IPA_BITS_MAX ? pa_bits : IPA_BITS_MAX;
    struct husk_mmu_page *root;

    if (pa_range > HUSK_MMU_PA_RANGE_MAX || vmid == 0 || vmid > VMID_MAX) {
        return HUSK_EINVAL;
    }
    /* One table at level 1 resolves 39 bits: 40 need two side by side. */
    root = husk_mmu_pool_take_root(pool, ipa_bits > 39 ? HUSK_MMU_S2_ROOT_PAGES : 1);
    if (root == NULL) {
        return HUSK_ENOMEM;
    }
    *s2 = (struct husk_mmu_s2){
        .pool = pool,
        .root = root->entry,
        .vttbr = husk_mmu_pool_pa(pool, root) | (uint64_t)vmid << VMID_SHIFT,
        .vtcr = VTCR | ps << VTCR_PS_SHIFT | (64 - ipa_bits),
        .ipa_bits = (uint8_t)ipa_bits,
        .start_level = HUSK_MMU_TOP_LEVEL,
    };
    return HUSK_OK;
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
    if (!__atomic_load_n(&s2->live, __ATOMIC_ACQUIRE)) {
        const struct husk_mmu_s2_locked locked = husk_mmu_s2_lock(s2);

        __atomic_store_n(&s2->live, true, __ATOMIC_RELEASE);
        husk_mmu_s2_unlock(locked);
    }
    husk_write_vtcr_el2(s2->vtcr);
    husk_write_vttbr_el2(s2->vttbr);
    husk_isb();
}

void husk_mmu_s2_invalidate(struct husk_mmu_s2 *s2)
{
    /* Live or not: the VMID may have entries from before the tables were made. */
    const struct husk_mmu_loan loan = husk_mmu_vttbr_borrow(s2->vttbr);

    husk_dsb_ishst();
    husk_tlbi_vmalls12e1is();
    husk_dsb_ish();
    husk_ic_ialluis();
    husk_dsb_ish();
    husk_isb();
    husk_mmu_vttbr_return(loan);
}
