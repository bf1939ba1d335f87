// SPDX-License-Identifier: Apache-2.0
// The registers: GICv3 12.8 to 12.11, GICv2 4.1.2, 4.3. Choices: an access whose size a register
// does not have, or that is not aligned to its size, reads 0 and writes nothing, as does what is
// reserved; IIDR's and the identification registers' values.
#include "spec_vgic.h"

enum { REDISTRIBUTOR = 0x20000, SGI_BASE = 0x10000, IIDR = 0x4800043b };

/* The registers that have a field for each INTID, from INTID 0's on. */
enum field {
    GROUP,
    SET_ENABLE,
    CLEAR_ENABLE,
    SET_PENDING,
    CLEAR_PENDING,
    SET_ACTIVE,
    CLEAR_ACTIVE,
    PRIORITY,
    TARGETS,
    CONFIG,
    ROUTE,
    FIELDS
};
static const struct {
    uint16_t first, end;
    uint8_t bits, versions; /* versions: of the GIC, a bit each */
} fields[FIELDS] = {
    [GROUP] = { 0x080, 0x100, 1, 12 },         [SET_ENABLE] = { 0x100, 0x180, 1, 12 },
    [CLEAR_ENABLE] = { 0x180, 0x200, 1, 12 },  [SET_PENDING] = { 0x200, 0x280, 1, 12 },
    [CLEAR_PENDING] = { 0x280, 0x300, 1, 12 }, [SET_ACTIVE] = { 0x300, 0x380, 1, 12 },
    [CLEAR_ACTIVE] = { 0x380, 0x400, 1, 12 },  [PRIORITY] = { 0x400, 0x800, 8, 12 },
    [TARGETS] = { 0x800, 0xc00, 8, 4 },        [CONFIG] = { 0xc00, 0xd00, 2, 12 },
    [ROUTE] = { 0x6000, 0x7fe0, 64, 8 },
};

/* Which fields an access is about; FIELDS: none, but perhaps a register by itself. */
struct place {
    enum field field;
    unsigned cpu, intid, count;
    uint64_t offset; /* in the frame; for GICR, of that CPU */
};

/* GICv3 12.3: with affinity routing, GICD has no private interrupts (their fields are RES0), and
 * GICR, in its second frame, no others. GICv2 4.3: GICD has all, and whose is who asks. Sizes: 32
 * bits, also 8 where a field has 8, also 64 where it has 64. */
static struct place locate(const struct spec_vgic *s, unsigned cpu, enum spec_vgic_frame frame,
                           uint64_t offset, unsigned size)
{
    const unsigned least = s->version == 3 && frame == SPEC_GICD ? SPEC_VGIC_PRIVATE : 0;
    const unsigned end = frame == SPEC_GICD ? s->intids : s->version == 3 ? SPEC_VGIC_PRIVATE : 0;
    struct place p = { .field = FIELDS, .cpu = cpu, .offset = offset };
    unsigned bits;

    if (frame == SPEC_GICR) {
        p.cpu = (unsigned)(offset / REDISTRIBUTOR);
        p.offset = offset % REDISTRIBUTOR;
        offset = p.offset - SGI_BASE; /* wraps for RD_base: no field's */
    }
    for (unsigned i = 0; i < FIELDS; i++) {
        bits = fields[i].bits;
        if (offset >= fields[i].first && offset < fields[i].end && offset % size == 0 &&
            (fields[i].versions >> s->version & 1) != 0 &&
            (size == 4 || (size * 8 == bits && bits >= 8)) && (bits < 64 || frame == SPEC_GICD)) {
            p.intid = (unsigned)(offset - fields[i].first) * 8 / bits;
            p.count = size * 8 > bits ? size * 8 / bits : 1;
            if (p.intid >= least && p.intid < end && p.cpu < s->cpus) {
                p.field = (enum field)i;
                p.count = p.count < end - p.intid ? p.count : end - p.intid;
            }
        }
    }
    return p;
}

static uint64_t read_field(struct spec_vgic *s, struct place p, unsigned intid)
{
    const struct spec_vgic_irq *const irq = spec_vgic_irq(s, p.cpu, intid);

    switch (p.field) {
    case GROUP:
        return irq->group1;
    case SET_ENABLE:
    case CLEAR_ENABLE:
        return irq->enabled;
    case SET_PENDING:
    case CLEAR_PENDING:
        return spec_vgic_pending(irq);
    case SET_ACTIVE:
    case CLEAR_ACTIVE:
        return irq->active;
    case PRIORITY:
        return irq->priority;
    case TARGETS: /* GICv2 4.3.12: RAZ/WI in a uniprocessor; private ones lead to who reads */
        return s->cpus == 1 ? 0 : intid < SPEC_VGIC_PRIVATE ? 1u << p.cpu : irq->route;
    case CONFIG:
        return irq->edge ? 2 : 0;
    default:
        return irq->route;
    }
}

/* GICv2 4.3.5, 4.3.7: SGIs are pending by registers of their own; choice: always enabled. SGIs are
 * always edge-triggered. Priority bits that are not implemented are RAZ/WI. GICv3 12.9
 * GICD_IROUTER<n>: Interrupt_Routing_Mode [31] is RES0 with GICD_TYPER.No1N. */
static void write_field(struct spec_vgic *s, struct place p, unsigned intid, uint64_t value)
{
    struct spec_vgic_irq *const irq = spec_vgic_irq(s, p.cpu, intid);
    const bool legacy_sgi = s->version == 2 && intid < 16;

    switch (p.field) {
    case GROUP:
        irq->group1 = value != 0;
        break;
    case SET_ENABLE:
        irq->enabled = irq->enabled || value != 0;
        break;
    case CLEAR_ENABLE:
        irq->enabled = irq->enabled && (value == 0 || legacy_sgi);
        break;
    case SET_PENDING:
        irq->latch = irq->latch || (value != 0 && !legacy_sgi);
        irq->sampled = irq->sampled && value == 0;
        break;
    case CLEAR_PENDING:
        irq->latch = irq->latch && (value == 0 || legacy_sgi);
        break;
    case SET_ACTIVE:
        irq->active = irq->active || value != 0;
        break;
    case CLEAR_ACTIVE:
        irq->active = irq->active && value == 0;
        break;
    case PRIORITY:
        irq->priority = (uint8_t)(value & (0xff00u >> s->priority_bits));
        break;
    case TARGETS:
        if (s->cpus > 1 && intid >= SPEC_VGIC_PRIVATE) {
            irq->route = value & ((1u << s->cpus) - 1);
        }
        break;
    case CONFIG:
        irq->edge = intid < 16 || (value & 2) != 0;
        break;
    default:
        irq->route = value & 0xff00ffffff;
    }
}

/* ---- registers by themselves ---- */

/* GICD_CTLR: EnableGrp0 [0], EnableGrp1 [1]; GICv3 with one Security state ARE [4], DS [6] are 1.
 * GICD_TYPER: ITLinesNumber [4:0]; GICv2 CPUNumber [7:5]; GICv3 IDbits [23:19], A3V [24], No1N [25]
 * (choices: ten bits; an SPI has one target). */
static uint64_t read_gicd(const struct spec_vgic *s, uint64_t offset)
{
    static const uint8_t gicv2_id[] = {
        0x04, 0, 0, 0, 0x90, 0xb4, 0x2b, 0, 0x0d, 0xf0, 0x05, 0xb1
    };
    const uint64_t lines = (s->intids + 31) / 32 - 1;

    if (s->version == 2 && offset >= 0xfd0 && offset < 0x1000) {
        return gicv2_id[(offset - 0xfd0) / 4];
    }
    switch (offset) {
    case 0x0:
        return (uint64_t)s->enable[0] + 2 * (uint64_t)s->enable[1] + (s->version == 3 ? 0x50 : 0);
    case 0x4:
        return lines | (s->version == 3 ? 9 << 19 | 1 << 24 | 1 << 25 : (s->cpus - 1) << 5);
    case 0x8:
        return IIDR;
    default:
        return s->version == 3 && offset == 0xffe8 ? 0x3b : 0; /* GICD_PIDR2 */
    }
}

/* GICR_TYPER: Affinity_Value [63:32], Processor_Number [23:8], Last [4]. GICR_WAKER: ProcessorSleep
 * [1], ChildrenAsleep [2]: choice, the handshake takes no time. */
static uint64_t read_gicr(const struct spec_vgic *s, unsigned cpu, uint64_t offset, unsigned size)
{
    const uint64_t aff = s->affinity[cpu];
    const uint64_t typer = (aff >> 32 << 24 | (aff & 0xffffff)) << 32 | (uint64_t)cpu << 8 |
                           (cpu + 1 == s->cpus ? 0x10 : 0);

    switch (offset) {
    case 0x4:
        return IIDR;
    case 0x8:
        return size == 8 ? typer : (uint32_t)typer;
    case 0xc:
        return typer >> 32;
    case 0x14:
        return s->cpu[cpu].asleep ? 6 : 0;
    default:
        return offset == 0xffe8 ? 0x3b : 0; /* GICR_PIDR2 */
    }
}

/* GICv2 4.3.15 GICD_SGIR: TargetListFilter [25:24], CPUTargetList [23:16], SGIINTID [3:0]; choice:
 * the reserved filter sends nothing. */
static void send_v2(struct spec_vgic *s, unsigned cpu, uint64_t value)
{
    const uint64_t targets[] = { value >> 16, ~(UINT64_C(1) << cpu), UINT64_C(1) << cpu, 0 };

    for (unsigned i = 0; i < s->cpus; i++) {
        if ((targets[value >> 24 & 3] >> i & 1) != 0) {
            s->cpu[i].irq[value & 15].sources |= (uint8_t)(1u << cpu);
            s->cpu[i].irq[value & 15].latch = true;
        }
    }
}

/* GICv3 12.2 ICC_SGI1R_EL1: TargetList [15:0], Aff1 [23:16], INTID [27:24], Aff2 [39:32], IRM [40]:
 * all but who sends, RS [47:44]: which sixteen, Aff3 [55:48]. 12.1 "Forwarding of SGIs", one
 * Security state: ICC_SGI1R_EL1 reaches both groups, the others group 0. */
void spec_vgic_send(struct spec_vgic *s, unsigned cpu, uint64_t value, bool group1)
{
    for (unsigned i = 0; i < s->cpus; i++) {
        const uint64_t aff = s->affinity[i];
        struct spec_vgic_irq *const irq = &s->cpu[i].irq[value >> 24 & 15];
        const bool listed = (value >> 48 & 0xff) == aff >> 32 &&
                            (value >> 32 & 0xff) == (aff >> 16 & 0xff) &&
                            (value >> 16 & 0xff) == (aff >> 8 & 0xff) &&
                            (value >> 44 & 15) == (aff >> 4 & 15) && (value >> (aff & 15) & 1) != 0;

        if (((value >> 40 & 1) != 0 ? i != cpu : listed) && (group1 || !irq->group1)) {
            irq->latch = true;
        }
    }
}

/* GICv2 4.3.16 GICD_CPENDSGIRn, 4.3.17 GICD_SPENDSGIRn: a byte for each SGI, a bit for each CPU
 * that sent it; 8 or 32 bits at once. */
static bool is_pending_sgi(const struct spec_vgic *s, uint64_t offset, unsigned size)
{
    return s->version == 2 && offset >= 0xf10 && offset < 0xf30 && size <= 4 && size != 2 &&
           offset % size == 0;
}

uint64_t spec_vgic_read(struct spec_vgic *s, unsigned cpu, enum spec_vgic_frame frame,
                        uint64_t offset, unsigned size)
{
    const struct place p = locate(s, cpu, frame, offset, size);
    uint64_t value = 0;

    if (p.field != FIELDS) {
        for (unsigned i = 0; i < p.count; i++) {
            value |= read_field(s, p, p.intid + i) << (i * fields[p.field].bits);
        }
        value >>= p.field == ROUTE ? 8 * (offset % 8) : 0;
        return size == 8 ? value : value & (UINT32_MAX >> (32 - 8 * size));
    }
    if (frame == SPEC_GICD && is_pending_sgi(s, offset, size)) {
        for (unsigned i = 0; i < size; i++) {
            value |= (uint64_t)s->cpu[cpu].irq[(offset + i) % 16].sources << (8 * i);
        }
        return value;
    }
    if (offset % 4 != 0 || (size != 4 && (frame != SPEC_GICR || size != 8 || p.offset != 8))) {
        return 0;
    }
    return frame == SPEC_GICD                   ? read_gicd(s, offset)
           : s->version == 3 && p.cpu < s->cpus ? read_gicr(s, p.cpu, p.offset, size)
                                                : 0;
}

void spec_vgic_write(struct spec_vgic *s, unsigned cpu, enum spec_vgic_frame frame, uint64_t offset,
                     unsigned size, uint64_t value)
{
    const struct place p = locate(s, cpu, frame, offset, size);

    if (p.field == ROUTE && size == 4) { /* one half */
        const uint64_t half = UINT64_C(0xffffffff) << (8 * (offset % 8));

        value = (s->spi[p.intid].route & ~half) | (value << (8 * (offset % 8)) & half);
    }
    for (unsigned i = 0; p.field != FIELDS && i < p.count; i++) {
        const unsigned bits = fields[p.field].bits;

        write_field(s, p, p.intid + i, value >> (i * bits) & (UINT64_MAX >> (64 - bits)));
    }
    if (frame == SPEC_GICD && is_pending_sgi(s, offset, size)) {
        for (unsigned i = 0; i < size; i++) {
            struct spec_vgic_irq *const irq = &s->cpu[cpu].irq[(offset + i) % 16];
            const unsigned senders = value >> (8 * i) & ((1u << s->cpus) - 1);

            irq->sources =
                (uint8_t)(offset < 0xf20 ? irq->sources & ~senders : irq->sources | senders);
            irq->latch = irq->sources != 0;
        }
    } else if (frame == SPEC_GICD && offset == 0 && size == 4) {
        s->enable[0] = (value & 1) != 0;
        s->enable[1] = (value & 2) != 0;
    } else if (frame == SPEC_GICD && offset == 0xf00 && size == 4 && s->version == 2) {
        send_v2(s, cpu, value);
    } else if (frame == SPEC_GICR && p.offset == 0x14 && size == 4 && s->version == 3 &&
               p.cpu < s->cpus) {
        s->cpu[p.cpu].asleep = (value & 2) != 0;
    }
}
