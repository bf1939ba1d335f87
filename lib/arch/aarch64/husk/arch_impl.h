// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_ARCH_IMPL_H
#define HUSK_ARCH_IMPL_H

/** @file
 * The aarch64 backend of husk/arch.h: one instruction a call. Include husk/arch.h, not this.
 */

#include <husk/base.h>

#define HUSK_SYSREG(name, op0, op1, crn, crm, op2)                                                 \
    static inline uint64_t husk_read_##name(void)                                                  \
    {                                                                                              \
        uint64_t value;                                                                            \
        __asm__ volatile("mrs %0, S" #op0 "_" #op1 "_C" #crn "_C" #crm "_" #op2                    \
                         : "=r"(value)::"memory", "cc"); /* RNDR sets the flags */                 \
        return value;                                                                              \
    }                                                                                              \
    static inline void husk_write_##name(uint64_t value)                                           \
    {                                                                                              \
        __asm__ volatile("msr S" #op0 "_" #op1 "_C" #crn "_C" #crm "_" #op2 ", %0" ::"r"(value)    \
                         : "memory");                                                              \
    }
#include <husk/sysregs.def>
#undef HUSK_SYSREG

/* The base register alone addresses the access, so a trapped one has ESR_ELx.ISS.ISV = 1. */
#define HUSK_ARCH_MMIO(bits, load, store)                                                          \
    static inline uint##bits##_t husk_mmio_read##bits(uintptr_t addr)                              \
    {                                                                                              \
        uint##bits##_t value;                                                                      \
        __asm__ volatile(load ", [%1]" : "=r"(value) : "r"(addr) : "memory");                      \
        return value;                                                                              \
    }                                                                                              \
    static inline void husk_mmio_write##bits(uintptr_t addr, uint##bits##_t value)                 \
    {                                                                                              \
        __asm__ volatile(store ", [%1]" ::"r"(value), "r"(addr) : "memory");                       \
    }
HUSK_ARCH_MMIO(8, "ldrb %w0", "strb %w0")
HUSK_ARCH_MMIO(16, "ldrh %w0", "strh %w0")
HUSK_ARCH_MMIO(32, "ldr %w0", "str %w0")
HUSK_ARCH_MMIO(64, "ldr %0", "str %0")
#undef HUSK_ARCH_MMIO

/* No register-indexed form: a jump into sixteen pairs of instructions. `index` below 16. */
#define HUSK_ARCH_EACH_LR(one)                                                                     \
    "adr %[at], 1f\n\tadd %[at], %[at], %[index], lsl #3\n\tbr %[at]\n"                            \
    "1:\t.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\t" one                     \
    "\n\tb 2f\n\t.endr\n2:"

static inline uint64_t husk_read_ich_lr(unsigned index)
{
    uint64_t value;
    uint64_t at;

    __asm__ volatile(HUSK_ARCH_EACH_LR("mrs %[value], ich_lr\\n\\()_el2")
                     : [at] "=&r"(at), [value] "=&r"(value)
                     : [index] "r"((uint64_t)index)
                     : "memory");
    return value;
}

static inline void husk_write_ich_lr(unsigned index, uint64_t value)
{
    uint64_t at;

    __asm__ volatile(HUSK_ARCH_EACH_LR("msr ich_lr\\n\\()_el2, %[value]")
                     : [at] "=&r"(at)
                     : [index] "r"((uint64_t)index), [value] "r"(value)
                     : "memory");
}
#undef HUSK_ARCH_EACH_LR

static inline uint64_t husk_pte_read(const uint64_t *slot)
{
    return *(const volatile uint64_t *)slot;
}

static inline void husk_pte_write(uint64_t *slot, uint64_t desc)
{
    *(volatile uint64_t *)slot = desc;
}

#define HUSK_ARCH_INSN(name, text)                                                                 \
    static inline void name(void)                                                                  \
    {                                                                                              \
        __asm__ volatile(text ::: "memory");                                                       \
    }
HUSK_ARCH_INSN(husk_isb, "isb")
HUSK_ARCH_INSN(husk_dsb_sy, "dsb sy")
HUSK_ARCH_INSN(husk_dsb_ish, "dsb ish")
HUSK_ARCH_INSN(husk_dsb_ishst, "dsb ishst")
HUSK_ARCH_INSN(husk_dsb_nsh, "dsb nsh")
HUSK_ARCH_INSN(husk_tlbi_alle2, "tlbi alle2")
HUSK_ARCH_INSN(husk_tlbi_vmalle1is, "tlbi vmalle1is")
HUSK_ARCH_INSN(husk_tlbi_vmalls12e1is, "tlbi vmalls12e1is")
HUSK_ARCH_INSN(husk_ic_ialluis, "ic ialluis")
HUSK_ARCH_INSN(husk_wfi, "wfi")
HUSK_ARCH_INSN(husk_wfe, "wfe")
HUSK_ARCH_INSN(husk_sev, "sev")
HUSK_ARCH_INSN(husk_yield, "yield")
#undef HUSK_ARCH_INSN

/* Instructions on one operand: `argument` declares it, `operand` is what the register holds. */
#define HUSK_ARCH_INSN_ON(name, text, argument, operand)                                           \
    static inline void name(argument)                                                              \
    {                                                                                              \
        __asm__ volatile(text ", %0" ::"r"(operand) : "memory");                                   \
    }
HUSK_ARCH_INSN_ON(husk_tlbi_vae2is, "tlbi vae2is", struct husk_va va,
                  (va.value >> 12) & HUSK_BITS(43, 0))
HUSK_ARCH_INSN_ON(husk_tlbi_ipas2e1is, "tlbi ipas2e1is", struct husk_ipa ipa,
                  (ipa.value >> 12) & HUSK_BITS(39, 0))
/* Cleans and invalidates: cleaning alone can lose data on early Cortex-A53 (errata 819472, 824069,
 * 826319, 827319), and all that is cleaned here is for somebody else to read. */
HUSK_ARCH_INSN_ON(husk_dc_cvac, "dc civac", const void *addr, addr)
HUSK_ARCH_INSN_ON(husk_dc_civac, "dc civac", const void *addr, addr)
HUSK_ARCH_INSN_ON(husk_dc_ivac, "dc ivac", const void *addr, addr)
HUSK_ARCH_INSN_ON(husk_dc_cisw, "dc cisw", uint64_t set_way, set_way)
#undef HUSK_ARCH_INSN_ON

static inline size_t husk_index_nospec(size_t index, size_t limit)
{
    size_t safe;
    __asm__ volatile("cmp %1, %2\n\tcsel %0, %1, xzr, lo\n\thint #20" /* CSDB */
                     : "=&r"(safe)
                     : "r"(index), "r"(limit)
                     : "cc");
    return safe;
}

// `text` is a string literal, and asm takes no parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define HUSK_ARCH_CALL(name, text)                                                                 \
    static inline void name(struct husk_smccc *regs)                                               \
    {                                                                                              \
        __asm__ volatile("ldp x0, x1, [%0]\n\tldp x2, x3, [%0, #16]\n\t" text                      \
                         "\n\tstp x0, x1, [%0]\n\tstp x2, x3, [%0, #16]" ::"r"(regs)               \
                         : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10",      \
                           "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");             \
    }
HUSK_ARCH_CALL(husk_smc, "smc #0")
HUSK_ARCH_CALL(husk_hvc, "hvc #0")
#undef HUSK_ARCH_CALL
// NOLINTEND(bugprone-macro-parentheses)

_Noreturn static inline void husk_assert_fail(const char *what)
{
    register const char *x0 __asm__("x0") = what;
    __asm__ volatile("brk %0" ::"i"(HUSK_ASSERT_BRK), "r"(x0));
    __builtin_unreachable();
}

#endif
