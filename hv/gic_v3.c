// SPDX-License-Identifier: Apache-2.0
// The board's GICv3, as EL2 uses it: one priority, EOImode 1, interrupts of group 1.
// GIC Architecture Specification IHI 0069H, chapters 4 and 12.
#include "gic_v3.h"

enum {
    PRIORITY = 0xa0,
};

/* Of each CPU that runs: ICC_SGI1R_EL1 that names it alone. */
static uint64_t cpu_list[HUSK_PLATFORM_CPU_MAX];

static enum husk_err dist_init(void)
{
    const unsigned words = intid_count() / 32;

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

/* Where an interrupt's registers are: this CPU's SGI_base, or the distributor. */
static uintptr_t frame_of(unsigned intid)
{
    return intid < 32 ? husk_cpu_self()->redist + SGI_BASE : (uintptr_t)HUSK_PLATFORM_GICD_BASE;
}

static void cpu_interface_init(void)
{
    husk_write(icc_sre_el2, 0xf);
    husk_isb();
    husk_write(icc_pmr_el1, 0xff);
    husk_write(icc_bpr1_el1, 0);
    husk_write(icc_ctlr_el1, 1 << 1); /* EOImode: EOIR drops priority, DIR deactivates */
    husk_write(icc_igrpen1_el1, 1);
    husk_isb();
}

static void enable(unsigned intid)
{
    const uintptr_t base = frame_of(intid);

    husk_mmio_write8(base + GICD_IPRIORITYR + intid, PRIORITY);
    if (intid >= 32) {
        husk_mmio_write64(base + GICD_IROUTER + (uintptr_t)8 * intid,
                          husk_read(mpidr_el1) & affinity_fields);
    }
    husk_mmio_write32(base + GICD_ISENABLER + (uintptr_t)4 * (intid / 32), 1u << (intid % 32));
}

static enum husk_err cpu_init(struct husk_cpu *self)
{
    const enum husk_err err = wake_redist(self);

    if (err != HUSK_OK) {
        return err;
    }
    if (husk_parts.smp != NULL) {
        cpu_list[self->index] = husk_vgic_sgi_list(husk_read(mpidr_el1));
    }
    cpu_interface_init();
    husk_mmio_write32(self->redist + SGI_BASE + GICD_ICENABLER, UINT32_MAX);
    husk_mmio_write32(self->redist + SGI_BASE + GICD_ICACTIVER, UINT32_MAX);
    husk_mmio_write32(self->redist + SGI_BASE + GICD_IGROUPR, UINT32_MAX);
    enable(HUSK_GIC_KICK);
    enable(HUSK_GIC_SENT);
    enable(HUSK_PLATFORM_MAINTENANCE_INTID);
    enable(HUSK_VTIMER_INTID_VIRT);
    enable(HUSK_VTIMER_INTID_PHYS);
    return HUSK_OK;
}

/* What the other CPU is to look at comes before. */
static void signal(unsigned index, unsigned sgi)
{
    husk_dsb_sy();
    husk_write(icc_sgi1r_el1, cpu_list[index] | (uint64_t)sgi << 24);
    husk_isb();
}

/* MSR ICC_SGI1R_EL1, Xt; Rt [9:5]. Inlined, it would take more instructions. */
__attribute__((noinline)) static enum husk_exit_action send(struct husk_vcpu *vcpu, uint32_t iss)
{
    struct husk_vgic *const vgic = &vcpu->vm->vgic;
    const uint64_t value = vcpu->frame->x[iss >> 5 & 31];
    unsigned to;

    if ((value & ~HUSK_BITS(27, 24)) == vgic->sgi_list[husk_vcpu_index(vcpu)]) {
        if (husk_vgic_v3_repeat((unsigned)husk_bits_get(value, 27, 24), vgic,
                                husk_vcpu_index(vcpu)) == HUSK_VGIC_INTID_NONE) {
            return HUSK_EXIT_SKIP;
        }
    } else {
        to = husk_vgic_v3_send(vgic, husk_vcpu_index(vcpu), value);
        if (to != HUSK_VGIC_VCPU_MAX) {
            signal(vcpu->vm->vcpus[to].cpu->index, HUSK_GIC_SENT);
            return HUSK_EXIT_SKIP;
        }
    }
    return husk_exit_sysreg_any(vcpu, iss);
}

static void vgic_config(struct husk_vgic_config *config)
{
    const uint64_t vtr = husk_read(ich_vtr_el2);

    config->ops = husk_vgic_known.ops == NULL ? &husk_vgic_v3 : NULL;
    config->lr_count = (uint8_t)((vtr & 0x1f) + 1);
    config->pri_bits = (uint8_t)(husk_bits_get(vtr, 31, 29) + 1);
}

static void irq(void)
{
    const uint64_t intid = husk_read(icc_iar1_el1); /* INTID [23:0], the rest is RES0 */

    if (intid < HUSK_VGIC_INTID_MAX) {
        husk_dsb_sy();
        husk_write(icc_eoir1_el1, intid);
        husk_isb();
        if (husk_irq_take((unsigned)intid, husk_vgic_v3_repeat, husk_vgic_v3_take)) {
            husk_write(icc_dir_el1, HUSK_GIC_SENT);
        }
    }
}

static void deactivate(unsigned intid)
{
    husk_write(icc_dir_el1, intid);
}

static void quiesce(unsigned intid)
{
    const uintptr_t base = frame_of(intid);

    husk_mmio_write32(base + GICD_ICACTIVER + (uintptr_t)4 * (intid / 32), 1u << (intid % 32));
}

const struct husk_gic_driver husk_gic_v3 = {
    .version = HUSK_GIC_V3,
    .frames = frames,
    .guest_gicd_bytes = HUSK_VGIC_DIST_BYTES,
    .guest_gicr_bytes = HUSK_VGIC_REDIST_BYTES,
    .guest_frame = HUSK_VGIC_GICR,
    .find_cpus = find_cpus,
    .init = dist_init,
    .cpu_init = cpu_init,
    .intid_count = intid_count,
    .vgic_config = vgic_config,
    .signal = signal,
    .send = send,
    .enable = enable,
    .irq = irq,
    .deactivate = deactivate,
    .quiesce = quiesce,
};
