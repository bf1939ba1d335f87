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

uint64_t husk_mmu_leaf_bits(const struct husk_mmu_format *format, uint32_t attr)
{
    const bool is_device = (attr & HUSK_MMU_DEVICE) != 0;
    const bool is_writable = (attr & HUSK_MMU_W) != 0;
    const uint64_t bits = (is_device ? format->device : format->normal) |
                          (is_writable ? format->writable : format->readable);
    const uint32_t needed = HUSK_MMU_R | (is_device ? HUSK_MMU_DEVICE : HUSK_MMU_NORMAL);

    if ((attr & ~(uint32_t)(HUSK_MMU_W | HUSK_MMU_X)) != needed) {
        return 0;
    }
    if ((attr & HUSK_MMU_X) == 0) {
        return bits | HUSK_MMU_DESC_XN;
    }
    return is_device || (is_writable && !format->stage2) ? 0 : bits;
}
