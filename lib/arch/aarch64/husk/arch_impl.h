// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_ARCH_IMPL_H
#define HUSK_ARCH_IMPL_H

/** @file
 * The aarch64 backend of husk/arch.h: one instruction a call. Include husk/arch.h, not this.
 */

#include <husk/base.h>

#define husk_read(name)                                                                            \
    __extension__({                                                                                \
        uint64_t value_;                                                                           \
        __asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory", "cc"); /* RNDR sets flags */   \
        value_;                                                                                    \
    })
#define husk_write(name, value)                                                                    \
    __asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)) : "memory")

#define HUSK_INSN(name, entry, text)                                                               \
    static inline void husk_##name(void)                                                           \
    {                                                                                              \
        __asm__ volatile(text ::: "memory");                                                       \
    }
#define HUSK_INSN_ON(name, entry, text)                                                            \
    static inline void husk_##name(const void *addr)                                               \
    {                                                                                              \
        __asm__ volatile(text ", %0" ::"r"(addr) : "memory");                                      \
    }
#define HUSK_INSN_OF(name, entry, text, as)                                                        \
    static inline void husk_##name(struct husk_##as addr)                                          \
    {                                                                                              \
        __asm__ volatile(text ", %0" ::"r"(husk_bits_get(addr.value, 51, 12)) : "memory");         \
    }
#define HUSK_INSN_CALL(name, entry, text)                                                          \
    static inline void husk_##name(struct husk_smccc *regs)                                        \
    {                                                                                              \
        __asm__ volatile("ldp x0, x1, [%0]\n\tldp x2, x3, [%0, #16]\n\t" text                      \
                         "\n\tstp x0, x1, [%0]\n\tstp x2, x3, [%0, #16]" ::"r"(regs)               \
                         : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10",      \
                           "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");             \
    }
#define HUSK_INSN_MMIO(bits, load, store)                                                          \
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
#include <husk/insns.def>

/* No register-indexed form: a jump into sixteen pairs of instructions. `index` below 16. */
#define HUSK_ARCH_EACH_LR(one, constraint)                                                         \
    __asm__ volatile("adr %[at], 1f\n\tadd %[at], %[at], %[index], lsl #3\n\tbr %[at]\n"           \
                     "1:\t.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\t" one    \
                     "\n\tb 2f\n\t.endr\n2:"                                                       \
                     : [at] "=&r"(at), [value] constraint(value)                                   \
                     : [index] "r"((uint64_t)index)                                                \
                     : "memory")
static inline uint64_t husk_read_ich_lr(unsigned index)
{
    uint64_t at, value;

    HUSK_ARCH_EACH_LR("mrs %[value], ich_lr\\n\\()_el2", "=&r");
    return value;
}

static inline void husk_write_ich_lr(unsigned index, uint64_t value)
{
    uint64_t at;

    HUSK_ARCH_EACH_LR("msr ich_lr\\n\\()_el2, %[value]", "+r");
}
#undef HUSK_ARCH_EACH_LR

#define HUSK_ARCH_EACH_ID(crms, op2s)                                                              \
    ".irp crm, " crms "\n\t.irp op2, " op2s "\n\tmrs %[value], S3_0_C0_C\\crm\\()_\\op2\n\t"       \
    "str %[value], [%[values], #(\\crm * 8 + \\op2) * 8]\n\t.endr\n\t.endr\n\t"

// NOLINTNEXTLINE(readability-non-const-parameter): written by the instructions
static inline void husk_read_id_registers(uint64_t values[64])
{
    uint64_t value;

    __asm__ volatile(HUSK_ARCH_EACH_ID("1, 2, 3", "0, 1, 2, 3, 4, 5, 6, 7")
                         HUSK_ARCH_EACH_ID("4, 5, 6, 7", "0, 1, 2, 4")
                     : [value] "=&r"(value)
                     : [values] "r"(values)
                     : "memory");
}
#undef HUSK_ARCH_EACH_ID

static inline void husk_pte_write(uint64_t *slot, uint64_t desc)
{
    *(volatile uint64_t *)slot = desc;
}

static inline size_t husk_index_nospec(size_t index, size_t limit)
{
    size_t safe;
    __asm__ volatile("cmp %1, %2\n\tcsel %0, %1, xzr, lo\n\thint #20" /* CSDB */
                     : "=&r"(safe)
                     : "r"(index), "r"(limit)
                     : "cc");
    return safe;
}

_Noreturn static inline void husk_assert_fail(const char *what)
{
    register const char *x0 __asm__("x0") = what;
    __asm__ volatile("brk %0" ::"i"(HUSK_ASSERT_BRK), "r"(x0));
    __builtin_unreachable();
}

#endif
