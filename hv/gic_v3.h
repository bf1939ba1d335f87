// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_GIC_V3_H
#define HUSK_GIC_V3_H

/** @file
 * The registers of the board's GICv3, and its CPUs, for EL2 that takes interrupts (gic_v3.c) and
 * for EL2 that leaves them to the guest (direct_v3.c). GIC Architecture Specification IHI 0069H,
 * chapter 12.
 */

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
    DEADLINE_US = 10000,
};

static struct husk_range frames[] = {
    { HUSK_PLATFORM_GICD_BASE, HUSK_VGIC_DIST_BYTES },
    { HUSK_PLATFORM_GICR_BASE, 0 }, /* find_cpus() */
    { 0, 0 },
};

static const uint32_t gicd_ctlr_rwp = UINT32_C(1) << 31;

static const uint64_t affinity_fields = HUSK_BITS(39, 32) | HUSK_BITS(23, 0);

/* Waits until the bits of `mask` in the register at `addr` are clear. */
static inline enum husk_err wait_clear(uintptr_t addr, uint32_t mask)
{
    const uint64_t start = husk_read(cntpct_el0);
    const uint64_t ticks = husk_read(cntfrq_el0) * DEADLINE_US / 1000000;

    while ((husk_mmio_read32(addr) & mask) != 0) {
        if (husk_read(cntpct_el0) - start > ticks) {
            return HUSK_ETIMEDOUT;
        }
    }
    return HUSK_OK;
}

/* Counts the redistributors, which are the board's CPUs. From none: a Husk that has moved starts
 * with what the one before has written into .data (devices.c). */
static inline void find_cpus(void)
{
    uint64_t typer;

    frames[1].size_bytes = 0;
    do {
        typer = husk_mmio_read64(HUSK_PLATFORM_GICR_BASE + frames[1].size_bytes + GICR_TYPER);
        husk_gic_cpu_affinity[husk_gic_cpu_count++] =
            husk_bits_get(typer, 63, 56) << 32 | husk_bits_get(typer, 55, 32);
        frames[1].size_bytes += REDIST_BYTES;
    } while ((typer & GICR_TYPER_LAST) == 0 && husk_gic_cpu_count < HUSK_PLATFORM_CPU_MAX);
}

static inline unsigned intid_count(void)
{
    const uint32_t typer = husk_mmio_read32(HUSK_PLATFORM_GICD_BASE + GICD_TYPER);
    const unsigned count = 32 * ((typer & 0x1f) + 1);

    return count > 1020 ? 1020 : count;
}

/* Which of the board's CPUs this is, and its redistributor, which is woken. */
static inline enum husk_err wake_redist(struct husk_cpu *self)
{
    const uint64_t affinity = husk_read(mpidr_el1) & affinity_fields;

    self->index = 0;
    while (husk_gic_cpu_affinity[self->index] != affinity) {
        self->index++;
        if (self->index == husk_gic_cpu_count) {
            return HUSK_ENOENT;
        }
    }
    self->redist = HUSK_PLATFORM_GICR_BASE + REDIST_BYTES * (uintptr_t)self->index;
    husk_mmio_write32(self->redist + GICR_WAKER,
                      husk_mmio_read32(self->redist + GICR_WAKER) & ~(uint32_t)GICR_WAKER_SLEEP);
    return wait_clear(self->redist + GICR_WAKER, GICR_WAKER_ASLEEP);
}

#endif
