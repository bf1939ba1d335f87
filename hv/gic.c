// SPDX-License-Identifier: Apache-2.0
// The board's GICv3, as EL2 uses it: one priority, EOImode 1, interrupts of group 1.
// GIC Architecture Specification IHI 0069H, chapters 4 and 12.
#include "hv.h"
#include <husk/platform.h>

enum {
    GICD_CTLR = 0x0000,
    GICD_TYPER = 0x0004,
    GICD_IGROUPR = 0x0080,
    GICD_ISENABLER = 0x0100,
    GICD_ICENABLER = 0x0180,
    GICD_ICACTIVER = 0x0380,
    GICD_IPRIORITYR = 0x0400,
    GICD_IROUTER = 0x6000,
    GICD_CTLR_ARE = 1u << 4,
    GICD_CTLR_GRP1 = 1u << 1,
    GICR_TYPER = 0x0008,
    GICR_WAKER = 0x0014,
    GICR_WAKER_SLEEP = 1u << 1,
    GICR_WAKER_ASLEEP = 1u << 2,
    GICR_TYPER_LAST = 1u << 4,
    SGI_BASE = 0x10000,
    REDIST_BYTES = 0x20000,
    PRIORITY = 0xa0,
    DEADLINE_US = 10000,
};

static const uint32_t gicd_ctlr_rwp = UINT32_C(1) << 31;

static uintptr_t redist; /* this CPU's RD_base */
static unsigned cpu_count;

static uint64_t affinity(uint64_t mpidr)
{
    return (mpidr & HUSK_BITS(23, 0)) | husk_bits_get(mpidr, 39, 32) << 24;
}

/* Waits until the bits of `mask` in the register at `addr` are clear. */
static enum husk_err wait_clear(uintptr_t addr, uint32_t mask)
{
    const uint64_t start = husk_read_cntpct_el0();
    const uint64_t ticks = husk_read_cntfrq_el0() * DEADLINE_US / 1000000;

    while ((husk_mmio_read32(addr) & mask) != 0) {
        if (husk_read_cntpct_el0() - start > ticks) {
            return HUSK_ETIMEDOUT;
        }
    }
    return HUSK_OK;
}

/* Walks the redistributors: counts them, and finds this CPU's. */
static enum husk_err find_redist(void)
{
    const uint64_t self = affinity(husk_read_mpidr_el1());
    uintptr_t frame = HUSK_PLATFORM_GICR_BASE;
    uint64_t typer;

    do {
        typer = husk_mmio_read64(frame + GICR_TYPER);
        if (typer >> 32 == self) {
            redist = frame;
        }
        frame += REDIST_BYTES;
        cpu_count++;
    } while ((typer & GICR_TYPER_LAST) == 0 && cpu_count < HUSK_PLATFORM_CPU_MAX);
    return redist == 0 ? HUSK_ENOENT : HUSK_OK;
}

static enum husk_err dist_init(void)
{
    const unsigned words = husk_gic_intid_count() / 32;

    husk_mmio_write32(HUSK_PLATFORM_GICD_BASE + GICD_CTLR, 0);
    for (unsigned word = 1; word < words; word++) {
        husk_mmio_write32(HUSK_PLATFORM_GICD_BASE + GICD_ICENABLER + 4 * word, UINT32_MAX);
        husk_mmio_write32(HUSK_PLATFORM_GICD_BASE + GICD_ICACTIVER + 4 * word, UINT32_MAX);
        husk_mmio_write32(HUSK_PLATFORM_GICD_BASE + GICD_IGROUPR + 4 * word, UINT32_MAX);
    }
    husk_mmio_write32(HUSK_PLATFORM_GICD_BASE + GICD_CTLR, GICD_CTLR_ARE);
    husk_mmio_write32(HUSK_PLATFORM_GICD_BASE + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP1);
    return wait_clear(HUSK_PLATFORM_GICD_BASE + GICD_CTLR, gicd_ctlr_rwp);
}

static enum husk_err redist_init(void)
{
    enum husk_err err;

    husk_mmio_write32(redist + GICR_WAKER,
                      husk_mmio_read32(redist + GICR_WAKER) & ~(uint32_t)GICR_WAKER_SLEEP);
    err = wait_clear(redist + GICR_WAKER, GICR_WAKER_ASLEEP);
    if (err != HUSK_OK) {
        return err;
    }
    husk_mmio_write32(redist + SGI_BASE + GICD_ICENABLER, UINT32_MAX);
    husk_mmio_write32(redist + SGI_BASE + GICD_ICACTIVER, UINT32_MAX);
    husk_mmio_write32(redist + SGI_BASE + GICD_IGROUPR, UINT32_MAX);
    return HUSK_OK;
}

static void cpu_interface_init(void)
{
    husk_write_icc_sre_el2(0xf);
    husk_isb();
    husk_write_icc_pmr_el1(0xff);
    husk_write_icc_bpr1_el1(0);
    husk_write_icc_ctlr_el1(1 << 1); /* EOImode: EOIR drops priority, DIR deactivates */
    husk_write_icc_igrpen1_el1(1);
    husk_isb();
}

enum husk_err husk_gic_init(void)
{
    enum husk_err err;

    if (husk_bits_get(husk_read_id_aa64pfr0_el1(), 27, 24) == 0) {
        return HUSK_ENOTSUP;
    }
    cpu_interface_init();
    err = find_redist();
    if (err == HUSK_OK) {
        err = dist_init();
    }
    return err == HUSK_OK ? redist_init() : err;
}

unsigned husk_gic_cpu_count(void)
{
    return cpu_count;
}

unsigned husk_gic_intid_count(void)
{
    const uint32_t typer = husk_mmio_read32(HUSK_PLATFORM_GICD_BASE + GICD_TYPER);
    const unsigned count = 32 * ((typer & 0x1f) + 1);

    return count > 1020 ? 1020 : count;
}

unsigned husk_gic_lr_count(void)
{
    return (unsigned)(husk_read_ich_vtr_el2() & 0x1f) + 1;
}

unsigned husk_gic_pri_bits(void)
{
    return (unsigned)husk_bits_get(husk_read_ich_vtr_el2(), 31, 29) + 1;
}

void husk_gic_enable(unsigned intid)
{
    const uintptr_t base = intid < 32 ? redist + SGI_BASE : (uintptr_t)HUSK_PLATFORM_GICD_BASE;

    husk_mmio_write8(base + GICD_IPRIORITYR + intid, PRIORITY);
    if (intid >= 32) {
        husk_mmio_write64(base + GICD_IROUTER + (uintptr_t)8 * intid,
                          husk_read_mpidr_el1() & (HUSK_BITS(39, 32) | HUSK_BITS(23, 0)));
    }
    husk_mmio_write32(base + GICD_ISENABLER + (uintptr_t)4 * (intid / 32), 1u << (intid % 32));
}

unsigned husk_gic_ack(void)
{
    const unsigned intid = (unsigned)husk_read_icc_iar1_el1() & 0xffffff;

    if (intid < 1020) {
        husk_dsb_sy();
        husk_write_icc_eoir1_el1(intid);
        husk_isb();
    }
    return intid;
}

void husk_gic_deactivate(unsigned intid)
{
    husk_write_icc_dir_el1(intid);
}

void husk_gic_quiesce(unsigned intid)
{
    const uintptr_t base = intid < 32 ? redist + SGI_BASE : (uintptr_t)HUSK_PLATFORM_GICD_BASE;

    husk_mmio_write32(base + GICD_ICACTIVER + (uintptr_t)4 * (intid / 32), 1u << (intid % 32));
}
