// SPDX-License-Identifier: Apache-2.0
#include "vgic_send.h"

/* The GICv2 distributor: offsets to handlers. IHI 0048B 4.1.2 "Distributor register map". Without
 * the Security Extensions; SGIs, PPIs and their registers are those of the CPU that reads. */

enum { BYTE = 1, WORD = 4, ANY = 15 };

enum {
    GICD_CTLR = 0x0,
    GICD_TYPER = 0x4,
    GICD_IIDR = 0x8,
    GICD_SGIR = 0xf00,
    GICD_CPENDSGIR = 0xf10,
    GICD_SPENDSGIR = 0xf20,
    SGI_REGS_END = 0xf30,
    ID_REGS = 0xfd0,

    BLOCK_BYTES = 0x80,
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
    return access->offset < HUSK_VGIC_HEAD_BYTES ? husk_vgic_head(access->vgic, access->offset) : 0;
}

/* SGIs are always enabled, and made pending by registers of their own: no bit of theirs changes. */
static uint64_t but_sgis(const struct husk_vgic_access *access, uint64_t value)
{
    return access->intid == 0 ? value & ~(uint64_t)SGI_BITS : value;
}

static void write_clear_enabled(const struct husk_vgic_access *access, uint64_t value)
{
    husk_vgic_write_clear_enabled(access, but_sgis(access, value));
}

static void write_set_pending(const struct husk_vgic_access *access, uint64_t value)
{
    husk_vgic_write_set_pending(access, but_sgis(access, value));
}

static void write_clear_pending(const struct husk_vgic_access *access, uint64_t value)
{
    husk_vgic_write_clear_pending(access, but_sgis(access, value));
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
        const uint64_t one = access->intid < HUSK_VGIC_INTID_PRIVATE
                                 ? HUSK_BIT(access->bank)
                                 : access->vgic->route[access->intid + i];

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

    if (vgic_vcpu_count(vgic) == 1 || access->intid < HUSK_VGIC_INTID_PRIVATE) {
        return;
    }
    for (i = 0; i < access->size_bytes; i++) {
        const unsigned intid = access->intid + i;
        const uint32_t wanted = (uint32_t)(value >> (8 * i)) & all_cpus(vgic);
        const uint32_t bit = 1u << (intid % 32);

        if (wanted != vgic->route[intid]) {
            husk_vgic_pull(vgic, access->bank, intid, bit);
            vgic->route[intid] = wanted;
            vgic->target[intid] = (uint8_t)husk_vgic_v2_target_of(vgic, wanted);
            husk_vgic_changed(vgic, access->bank, intid, bit);
        }
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
    husk_vgic_set_pending(vgic, vcpu, intid, bit);
}

static void withdraw(struct husk_vgic *vgic, unsigned vcpu, unsigned intid, uint32_t sources)
{
    struct husk_vgic_vcpu *self = &vgic->vcpus[vcpu];
    const uint32_t bit = 1u << intid;

    husk_vgic_pull(vgic, vcpu, intid, bit); /* on its own CPU, so it is folded */
    self->sgi_source[intid] &= (uint8_t)~sources;
    if (self->sgi_source[intid] == 0) {
        husk_vgic_clear_pending(vgic, vcpu, intid, bit);
    } else {
        husk_vgic_changed(vgic, vcpu, intid, bit);
    }
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

    (void)husk_vgic_lr_refresh(vgic, access->self, 0);
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

enum {
    ROW_RESERVED,
    ROW_CTLR,
    ROW_SINGLE,
    ROW_SGIR,
    ROW_SGI_PENDING,
    ROW_GROUP,
    ROW_SET_ENABLED,
    ROW_CLEAR_ENABLED,
    ROW_SET_PENDING,
    ROW_CLEAR_PENDING,
    ROW_SET_ACTIVE,
    ROW_CLEAR_ACTIVE,
    ROW_PRIORITY,
    ROW_TARGETS,
    ROW_CONFIG,
    ROW_DIR,
};

static const struct husk_vgic_reg rows[] = {
    [ROW_RESERVED] = { .sizes = ANY },
    [ROW_CTLR] = { 0, 0, WORD, read_single, husk_vgic_write_ctlr },
    [ROW_SINGLE] = { 0, 0, WORD, read_single, NULL },
    [ROW_SGIR] = { 0, 0, WORD, NULL, write_sgir },
    [ROW_SGI_PENDING] = { 0, 0, BYTE | WORD, read_sgi_pending, write_sgi_pending },
    [ROW_GROUP] = { 0x080, 0, WORD, husk_vgic_read_group, husk_vgic_write_group },
    [ROW_SET_ENABLED] = { 0x100, 0, WORD, husk_vgic_read_enabled, husk_vgic_write_set_enabled },
    [ROW_CLEAR_ENABLED] = { 0x180, 0, WORD, husk_vgic_read_enabled, write_clear_enabled },
    [ROW_SET_PENDING] = { 0x200, 0, WORD, husk_vgic_read_pending, write_set_pending },
    [ROW_CLEAR_PENDING] = { 0x280, 0, WORD, husk_vgic_read_pending, write_clear_pending },
    [ROW_SET_ACTIVE] = { 0x300, 0, WORD, husk_vgic_read_active, husk_vgic_write_set_active },
    [ROW_CLEAR_ACTIVE] = { 0x380, 0, WORD, husk_vgic_read_active, husk_vgic_write_clear_active },
    [ROW_PRIORITY] = { 0x400, 3, BYTE | WORD, husk_vgic_read_priority, husk_vgic_write_priority },
    [ROW_TARGETS] = { 0x800, 3, BYTE | WORD, read_targets, write_targets },
    [ROW_CONFIG] = { 0xc00, 1, WORD, husk_vgic_read_config, husk_vgic_write_config },
    [ROW_DIR] = { 0, VGIC_NAMED, WORD, NULL, husk_vgic_write_dir },
};

/* From GICD_IGROUPR to before GICD_IPRIORITYR each 0x80 bytes are a row, in this order. */
_Static_assert(ROW_CLEAR_ACTIVE - ROW_GROUP == (0x380 - 0x080) / BLOCK_BYTES, "order of rows");

static unsigned row_at(uint64_t offset)
{
    if (offset < BLOCK_BYTES) {
        if (offset < GICD_TYPER) {
            return ROW_CTLR;
        }
        return offset < GICD_IIDR + 4 ? ROW_SINGLE : ROW_RESERVED;
    }
    if (offset < 0x400) {
        return ROW_GROUP + (unsigned)(offset / BLOCK_BYTES) - 1;
    }
    if (offset < 0xc00) {
        return offset < 0x800 ? ROW_PRIORITY : ROW_TARGETS;
    }
    if (offset < 0xd00) {
        return ROW_CONFIG;
    }
    if (offset >= ID_REGS && offset < HUSK_VGIC_V2_DIST_BYTES) {
        return ROW_SINGLE;
    }
    if (offset >= GICD_CPENDSGIR && offset < SGI_REGS_END) {
        return ROW_SGI_PENDING;
    }
    return offset >= GICD_SGIR && offset < GICD_SGIR + 4 ? ROW_SGIR : ROW_RESERVED;
}

const struct husk_vgic_reg *husk_vgic_v2_locate(struct husk_vgic_access *access,
                                                enum husk_vgic_frame frame, uint64_t offset)
{
    const struct husk_vgic_reg *row = &rows[ROW_RESERVED];
    unsigned intid;

    if (frame == HUSK_VGIC_GICD) {
        row = &rows[husk_index_nospec(row_at(offset), HUSK_COUNT(rows))];
    } else if (frame == HUSK_VGIC_GICC && offset == 0) {
        row = &rows[ROW_DIR];
    }
    access->offset = (unsigned)offset;
    access->bank = access->self;
    if (row->first != 0) {
        intid = ((unsigned)offset - row->first) * 8 >> row->intid_bits_log2;
        if (intid >= access->vgic->config.intid_count && (row->sizes & access->size_bytes) != 0) {
            return &rows[ROW_RESERVED];
        }
        access->intid = (unsigned)husk_index_nospec(intid, access->vgic->config.intid_count);
    }
    return row;
}
