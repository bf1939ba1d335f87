// SPDX-License-Identifier: Apache-2.0
#include "mmu_internal.h"

/* Bits of a leaf. Arm ARM DDI 0487J.a D8.3 "Translation table descriptor formats", D8.4 "Memory
 * access control", D8.5 "Memory region attributes". */
#define LEAF_SH_INNER ((uint64_t)3 << 8)
#define LEAF_AF       HUSK_BIT(10)

/* AttrIndx [4:2] names a byte of MAIR_EL2 (mmu_s1.c): 0 normal, 1 device. The regime has one
 * privilege level: AP[1] is RES1, AP[2] is read-only. */
const struct husk_mmu_format husk_mmu_s1_format = {
    .normal = LEAF_AF | LEAF_SH_INNER | (uint64_t)0 << 2,
    .device = LEAF_AF | (uint64_t)1 << 2,
    .readable = HUSK_BIT(7) | HUSK_BIT(6),
    .writable = HUSK_BIT(6),
    .stage2 = false,
};

/* MemAttr [5:2] with HCR_EL2.FWB = 0: 0b1111 write-back inner and outer, 0b0001 Device-nGnRE.
 * S2AP[0] reads, S2AP[1] writes. */
const struct husk_mmu_format husk_mmu_s2_format = {
    .normal = LEAF_AF | LEAF_SH_INNER | (uint64_t)15 << 2,
    .device = LEAF_AF | (uint64_t)1 << 2,
    .readable = HUSK_BIT(6),
    .writable = HUSK_BIT(7) | HUSK_BIT(6),
    .stage2 = true,
};

bool husk_mmu_attr_valid(const struct husk_mmu_format *format, uint32_t attr)
{
    const uint32_t access = attr & (HUSK_MMU_R | HUSK_MMU_W | HUSK_MMU_X);
    const uint32_t type = attr & ~access;

    if ((access & HUSK_MMU_R) == 0 || (type != HUSK_MMU_NORMAL && type != HUSK_MMU_DEVICE)) {
        return false;
    }
    if ((access & HUSK_MMU_X) == 0) {
        return true;
    }
    return type == HUSK_MMU_NORMAL && (format->stage2 || (access & HUSK_MMU_W) == 0);
}

uint64_t husk_mmu_leaf_bits(const struct husk_mmu_format *format, uint32_t attr)
{
    return ((attr & HUSK_MMU_DEVICE) != 0 ? format->device : format->normal) |
           ((attr & HUSK_MMU_W) != 0 ? format->writable : format->readable) |
           ((attr & HUSK_MMU_X) != 0 ? 0 : HUSK_MMU_DESC_XN);
}

enum { PS_48_BITS = 5 };

uint64_t husk_mmu_ps(unsigned pa_range)
{
    return pa_range < PS_48_BITS ? pa_range : PS_48_BITS;
}

unsigned husk_mmu_ps_bits(uint64_t ps)
{
    /* Arm ARM DDI 0487J.a D19.2 ID_AA64MMFR0_EL1, PARange. */
    static const uint8_t bits[PS_48_BITS + 1] = { 32, 36, 40, 42, 44, HUSK_MMU_OUT_BITS };

    return bits[ps];
}
