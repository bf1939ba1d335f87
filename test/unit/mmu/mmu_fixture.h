// SPDX-License-Identifier: Apache-2.0
#ifndef MMU_FIXTURE_H
#define MMU_FIXTURE_H

/** @file
 * What the tests of husk::mmu share: a pool full of rubbish, a stage 1 and a stage 2, a fake CPU,
 * and the journal as text.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <husk/mmu.h>

#include "mmu_internal.h"

enum {
    RW = HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W,
    RO = HUSK_MMU_NORMAL | HUSK_MMU_R,
    RX = HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_X,
    RWX = HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W | HUSK_MMU_X,
    DEV = HUSK_MMU_DEVICE | HUSK_MMU_R | HUSK_MMU_W,
    POOL_PAGES = 48,
    VMID = 7,
    PA_RANGE_40 = 2,
};

#define PAGE   HUSK_KIB(4)
#define GROUP  HUSK_KIB(64)
#define MEGA2  HUSK_MIB(2)
#define GIGA   HUSK_GIB(1)
#define TAB(p) (fixture_pa(p) | 3)

struct fixture {
    struct husk_mmu_pool pool;
    struct husk_mmu_s1 s1;
    struct husk_mmu_s2 s2;
    struct husk_mmu_s2_locked vm; /* a proof without a lock: one thread */
};

extern struct fixture fixture;
extern struct husk_mmu_page fixture_pages[POOL_PAGES];

/** cmocka set-up: an empty stage 1 and a 40-bit stage 2, neither live; journal empty. */
int fixture_setup(void **state);
/** The same with a pool so large that `spare` pages are left for mapping. */
void fixture_reset(size_t spare);
/** Makes the stage 2 (and the stage 1) live, and loads `vttbr` as what the CPU runs now. */
void fixture_live(uint64_t vttbr);
/** What a descriptor says for a pool page: not its virtual address. */
uint64_t fixture_pa(const void *table);
/** Forgets the journal so far. */
void journal_clear(void);
/** The journal since journal_clear(), e.g. "pte=0*16 dsb_ishst ipa:40000+16 dsb_ish": runs of
 * equal PTE writes and of ascending TLBIs are counted; addresses in pages; "!" marks a TLBI under a
 * VTTBR_EL2 that is not the fixture's. */
const char *journal(void);
/** Copies pages and pool, for byte for byte comparisons. */
void snapshot_take(void);
/** True when pages and pool are as at snapshot_take(). */
bool snapshot_same(void);
/** Pages that the pool can still give. */
size_t fixture_left(void);

enum husk_err s2_map(uint64_t ipa, uint64_t pa, uint64_t size_bytes, uint32_t attr);
enum husk_err s2_unmap(uint64_t ipa, uint64_t size_bytes);
enum husk_err s2_protect(uint64_t ipa, uint64_t size_bytes, uint32_t attr);
enum husk_err s1_map(uint64_t va, uint64_t pa, uint64_t size_bytes, uint32_t attr);
enum husk_err s1_unmap(uint64_t va, uint64_t size_bytes);
/** Asserts that an IPA is mapped by a leaf of `size_bytes` with these properties. */
void assert_s2_leaf(uint64_t ipa, uint64_t out, uint64_t size_bytes, uint32_t attr,
                    bool contiguous);
void assert_s2_hole(uint64_t ipa);
/** The raw descriptor that maps an address, or ends its walk. */
uint64_t s2_desc(uint64_t ipa);
uint64_t s1_desc(uint64_t va);

#endif
