// SPDX-License-Identifier: Apache-2.0
#ifndef STORM_H
#define STORM_H

/** @file
 * The interrupt controller as the storms drive it, GICv3 or GICv2 as ID_AA64PFR0_EL1 says. The MMU
 * is off and PSTATE.I stays set: interrupts are taken by acknowledging them.
 * IHI 0069H chapter 12 "Programmers' Model", IHI 0048B chapter 4.
 */

#include "../race/bare.h"

enum {
    GICD = 0x08000000,
    GICC = 0x08010000,
    GICR = 0x080a0000,
    GICR_WAKER = 0x14,
    REDIST_BYTES = 0x20000,
    SGI_BASE = 0x10000,

    /* the same offsets in GICD and in SGI_base */
    IGROUPR = 0x080,
    ISENABLER = 0x100,
    ICENABLER = 0x180,
    ISPENDR = 0x200,
    ICPENDR = 0x280,
    ISACTIVER = 0x300,
    ICACTIVER = 0x380,
    IPRIORITYR = 0x400,
    ITARGETSR = 0x800,
    ICFGR = 0xc00,
    SGIR = 0xf00,
    SPENDSGIR = 0xf20,
    IROUTER = 0x6000,

    GICC_CTLR = 0x00,
    GICC_PMR = 0x04,
    GICC_IAR = 0x0c,
    GICC_EOIR = 0x10,
    GICC_DIR = 0x1000,

    INTIDS = 288,
    SPIS = 32,
    NONE = 1020, /* and above */
};

/** One acknowledged interrupt, as it is handed back at its end. */
struct taken {
    unsigned intid;
    uint32_t token; /* GICv2: with the source of an SGI */
    bool group1;
};

static inline bool is_v2(void)
{
    uint64_t pfr0;

    __asm__("mrs %0, id_aa64pfr0_el1" : "=r"(pfr0));
    return husk_bits_get(pfr0, 27, 24) == 0;
}

/** The frame of an interrupt's registers, on vCPU `self`. */
static inline uintptr_t frame(unsigned intid, unsigned self)
{
    return intid >= SPIS || is_v2() ? (uintptr_t)GICD
                                    : GICR + REDIST_BYTES * (uintptr_t)self + SGI_BASE;
}

/** The word of 32 interrupts' bits in one of the registers of a bit each. */
static inline uintptr_t word_of(unsigned intid, unsigned self, unsigned reg)
{
    return frame(intid, self) + reg + (uintptr_t)4 * (intid / 32);
}

static inline uint32_t bits_of(unsigned intid, unsigned self, unsigned reg)
{
    return husk_mmio_read32(word_of(intid, self, reg));
}

static inline void set_bits(unsigned intid, unsigned self, unsigned reg, uint32_t bits)
{
    husk_mmio_write32(word_of(intid, self, reg), bits);
}

static inline void set_bit(unsigned intid, unsigned self, unsigned reg)
{
    set_bits(intid, self, reg, 1u << intid % 32);
}

static inline void set_priority(unsigned intid, unsigned self, unsigned priority)
{
    husk_mmio_write8(frame(intid, self) + IPRIORITYR + intid, (uint8_t)priority);
}

/** Lets through what is better than `priority`: 0 is nothing. */
static inline void mask_priority(unsigned priority)
{
    if (is_v2()) {
        husk_mmio_write32(GICC + GICC_PMR, priority);
    } else {
        __asm__ volatile("msr icc_pmr_el1, %0\n isb\n dsb sy" : : "r"((uint64_t)priority));
    }
}

/** EOImode: an end drops the priority only, finish() deactivates. */
static inline void set_eoimode(bool split)
{
    if (is_v2()) {
        husk_mmio_write32(GICC + GICC_CTLR, split ? 0x207 : 7); /* AckCtl */
    } else {
        __asm__ volatile("msr icc_ctlr_el1, %0\n isb" : : "r"((uint64_t)(split ? 2 : 0)));
    }
}

/** The distributor's groups, and this vCPU's interface with both, nothing let through. */
static inline void interface_on(unsigned self)
{
    if (is_v2()) {
        husk_mmio_write32(GICD, 3);
    } else {
        husk_mmio_write32(GICD, 0x13);
        husk_mmio_write32(GICR + REDIST_BYTES * (uintptr_t)self + GICR_WAKER, 0);
        __asm__ volatile("msr icc_sre_el1, %0\n isb\n msr icc_igrpen0_el1, %1\n"
                         "msr icc_igrpen1_el1, %1\n isb"
                         :
                         : "r"(UINT64_C(7)), "r"(UINT64_C(1)));
    }
    set_eoimode(false);
    mask_priority(0);
}

static inline struct taken take_group(bool group1)
{
    struct taken taken = { .group1 = group1 };
    uint64_t value;

    if (is_v2()) {
        value = husk_mmio_read32(GICC + GICC_IAR); /* of either group; QEMU has no GICC_AIAR */
    } else if (group1) {
        __asm__ volatile("mrs %0, icc_iar1_el1\n dsb sy" : "=r"(value));
    } else {
        __asm__ volatile("mrs %0, icc_iar0_el1\n dsb sy" : "=r"(value));
    }
    taken.token = (uint32_t)value;
    taken.intid = (unsigned)value & 0x3ff;
    return taken;
}

/** Acknowledges the best pending interrupt, of either group. */
static inline struct taken take(void)
{
    const struct taken taken = take_group(true);

    return taken.intid < NONE ? taken : take_group(false);
}

static inline void end(struct taken taken)
{
    const uint64_t value = taken.token;

    husk_dsb_sy();
    if (is_v2()) {
        husk_mmio_write32(GICC + GICC_EOIR, taken.token);
    } else if (taken.group1) {
        __asm__ volatile("msr icc_eoir1_el1, %0\n isb" : : "r"(value));
    } else {
        __asm__ volatile("msr icc_eoir0_el1, %0\n isb" : : "r"(value));
    }
}

/** The deactivation, with EOImode 1. */
static inline void finish(struct taken taken)
{
    if (is_v2()) {
        husk_mmio_write32(GICC + GICC_DIR, taken.token);
    } else {
        __asm__ volatile("msr icc_dir_el1, %0\n isb" : : "r"((uint64_t)taken.token));
    }
}

/** Sends an SGI of that group to the vCPUs of a mask (below 16; GICv2: 8), which need not exist. */
static inline void send(unsigned sgi, uint32_t targets, bool group1)
{
    const uint64_t value = (uint64_t)sgi << 24 | targets;

    husk_dsb_sy();
    if (is_v2()) {
        husk_mmio_write32(GICD + SGIR, (targets & 0xff) << 16 | sgi);
    } else if (group1) {
        __asm__ volatile("msr icc_sgi1r_el1, %0\n isb" : : "r"(value));
    } else {
        __asm__ volatile("msr icc_sgi0r_el1, %0\n isb" : : "r"(value));
    }
}

#endif
