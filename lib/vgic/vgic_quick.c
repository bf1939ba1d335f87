// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* What guests write most, for SPIs of which nothing has to be looked at again: no register is
 * looked up in a table, no list register chosen. Everything else is left to husk_vgic_write(). */

enum {
    BLOCK_BYTES = 0x80,
    GROUP = 1, /* GICD_IGROUPR, in blocks; then set and clear of each of three */
    CLEAR_ENABLED = 3,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_ICFGR = 0xc00,
    GICD_ICFGR_SPI = 0xc08,
    GICD_ICFGR_END = 0xd00,
    GICD_IROUTER = 0x6000,
};

/* Nothing but a bit of each changes, if any: those concerned are neither pending nor active, nor
 * listed. */
static bool write_bits(struct husk_vgic *vgic, unsigned block, unsigned index, uint32_t value)
{
    struct husk_vgic_word *const word = &vgic->spi[index];
    uint32_t *const field = block == GROUP ? &word->group1 : &word->enabled;

    if (index == 0 || 32 * index + 32 > vgic->config.intid_count) {
        return false; /* private; or the last word of 1020 */
    }
    if (block <= CLEAR_ENABLED) {
        value = block == GROUP ? value ^ *field : value & (block % 2 != 0 ? *field : ~*field);
    }
    if ((value & (vgic_pending(word) | word->active | word->in_lr | word->phys)) != 0) {
        return false;
    }
    *field ^= block <= CLEAR_ENABLED ? value : 0;
    return block % 2 != 0 || block <= CLEAR_ENABLED;
}

/* One of four is in a list register of `vcpu`, which is loaded here, and nothing waits for one:
 * hardware may change its state meanwhile. */
__attribute__((noinline)) static bool prioritize_listed(struct husk_vgic *vgic, unsigned vcpu,
                                                        unsigned intid, uint32_t value)
{
    const struct husk_vgic_ops *const ops = vgic_ops(vgic);
    struct husk_vgic_vcpu *const self = &vgic->vcpus[vcpu];
    const uint32_t held = vgic->spi[intid / 32].in_lr >> intid % 32 & 15;
    const unsigned one = vgic_ctz(held);
    unsigned index;

    if (held >> one != 1 || self->hcr != VGIC_HCR_EN || vgic->owner[intid + one] != vcpu) {
        return false;
    }
    index = vgic_find_lr(self, intid + one);
    self->lr[index] =
        husk_bits_set(self->lr[index], VGIC_LR_PRIORITY + 7, VGIC_LR_PRIORITY, value >> 8 * one);
    ops->lr_write(vgic, index,
                  (self->lr[index] & ~VGIC_LR_STATE) | (ops->lr_read(vgic, index) & VGIC_LR_STATE));
    __builtin_memcpy(__builtin_assume_aligned(&vgic->priority[intid], 4), &value, sizeof(value));
    return true;
}

/* Of four SPIs. Those that are pending or active are in list registers of this CPU, and none
 * waits for one, so that the order in which they were chosen does not matter. */
static bool prioritize(struct husk_vgic *vgic, unsigned vcpu, unsigned intid, uint32_t value)
{
    const struct husk_vgic_word *word;

    if (intid >= vgic->config.intid_count) {
        return false;
    }
    intid = (unsigned)husk_index_nospec(intid, vgic->config.intid_count);
    word = &vgic->spi[intid / 32];
    value &= 0x01010101u * (0xff & 0xff00u >> vgic->config.pri_bits);
    if ((((vgic_pending(word) | word->active) & ~word->in_lr) >> intid % 32 & 15) != 0) {
        return false;
    }
    if ((word->in_lr >> intid % 32 & 15) != 0) {
        return prioritize_listed(vgic, vcpu, intid, value);
    }
    __builtin_memcpy(__builtin_assume_aligned(&vgic->priority[intid], 4), &value, sizeof(value));
    return true;
}

bool husk_vgic_poke(struct husk_vgic_locked v, unsigned vcpu, uint64_t offset, unsigned size_bytes,
                    uint64_t value)
{
    struct husk_vgic *const vgic = v.vgic;
    const uint64_t routed = (offset - GICD_IROUTER) / 8;
    const unsigned at = (unsigned)offset;

    if (size_bytes == 8) { /* leads there already */
        return routed >= HUSK_VGIC_INTID_PRIVATE && routed < vgic->config.intid_count &&
               vgic->route[husk_index_nospec(routed, vgic->config.intid_count)] ==
                   (value & VGIC_ROUTE_MASK);
    }
    if (size_bytes != 4 || offset - BLOCK_BYTES >= GICD_ICFGR_END - BLOCK_BYTES) {
        return false;
    }
    if (at < GICD_IPRIORITYR) {
        return write_bits(vgic, at / BLOCK_BYTES, at / 4 % 32, (uint32_t)value);
    }
    if (at < GICD_ITARGETSR) {
        return at - GICD_IPRIORITYR >= HUSK_VGIC_INTID_PRIVATE &&
               prioritize(vgic, vcpu, at - GICD_IPRIORITYR, (uint32_t)value);
    }
    if (at < GICD_ICFGR) {
        return vgic_vcpu_count(vgic) == 1; /* which is everybody's target */
    }
    /* Sixteen are level-sensitive already. */
    return at >= GICD_ICFGR_SPI &&
           ((value & 0xaaaaaaaa) | (vgic->spi[at / 8 % 32].edge >> at / 4 % 2 * 16 & 0xffff)) == 0;
}
