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

/** The encoding of a system register as it stands in ESR_ELx.ISS of a trapped MSR/MRS without Rt
 * and direction, and in bits [20:5] of the instruction: op0[15:14] op1[13:11] CRn[10:7] CRm[6:3]
 * op2[2:0]. */
#define HUSK_SYSREG_ENCODE(op0, op1, crn, crm, op2)                                                \
    (((op0) << 14) | ((op1) << 11) | ((crn) << 7) | ((crm) << 3) | (op2))

/* System registers: husk_read(name) and husk_write(name, value), one MRS or MSR each, of 64 bits.
 * The name is the assembler's, in lower case: the Arm ARM's, or S<op0>_<op1>_C<CRn>_C<CRm>_<op2>
 * where the CPU that Husk is compiled for has no such register. No barrier: context synchronization
 * is the caller's (husk_isb()). husk/insns.def has the other instructions: what each takes and
 * does. */

/** Registers of a call by SMCCC (DEN0028): x0 to x3 in and out. */
struct husk_smccc {
    uint64_t x0, x1, x2, x3;
};

/** Reads one translation table entry, as a single 64-bit access. */
static inline uint64_t husk_pte_read(const uint64_t *slot)
{
    return __atomic_load_n(slot, __ATOMIC_RELAXED);
}
/** Writes one translation table entry, as a single 64-bit access: a walker sees old or new. */
static inline void husk_pte_write(uint64_t *slot, uint64_t desc);

/** ICH_LR<index>_EL2 (IHI 0069H 12.4), `index` 0 to 15 and no more than the CPU has. */
static inline uint64_t husk_read_ich_lr(unsigned index);
static inline void husk_write_ich_lr(unsigned index, uint64_t value);

/** Reads ID registers, S3_0_C0_C<CRm>_<op2> into values[CRm * 8 + op2]: of AArch32 CRm 1 to 3 with
 * op2 0 to 7, of AArch64 CRm 4 to 7 with op2 0, 1, 2 and 4. Other values are as before. Encodings
 * that no register has are "Reserved, RAZ" there (Arm ARM DDI 0487J.a "The AArch64 System Register
 * Encoding"). */
static inline void husk_read_id_registers(uint64_t values[64]);

/** `index` where it is below `limit`, 0 otherwise, also under speculation (mask and CSDB). The
 * caller has already checked the bound; this keeps a mispredicted check from reading past it. */
static inline size_t husk_index_nospec(size_t index, size_t limit);

/** Stops for a defect of Husk itself, with `what` in x0 and all other registers as they were:
 * on target a `brk #HUSK_ASSERT_BRK`, which hv's vectors report; on the host abort(). */
_Noreturn static inline void husk_assert_fail(const char *what);
#define HUSK_ASSERT_BRK 0x4855

#include <husk/arch_impl.h> /* aarch64/ or host/: the include path decides, never an #if */

/** Cleans [addr, addr + size_bytes) to the point of coherency, then DSB SY.
 * Line size from CTR_EL0.DminLine. Nothing is done for size 0. */
void husk_cache_clean(const void *addr, size_t size_bytes);
/** Cleans and invalidates [addr, addr + size_bytes) to the point of coherency, then DSB SY. */
void husk_cache_clean_invalidate(const void *addr, size_t size_bytes);
/** Invalidates [addr, addr + size_bytes) to the point of coherency, then DSB SY. Lines of which the
 * range has a part are invalidated whole: what a cache alone has of them is lost. */
void husk_cache_invalidate(const void *addr, size_t size_bytes);

/** Spin lock, fair in order of arrival. Zero is unlocked. The same on both backends. */
struct husk_spinlock {
    uint16_t serving; /**< ticket that holds the lock */
    uint16_t next;    /**< ticket for who comes next */
};

/** No other CPU ever runs this program: a lock has nobody to keep out, and where the program is
 * compiled as a whole (husk_add_image()) it is left out. A program may define this; otherwise the
 * library's own says false. */
extern const bool husk_one_cpu;

/** Takes the lock; acquire order. Must not be held by this CPU already. */
static inline void husk_spin_lock(struct husk_spinlock *lock)
{
    if (!husk_one_cpu) {
        const uint16_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

        while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket) {
            husk_yield();
        }
    }
}

/** Gives the lock back; release order. Only by its holder. */
static inline void husk_spin_unlock(struct husk_spinlock *lock)
{
    if (!husk_one_cpu) { /* nobody else writes what is read here */
        __atomic_store_n(&lock->serving, (uint16_t)(lock->serving + 1), __ATOMIC_RELEASE);
    }
}

#define HUSK_STRINGIZE_(x) #x
#define HUSK_STRINGIZE(x)  HUSK_STRINGIZE_(x)
/** Holds in every build. `condition` has no side effects. Never about a guest's data. */
#define HUSK_ASSERT(condition)                                                                     \
    ((condition) ? (void)0                                                                         \
                 : husk_assert_fail(__FILE_NAME__ ":" HUSK_STRINGIZE(__LINE__) ": " #condition))

#endif
