// SPDX-License-Identifier: Apache-2.0
#include "gic_model.h"

#include <stddef.h>

struct model_irq *model_irq(struct gic_model *gic, unsigned vcpu, unsigned intid)
{
    return intid < 32 ? &gic->banked[vcpu][intid] : &gic->spi[intid];
}

bool model_pending(const struct model_irq *irq)
{
    return irq->latch || (irq->line && !irq->edge);
}

static bool bit_read(const struct model_irq *irq, unsigned block)
{
    switch (block) {
    case 0x080:
        return irq->group1;
    case 0x100:
    case 0x180:
        return irq->enabled;
    case 0x200:
    case 0x280:
        return model_pending(irq);
    default:
        return irq->active;
    }
}

static void bit_write(struct model_irq *irq, unsigned block, bool bit)
{
    switch (block) {
    case 0x080:
        irq->group1 = bit;
        break;
    case 0x100:
        irq->enabled = irq->enabled || bit;
        break;
    case 0x180:
        irq->enabled = irq->enabled && !bit;
        break;
    case 0x200:
        irq->latch = irq->latch || bit;
        break;
    case 0x280:
        irq->latch = irq->latch && !bit;
        break;
    case 0x300:
        irq->active = irq->active || bit;
        break;
    default:
        irq->active = irq->active && !bit;
        break;
    }
}

/* The first INTID an access covers and how many; false: RAZ/WI. */
static bool covers(const struct gic_model *gic, unsigned offset, unsigned size_bytes,
                   unsigned *first, unsigned *count)
{
    if (offset >= 0x6000) {
        *first = (offset - 0x6000) / 8;
        *count = 1;
    } else if (offset >= 0xc00) {
        *first = (offset - 0xc00) * 4;
        *count = 16;
    } else if (offset >= 0x400) {
        *first = offset - 0x400;
        *count = size_bytes;
    } else {
        *first = offset % 0x80 * 8;
        *count = 32;
    }
    return *first < gic->intid_count;
}

uint64_t model_read(struct gic_model *gic, unsigned bank, unsigned offset, unsigned size_bytes)
{
    unsigned first;
    unsigned count;
    uint64_t value = 0;
    unsigned i;

    if (!covers(gic, offset, size_bytes, &first, &count)) {
        return 0;
    }
    for (i = 0; i < count && first + i < gic->intid_count; i++) {
        const struct model_irq *irq = model_irq(gic, bank, first + i);

        if (offset >= 0x6000) {
            value = irq->route >> (offset % 8 * 8);
            value = size_bytes == 4 ? (uint32_t)value : value;
        } else if (offset >= 0xc00) {
            value |= irq->edge ? 2u << (2 * i) : 0;
        } else if (offset >= 0x400) {
            value |= (uint64_t)irq->priority << (8 * i);
        } else {
            value |= bit_read(irq, offset & ~0x7fu) ? 1u << i : 0;
        }
    }
    return value;
}

void model_write(struct gic_model *gic, unsigned bank, unsigned offset, unsigned size_bytes,
                 uint64_t value)
{
    unsigned first;
    unsigned count;
    unsigned i;

    if (offset == 0) {
        gic->group_enable[0] = (value & 1) != 0;
        gic->group_enable[1] = (value & 2) != 0;
        return;
    }
    if (!covers(gic, offset, size_bytes, &first, &count)) {
        return;
    }
    for (i = 0; i < count && first + i < gic->intid_count; i++) {
        struct model_irq *irq = model_irq(gic, bank, first + i);

        if (offset >= 0x6000) {
            uint64_t route = value;

            if (size_bytes == 4 && offset % 8 == 0) {
                route = (irq->route >> 32 << 32) | (uint32_t)value;
            } else if (size_bytes == 4) {
                route = (uint32_t)irq->route | value << 32;
            }
            irq->route = route & 0xff00ffffffull;
        } else if (offset >= 0xc00) {
            irq->edge = first + i < 16 ? true : (value >> (2 * i + 1) & 1) != 0;
        } else if (offset >= 0x400) {
            irq->priority =
                (uint8_t)((value >> (8 * i) & 0xff) >> (8 - gic->pri_bits) << (8 - gic->pri_bits));
        } else {
            bit_write(irq, offset & ~0x7fu, (value >> i & 1) != 0);
        }
    }
}

void model_line(struct gic_model *gic, unsigned vcpu, unsigned intid, bool high)
{
    struct model_irq *irq = model_irq(gic, vcpu, intid);

    irq->latch = irq->latch || (irq->edge && high && !irq->line);
    irq->line = high;
}

void model_sgi(struct gic_model *gic, unsigned self, uint64_t value, bool group1)
{
    unsigned i;

    for (i = 0; i < gic->vcpu_count; i++) {
        const uint64_t a = gic->affinity[i];
        const uint64_t upper =
            (a >> 32 & 0xff) << 48 | (a >> 16 & 0xff) << 32 | (a >> 8 & 0xff) << 16;
        const bool listed = (value & 0x00ff00ff00ff0000ull) == upper &&
                            (value >> 44 & 15) == (a & 0xff) >> 4 && (value >> (a & 15) & 1) != 0;
        struct model_irq *irq = &gic->banked[i][value >> 24 & 15];

        if (((value >> 40 & 1) != 0 ? i != self : listed) && (group1 || !irq->group1)) {
            irq->latch = true;
        }
    }
}

static bool wants(const struct gic_model *gic, unsigned vcpu, unsigned intid, bool group0,
                  bool group1, const struct model_irq *irq)
{
    const bool signalled = irq->latch || (irq->line && !irq->edge && !irq->linked);

    return irq->enabled && signalled && !irq->active && gic->group_enable[irq->group1] &&
           (irq->group1 ? group1 : group0) && (intid < 32 || irq->route == gic->affinity[vcpu]);
}

unsigned model_highest(struct gic_model *gic, unsigned vcpu, bool group0, bool group1)
{
    unsigned best = MODEL_NONE;
    unsigned i;

    for (i = 0; i < gic->intid_count; i++) {
        const struct model_irq *irq = model_irq(gic, vcpu, i);

        if (wants(gic, vcpu, i, group0, group1, irq) &&
            (best == MODEL_NONE || irq->priority < model_irq(gic, vcpu, best)->priority)) {
            best = i;
        }
    }
    return best;
}

bool model_is_highest(struct gic_model *gic, unsigned vcpu, bool group0, bool group1,
                      unsigned intid)
{
    const unsigned best = model_highest(gic, vcpu, group0, group1);

    return best != MODEL_NONE && intid < gic->intid_count &&
           wants(gic, vcpu, intid, group0, group1, model_irq(gic, vcpu, intid)) &&
           model_irq(gic, vcpu, intid)->priority == model_irq(gic, vcpu, best)->priority;
}

void model_ack(struct gic_model *gic, unsigned vcpu, unsigned intid)
{
    struct model_irq *irq = model_irq(gic, vcpu, intid);

    irq->latch = false;
    irq->active = true;
}

void model_deactivate(struct gic_model *gic, unsigned vcpu, unsigned intid)
{
    model_irq(gic, vcpu, intid)->active = false;
}
