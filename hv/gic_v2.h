// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_GIC_V2_H
#define HUSK_GIC_V2_H

/** @file
 * The registers of the board's GICv2, for EL2 that takes interrupts (gic_v2.c) and for EL2 that
 * leaves all of it to the guest (direct_v2.c). GIC Architecture Specification IHI 0048B, chapter 4.
 */

#include "hv.h"
#include <husk/platform.h>

enum {
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GICD_IIDR = 0x008,
    GICD_IGROUPR = 0x080,
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_ICPENDR = 0x280,
    GICD_ISACTIVER = 0x300,
    GICD_ICACTIVER = 0x380,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_SGIR = 0xf00,
    GICD_CPENDSGIR = 0xf10,
    GICC_CTLR = 0x0000,
    GICC_PMR = 0x0004,
    GICC_BPR = 0x0008,
    GICC_IAR = 0x000c,
    GICC_EOIR = 0x0010,
    GICC_APR0 = 0x00d0,
    GICC_NSAPR0 = 0x00e0,
    GICC_DIR = 0x1000,
    CTLR_ENABLE = 1u << 0,
    GICC_CTLR_EOIMODE = 1u << 9,
    GICC_BYTES = 0x2000,
    IAR_INTID = 0x3ff,
    INTID_PRIVATE = 32,
    INTID_SPECIAL = 1020,
    SGI_COUNT = 16,
};

static const uint64_t affinity_fields = HUSK_BITS(39, 32) | HUSK_BITS(23, 0);

static inline uint32_t gicd_read(uintptr_t offset)
{
    return husk_mmio_read32(HUSK_PLATFORM_GICD_BASE + offset);
}

static inline void gicd_write(uintptr_t offset, uint32_t value)
{
    husk_mmio_write32(HUSK_PLATFORM_GICD_BASE + offset, value);
}

static inline unsigned intid_count(void)
{
    const unsigned count = 32 * ((gicd_read(GICD_TYPER) & 0x1f) + 1);

    return count > INTID_SPECIAL ? INTID_SPECIAL : count;
}

/* Nothing of a GICv2 names the CPUs: those of its boards are one cluster. */
static inline void find_cpus(void)
{
    const unsigned count = (unsigned)husk_bits_get(gicd_read(GICD_TYPER), 7, 5) + 1;

    while (husk_gic_cpu_count < count && husk_gic_cpu_count < HUSK_PLATFORM_CPU_MAX) {
        husk_gic_cpu_affinity[husk_gic_cpu_count] = husk_gic_cpu_count;
        husk_gic_cpu_count++;
    }
}

static inline void silence(unsigned word)
{
    gicd_write(GICD_ICENABLER + 4 * word, UINT32_MAX);
    gicd_write(GICD_ICACTIVER + 4 * word, UINT32_MAX);
    gicd_write(GICD_IGROUPR + 4 * word, 0);
}

/* Bytes 0 to 31 of GICD_ITARGETSR show who reads them; where there is one CPU, they read 0. */
static inline uint8_t find_interface(void)
{
    uint32_t targets = 0;

    for (unsigned intid = 0; intid < INTID_PRIVATE; intid += 4) {
        targets |= gicd_read(GICD_ITARGETSR + intid);
    }
    targets |= targets >> 16;
    targets |= targets >> 8;
    return (targets & 0xff) != 0 ? (uint8_t)targets : 1;
}

#endif
