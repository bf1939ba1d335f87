// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* The GICv3 register map: offsets to handlers. IHI 0069H 12.8 "The GIC Distributor register map"
 * and 12.10 "The GIC Redistributor register map". */

enum { BYTE = 1, WORD = 4, DOUBLE = 8, ANY = 15 };

enum {
    GICD_CTLR = 0x0,
    GICD_TYPER = 0x4,
    GICD_IIDR = 0x8,
    GICD_IROUTER = 0x6000,
    GICD_IROUTER_END = GICD_IROUTER + 8 * HUSK_VGIC_INTID_MAX,
    GICR_IIDR = 0x4,
    GICR_TYPER = 0x8,
    GICR_WAKER = 0x14,
    PIDR2 = 0xffe8,
    SGI_BASE = 0x10000,

    BLOCK_BYTES = 0x80,
    BLOCKED_BYTES = 0x1000,

    WAKER_PROCESSOR_SLEEP = 0x2,
    WAKER_CHILDREN_ASLEEP = 0x4,
    PIDR2_GICV3 = 0x3b,
};

static vgic_read_fn read_gicd, read_gicr;
static vgic_write_fn write_gicr;

enum {
    ROW_CTLR,
    ROW_GICD,
    ROW_GICR,
    ROW_GICR_TYPER,
    ROW_RESERVED,
    ROW_GROUP,
    ROW_SET_ENABLED,
    ROW_CLEAR_ENABLED,
    ROW_SET_PENDING,
    ROW_CLEAR_PENDING,
    ROW_SET_ACTIVE,
    ROW_CLEAR_ACTIVE,
    ROW_PRIORITY,
    ROW_CONFIG,
    ROW_ROUTE,
    ROW_DIR,
};

/* The registers with bits for each INTID, in GICD and (INTIDs 0..31) in SGI_base of a GICR. */
static const struct husk_vgic_reg rows[] = {
    [ROW_CTLR] = { 0, 0, WORD, read_gicd, husk_vgic_write_ctlr },
    [ROW_GICD] = { 0, 0, WORD, read_gicd, NULL },
    [ROW_GICR] = { 0, 0, WORD, read_gicr, write_gicr },
    [ROW_GICR_TYPER] = { 0, 0, WORD | DOUBLE, read_gicr, NULL },
    [ROW_RESERVED] = { .sizes = ANY },
    [ROW_GROUP] = { 0x080, 0, WORD, husk_vgic_read_group, husk_vgic_write_group },
    [ROW_SET_ENABLED] = { 0x100, 0, WORD, husk_vgic_read_enabled, husk_vgic_write_set_enabled },
    [ROW_CLEAR_ENABLED] = { 0x180, 0, WORD, husk_vgic_read_enabled, husk_vgic_write_clear_enabled },
    [ROW_SET_PENDING] = { 0x200, 0, WORD, husk_vgic_read_pending, husk_vgic_write_set_pending },
    [ROW_CLEAR_PENDING] = { 0x280, 0, WORD, husk_vgic_read_pending, husk_vgic_write_clear_pending },
    [ROW_SET_ACTIVE] = { 0x300, 0, WORD, husk_vgic_read_active, husk_vgic_write_set_active },
    [ROW_CLEAR_ACTIVE] = { 0x380, 0, WORD, husk_vgic_read_active, husk_vgic_write_clear_active },
    [ROW_PRIORITY] = { 0x400, 3, BYTE | WORD, husk_vgic_read_priority, husk_vgic_write_priority },
    [ROW_CONFIG] = { 0xc00, 1, WORD, husk_vgic_read_config, husk_vgic_write_config },
    [ROW_ROUTE] = { GICD_IROUTER, 6, WORD | DOUBLE, husk_vgic_read_route, husk_vgic_write_route },
    [ROW_DIR] = { 0, VGIC_NAMED, WORD, NULL, husk_vgic_write_dir },
};

/* From GICD_IGROUPR to before GICD_IPRIORITYR each 0x80 bytes are a row, in this order. */
_Static_assert(ROW_CLEAR_ACTIVE - ROW_RESERVED == 0x380 / BLOCK_BYTES, "order of rows");

/* What is absent reads as reserved: GICD_ITARGETSR, GICD_SGIR and the SGI pending bits (RES0 with
 * ARE), GICD_IGRPMODR and NSACR (RAZ/WI with DS). */
static unsigned row_at(uint64_t offset)
{
    if (offset < 0x400) {
        return ROW_RESERVED + (unsigned)(offset / BLOCK_BYTES);
    }
    if (offset < 0x800) {
        return ROW_PRIORITY;
    }
    if (offset >= GICD_IROUTER) {
        return ROW_ROUTE;
    }
    return offset >= 0xc00 && offset < 0xd00 ? ROW_CONFIG : ROW_RESERVED;
}

/* Finds the row for one access and the INTIDs it covers, of those in [first, end): others are
 * RAZ/WI, which is *access->intid == 0 with ROW_RESERVED. */
static const struct husk_vgic_reg *decode(struct husk_vgic_access *access, uint64_t offset,
                                          unsigned first, unsigned end)
{
    const struct husk_vgic_reg *row = &rows[husk_index_nospec(row_at(offset), HUSK_COUNT(rows))];
    const unsigned bytes = (unsigned)offset - row->first;
    const unsigned intid = (bytes * 8) >> row->intid_bits_log2;

    if ((row->sizes & access->size_bytes) == 0 || row == &rows[ROW_RESERVED]) {
        return row;
    }
    if (intid < first || intid >= end) {
        return &rows[ROW_RESERVED];
    }
    access->intid = (unsigned)husk_index_nospec(intid, end);
    access->shift = bytes & 4;
    return row;
}

uint32_t husk_vgic_v3_typer(const struct husk_vgic *vgic)
{
    const uint32_t lines = (vgic->config.intid_count + 31u) / 32 - 1;

    /* ITLinesNumber; IDbits 10; A3V; No1N: an SPI has one target, so IROUTER.IRM is RES0.
     * CPUNumber is 0, as ARE can't be 0. */
    return lines | 9u << 19 | 1u << 24 | 1u << 25;
}

/* GICD_TYPER2, GICD_STATUSR and all others are RES0. */
static uint64_t read_gicd(const struct husk_vgic_access *access)
{
    if (access->offset < HUSK_VGIC_HEAD_BYTES) {
        return husk_vgic_head(access->vgic, access->offset);
    }
    return access->offset == PIDR2 ? PIDR2_GICV3 : 0;
}

static uint64_t gicr_typer(const struct husk_vgic *vgic, unsigned vcpu)
{
    const uint64_t mpidr = vgic->config.mpidr[vcpu];
    const uint64_t affinity = husk_bits_get(mpidr, 39, 32) << 24 | husk_bits_get(mpidr, 23, 0);
    const uint64_t last = vcpu + 1 == vgic_vcpu_count(vgic);

    return affinity << 32 | (uint64_t)vcpu << 8 | last << 4;
}

static uint64_t read_gicr(const struct husk_vgic_access *access)
{
    const uint32_t waker = access->vgic->vcpus[access->bank].waker;
    const uint64_t typer_value = gicr_typer(access->vgic, access->bank);

    switch (access->offset) {
    case GICR_IIDR:
        return access->vgic->head[2];
    case GICR_TYPER:
        return access->size_bytes == DOUBLE ? typer_value : (uint32_t)typer_value;
    case GICR_TYPER + 4:
        return typer_value >> 32;
    case GICR_WAKER:
        return waker | (waker != 0 ? WAKER_CHILDREN_ASLEEP : 0);
    case PIDR2:
        return PIDR2_GICV3;
    default:
        return 0; /* GICR_CTLR, GICR_STATUSR: nothing of them is implemented */
    }
}

static void write_gicr(const struct husk_vgic_access *access, uint64_t value)
{
    if (access->offset == GICR_WAKER) {
        access->vgic->vcpus[access->bank].waker = (uint32_t)value & WAKER_PROCESSOR_SLEEP;
    }
}

static const struct husk_vgic_reg *locate_gicr(struct husk_vgic_access *access, uint64_t offset)
{
    const unsigned vcpu_count = vgic_vcpu_count(access->vgic);
    const uint64_t bank = offset / HUSK_VGIC_REDIST_BYTES;

    if (bank >= vcpu_count) {
        return &rows[ROW_RESERVED];
    }
    access->bank = (unsigned)husk_index_nospec(bank, vcpu_count);
    offset %= HUSK_VGIC_REDIST_BYTES;
    if (offset - SGI_BASE < BLOCKED_BYTES) {
        return decode(access, offset - SGI_BASE, 0, HUSK_VGIC_INTID_PRIVATE);
    }
    access->offset = (unsigned)offset;
    if (offset == GICR_TYPER) {
        return &rows[ROW_GICR_TYPER];
    }
    return &rows[offset < GICR_TYPER + 8 || offset == GICR_WAKER || offset == PIDR2 ? ROW_GICR
                                                                                    : ROW_RESERVED];
}

/* The registers that stand alone are 32 bits wide, but for GICR_TYPER. Private INTIDs of GICD are
 * RAZ/WI with ARE. */
const struct husk_vgic_reg *husk_vgic_v3_locate(struct husk_vgic_access *access,
                                                enum husk_vgic_frame frame, uint64_t offset)
{
    if (frame == HUSK_VGIC_GICR) {
        return locate_gicr(access, offset);
    }
    if (frame == HUSK_VGIC_GICC) {
        access->bank = access->self;
        return &rows[offset == 0 ? ROW_DIR : ROW_RESERVED];
    }
    if (offset >= BLOCK_BYTES && offset < GICD_IROUTER_END) {
        return decode(access, offset, HUSK_VGIC_INTID_PRIVATE, access->vgic->config.intid_count);
    }
    access->offset = (unsigned)offset;
    if (offset < GICD_TYPER) {
        return &rows[ROW_CTLR];
    }
    return &rows[offset < GICD_IIDR + 4 || offset == PIDR2 ? ROW_GICD : ROW_RESERVED];
}
