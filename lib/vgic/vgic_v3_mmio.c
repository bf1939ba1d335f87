// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* The GICv3 register map: offsets to handlers. IHI 0069H 12.8 "The GIC Distributor register map"
 * and 12.10 "The GIC Redistributor register map". */

enum { BYTE = 1, WORD = 4, DOUBLE = 8 };

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

    CTLR_ARE = 0x10, /* RAO/WI: no legacy operation */
    CTLR_DS = 0x40,  /* RAO/WI: one Security state */
    WAKER_PROCESSOR_SLEEP = 0x2,
    WAKER_CHILDREN_ASLEEP = 0x4,
    PIDR2_GICV3 = 0x3b,
};

/* Implementer Arm (JEP106 0x43b), as the field's drivers expect; product 'H'. */
static const uint32_t iidr = 0x4800043b;

static uint64_t read_zero(const struct husk_vgic_access *access)
{
    (void)access;
    return 0;
}

static void write_ignored(const struct husk_vgic_access *access, uint64_t value)
{
    (void)access;
    (void)value;
}

enum {
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
};

/* The registers with bits for each INTID, in GICD and (INTIDs 0..31) in SGI_base of a GICR. */
static const struct husk_vgic_reg rows[] = {
    [ROW_RESERVED] = { 0, 0, BYTE | 2 | WORD | DOUBLE, read_zero, write_ignored },
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
};

/* Which row each 0x80 bytes belong to, so that a look-up is one load. What is absent reads as
 * reserved: GICD_ITARGETSR, GICD_SGIR and the SGI pending bits (RES0 with ARE), GICD_IGRPMODR and
 * NSACR (RAZ/WI with DS). */
static const uint8_t row_of_block[BLOCKED_BYTES / BLOCK_BYTES] = {
    [0x080 / BLOCK_BYTES] = ROW_GROUP,         [0x100 / BLOCK_BYTES] = ROW_SET_ENABLED,
    [0x180 / BLOCK_BYTES] = ROW_CLEAR_ENABLED, [0x200 / BLOCK_BYTES] = ROW_SET_PENDING,
    [0x280 / BLOCK_BYTES] = ROW_CLEAR_PENDING, [0x300 / BLOCK_BYTES] = ROW_SET_ACTIVE,
    [0x380 / BLOCK_BYTES] = ROW_CLEAR_ACTIVE,  [0x400 / BLOCK_BYTES] = ROW_PRIORITY,
    [0x480 / BLOCK_BYTES] = ROW_PRIORITY,      [0x500 / BLOCK_BYTES] = ROW_PRIORITY,
    [0x580 / BLOCK_BYTES] = ROW_PRIORITY,      [0x600 / BLOCK_BYTES] = ROW_PRIORITY,
    [0x680 / BLOCK_BYTES] = ROW_PRIORITY,      [0x700 / BLOCK_BYTES] = ROW_PRIORITY,
    [0x780 / BLOCK_BYTES] = ROW_PRIORITY,      [0xc00 / BLOCK_BYTES] = ROW_CONFIG,
    [0xc80 / BLOCK_BYTES] = ROW_CONFIG,
};

static const struct husk_vgic_reg *row_at(uint64_t offset)
{
    if (offset < BLOCKED_BYTES) {
        return &rows[row_of_block[husk_index_nospec(offset / BLOCK_BYTES,
                                                    HUSK_COUNT(row_of_block))]];
    }
    return &rows[offset >= GICD_IROUTER && offset < GICD_IROUTER_END ? ROW_ROUTE : ROW_RESERVED];
}

/* Finds the row for one access and the INTIDs it covers, of those in [first, end): others are
 * RAZ/WI, which is *access->intid == 0 with ROW_RESERVED. */
static const struct husk_vgic_reg *decode(struct husk_vgic_access *access, uint64_t offset,
                                          unsigned first, unsigned end)
{
    const struct husk_vgic_reg *row = row_at(offset);
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

static uint64_t typer(const struct husk_vgic *vgic)
{
    const uint64_t lines = (vgic->config.intid_count + 31u) / 32 - 1;

    /* ITLinesNumber; IDbits 10; A3V; No1N: an SPI has one target, so IROUTER.IRM is RES0.
     * CPUNumber is 0, as ARE can't be 0. */
    return lines | 9u << 19 | 1u << 24 | 1u << 25;
}

/* Changes of the group enables reach everything that sits in a list register. */
static enum husk_err write_ctlr(const struct husk_vgic_access *access, uint64_t value)
{
    const uint32_t ctlr = (uint32_t)value & (VGIC_CTLR_GRP0 | VGIC_CTLR_GRP1);

    if (!husk_vgic_reaches(access, NULL, &value)) {
        return HUSK_EAGAIN;
    }
    if (ctlr != access->vgic->ctlr) {
        access->vgic->ctlr = ctlr;
        husk_vgic_lr_pull_all(access->vgic);
    }
    return HUSK_OK;
}

static uint64_t gicd_single_read(const struct husk_vgic *vgic, uint64_t offset)
{
    switch (offset) {
    case GICD_CTLR:
        return vgic->ctlr | CTLR_ARE | CTLR_DS;
    case GICD_TYPER:
        return typer(vgic);
    case GICD_IIDR:
        return iidr;
    case PIDR2:
        return PIDR2_GICV3;
    default:
        return 0; /* GICD_TYPER2, GICD_STATUSR and all others are RES0 */
    }
}

static uint64_t gicr_typer(const struct husk_vgic *vgic, unsigned vcpu)
{
    const uint64_t mpidr = vgic->config.mpidr[vcpu];
    const uint64_t affinity = husk_bits_get(mpidr, 39, 32) << 24 | husk_bits_get(mpidr, 23, 0);
    const uint64_t last = vcpu + 1 == vgic->config.vcpu_count;

    return affinity << 32 | (uint64_t)vcpu << 8 | last << 4;
}

static uint64_t gicr_single_read(const struct husk_vgic *vgic, unsigned vcpu, uint64_t offset)
{
    const uint32_t waker = vgic->vcpus[vcpu].waker;

    switch (offset) {
    case GICR_IIDR:
        return iidr;
    case GICR_TYPER:
        return gicr_typer(vgic, vcpu);
    case GICR_TYPER + 4:
        return gicr_typer(vgic, vcpu) >> 32;
    case GICR_WAKER:
        return waker | (waker != 0 ? WAKER_CHILDREN_ASLEEP : 0);
    case PIDR2:
        return PIDR2_GICV3;
    default:
        return 0; /* GICR_CTLR, GICR_STATUSR: nothing of them is implemented */
    }
}

/* The registers that stand alone are 32 bits wide, but for GICR_TYPER. */
static bool single_size_ok(enum husk_vgic_frame frame, uint64_t offset, unsigned size_bytes)
{
    const bool is_gicd_single = offset <= GICD_IIDR || offset == PIDR2;
    const bool is_gicr_single = offset <= GICR_TYPER + 4 || offset == GICR_WAKER || offset == PIDR2;

    if (frame == HUSK_VGIC_GICR && offset == GICR_TYPER && size_bytes == DOUBLE) {
        return true;
    }
    return size_bytes == WORD || !(frame == HUSK_VGIC_GICD ? is_gicd_single : is_gicr_single);
}

/** Where an access goes: the per-INTID row, or a register that stands alone (`single`). */
struct place {
    struct husk_vgic_access access;
    const struct husk_vgic_reg *row;
    uint64_t offset;
    bool single;
};

static bool valid_size(uint64_t offset, unsigned size_bytes)
{
    return size_bytes != 0 && size_bytes <= 8 && (size_bytes & (size_bytes - 1)) == 0 &&
           husk_is_aligned(offset, size_bytes);
}

/* False: the access is refused (size, alignment). */
static bool locate(struct husk_vgic *vgic, unsigned self, enum husk_vgic_frame frame,
                   uint64_t offset, unsigned size_bytes, struct place *place)
{
    unsigned first = HUSK_VGIC_INTID_PRIVATE; /* private INTIDs of GICD are RAZ/WI with ARE */
    unsigned end = vgic->config.intid_count;

    if (!valid_size(offset, size_bytes)) {
        return false;
    }
    *place =
        (struct place){ { vgic, self, 0, 0, 0, size_bytes }, &rows[ROW_RESERVED], offset, false };
    if (frame == HUSK_VGIC_GICR) {
        const uint64_t bank = offset / HUSK_VGIC_REDIST_BYTES;

        if (bank >= vgic->config.vcpu_count) {
            return true;
        }
        place->access.bank = (unsigned)husk_index_nospec(bank, vgic->config.vcpu_count);
        offset %= HUSK_VGIC_REDIST_BYTES;
        place->offset = offset;
        if (offset < SGI_BASE) {
            place->single = true;
            return single_size_ok(frame, offset, size_bytes);
        }
        offset -= SGI_BASE;
        if (offset >= BLOCKED_BYTES) {
            return true;
        }
        first = 0;
        end = HUSK_VGIC_INTID_PRIVATE;
    } else if (offset < BLOCK_BYTES || offset >= GICD_IROUTER_END) {
        place->single = offset < HUSK_VGIC_DIST_BYTES;
        return single_size_ok(frame, offset, size_bytes);
    }
    place->row = decode(&place->access, offset, first, end);
    return (place->row->sizes & size_bytes) != 0;
}

enum husk_err husk_vgic_read(struct husk_vgic_locked v, unsigned vcpu, enum husk_vgic_frame frame,
                             uint64_t offset, unsigned size_bytes, uint64_t *value)
{
    struct place place;

    *value = 0;
    if (!locate(v.vgic, vcpu, frame, offset, size_bytes, &place)) {
        return HUSK_EINVAL;
    }
    if (!place.single) {
        return husk_vgic_row_read(&place.access, place.row, value);
    }
    if (frame == HUSK_VGIC_GICD) {
        *value = gicd_single_read(v.vgic, place.offset);
    } else {
        *value = gicr_single_read(v.vgic, place.access.bank, place.offset);
        if (size_bytes == WORD) {
            *value = (uint32_t)*value;
        }
    }
    return HUSK_OK;
}

enum husk_err husk_vgic_write(struct husk_vgic_locked v, unsigned vcpu, enum husk_vgic_frame frame,
                              uint64_t offset, unsigned size_bytes, uint64_t value)
{
    struct place place;

    if (!locate(v.vgic, vcpu, frame, offset, size_bytes, &place)) {
        return HUSK_EINVAL;
    }
    if (!place.single) {
        return husk_vgic_row_write(&place.access, place.row, value);
    }
    if (frame == HUSK_VGIC_GICD && place.offset == GICD_CTLR) {
        return write_ctlr(&place.access, value);
    }
    if (frame == HUSK_VGIC_GICR && place.offset == GICR_WAKER) {
        v.vgic->vcpus[place.access.bank].waker = (uint32_t)value & WAKER_PROCESSOR_SLEEP;
    }
    return HUSK_OK;
}
