// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <husk/arch.h>

/* GICv3 by its system registers. Source: Arm IHI 0069, chapter 12 "Programmers' Model". */
enum {
    GICD_CTLR = 0x0000,
    GICD_TYPER = 0x0004,
    GIC_IGROUPR = 0x0080, /* as these: the same offsets in GICD and in GICR's SGI frame */
    GIC_ISENABLER = 0x0100,
    GIC_ICENABLER = 0x0180,
    GIC_IPRIORITYR = 0x0400,
    GIC_ICFGR = 0x0C00,
    GICD_IROUTER = 0x6000,
    GICR_CTLR = 0x0000,
    GICR_TYPER = 0x0008,
    GICR_WAKER = 0x0014,
    GICR_SGI_FRAME = 0x10000,
    GICR_STRIDE = 0x20000,
};

static const uint32_t gicd_ctlr_rwp = 1U << 31;
static const uint32_t gicr_ctlr_rwp = 1U << 3;
static const uint32_t gicd_ctlr_are_group1 = 0x12; /* ARE, EnableGrp1 */
static const uint32_t waker_processor_sleep = 2;
static const uint32_t waker_children_asleep = 4;
static const uint64_t pmr_all = 0xF0;
static const uint64_t mpidr_affinity = 0xFF00FFFFFF;
static const uint64_t wait_limit_ns = 10000000;

static uintptr_t redistributor;

/* Waits for `mask` to clear in the register at `addr`; every wait on hardware has a deadline. */
static void wait_clear(uintptr_t addr, uint32_t mask)
{
    const uint64_t limit_ns = husk_uk_now_ns() + wait_limit_ns;

    while ((husk_mmio_read32(addr) & mask) != 0) {
        if (husk_uk_now_ns() > limit_ns) {
            husk_uk_refuse("the interrupt controller does not answer");
        }
    }
}

/* This CPU's redistributor: the frame with our affinity. */
static uintptr_t find_redistributor(void)
{
    const uint64_t mpidr = husk_read(mpidr_el1) & mpidr_affinity;
    const uint64_t affinity = (mpidr & 0xFFFFFF) | mpidr >> 32 << 24;

    const struct husk_range frames = husk_uk_machine.gicr;

    for (uintptr_t frame = frames.base; frame - frames.base < frames.size_bytes;
         frame += GICR_STRIDE) {
        const uint64_t typer = husk_mmio_read64(frame + GICR_TYPER);

        if (typer >> 32 == affinity) {
            return frame;
        }
        if ((typer & HUSK_BIT(4)) != 0) { /* Last */
            break;
        }
    }
    husk_uk_refuse("no redistributor of this CPU");
}

static void gic_init(void)
{
    uint32_t waker;

    husk_write(icc_sre_el1, husk_read(icc_sre_el1) | 1);
    husk_isb();
    redistributor = find_redistributor();
    waker = husk_mmio_read32(redistributor + GICR_WAKER);
    husk_mmio_write32(redistributor + GICR_WAKER, waker & ~waker_processor_sleep);
    wait_clear(redistributor + GICR_WAKER, waker_children_asleep);
    husk_mmio_write32(husk_uk_machine.gicd.base + GICD_CTLR, gicd_ctlr_are_group1);
    wait_clear(husk_uk_machine.gicd.base + GICD_CTLR, gicd_ctlr_rwp);
    husk_write(icc_pmr_el1, pmr_all);
    husk_write(icc_ctlr_el1, 0); /* EOImode 0: one write drops priority and deactivates */
    husk_write(icc_igrpen1_el1, 1);
    husk_isb();
}

static unsigned gic_count(void)
{
    const unsigned lines = husk_mmio_read32(husk_uk_machine.gicd.base + GICD_TYPER) & 31;

    return lines == 31 ? 1020 : 32 * (lines + 1);
}

/* The frame that holds an INTID's registers. */
static uintptr_t frame_of(unsigned intid)
{
    return intid < 32 ? redistributor + GICR_SGI_FRAME : husk_uk_machine.gicd.base;
}

static void gic_enable(unsigned intid)
{
    const uintptr_t frame = frame_of(intid);
    const uintptr_t word = (uintptr_t)intid / 32 * 4;
    const uint32_t bit = 1U << intid % 32;
    const uintptr_t config = frame + GIC_ICFGR + (uintptr_t)intid / 16 * 4;
    const uint32_t edge = 2U << intid % 16 * 2;

    husk_mmio_write32(frame + GIC_IGROUPR + word,
                      husk_mmio_read32(frame + GIC_IGROUPR + word) | bit);
    husk_mmio_write32(config, husk_mmio_read32(config) & ~edge);
    husk_mmio_write8(frame + GIC_IPRIORITYR + intid, HUSK_UK_GIC_PRIORITY);
    if (intid >= 32) {
        husk_mmio_write64(husk_uk_machine.gicd.base + GICD_IROUTER + intid * 8UL,
                          husk_read(mpidr_el1) & mpidr_affinity);
    }
    husk_mmio_write32(frame + GIC_ISENABLER + word, bit);
}

static void gic_disable(unsigned intid)
{
    const uintptr_t frame = frame_of(intid);

    husk_mmio_write32(frame + GIC_ICENABLER + (uintptr_t)intid / 32 * 4, 1U << intid % 32);
    /* After RWP is clear no such interrupt arrives. */
    if (intid < 32) {
        wait_clear(redistributor + GICR_CTLR, gicr_ctlr_rwp);
    } else {
        wait_clear(husk_uk_machine.gicd.base + GICD_CTLR, gicd_ctlr_rwp);
    }
}

static unsigned gic_ack(void)
{
    const unsigned intid = (unsigned)(husk_read(icc_iar1_el1) & 0xFFFFFF);

    husk_dsb_sy(); /* the acknowledge is seen before the device is asked */
    return intid;
}

static void gic_end(unsigned intid)
{
    husk_dsb_sy(); /* the device has dropped its line before it may fire again */
    husk_write(icc_eoir1_el1, intid);
    husk_isb();
}

const struct husk_uk_gic husk_uk_gicv3 = {
    .init = gic_init,
    .count = gic_count,
    .enable = gic_enable,
    .disable = gic_disable,
    .ack = gic_ack,
    .end = gic_end,
};
