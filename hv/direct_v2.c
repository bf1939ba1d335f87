// SPDX-License-Identifier: Apache-2.0
// The board's GICv2, left to the guest: distributor and CPU interface as after reset, which is all
// that EL2 ever does with them. GIC Architecture Specification IHI 0048B, chapters 3 and 4.
#include "direct.h"
#include "gic_v2.h"

/* Both are the guest's. GICH and GICV stay unused. */
static const struct husk_range frames[] = {
    { HUSK_PLATFORM_GICD_BASE, HUSK_MMU_PAGE_BYTES },
    { HUSK_PLATFORM_GICC_BASE, GICC_BYTES },
    { 0, 0 },
};

static void clear(unsigned word)
{
    silence(word);
    gicd_write(GICD_ICPENDR + 4 * word, UINT32_MAX);
}

static enum husk_err init(void)
{
    gicd_write(GICD_CTLR, 0);
    for (unsigned word = 1; word < intid_count() / 32; word++) {
        clear(word);
    }
    return HUSK_OK;
}

/* Targets of SGIs and SPIs are numbers of CPU interfaces: those must be the CPUs', as the guest
 * takes them to be. */
static enum husk_err cpu_init(struct husk_cpu *self)
{
    const uint64_t affinity = husk_read(mpidr_el1) & affinity_fields;

    if (affinity >= husk_gic_cpu_count || find_interface() != 1u << affinity) {
        return HUSK_ENOENT;
    }
    self->index = (unsigned)affinity;
    clear(0);
    for (unsigned word = 0; word < SGI_COUNT / 4; word++) {
        gicd_write(GICD_CPENDSGIR + 4 * word, UINT32_MAX);
    }
    husk_mmio_write32(HUSK_PLATFORM_GICC_BASE + GICC_CTLR, 0);
    husk_mmio_write32(HUSK_PLATFORM_GICC_BASE + GICC_PMR, 0);
    husk_mmio_write32(HUSK_PLATFORM_GICC_BASE + GICC_APR0, 0);
    husk_mmio_write32(HUSK_PLATFORM_GICC_BASE + GICC_NSAPR0, 0);
    return HUSK_OK;
}

const struct husk_gic_driver husk_gic_v2 = {
    .version = HUSK_GIC_V2,
    .frames = frames,
    .find_cpus = find_cpus,
    .init = init,
    .cpu_init = cpu_init,
    .intid_count = intid_count,
    .vgic_config = husk_direct_vgic_config,
    .signal = husk_direct_signal,
    .enable = husk_direct_enable,
};
