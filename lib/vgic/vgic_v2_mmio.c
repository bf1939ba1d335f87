// SPDX-License-Identifier: Apache-2.0
#include "vgic_send.h"

/* The GICv2 distributor: offsets to handlers. IHI 0048B 4.1.2 "Distributor register map". Without
 * the Security Extensions; SGIs, PPIs and their registers are those of the CPU that reads. */

enum { BYTE = 1, WORD = 4 };
enum { GICD = HUSK_VGIC_GICD, GICC = HUSK_VGIC_GICC };

enum {
    GICD_CTLR = 0x0,
    GICD_TYPER = 0x4, /* and GICD_IIDR */
    GICD_SGIR = 0xf00,
    GICD_CPENDSGIR = 0xf10,
    GICD_SPENDSGIR = 0xf20,
    ID_REGS = 0xfd0,

    SGI_BITS = 0xffff,
};

/* Peripheral ID4..7, 0..3 (ID2: architecture version 2), component ID0..3, as QEMU's virt has. */
static const uint8_t id_regs[] = { 0x04, 0, 0, 0, 0x90, 0xb4, 0x2b, 0, 0x0d, 0xf0, 0x05, 0xb1 };

static uint32_t all_cpus(const struct husk_vgic *vgic)
{
    return (1u << vgic_vcpu_count(vgic)) - 1;
}

/* ITLinesNumber, CPUNumber. */
uint32_t husk_vgic_v2_typer(const struct husk_vgic *vgic)
{
    return ((vgic->config.intid_count + 31u) / 32 - 1) | (vgic_vcpu_count(vgic) - 1u) << 5;
}

static uint64_t read_single(const struct husk_vgic_access *access)
{
    if (access->offset >= ID_REGS) {
        return id_regs[husk_index_nospec((access->offset - ID_REGS) / 4, HUSK_COUNT(id_regs))];
    }
    return husk_vgic_head(access->vgic, access->offset);
}

/* SGIs are always enabled, and made pending by registers of their own: no bit of theirs changes. */
static void write_bits(const struct husk_vgic_access *access, uint64_t value)
{
    const bool keep =
        vgic_change_of(access) - VGIC_CLEAR_ENABLED <= VGIC_CLEAR_PENDING - VGIC_CLEAR_ENABLED;

    husk_vgic_write_bits(access,
                         access->block->first == 0 && keep ? value & ~(uint64_t)SGI_BITS : value);
}

/* ---- GICD_ITARGETSR: a byte each, a bit for each CPU interface; none of it with one CPU ---- */

static uint64_t read_targets(const struct husk_vgic_access *access)
{
    uint64_t value = 0;
    unsigned i;

    if (vgic_vcpu_count(access->vgic) == 1) {
        return 0;
    }
    for (i = 0; i < access->size_bytes; i++) {
        const uint64_t one = access->block->first == 0
                                 ? HUSK_BIT(access->self)
                                 : access->vgic->route[access->block->first + access->bit + i];

        value |= one << (8 * i);
    }
    return value;
}

/* Of several targets the lowest gets it: the one that acknowledges first is anyone's guess. */
unsigned husk_vgic_v2_target_of(const struct husk_vgic *vgic, uint64_t route)
{
    if (vgic_vcpu_count(vgic) == 1) {
        return 0;
    }
    return route != 0 ? vgic_ctz((uint32_t)route) : VGIC_NO_VCPU;
}

static void write_targets(const struct husk_vgic_access *access, uint64_t value)
{
    struct husk_vgic *vgic = access->vgic;
    unsigned i;

    if (vgic_vcpu_count(vgic) == 1 || access->block->first == 0) {
        return;
    }
    for (i = 0; i < access->size_bytes; i++) {
        const unsigned bit = access->bit + i;
        const uint32_t route = (uint32_t)(value >> (8 * i)) & all_cpus(vgic);

        vgic->route[access->block->first + bit] = route;
        access->block->target[bit] = (uint8_t)husk_vgic_v2_target_of(vgic, route);
        husk_vgic_change(vgic, access->block, VGIC_LOOK, 1u << bit);
    }
}

/* ---- SGIs: pending once for each CPU that sent one ---- */

static void send(struct husk_vgic *vgic, unsigned vcpu, unsigned intid, uint32_t sources)
{
    struct husk_vgic_vcpu *target = &vgic->vcpus[vcpu];
    const uint32_t bit = 1u << intid;

    if (sources == 0) {
        return;
    }
    vgic_add_sources(target, intid, sources);
    husk_vgic_change(vgic, &target->bank, VGIC_SET_PENDING, bit);
}

static void withdraw(struct husk_vgic *vgic, unsigned vcpu, unsigned intid, uint32_t sources)
{
    struct husk_vgic_vcpu *self = &vgic->vcpus[vcpu];
    const uint32_t bit = 1u << intid;

    husk_vgic_lr_pull(vgic, &self->bank, bit); /* on its own CPU, so it is folded */
    self->sgi_source[intid] &= (uint8_t)~sources;
    husk_vgic_change(vgic, &self->bank,
                     self->sgi_source[intid] == 0 ? VGIC_CLEAR_PENDING : VGIC_LOOK, bit);
}

/* TargetListFilter [25:24], CPUTargetList [23:16], SGIINTID [3:0]. */
static void write_sgir(const struct husk_vgic_access *access, uint64_t value)
{
    const uint32_t self = 1u << access->self;
    uint32_t targets;

    switch (husk_bits_get(value, 25, 24)) {
    case 0:
        targets = (uint32_t)husk_bits_get(value, 23, 16) & all_cpus(access->vgic);
        break;
    case 1:
        targets = all_cpus(access->vgic) & ~self;
        break;
    case 2:
        targets = self;
        break;
    default: /* reserved */
        targets = 0;
        break;
    }
    for (; targets != 0; targets &= targets - 1) {
        send(access->vgic, vgic_ctz(targets), (unsigned)husk_bits_get(value, 3, 0), self);
    }
}

static uint64_t read_sgi_pending(const struct husk_vgic_access *access)
{
    struct husk_vgic *vgic = access->vgic;
    const struct husk_vgic_vcpu *self = &vgic->vcpus[access->self];
    uint64_t value = 0;
    unsigned i;

    husk_vgic_lr_pull(vgic, &vgic->vcpus[access->self].bank, SGI_BITS);
    for (i = 0; i < access->size_bytes; i++) {
        const unsigned intid = (access->offset + i) % HUSK_VGIC_INTID_SGI_COUNT;

        value |= (uint64_t)(self->sgi_source[intid] | self->sgi_again[intid]) << (8 * i);
    }
    return value;
}

static void write_sgi_pending(const struct husk_vgic_access *access, uint64_t value)
{
    unsigned i;

    for (i = 0; i < access->size_bytes; i++) {
        const unsigned intid = (access->offset + i) % HUSK_VGIC_INTID_SGI_COUNT;
        const uint32_t sources = (uint32_t)(value >> (8 * i)) & all_cpus(access->vgic);

        if (access->offset < GICD_SPENDSGIR) {
            withdraw(access->vgic, access->self, intid, sources);
        } else {
            send(access->vgic, access->self, intid, sources);
        }
    }
}

/* ---- the map ---- */

static const struct husk_vgic_reg map[] = {
    { GICD, 0, WORD, 0x080, 0x380, husk_vgic_read_bits, write_bits },
    { GICD, 3, BYTE | WORD, 0x400, 0x400, husk_vgic_read_priority, husk_vgic_write_priority },
    { GICD, 3, BYTE | WORD, 0x800, 0x400, read_targets, write_targets },
    { GICD, 1, WORD, 0xc00, 0x100, husk_vgic_read_config, husk_vgic_write_config },
    { GICD, VGIC_ALONE, WORD, GICD_CTLR, 4, read_single, husk_vgic_write_ctlr },
    { GICD, VGIC_ALONE, WORD, GICD_TYPER, 8, read_single, NULL },
    { GICD, VGIC_ALONE, WORD, GICD_SGIR, 4, NULL, write_sgir },
    { GICD, VGIC_ALONE, BYTE | WORD, GICD_CPENDSGIR, 0x20, read_sgi_pending, write_sgi_pending },
    { GICD, VGIC_ALONE, WORD, ID_REGS, 0x30, read_single, NULL },
    { GICC, VGIC_ALONE, WORD, 0, 4, NULL, husk_vgic_write_dir },
    { .size_bytes = 0 },
};

const struct husk_vgic_reg *husk_vgic_v2_locate(struct husk_vgic_access *access,
                                                enum husk_vgic_frame frame, uint64_t offset)
{
    return husk_vgic_find(access, map, frame, offset);
}
