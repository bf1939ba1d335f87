// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_MMU_INTERNAL_H
#define HUSK_MMU_INTERNAL_H

/** @file
 * The core that stage 1 and stage 2 share. What differs between the stages is one const struct (the
 * bits of a leaf) and, for changes of what is mapped (mmu_change.h), the TLB instructions in
 * mmu_tlb.c.
 *
 * Invariant: a table below the root maps at least one page. So an entry that is a table is an
 * overlap for a block, and unmap gives a table back with its last leaf.
 */

#include <husk/mmu.h>

enum {
    HUSK_MMU_ENTRIES = 512,
    HUSK_MMU_TOP_LEVEL = 1, /**< both stages start here */
    HUSK_MMU_PAGE_LEVEL = 3,
    HUSK_MMU_OUT_BITS = 48,   /**< output address of a descriptor without FEAT_LPA2 */
    HUSK_MMU_PS_48_BITS = 5,  /**< of TCR_EL2.PS and VTCR_EL2.PS */
    HUSK_MMU_TABLE_BITS = 39, /**< input address of one table at the top level */
};

/* Descriptor bits common to both stages. Arm ARM DDI 0487J.a D8.3 "Translation table descriptor
 * formats". */
static const uint64_t HUSK_MMU_DESC_VALID = HUSK_BIT(0);
static const uint64_t HUSK_MMU_DESC_TABLE = HUSK_BIT(1); /* a table; at level 3, a page */
static const uint64_t HUSK_MMU_DESC_OUT = HUSK_BITS(47, 12);
static const uint64_t HUSK_MMU_DESC_CONTIGUOUS = HUSK_BIT(52);
/* Stage 1 of EL2: XN. Stage 2: XN[1], which with XN[0] = 0 forbids EL1 and EL0 alike, with and
 * without FEAT_XNX. */
static const uint64_t HUSK_MMU_DESC_XN = HUSK_BIT(54);

/* TCR_EL1.EPD0 and EPD1: no walk of an EL1 stage 1 starts. Arm ARM DDI 0487J.a D19.2 TCR_EL1. */
static const uint64_t HUSK_MMU_TCR_EL1_EPD = HUSK_BIT(23) | HUSK_BIT(7);

/** What a leaf of one stage looks like. */
struct husk_mmu_format {
    uint64_t normal;   /**< memory type and shareability of HUSK_MMU_NORMAL, and AF */
    uint64_t device;   /**< the same of HUSK_MMU_DEVICE */
    uint64_t readable; /**< access permissions [7:6] without HUSK_MMU_W */
    uint64_t writable; /**< access permissions [7:6] with HUSK_MMU_W */
    bool stage2;
};
extern const struct husk_mmu_format husk_mmu_s1_format;
extern const struct husk_mmu_format husk_mmu_s2_format;

/** Where a walk ended. */
struct husk_mmu_pos {
    uint64_t *slot;
    uint64_t desc;
    unsigned level;
};

/** log2 of what one entry of `level` maps: 30, 21, 12. */
static inline unsigned husk_mmu_level_shift(unsigned level)
{
    return 39 - 9 * level;
}

static inline uint64_t husk_mmu_level_bytes(unsigned level)
{
    return UINT64_C(1) << husk_mmu_level_shift(level);
}

/** The entry of `addr` in a table of `level`, which is not the root. */
static inline uint64_t *husk_mmu_slot(struct husk_mmu_page *table, uint64_t addr, unsigned level)
{
    return &table->entry[(addr >> husk_mmu_level_shift(level)) % HUSK_MMU_ENTRIES];
}

static inline bool husk_mmu_is_valid(uint64_t desc)
{
    return (desc & HUSK_MMU_DESC_VALID) != 0;
}

/* mmu_desc.c */

/** Attribute bits of a leaf: all but output address, type and contiguous hint. 0: attributes the
 * stage can't give. It can: one memory type, readable, no executable device, and at stage 1 nothing
 * both writable and executable. */
uint64_t husk_mmu_leaf_bits(const struct husk_mmu_format *format, uint32_t attr);

/* mmu_pool.c */

/** Pages that husk_mmu_pool_take() can still give. */
size_t husk_mmu_pool_available(const struct husk_mmu_pool *pool);
/** One cleared page. The caller has checked husk_mmu_pool_available(). */
struct husk_mmu_page *husk_mmu_pool_take(struct husk_mmu_pool *pool);
/** Empty tables: a root that resolves 39 or 40 bits. HUSK_ENOMEM: nothing is taken. */
enum husk_err husk_mmu_init(struct husk_mmu_tables *tables, const struct husk_mmu_format *format,
                            struct husk_mmu_pool *pool, uint8_t in_bits, uint8_t out_bits);
/** Gives one page back. No walker can reach it any more. */
void husk_mmu_pool_give(struct husk_mmu_pool *pool, struct husk_mmu_page *page);
/** What a descriptor or a base register says for a table. */
uint64_t husk_mmu_pool_pa(const struct husk_mmu_pool *pool, const void *table);

/* mmu_find.c */

/** HUSK_EINVAL or HUSK_ERANGE for an input range outside the contract of a set of tables. */
enum husk_err husk_mmu_check_range(const struct husk_mmu_tables *tables, uint64_t addr,
                                   uint64_t size_bytes);
/** Walks down to `deepest` at most; `addr` has in_bits. */
struct husk_mmu_pos husk_mmu_find(const struct husk_mmu_tables *tables, uint64_t addr,
                                  unsigned deepest);

/** Makes entries that were invalid visible to walkers. */
static inline void husk_mmu_publish(void)
{
    husk_dsb_ishst();
    husk_isb();
}

#endif
