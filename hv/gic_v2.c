// SPDX-License-Identifier: Apache-2.0
// The board's GICv2, as EL2 uses it: one priority, EOImode 1. GIC Architecture Specification IHI
// 0048B, chapters 3 to 5.
//
// The same writes are right with the Security Extensions, seen from Non-secure state, and without:
// IGROUPR is 0 (or RAZ/WI), the lowest enable bit of GICD_CTLR and GICC_CTLR is that of the
// interrupts then left, and bit 9 of GICC_CTLR is their EOImode.
#include "gic_v2.h"
#include "access.h"

enum {
    GICH_VTR = 0x0004,
    GICH_BYTES = 0x1000,
    PRI_BITS = 5, /* of the virtual interface: GICH_LR.Priority */
    PRIORITY = 0xa0,
    IIDR_QEMU = 0x43b,    /* Arm, product 0; a GIC-400 is product 2 */
    HYP_TIMER_INTID = 26, /* PPI of CNTHP */
    LOOK_AGAIN_PER_S = 1000,
};

static const struct husk_range frames[] = {
    { HUSK_PLATFORM_GICD_BASE, HUSK_VGIC_V2_DIST_BYTES },
    { HUSK_PLATFORM_GICC_BASE, GICC_BYTES },
    { HUSK_PLATFORM_GICH_BASE, GICH_BYTES },
    { 0, 0 },
};

/* The CPU interface of each of the board's CPUs as a bit; known once that CPU has run. */
static uint8_t interface_of[HUSK_PLATFORM_CPU_MAX];

/* Of the counter, until look_again(); 0: the distributor is not QEMU's. */
static uint64_t look_again_ticks;

static enum husk_err init(void)
{
    const unsigned words = intid_count() / 32;

    if (gicd_read(GICD_IIDR) == IIDR_QEMU) {
        look_again_ticks = husk_read(cntfrq_el0) / LOOK_AGAIN_PER_S;
    }
    gicd_write(GICD_CTLR, 0);
    for (unsigned word = 1; word < words; word++) {
        silence(word);
    }
    gicd_write(GICD_CTLR, CTLR_ENABLE);
    return HUSK_OK;
}

static void enable(unsigned intid)
{
    husk_mmio_write8(HUSK_PLATFORM_GICD_BASE + GICD_IPRIORITYR + (uintptr_t)intid, PRIORITY);
    if (intid >= INTID_PRIVATE) {
        husk_mmio_write8(HUSK_PLATFORM_GICD_BASE + GICD_ITARGETSR + (uintptr_t)intid,
                         interface_of[husk_cpu_self()->index]);
    }
    gicd_write(GICD_ISENABLER + 4 * (intid / 32), 1u << (intid % 32));
}

static enum husk_err cpu_init(struct husk_cpu *self)
{
    const uint64_t affinity = husk_read(mpidr_el1) & affinity_fields;

    if (affinity >= husk_gic_cpu_count) {
        return HUSK_ENOENT;
    }
    self->index = (unsigned)affinity;
    interface_of[self->index] = find_interface();
    silence(0);
    husk_mmio_write32(HUSK_PLATFORM_GICC_BASE + GICC_PMR, 0xff);
    husk_mmio_write32(HUSK_PLATFORM_GICC_BASE + GICC_BPR, 0);
    husk_mmio_write32(HUSK_PLATFORM_GICC_BASE + GICC_CTLR, CTLR_ENABLE | GICC_CTLR_EOIMODE);
    enable(HUSK_GIC_KICK);
    enable(HUSK_GIC_SENT);
    enable(HUSK_PLATFORM_MAINTENANCE_INTID);
    enable(HUSK_VTIMER_INTID_VIRT);
    enable(HUSK_VTIMER_INTID_PHYS);
    if (look_again_ticks != 0) {
        husk_write(cnthp_cval_el2, UINT64_MAX);
        husk_write(cnthp_ctl_el2, CTLR_ENABLE);
        enable(HYP_TIMER_INTID);
    }
    return HUSK_OK;
}

static void vgic_config(struct husk_vgic_config *config)
{
    config->ops = husk_vgic_known.ops == NULL ? &husk_vgic_v2 : NULL;
    config->gich_base = HUSK_PLATFORM_GICH_BASE;
    config->gicc_base = HUSK_PLATFORM_GICC_BASE;
    config->lr_count = (uint8_t)((husk_mmio_read32(HUSK_PLATFORM_GICH_BASE + GICH_VTR) & 0x3f) + 1);
    config->pri_bits = PRI_BITS;
}

/* CPUTargetList [23:16], SGIINTID [3:0]. What the other CPU is to look at comes before. */
static void signal(unsigned index, unsigned sgi)
{
    husk_dsb_sy();
    gicd_write(GICD_SGIR, (uint32_t)interface_of[index] << 16 | sgi);
}

static enum husk_exit_action send(struct husk_vcpu *vcpu, uint32_t iss)
{
    const uint64_t value = husk_access_stored(vcpu, iss, sizeof(uint32_t));
    const unsigned to = husk_vgic_v2_send(&vcpu->vm->vgic, husk_vcpu_index(vcpu), value);

    if (to == HUSK_VGIC_VCPU_MAX) {
        return husk_mmio_any(vcpu, iss, HUSK_GUEST_GICD + GICD_SGIR);
    }
    if (to != husk_vcpu_index(vcpu)) {
        signal(vcpu->vm->vcpus[to].cpu->index, HUSK_GIC_SENT);
    }
    return HUSK_EXIT_SKIP;
}

static void drop(uint32_t iar)
{
    husk_mmio_write32(HUSK_PLATFORM_GICC_BASE + GICC_DIR, iar);
}

/* QEMU's GICv2 (10.0) passes a guest's deactivation on to the physical interrupt, and does not look
 * whether that is pending again: a timer that fired once more before the guest's EOI would be lost
 * until the next change of any input. So there a timer of EL2's own is such a change, a moment
 * after each interrupt, for as long as one is active. */
static void look_again(void)
{
    const unsigned words = intid_count() / 32;
    uint32_t active = 0;

    husk_write(cnthp_cval_el2, UINT64_MAX);
    husk_isb();
    drop(HYP_TIMER_INTID);
    for (unsigned word = 0; word < words && active == 0; word++) {
        active = gicd_read(GICD_ISACTIVER + 4 * word);
    }
    if (active != 0) {
        husk_write(cnthp_tval_el2, look_again_ticks);
    }
}

/* An SGI is deactivated at once, as that takes the number of the CPU that sent it: only IAR tells.
 */
static void irq(void)
{
    const uint32_t iar = husk_mmio_read32(HUSK_PLATFORM_GICC_BASE + GICC_IAR);
    const unsigned intid = iar & IAR_INTID;

    if (intid >= INTID_SPECIAL) {
        return;
    }
    husk_dsb_sy();
    husk_mmio_write32(HUSK_PLATFORM_GICC_BASE + GICC_EOIR, iar);
    if (intid < SGI_COUNT) {
        drop(iar);
    } else if (look_again_ticks != 0) {
        if (intid == HYP_TIMER_INTID) {
            look_again();
            return;
        }
        husk_write(cnthp_tval_el2, look_again_ticks);
    }
    (void)husk_irq_take(intid, husk_vgic_v2_repeat, husk_vgic_v2_take);
}

static void deactivate(unsigned intid)
{
    if (intid >= SGI_COUNT) {
        husk_dsb_sy(); /* what ends a maintenance interrupt's cause has reached GICH */
        drop(intid);
    }
}

static void quiesce(unsigned intid)
{
    gicd_write(GICD_ICACTIVER + 4 * (intid / 32), 1u << (intid % 32));
}

const struct husk_gic_driver husk_gic_v2 = {
    .version = HUSK_GIC_V2,
    .frames = frames,
    .guest_gicd_bytes = HUSK_VGIC_V2_DIST_BYTES,
    .guest_frame = HUSK_VGIC_GICC,
    .gicv = { HUSK_PLATFORM_GICV_BASE, GICC_BYTES },
    .find_cpus = find_cpus,
    .init = init,
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
