// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_ARCH_H
#define HUSK_ARCH_H

/** @file
 * The seam to hardware: every instruction C can't say, one call each.
 *
 * Two backends implement the same contract, and the include path decides which one is used:
 * `aarch64` is the instruction; `host` appends to a journal that tests read
 * (`husk/arch_impl.h` of that backend documents the journal). A call missing from a backend does
 * not compile. Nothing here knows a format: descriptors, syndromes and list registers are plain
 * arithmetic elsewhere, so that the host runs the real encoders.
 *
 * All calls may be made at any time and never fail, unless stated. EL2 calls need EL2.
 */

#include <husk/base.h>

/** One enumerator per system register, its value being the encoding as it stands in
 * ESR_ELx.ISS of a trapped MSR/MRS without Rt and direction, and in bits [20:5] of the instruction:
 * op0[15:14] op1[13:11] CRn[10:7] CRm[6:3] op2[2:0]. */
#define HUSK_SYSREG_ENCODE(op0, op1, crn, crm, op2)                                                \
    (((op0) << 14) | ((op1) << 11) | ((crn) << 7) | ((crm) << 3) | (op2))
enum husk_sysreg {
#define HUSK_SYSREG(name, op0, op1, crn, crm, op2)                                                 \
    HUSK_SYSREG_##name = HUSK_SYSREG_ENCODE(op0, op1, crn, crm, op2),
#include <husk/sysregs.def>
#undef HUSK_SYSREG
};

/* System registers: husk_read_<name>() and husk_write_<name>(), one MRS or MSR each. No barrier:
 * context synchronization is the caller's (husk_isb()). */
#define HUSK_SYSREG(name, op0, op1, crn, crm, op2)                                                 \
    static inline uint64_t husk_read_##name(void);                                                 \
    static inline void husk_write_##name(uint64_t value);
#include <husk/sysregs.def>
#undef HUSK_SYSREG

/* Device registers. `addr` is a mapped virtual address, aligned to the access size. One load or
 * store with a base register only, so that a hypervisor below gets a valid syndrome. */
static inline uint8_t husk_mmio_read8(uintptr_t addr);
static inline uint16_t husk_mmio_read16(uintptr_t addr);
static inline uint32_t husk_mmio_read32(uintptr_t addr);
static inline uint64_t husk_mmio_read64(uintptr_t addr);
static inline void husk_mmio_write8(uintptr_t addr, uint8_t value);
static inline void husk_mmio_write16(uintptr_t addr, uint16_t value);
static inline void husk_mmio_write32(uintptr_t addr, uint32_t value);
static inline void husk_mmio_write64(uintptr_t addr, uint64_t value);

/** Reads one translation table entry, as a single 64-bit access. */
static inline uint64_t husk_pte_read(const uint64_t *slot);
/** Writes one translation table entry, as a single 64-bit access: a walker sees old or new. */
static inline void husk_pte_write(uint64_t *slot, uint64_t desc);

/* Barriers. Arm ARM DDI 0487J.a B2.3 "Memory barriers". */
static inline void husk_isb(void);
static inline void husk_dsb_sy(void);
static inline void husk_dsb_ish(void);
static inline void husk_dsb_ishst(void);
static inline void husk_dsb_nsh(void);

/* TLB maintenance. Arm ARM DDI 0487J.a D8.13 "TLB maintenance". The caller orders it:
 * DSB ISHST before, DSB ISH after, ISB where this CPU's own fetches or walks depend on it. */
static inline void husk_tlbi_alle2(void);
static inline void husk_tlbi_vae2is(struct husk_va va);
/** Stage-2 entry of `ipa`, of the VMID in VTTBR_EL2. */
static inline void husk_tlbi_ipas2e1is(struct husk_ipa ipa);
/** All stage-1 and combined entries of the VMID in VTTBR_EL2. */
static inline void husk_tlbi_vmalle1is(void);
/** All stage-1 and stage-2 entries of the VMID in VTTBR_EL2. */
static inline void husk_tlbi_vmalls12e1is(void);

/* Cache maintenance by one line, to the point of coherency. `addr` is any byte of the line. */
/** Cleans; may invalidate, too. */
static inline void husk_dc_cvac(const void *addr);
static inline void husk_dc_civac(const void *addr);
static inline void husk_dc_ivac(const void *addr);
/** Cleans and invalidates by set/way, on this CPU; `set_way` as DC CISW takes it, and one that this
 * CPU has: any other may be UNDEFINED. */
static inline void husk_dc_cisw(uint64_t set_way);
/** Invalidates every CPU's instruction cache (inner shareable). */
static inline void husk_ic_ialluis(void);

/** Cleans [addr, addr + size_bytes) to the point of coherency, then DSB SY.
 * Line size from CTR_EL0.DminLine. Nothing is done for size 0. */
void husk_cache_clean(const void *addr, size_t size_bytes);
/** Cleans and invalidates [addr, addr + size_bytes) to the point of coherency, then DSB SY. */
void husk_cache_clean_invalidate(const void *addr, size_t size_bytes);
/** Invalidates [addr, addr + size_bytes) to the point of coherency, then DSB SY. Lines of which the
 * range has a part are invalidated whole: what a cache alone has of them is lost. */
void husk_cache_invalidate(const void *addr, size_t size_bytes);
/** Cleans and invalidates one line of this CPU's caches by set/way; `set_way` as DC CISW takes it,
 * and as anybody made it: nothing is done for a level, set or way this CPU does not have, where
 * DC CISW itself may be UNDEFINED. CSSELR_EL1 is as before when it returns.
 * Source: Arm ARM DDI 0487J.a K1.2 "Out of range values of the Set/Way/Index fields in cache
 * maintenance instructions". */
void husk_cache_clean_invalidate_set_way(uint64_t set_way);

/** ICH_LR<index>_EL2 (IHI 0069H 12.4), `index` 0 to 15 and no more than the CPU has. */
static inline uint64_t husk_read_ich_lr(unsigned index);
static inline void husk_write_ich_lr(unsigned index, uint64_t value);

/* Hints. */
static inline void husk_wfi(void);
static inline void husk_wfe(void);
static inline void husk_sev(void);
/** This CPU only waits for another one (`yield`): who runs several CPUs on one, an SMT core or an
 * emulator, may turn to that other. No order, no event. On the host sched_yield(). */
static inline void husk_yield(void);

/** `index` where it is below `limit`, 0 otherwise, also under speculation (mask and CSDB). The
 * caller has already checked the bound; this keeps a mispredicted check from reading past it. */
static inline size_t husk_index_nospec(size_t index, size_t limit);

/** Registers of a call by SMCCC (DEN0028): x0 to x3 in and out. */
struct husk_smccc {
    uint64_t x0, x1, x2, x3;
};
/** `smc #0` with x0..x3; x4..x17 are clobbered. Only where a PSCI firmware is known to answer. */
static inline void husk_smc(struct husk_smccc *regs);
/** `hvc #0` with x0..x3; x4..x17 are clobbered. For code at EL1. */
static inline void husk_hvc(struct husk_smccc *regs);

/** Spin lock, fair in order of arrival. Zero is unlocked. The same on both backends. */
struct husk_spinlock {
    union {
        uint32_t tickets; /**< both of the following, which one read then shows together */
        struct {
            uint16_t serving; /**< ticket that holds the lock */
            uint16_t next;    /**< ticket for who comes next */
        };
    };
};

/** No other CPU ever runs this program: a lock has nobody to keep out, and where the program is
 * compiled as a whole (husk_add_image()) it is left out. A program may define this; otherwise the
 * library's own says false. */
extern const bool husk_one_cpu;

/** Takes the lock; acquire order. Must not be held by this CPU already. */
static inline void husk_spin_lock(struct husk_spinlock *lock)
{
    uint32_t found;
    uint16_t serving;

    if (husk_one_cpu) {
        return;
    }
    found = __atomic_fetch_add(&lock->tickets, UINT32_C(1) << 16, __ATOMIC_ACQUIRE);
    serving = (uint16_t)found;
    while (serving != found >> 16) {
        husk_yield();
        serving = __atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE);
    }
}

/** Gives the lock back; release order. Only by its holder. */
static inline void husk_spin_unlock(struct husk_spinlock *lock)
{
    if (!husk_one_cpu) {
        const uint16_t mine = __atomic_load_n(&lock->serving, __ATOMIC_RELAXED);

        __atomic_store_n(&lock->serving, (uint16_t)(mine + 1), __ATOMIC_RELEASE);
    }
}

/** Stops for a defect of Husk itself, with `what` in x0 and all other registers as they were:
 * on target a `brk #HUSK_ASSERT_BRK`, which hv's vectors report; on the host abort(). */
_Noreturn static inline void husk_assert_fail(const char *what);
#define HUSK_ASSERT_BRK 0x4855

#define HUSK_STRINGIZE_(x) #x
#define HUSK_STRINGIZE(x)  HUSK_STRINGIZE_(x)
/** Holds in every build. `condition` has no side effects. Never about a guest's data. */
#define HUSK_ASSERT(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            husk_assert_fail(__FILE_NAME__ ":" HUSK_STRINGIZE(__LINE__) ": " #condition);          \
        }                                                                                          \
    } while (0)

#include <husk/arch_impl.h> /* aarch64/ or host/: the include path decides, never an #if */

#endif
