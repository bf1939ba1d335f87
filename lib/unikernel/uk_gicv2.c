// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <husk/arch.h>

/* GICv2. Source: Arm IHI 0048B, chapter 4 "Programmers' Model". Interrupts stay in group 0, where
 * they are after reset, and which the lowest enable bits are for. */
enum {
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_ICFGR = 0xC00,
    GICC_CTLR = 0x00,
    GICC_PMR = 0x04,
    GICC_IAR = 0x0C,
    GICC_EOIR = 0x10,
    CTLR_ENABLE = 1,
    PMR_ALL = 0xF0,
    IAR_INTID = 0x3FF,
};

static void gic_init(void)
{
    husk_mmio_write32(husk_uk_machine.gicd.base + GICD_CTLR, CTLR_ENABLE);
    husk_mmio_write32(husk_uk_machine.gicc.base + GICC_PMR, PMR_ALL);
    husk_mmio_write32(husk_uk_machine.gicc.base + GICC_CTLR,
                      CTLR_ENABLE); /* one EOI ends an interrupt */
}

static unsigned gic_count(void)
{
    const unsigned lines = husk_mmio_read32(husk_uk_machine.gicd.base + GICD_TYPER) & 31;

    return lines == 31 ? 1020 : 32 * (lines + 1);
}

static void gic_enable(unsigned intid)
{
    const uintptr_t config = husk_uk_machine.gicd.base + GICD_ICFGR + (uintptr_t)intid / 16 * 4;
    const uint32_t edge = 2U << intid % 16 * 2;

    husk_mmio_write32(config, husk_mmio_read32(config) & ~edge);
    husk_mmio_write8(husk_uk_machine.gicd.base + GICD_IPRIORITYR + (uintptr_t)intid,
                     HUSK_UK_GIC_PRIORITY);
    if (intid >= 32) { /* to this CPU, which those below are of; with one CPU both read 0 */
        husk_mmio_write8(husk_uk_machine.gicd.base + GICD_ITARGETSR + (uintptr_t)intid,
                         husk_mmio_read8(husk_uk_machine.gicd.base + GICD_ITARGETSR));
    }
    husk_mmio_write32(husk_uk_machine.gicd.base + GICD_ISENABLER + (uintptr_t)intid / 32 * 4,
                      1U << intid % 32);
}

static void gic_disable(unsigned intid)
{
    husk_mmio_write32(husk_uk_machine.gicd.base + GICD_ICENABLER + (uintptr_t)intid / 32 * 4,
                      1U << intid % 32);
    husk_dsb_sy(); /* no such interrupt arrives from here on */
}

static unsigned gic_ack(void)
{
    const unsigned intid = husk_mmio_read32(husk_uk_machine.gicc.base + GICC_IAR) & IAR_INTID;

    husk_dsb_sy(); /* the acknowledge is seen before the device is asked */
    return intid;
}

/* Of a unikernel's one CPU: an SGI would need the number of its sender, which is 0. */
static void gic_end(unsigned intid)
{
    husk_dsb_sy(); /* the device has dropped its line before it may fire again */
    husk_mmio_write32(husk_uk_machine.gicc.base + GICC_EOIR, intid);
}

const struct husk_uk_gic husk_uk_gicv2 = {
    .init = gic_init,
    .count = gic_count,
    .enable = gic_enable,
    .disable = gic_disable,
    .ack = gic_ack,
    .end = gic_end,
};
