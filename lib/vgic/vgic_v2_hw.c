// SPDX-License-Identifier: Apache-2.0
#include "vgic_send.h"

/* The virtual interface control registers of a GICv2 (GICH_*), IHI 0048B 5.3 "GIC virtual interface
 * control registers". What was written is known from husk_vgic_vcpu.lr and .hcr; read is only what
 * hardware changes by itself. */

enum {
    GICH_HCR = 0x0,
    GICH_VMCR = 0x8,
    GICH_MISR = 0x10,
    GICH_APR = 0xf0,
    GICH_LR = 0x100,
    GICC_DIR = 0x1000,

    LR_INTID = 0x3ff,
    LR_PHYSICAL = 10, /* with HW = 0: bit 19 EOI, below it the CPU that sent an SGI */
    LR_PRIORITY = 23, /* the upper five bits of eight */
    LR_STATE = 28,
};

static const uint32_t lr_pending = UINT32_C(1) << LR_STATE;
static const uint32_t lr_state = UINT32_C(3) << LR_STATE;
/* Grp1 and HW, 30 bits below those of ICH_LR<n>_EL2. */
static const uint32_t lr_group1_hw = UINT32_C(3) << 30;
/* EOIcount and En to VGrp1DIE; ICH_HCR_EL2.TDIR has no counterpart. */
static const uint32_t hcr_mask = 0xf80000ff;

static uint64_t lr_read(const struct husk_vgic *vgic, unsigned index)
{
    const uint32_t lr = husk_mmio_read32(vgic->config.gich_base + GICH_LR + (uintptr_t)4 * index);

    return husk_bits_get(lr, LR_STATE + 1, LR_STATE) << 62;
}

/* Each field keeps its place in its group of fields, the one that is shared by the physical INTID
 * with HW = 1, and EOI and an SGI's source with HW = 0, too. */
static void lr_write(const struct husk_vgic *vgic, unsigned index, uint64_t value)
{
    const uint64_t lr = (value & LR_INTID) | (value >> 22 & LR_INTID << LR_PHYSICAL) |
                        (value >> 28 & 0x1f << LR_PRIORITY) | (value >> 34 & lr_state) |
                        (value >> 30 & lr_group1_hw);

    husk_mmio_write32(vgic->config.gich_base + GICH_LR + (uintptr_t)4 * index, (uint32_t)lr);
}

static void lr_prioritize(const struct husk_vgic *vgic, unsigned index, unsigned priority)
{
    const uintptr_t at = vgic->config.gich_base + GICH_LR + (uintptr_t)4 * index;

    husk_mmio_write32(at, (uint32_t)husk_bits_set(husk_mmio_read32(at), LR_PRIORITY + 4,
                                                  LR_PRIORITY, priority >> 3));
}

/* Hardware has changed nothing but the state of what was written. */
static bool again(const struct husk_vgic *vgic, unsigned index, uint64_t value)
{
    const uintptr_t at = vgic->config.gich_base + GICH_LR + (uintptr_t)4 * index;
    const uint32_t lr = husk_mmio_read32(at);

    (void)value;
    if ((lr & lr_state) != 0) {
        return false;
    }
    husk_mmio_write32(at, lr | lr_pending);
    return true;
}

unsigned husk_vgic_v2_repeat(unsigned intid, struct husk_vgic *vgic, unsigned vcpu)
{
    struct husk_vgic_vcpu *const self = &vgic->vcpus[vcpu];

    husk_spin_lock(&vgic->lock);
    if (vgic_repeat(vgic, &self->bank, intid, self, again)) {
        self->bank.raised |= 1u << intid;
        intid = HUSK_VGIC_INTID_NONE;
    }
    husk_spin_unlock(&vgic->lock);
    return intid;
}

/* GICD_SGIR: TargetListFilter [25:24], of which 0 is a list and 2 oneself; CPUTargetList [23:16];
 * SGIINTID [3:0]. */
unsigned husk_vgic_v2_send(struct husk_vgic *vgic, unsigned vcpu, uint64_t value)
{
    const uint32_t list = value >> 16 & 0x3ff;
    unsigned to = list >> 8 == 2 ? vcpu : vgic_ctz(list | 1u << HUSK_VGIC_VCPU_MAX);
    const unsigned intid = value & 15;
    struct husk_vgic_vcpu *target;
    bool done = true;

    if ((list != 1u << to && list >> 8 != 2) || to >= vgic_vcpu_count(vgic)) {
        return HUSK_VGIC_VCPU_MAX;
    }
    to = (unsigned)husk_index_nospec(to, vgic_vcpu_count(vgic));
    target = &vgic->vcpus[to];
    husk_spin_lock(&vgic->lock);
    if (to != vcpu) {
        vgic_add_sources(target, intid, 1u << vcpu);
        target->bank.repend |= 1u << intid;
    } else {
        done = target->sgi_source[intid] == 1u << vcpu &&
               vgic_repeat(vgic, &target->bank, intid, target, again);
    }
    husk_spin_unlock(&vgic->lock);
    return done ? to : HUSK_VGIC_VCPU_MAX;
}

bool husk_vgic_v2_take(struct husk_vgic *vgic, unsigned vcpu)
{
    return vgic_take(vgic, vcpu, again);
}

/* Which CPU's SGI it is, that is pending or active; pending from further ones, it is to be looked
 * at again. */
static uint64_t sgi_source(const struct husk_vgic_vcpu *vcpu, unsigned intid, bool active)
{
    const uint32_t sources = vcpu->sgi_source[intid];

    if (active || sources == 0) {
        return (uint64_t)vcpu->sgi_active[intid] << VGIC_LR_PHYSICAL;
    }
    return (uint64_t)vgic_ctz(sources) << VGIC_LR_PHYSICAL |
           ((sources & (sources - 1)) != 0 ? VGIC_LR_EOI : 0);
}

static void save(const struct husk_vgic *vgic, struct husk_vgic_vcpu *vcpu)
{
    vcpu->vmcr = husk_mmio_read32(vgic->config.gich_base + GICH_VMCR);
    vcpu->ap0r[0] = husk_mmio_read32(vgic->config.gich_base + GICH_APR);
}

static void load(const struct husk_vgic *vgic, const struct husk_vgic_vcpu *vcpu)
{
    husk_mmio_write32(vgic->config.gich_base + GICH_VMCR, (uint32_t)vcpu->vmcr);
    husk_mmio_write32(vgic->config.gich_base + GICH_APR, (uint32_t)vcpu->ap0r[0]);
}

static uint32_t read_hcr(const struct husk_vgic *vgic)
{
    return husk_mmio_read32(vgic->config.gich_base + GICH_HCR);
}

static uint32_t read_vmcr(const struct husk_vgic *vgic)
{
    return husk_mmio_read32(vgic->config.gich_base + GICH_VMCR);
}

static uint32_t read_misr(const struct husk_vgic *vgic)
{
    return husk_mmio_read32(vgic->config.gich_base + GICH_MISR);
}

static void write_hcr(const struct husk_vgic *vgic, uint32_t value)
{
    husk_mmio_write32(vgic->config.gich_base + GICH_HCR, value & hcr_mask);
}

static void deactivate(const struct husk_vgic *vgic, unsigned intid)
{
    husk_mmio_write32(vgic->config.gicc_base + GICC_DIR, intid);
}

const struct husk_vgic_ops husk_vgic_v2 = {
    .locate = husk_vgic_v2_locate,
    .lr_read = lr_read,
    .lr_write = lr_write,
    .again = again,
    .lr_prioritize = lr_prioritize,
    .sgi_source = sgi_source,
    .save = save,
    .load = load,
    .read_hcr = read_hcr,
    .read_vmcr = read_vmcr,
    .read_misr = read_misr,
    .write_hcr = write_hcr,
    .deactivate = deactivate,
    .target_of = husk_vgic_v2_target_of,
    .typer = husk_vgic_v2_typer,
    .enabled = 0xffff,  /* SGIs */
    .dir_intid = 0x3ff, /* CPUID [12:10] is above: of an SGI one source at a time is active */
};
