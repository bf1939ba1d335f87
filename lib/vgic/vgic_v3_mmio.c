// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* The GICv3 register map: offsets to handlers. IHI 0069H 12.8 "The GIC Distributor register map"
 * and 12.10 "The GIC Redistributor register map". */

enum { BYTE = 1, WORD = 4, DOUBLE = 8 };
enum { GICD = HUSK_VGIC_GICD, GICR = HUSK_VGIC_GICR, GICC = HUSK_VGIC_GICC };

enum {
    GICD_CTLR = 0x0,
    GICD_TYPER = 0x4, /* and GICD_IIDR */
    GICR_CTLR = 0x0,
    GICR_IIDR = 0x4,
    GICR_TYPER = 0x8,
    GICR_WAKER = 0x14,
    PIDR2 = 0xffe8,
    SGI_BASE = 0x10000,

    WAKER_PROCESSOR_SLEEP = 0x2,
    WAKER_CHILDREN_ASLEEP = 0x4,
    PIDR2_GICV3 = 0x3b,
};

uint32_t husk_vgic_v3_typer(const struct husk_vgic *vgic)
{
    const uint32_t lines = (vgic->config.intid_count + 31u) / 32 - 1;

    /* ITLinesNumber; IDbits 10; A3V; No1N: an SPI has one target, so IROUTER.IRM is RES0.
     * CPUNumber is 0, as ARE can't be 0. */
    return lines | 9u << 19 | 1u << 24 | 1u << 25;
}

static uint64_t read_gicd(const struct husk_vgic_access *access)
{
    return access->offset == PIDR2 ? PIDR2_GICV3 : husk_vgic_head(access->vgic, access->offset);
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

    switch (access->offset) {
    case GICR_CTLR:
        return 0; /* nothing of it is implemented */
    case GICR_IIDR:
        return access->vgic->head[2];
    case GICR_WAKER:
        return waker | (waker != 0 ? WAKER_CHILDREN_ASLEEP : 0);
    case PIDR2:
        return PIDR2_GICV3;
    default:
        return gicr_typer(access->vgic, access->bank);
    }
}

static void write_waker(const struct husk_vgic_access *access, uint64_t value)
{
    access->vgic->vcpus[access->bank].waker = (uint32_t)value & WAKER_PROCESSOR_SLEEP;
}

unsigned husk_vgic_v3_target_of(const struct husk_vgic *vgic, uint64_t route)
{
    unsigned i;

    for (i = 0; i < vgic_vcpu_count(vgic); i++) {
        if ((vgic->config.mpidr[i] & VGIC_ROUTE_MASK) == route) {
            return i;
        }
    }
    return VGIC_NO_VCPU;
}

static uint64_t read_route(const struct husk_vgic_access *access)
{
    return access->vgic->route[access->block->first + access->bit];
}

static void write_route(const struct husk_vgic_access *access, uint64_t value)
{
    struct husk_vgic *vgic = access->vgic;
    uint64_t *const route = &vgic->route[access->block->first + access->bit];
    const unsigned shift = 8 * (access->offset % DOUBLE);

    if (access->size_bytes == WORD) {
        value = husk_bits_set(*route, shift + 31, shift, value);
    }
    *route = value & VGIC_ROUTE_MASK;
    access->block->target[access->bit] = (uint8_t)husk_vgic_v3_target_of(vgic, *route);
    husk_vgic_change(vgic, access->block, VGIC_LOOK, 1u << access->bit);
}

/* What is absent is reserved: GICD_ITARGETSR, GICD_SGIR and the SGI pending bits (RES0 with ARE),
 * GICD_IGRPMODR and NSACR (RAZ/WI with DS), GICD_TYPER2, GICD_STATUSR, GICR_STATUSR. */
static const struct husk_vgic_reg map[] = {
    { GICD, 0, WORD, 0x0080, 0x380, husk_vgic_read_bits, husk_vgic_write_bits },
    { GICR, 0, WORD, SGI_BASE + 0x0080, 0x380, husk_vgic_read_bits, husk_vgic_write_bits },
    { GICD, 3, BYTE | WORD, 0x0400, 0x400, husk_vgic_read_priority, husk_vgic_write_priority },
    { GICR, 3, BYTE | WORD, SGI_BASE + 0x0400, 0x400, husk_vgic_read_priority,
      husk_vgic_write_priority },
    { GICD, 1, WORD, 0x0c00, 0x100, husk_vgic_read_config, husk_vgic_write_config },
    { GICR, 1, WORD, SGI_BASE + 0x0c00, 0x100, husk_vgic_read_config, husk_vgic_write_config },
    { GICD, 6, WORD | DOUBLE, 0x6000, 8 * HUSK_VGIC_INTID_MAX, read_route, write_route },
    { GICD, VGIC_ALONE, WORD, GICD_CTLR, 4, read_gicd, husk_vgic_write_ctlr },
    { GICD, VGIC_ALONE, WORD, GICD_TYPER, 8, read_gicd, NULL },
    { GICD, VGIC_ALONE, WORD, PIDR2, 4, read_gicd, NULL },
    { GICR, VGIC_ALONE, WORD, GICR_CTLR, 8, read_gicr, NULL },
    { GICR, VGIC_ALONE, WORD | DOUBLE, GICR_TYPER, 8, read_gicr, NULL },
    { GICR, VGIC_ALONE, WORD, GICR_WAKER, 4, read_gicr, write_waker },
    { GICR, VGIC_ALONE, WORD, PIDR2, 4, read_gicr, NULL },
    { GICC, VGIC_ALONE, WORD, 0, 4, NULL, husk_vgic_write_dir },
    { .size_bytes = 0 },
};

/* Private INTIDs are the redistributors'; those of GICD are RAZ/WI with ARE. */
const struct husk_vgic_reg *husk_vgic_v3_locate(struct husk_vgic_access *access,
                                                enum husk_vgic_frame frame, uint64_t offset)
{
    const uint64_t bank = offset / HUSK_VGIC_REDIST_BYTES;

    access->first_intid = HUSK_VGIC_INTID_PRIVATE;
    if (frame == HUSK_VGIC_GICR) {
        if (bank >= vgic_vcpu_count(access->vgic)) {
            return NULL;
        }
        access->bank = (unsigned)husk_index_nospec(bank, vgic_vcpu_count(access->vgic));
        access->first_intid = 0;
        access->end_intid = HUSK_VGIC_INTID_PRIVATE;
        offset %= HUSK_VGIC_REDIST_BYTES;
    }
    return husk_vgic_find(access, map, frame, offset);
}
