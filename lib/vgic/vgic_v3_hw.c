// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* The virtual interface control registers of a GICv3 (ICH_*), and all that makes this version. IHI
 * 0069H 12.4 "AArch64 System register descriptions of the virtual registers". */

enum {
    CTLR_ARE = 0x10, /* RAO/WI: no legacy operation */
    CTLR_DS = 0x40,  /* RAO/WI: one Security state */
};

/* Sixteen instructions each: one copy. */
__attribute__((noinline)) static uint64_t lr_read(const struct husk_vgic *vgic, unsigned index)
{
    (void)vgic;
    return husk_read_ich_lr(index);
}

__attribute__((noinline)) static void lr_write(const struct husk_vgic *vgic, unsigned index,
                                               uint64_t value)
{
    (void)vgic;
    husk_write_ich_lr(index, value);
}

static void lr_prioritize(const struct husk_vgic *vgic, unsigned index, unsigned priority)
{
    (void)vgic;
    husk_write_ich_lr(index, husk_bits_set(husk_read_ich_lr(index), VGIC_LR_PRIORITY + 7,
                                           VGIC_LR_PRIORITY, priority));
}

unsigned husk_vgic_v3_repeat(unsigned intid, struct husk_vgic *vgic, unsigned vcpu)
{
    struct husk_vgic_vcpu *const self = &vgic->vcpus[vcpu];

    husk_spin_lock(&vgic->lock);
    if (vgic_repeat(vgic, &self->bank, intid, self, vgic_v3_again)) {
        self->bank.raised |= 1u << intid & 0xffff0000; /* not an SGI */
        intid = HUSK_VGIC_INTID_NONE;
    }
    husk_spin_unlock(&vgic->lock);
    return intid;
}

static void load(const struct husk_vgic *vgic, const struct husk_vgic_vcpu *vcpu)
{
    const unsigned bits = vgic_v3_preemption_bits();

    (void)vgic;
    husk_write(ich_vmcr_el2, vcpu->vmcr);
    husk_write(ich_ap0r0_el2, vcpu->ap0r[0]);
    husk_write(ich_ap1r0_el2, vcpu->ap1r[0]);
    if (bits >= 6) {
        husk_write(ich_ap0r1_el2, vcpu->ap0r[1]);
        husk_write(ich_ap1r1_el2, vcpu->ap1r[1]);
    }
    if (bits >= 7) {
        husk_write(ich_ap0r2_el2, vcpu->ap0r[2]);
        husk_write(ich_ap0r3_el2, vcpu->ap0r[3]);
        husk_write(ich_ap1r2_el2, vcpu->ap1r[2]);
        husk_write(ich_ap1r3_el2, vcpu->ap1r[3]);
    }
}

/* With EOImode 1 an EOI drops the priority and ends nothing, but is counted where its interrupt was
 * moved out of the list registers since its acknowledge. What ends it is ICC_DIR_EL1, which traps
 * while there are such interrupts: no count then. */
static uint32_t read_hcr(const struct husk_vgic *vgic)
{
    const uint32_t hcr = (uint32_t)husk_read(ich_hcr_el2);

    (void)vgic;
    return (husk_read(ich_vmcr_el2) & VGIC_VMCR_VEOIM) != 0 ? hcr & HUSK_BITS(26, 0) : hcr;
}

static uint32_t read_vmcr(const struct husk_vgic *vgic)
{
    (void)vgic;
    return (uint32_t)husk_read(ich_vmcr_el2);
}

static uint32_t read_misr(const struct husk_vgic *vgic)
{
    (void)vgic;
    return (uint32_t)husk_read(ich_misr_el2);
}

static void write_hcr(const struct husk_vgic *vgic, uint32_t value)
{
    husk_write(ich_hcr_el2, value | vgic->hcr);
}

static void deactivate(const struct husk_vgic *vgic, unsigned intid)
{
    (void)vgic;
    husk_write(icc_dir_el1, intid);
}

const struct husk_vgic_ops husk_vgic_v3 = {
    .locate = husk_vgic_v3_locate,
    .lr_read = lr_read,
    .lr_write = lr_write,
    .again = vgic_v3_again,
    .lr_prioritize = lr_prioritize,
    .save = husk_vgic_v3_save,
    .load = load,
    .read_hcr = read_hcr,
    .read_vmcr = read_vmcr,
    .read_misr = read_misr,
    .write_hcr = write_hcr,
    .deactivate = deactivate,
    .typer = husk_vgic_v3_typer,
    .ctlr = CTLR_ARE | CTLR_DS,
    .dir_intid = 0xffffff,
    .target_of = husk_vgic_v3_target_of,
};
