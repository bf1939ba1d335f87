// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_ARCH_IMPL_H
#define HUSK_ARCH_IMPL_H

/** @file
 * The host backend of husk/arch.h: a fake CPU with a journal. Include husk/arch.h, not this.
 *
 * Instructions are faked, formats never: a page-table entry is really stored, a register holds
 * what was written, and every call with an effect on hardware is one journal entry, in order.
 * Each thread points `husk_fake` at a CPU of its own before it calls anything.
 */

#include <husk/base.h>
#include <stdio.h>
#include <stdlib.h>

/** One enumerator per system register that tests name, of HUSK_SYSREG_ENCODE(). */
enum husk_sysreg {
#define HUSK_SYSREG(name, op0, op1, crn, crm, op2)                                                 \
    HUSK_SYSREG_##name = HUSK_SYSREG_ENCODE(op0, op1, crn, crm, op2),
#include <husk/sysregs.def>
};

/** What one journal entry records; `a` and `b` as said. */
enum husk_fake_op {
    HUSK_FAKE_SYSREG_WRITE, /**< a = enum husk_sysreg, b = value */
    HUSK_FAKE_MMIO_READ,    /**< a = address, b = value */
    HUSK_FAKE_MMIO_WRITE,   /**< a = address, b = value */
    HUSK_FAKE_PTE_WRITE,    /**< a = address of the slot, b = descriptor */
    HUSK_FAKE_ISB,
    HUSK_FAKE_DSB_SY,
    HUSK_FAKE_DSB_ISH,
    HUSK_FAKE_DSB_ISHST,
    HUSK_FAKE_DSB_NSH,
    HUSK_FAKE_TLBI_ALLE2,
    HUSK_FAKE_TLBI_VAE2IS,       /**< a = VA */
    HUSK_FAKE_TLBI_IPAS2E1IS,    /**< a = IPA, b = VTTBR_EL2 then */
    HUSK_FAKE_TLBI_VMALLE1IS,    /**< b = VTTBR_EL2 then */
    HUSK_FAKE_TLBI_VMALLS12E1IS, /**< b = VTTBR_EL2 then */
    HUSK_FAKE_DC_CVAC,           /**< a = address */
    HUSK_FAKE_DC_CIVAC,          /**< a = address */
    HUSK_FAKE_DC_IVAC,           /**< a = address */
    HUSK_FAKE_IC_IALLUIS,
    HUSK_FAKE_WFI,
    HUSK_FAKE_WFE,
    HUSK_FAKE_SEV,
    HUSK_FAKE_YIELD,  /**< never recorded: who waits, and how often, is the scheduler's */
    HUSK_FAKE_SMC,    /**< a = x0, b = x1 */
    HUSK_FAKE_HVC,    /**< a = x0, b = x1 */
    HUSK_FAKE_NOSPEC, /**< husk_index_nospec(): a = index, b = limit */
};

struct husk_fake_entry {
    enum husk_fake_op op;
    uint64_t a;
    uint64_t b;
};

struct husk_smccc;

/** Device model behind MMIO: reads return a value; writes return what is ignored. */
typedef uint64_t husk_fake_mmio_fn(void *context, bool is_write, uintptr_t addr,
                                   unsigned size_bytes, uint64_t value);
/** Model behind a system register access: called after the journal; may change `*value`. */
typedef void husk_fake_sysreg_fn(void *context, bool is_write, unsigned sysreg, uint64_t *value);
/** Model behind the caches: called after the journal, with HUSK_FAKE_DC_* and any byte of the line.
 */
typedef void husk_fake_cache_fn(void *context, enum husk_fake_op op, uintptr_t addr);
/** Model behind SMC and HVC. */
typedef void husk_fake_call_fn(void *context, struct husk_smccc *regs);

/** One fake CPU. Zero-initialize, then set what the test needs. */
struct husk_fake {
    uint64_t sysreg[1 << 16];    /**< by enum husk_sysreg */
    struct husk_fake_entry *log; /**< caller's array; NULL: nothing is recorded */
    size_t log_capacity;         /**< abort() when a recording test runs past it */
    size_t log_count;
    bool log_sysreg_writes;  /**< record HUSK_FAKE_SYSREG_WRITE too */
    bool log_cache;          /**< record HUSK_FAKE_DC_* too */
    bool log_nospec;         /**< record HUSK_FAKE_NOSPEC too */
    husk_fake_mmio_fn *mmio; /**< NULL: any MMIO access aborts the test */
    husk_fake_sysreg_fn *on_sysreg;
    husk_fake_cache_fn *on_cache;
    husk_fake_call_fn *call;
    void *context;                       /**< handed to the models */
    void (*on_assert)(const char *what); /**< NULL: print and abort(); else must not return */
};

extern _Thread_local struct husk_fake *husk_fake;

/** Appends one entry; the one place that does. */
void husk_fake_record(enum husk_fake_op op, uint64_t a, uint64_t b);
/** Records an instruction on `a`; yields for HUSK_FAKE_YIELD. */
void husk_fake_insn(enum husk_fake_op op, uint64_t a);
/** Records cache maintenance of one line and tells the model. */
void husk_fake_cache(enum husk_fake_op op, const void *addr);
uint64_t husk_fake_sysreg_read(unsigned sysreg);
void husk_fake_sysreg_write(unsigned sysreg, uint64_t value);
uint64_t husk_fake_mmio(bool is_write, uintptr_t addr, unsigned size_bytes, uint64_t value);
void husk_fake_call(enum husk_fake_op op, struct husk_smccc *regs);
/** Needs no CPU: pure functions mask, too. */
void husk_fake_nospec(size_t index, size_t limit);
_Noreturn void husk_fake_assert_fail(const char *what);

#define husk_read(name)         husk_fake_sysreg_read(HUSK_SYSREG_##name)
#define husk_write(name, value) husk_fake_sysreg_write(HUSK_SYSREG_##name, value)

static inline unsigned husk_fake_ich_lr(unsigned index)
{
    return HUSK_SYSREG_ENCODE(3, 4, 12, 12 + index / 8, index % 8);
}

static inline uint64_t husk_read_ich_lr(unsigned index)
{
    return husk_fake_sysreg_read(husk_fake_ich_lr(index));
}

static inline void husk_write_ich_lr(unsigned index, uint64_t value)
{
    husk_fake_sysreg_write(husk_fake_ich_lr(index), value);
}

static inline void husk_read_id_registers(uint64_t values[64])
{
    for (unsigned i = 8; i < 64; i++) {
        if (i / 8 < 4 || i % 8 < 3 || i % 8 == 4) {
            values[i] = husk_fake_sysreg_read(HUSK_SYSREG_ENCODE(3, 0, 0, i / 8, i % 8));
        }
    }
}

static inline void husk_pte_write(uint64_t *slot, uint64_t desc)
{
    husk_fake_record(HUSK_FAKE_PTE_WRITE, (uint64_t)(uintptr_t)slot, desc);
    __atomic_store_n(slot, desc, __ATOMIC_RELAXED);
}

#define HUSK_INSN(name, entry, text)                                                               \
    static inline void husk_##name(void)                                                           \
    {                                                                                              \
        husk_fake_insn(HUSK_FAKE_##entry, 0);                                                      \
    }
#define HUSK_INSN_ON(name, entry, text)                                                            \
    static inline void husk_##name(const void *addr)                                               \
    {                                                                                              \
        husk_fake_cache(HUSK_FAKE_##entry, addr);                                                  \
    }
#define HUSK_INSN_OF(name, entry, text, as)                                                        \
    static inline void husk_##name(struct husk_##as addr)                                          \
    {                                                                                              \
        husk_fake_insn(HUSK_FAKE_##entry, addr.value);                                             \
    }
#define HUSK_INSN_CALL(name, entry, text)                                                          \
    static inline void husk_##name(struct husk_smccc *regs)                                        \
    {                                                                                              \
        husk_fake_call(HUSK_FAKE_##entry, regs);                                                   \
    }
#define HUSK_INSN_MMIO(bits, load, store)                                                          \
    static inline uint##bits##_t husk_mmio_read##bits(uintptr_t addr)                              \
    {                                                                                              \
        return (uint##bits##_t)husk_fake_mmio(false, addr, (bits) / 8, 0);                         \
    }                                                                                              \
    static inline void husk_mmio_write##bits(uintptr_t addr, uint##bits##_t value)                 \
    {                                                                                              \
        (void)husk_fake_mmio(true, addr, (bits) / 8, value);                                       \
    }
#include <husk/insns.def>

static inline size_t husk_index_nospec(size_t index, size_t limit)
{
    husk_fake_nospec(index, limit);
    return index < limit ? index : 0;
}

_Noreturn static inline void husk_assert_fail(const char *what)
{
    husk_fake_assert_fail(what);
}

#endif
