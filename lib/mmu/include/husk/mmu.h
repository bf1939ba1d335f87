// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_MMU_H
#define HUSK_MMU_H

/** @file
 * Translation tables: stage 1 of EL2 and stage 2 of a VM, 4 KiB granule (VMSAv8-64).
 *
 * One call maps any range; 1 GiB and 2 MiB blocks, 64 KiB (contiguous hint) and 4 KiB pages are
 * chosen by alignment. Tables come from a pool the caller owns; no call allocates anything else.
 * Every call that fails leaves the tables as a walker sees them unchanged.
 *
 * Source: Arm ARM DDI 0487J.a D8 "The AArch64 Virtual Memory System Architecture".
 */

#include <husk/arch.h>
#include <husk/base.h>

enum {
    HUSK_MMU_PAGE_BYTES = 4096,
    /** What a stage-2 root takes at most: 40 IPA bits need two concatenated level-1 tables. */
    HUSK_MMU_S2_ROOT_PAGES = 2,
};

/** What a mapping allows, or'ed with exactly one memory type. */
enum {
    HUSK_MMU_R = 1 << 0,
    HUSK_MMU_W = 1 << 1,
    HUSK_MMU_X = 1 << 2,
    HUSK_MMU_NORMAL = 1 << 4, /**< Normal, inner and outer write-back, inner shareable */
    HUSK_MMU_DEVICE = 1 << 5, /**< Device-nGnRE, never executable */
};

/** One table, and the unit of a pool. */
struct husk_mmu_page {
    _Alignas(4096) uint64_t entry[512];
};

/** Pages for tables. The caller owns the array, which outlives every table made from it.
 * Zero-fill the struct, set `pages` and `count`; pages need not be cleared. No lock: sets of tables
 * that share a pool are changed by one CPU at a time. Stage 2 with a pool of its own needs only
 * the VM's lock. */
struct husk_mmu_pool {
    struct husk_mmu_page *pages;
    size_t count;
    size_t used;                /**< pages[0..used) have been handed out at least once */
    struct husk_mmu_page *free; /**< given back, linked through entry[0] */
    size_t free_count;
    /** PA of a page minus its virtual address; 0 where tables are identity mapped (hv, tests). */
    uint64_t pa_offset;
};

/** Pages a husk_mmu_s2_map() or husk_mmu_s1_map() of [addr, addr + size_bytes) can take at most,
 * whatever the alignment of the output address. Excludes the root. 0 for an empty range; a range
 * that wraps ends with the last byte. Where input and output agree in their low 21 bits, two pages
 * and one for each 1 GiB the range touches are enough: blocks need pages at both ends only. Pure.
 */
size_t husk_mmu_pages_for(uint64_t addr, uint64_t size_bytes);

/** One set of tables. Fields are the library's. */
struct husk_mmu_tables {
    const struct husk_mmu_format *format; /**< what a leaf of its stage looks like */
    struct husk_mmu_pool *pool;
    uint64_t *root;
    uint8_t in_bits;  /**< of an input address */
    uint8_t out_bits; /**< of an output address that a leaf can say */
    bool live;        /**< a walker may use them: from now on changes need TLB maintenance */
};

/** One translation: where an address leads. */
struct husk_mmu_leaf {
    uint64_t out;        /**< output address of the very byte asked for */
    uint64_t size_bytes; /**< of the block or page that maps it: 1 GiB, 2 MiB or 4 KiB */
    uint32_t attr;       /**< HUSK_MMU_* */
    bool contiguous;     /**< one of sixteen pages under the contiguous hint (64 KiB) */
};

/* ---- stage 2: a VM ---- */

/** Stage 2 of one VM. Fields are the library's; read `vttbr` and `vtcr` freely after init. */
struct husk_mmu_s2 {
    struct husk_spinlock lock;
    struct husk_mmu_tables tables; /**< live: has been activated once */
    uint64_t vttbr;                /**< value for VTTBR_EL2: root and VMID */
    uint64_t vtcr;                 /**< value for VTCR_EL2 */
};

/** Proof that the VM's lock is held; from husk_mmu_s2_lock() only. */
struct husk_mmu_s2_locked {
    struct husk_mmu_s2 *s2;
};

/** Makes an empty stage 2.
 *
 * @param pool      outlives `s2`; gives the root, of pages that were never handed out, and all
 *                  further tables. 40 IPA bits need two physically contiguous pages, aligned to
 *                  8 KiB; a page skipped for that stays in the pool.
 * @param pa_range  ID_AA64MMFR0_EL1.PARange of the CPUs that will use it; the IPA space has
 *                  min(40, PARange) bits, start level 1.
 * @param vmid      1..255; one per VM, 0 is Husk's own.
 * @return HUSK_OK; HUSK_EINVAL (vmid; pa_range above 7); HUSK_ENOMEM (pool). On error `s2` and the
 * pool are as before. Boot time. Source: Arm ARM D8.2 "Translation process", D19.2 VTCR_EL2.
 */
enum husk_err husk_mmu_s2_init(struct husk_mmu_s2 *s2, struct husk_mmu_pool *pool,
                               unsigned pa_range, uint16_t vmid);

/** Takes the lock of one VM's tables. Spins while another CPU holds it; not recursive. Exclusive
 * accesses need the MMU and caches on. */
struct husk_mmu_s2_locked husk_mmu_s2_lock(struct husk_mmu_s2 *s2);
/** Gives the lock back. */
void husk_mmu_s2_unlock(struct husk_mmu_s2_locked locked);

/** Maps [ipa, ipa + size_bytes) to [pa, pa + size_bytes) in one VM's stage 2, largest blocks first.
 *
 * @param s2          proof of the VM's lock.
 * @param ipa, pa     4 KiB aligned.
 * @param size_bytes  non-zero multiple of 4096.
 * @param attr        HUSK_MMU_NORMAL or HUSK_MMU_DEVICE, or'ed with at least HUSK_MMU_R.
 *                    HUSK_MMU_X with DEVICE is HUSK_EINVAL.
 * @return HUSK_OK; HUSK_EINVAL (alignment, size, attr); HUSK_ERANGE (beyond the IPA space, or
 * beyond the PA space: what PARange says, at most 48 bits); HUSK_EOVERLAP (a page is already
 * mapped); HUSK_ENOMEM (pool). On error the tables are as before the call, and so is the pool. Boot
 * or run time. Invalid entries are made valid, so no TLB maintenance: DSB ISHST before a new table
 * is linked, DSB ISHST and ISB at the end. O(pages not covered by blocks). Source: Arm ARM D8.3
 * "Translation table descriptor formats".
 */
enum husk_err husk_mmu_s2_map(struct husk_mmu_s2_locked s2, struct husk_ipa ipa, struct husk_pa pa,
                              uint64_t size_bytes, uint32_t attr);

/** Unmaps [ipa, ipa + size_bytes); what is not mapped in it is skipped.
 *
 * A block or contiguous group that sticks out is split first, by break-before-make: the part
 * outside the range is invalid for a moment and then as before. Then for each run of neighbouring
 * leaves in a table, and for each table that became empty: entries 0, DSB ISHST, a TLBI IPAS2E1IS
 * per entry with this VM's VTTBR loaded; at the end DSB ISH, TLBI VMALLE1IS, DSB ISH, ISB.
 * VTTBR_EL2 is as before afterwards; where another VM's was loaded, TCR_EL1.EPD0 and EPD1 are set
 * meanwhile (Cortex-A72 erratum 1319367). Empty tables go back to the pool, after the TLBI.
 * Tables that were never activated need no TLBI: DSB ISHST and ISB at the end.
 * With interrupts masked: it borrows VTTBR_EL2. O(entries in the range); the caller cuts long
 * ranges of pages where time at EL2 matters.
 * @return HUSK_OK; HUSK_EINVAL (alignment, size); HUSK_ERANGE; HUSK_ENOMEM (a split needs a page).
 * On error nothing has changed. Boot or run time.
 * Source: Arm ARM D8.14.1 "Using break-before-make when updating translation table entries".
 */
enum husk_err husk_mmu_s2_unmap(struct husk_mmu_s2_locked s2, struct husk_ipa ipa,
                                uint64_t size_bytes);

/** Changes the attributes of [ipa, ipa + size_bytes), which must all be mapped; output addresses
 * stay. Break-before-make for each changed entry, at most sixteen at a time (a contiguous group is
 * one change); splits as husk_mmu_s2_unmap(). Blocks that were split are not merged again.
 * @return as husk_mmu_s2_unmap(), and HUSK_ENOENT (a page is not mapped), HUSK_EINVAL (attr).
 */
enum husk_err husk_mmu_s2_protect(struct husk_mmu_s2_locked s2, struct husk_ipa ipa,
                                  uint64_t size_bytes, uint32_t attr);

/** Where one IPA leads. Walks the tables in memory, not the TLB.
 * @return HUSK_OK; HUSK_ENOENT (not mapped); HUSK_ERANGE (beyond the IPA space).
 * Boot or run time, also during an abort.
 */
enum husk_err husk_mmu_s2_translate(struct husk_mmu_s2_locked s2, struct husk_ipa ipa,
                                    struct husk_mmu_leaf *leaf);

/** Sees one leaf; `addr` is its first input address. Returns false to end the walk. It does not
 * change the tables. */
typedef bool husk_mmu_visit_fn(void *context, uint64_t addr, const struct husk_mmu_leaf *leaf);
/** Calls `visit` for each leaf that maps a byte of [ipa, ipa + size_bytes), in ascending order,
 * until it returns false. What lies beyond the IPA space is skipped. */
void husk_mmu_s2_walk(struct husk_mmu_s2_locked s2, struct husk_ipa ipa, uint64_t size_bytes,
                      husk_mmu_visit_fn *visit, void *context);

/** Loads VTCR_EL2 and VTTBR_EL2 on this CPU and ends with ISB. Marks the tables live: the first
 * call takes the VM's lock for that, later ones take none.
 * Leaves TCR_EL1.EPD0 and EPD1 set, before all else: no EL1 walk starts (erratum 1319367) until the
 * caller, who has the EL1 registers become this VM's, writes TCR_EL1 last. */
void husk_mmu_s2_activate(struct husk_mmu_s2 *s2);

/** For a VM's (re)start, before its first instruction: TLBI VMALLS12E1IS of its VMID, which may
 * have entries from before its tables were made, and IC IALLUIS, with their barriers. Of the VM
 * whose stage 2 husk_mmu_s2_activate() has just loaded on this CPU: while no EL1 walk starts, none
 * of what goes is used, and nothing comes back. No vCPU of the VM runs. */
void husk_mmu_s2_invalidate(void);

/* ---- stage 1: EL2 itself ---- */

/** Stage 1 of EL2: 39 VA bits, one root page, TTBR0_EL2 only (HCR_EL2.E2H = 0). */
struct husk_mmu_s1 {
    struct husk_mmu_tables tables; /**< live: enabled on some CPU */
};

/** Makes an empty stage 1; its root is a page that was never handed out. @return HUSK_OK;
 * HUSK_ENOMEM. Before the MMU is on. */
enum husk_err husk_mmu_s1_init(struct husk_mmu_s1 *s1, struct husk_mmu_pool *pool);

/** Maps like husk_mmu_s2_map(), with the same errors, and HUSK_EINVAL for W and X together:
 * EL2 has no page that is both. One CPU at a time. */
enum husk_err husk_mmu_s1_map(struct husk_mmu_s1 *s1, struct husk_va va, struct husk_pa pa,
                              uint64_t size_bytes, uint32_t attr);

/** Unmaps like husk_mmu_s2_unmap(), with the same errors, by TLBI VAE2IS, DSB ISH, ISB. Not a part
 * of the block that maps the code, the stack or the tables in use: a split takes it away for a
 * moment. One CPU at a time. */
enum husk_err husk_mmu_s1_unmap(struct husk_mmu_s1 *s1, struct husk_va va, uint64_t size_bytes);

/** Where one VA leads. @return HUSK_OK; HUSK_ENOENT; HUSK_ERANGE. */
enum husk_err husk_mmu_s1_translate(const struct husk_mmu_s1 *s1, struct husk_va va,
                                    struct husk_mmu_leaf *leaf);

/** Turns stage 1 on, on this CPU: MAIR_EL2, TCR_EL2, TTBR0_EL2, TLBI ALLE2, then SCTLR_EL2 with
 * M, C, I and WXN set, in the order and with the barriers the Arm ARM asks for.
 * The calling code is mapped at its own address, and its stack. Tables written with the MMU off are
 * in memory, not in a cache: the caller has invalidated stale lines of the pool, `s1` and its
 * image, as the arm64 boot protocol asks. Before a further CPU gets here, the first one has cleaned
 * `s1` and its pool struct to the point of coherency, as they are read with the MMU off.
 * MAIR_EL2 is the library's: 0 is normal write-back, 1 Device-nGnRE.
 * @param pa_range  ID_AA64MMFR0_EL1.PARange.
 * Source: Arm ARM D19.2 MAIR_EL2, TCR_EL2, SCTLR_EL2.
 */
void husk_mmu_s1_enable(struct husk_mmu_s1 *s1, unsigned pa_range);

#endif
