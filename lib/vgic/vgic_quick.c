// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* What guests write most, for SPIs of which nothing has to be looked at again: no register is
 * looked up in a table, no list register chosen. Everything else is left to husk_vgic_write(). */

enum {
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_IPRIORITYR = 0x400,
    GICD_IPRIORITYR_SPI = 0x420, /* of INTID 32; private ones are a CPU's own */
    GICD_ITARGETSR = 0x800,
};

/* Nothing but the enable bits changes: those concerned are neither pending nor active, nor listed.
 */
static bool enable(struct husk_vgic *vgic, uint64_t offset, uint32_t value)
{
    const unsigned index = offset / 4 % 32;
    struct husk_vgic_word *word;
    uint32_t bits;

    if (index == 0 || 32 * index + 32 > vgic->config.intid_count) {
        return false; /* private; or the last word of 1020 */
    }
    word = &vgic->spi[husk_index_nospec(index, HUSK_VGIC_WORDS)];
    bits = value & (offset < GICD_ICENABLER ? ~word->enabled : word->enabled);
    if ((bits & (vgic_pending(word) | word->active | word->in_lr)) != 0) {
        return false;
    }
    word->enabled ^= bits;
    return true;
}

/* In a list register of `vcpu`, which is loaded here; hardware may change its state meanwhile. */
static bool prioritize_listed(struct husk_vgic *vgic, unsigned vcpu, unsigned intid,
                              uint32_t priority)
{
    const struct husk_vgic_ops *const ops = vgic_ops(vgic);
    struct husk_vgic_vcpu *const self = &vgic->vcpus[vcpu];
    unsigned index;
    uint64_t value;

    if (self->hcr != VGIC_HCR_EN || vgic->owner[intid] != vcpu) {
        return false;
    }
    index = vgic_find_lr(self, intid);
    value = husk_bits_set(self->lr[index], VGIC_LR_PRIORITY + 7, VGIC_LR_PRIORITY, priority);
    self->lr[index] = value;
    ops->lr_write(vgic, index,
                  (value & ~VGIC_LR_STATE) | (ops->lr_read(vgic, index) & VGIC_LR_STATE));
    return true;
}

/* Of four SPIs. Those that are pending or active are in list registers of this CPU, and none
 * waits for one, so that the order in which they were chosen does not matter. */
__attribute__((noinline, minsize)) static bool prioritize(struct husk_vgic *vgic, unsigned vcpu,
                                                          unsigned intid, uint32_t value)
{
    struct husk_vgic_word *word;
    uint32_t held;
    uint32_t live;

    if (intid >= vgic->config.intid_count) {
        return false;
    }
    intid = (unsigned)husk_index_nospec(intid, vgic->config.intid_count);
    word = &vgic->spi[intid / 32];
    held = word->in_lr >> intid % 32 & 15;
    live = (vgic_pending(word) | word->active) >> intid % 32 & 15;
    if ((live & ~held) != 0 || (held & (held - 1)) != 0) {
        return false;
    }
    value &= 0x01010101u * (0xff & 0xff00u >> vgic->config.pri_bits);
    if (held != 0 && !prioritize_listed(vgic, vcpu, intid + vgic_ctz(held),
                                        value >> 8 * vgic_ctz(held) & 0xff)) {
        return false;
    }
    __builtin_memcpy(__builtin_assume_aligned(&vgic->priority[intid], 4), &value, sizeof(value));
    return true;
}

bool husk_vgic_poke(struct husk_vgic_locked v, unsigned vcpu, uint64_t offset, uint32_t value)
{
    if (offset - GICD_ISENABLER < GICD_IPRIORITYR - GICD_ISENABLER) {
        return offset < GICD_ICENABLER + 0x80 && enable(v.vgic, offset, value);
    }
    return offset >= GICD_IPRIORITYR_SPI && offset < GICD_ITARGETSR &&
           prioritize(v.vgic, vcpu, (unsigned)offset - GICD_IPRIORITYR, value);
}
