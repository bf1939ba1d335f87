// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* What guests write most, for SPIs of which nothing else has to be looked at again: no register is
 * looked up in a table. Everything else is left to husk_vgic_access(). */

enum {
    GICD_IGROUPR = 0x80,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_ICFGR = 0xc00,
    GICD_ICFGR_SPI = 0xc08,
    GICD_ICFGR_END = 0xd00,
    GICD_IROUTER = 0x6000,
};

/* Nothing but a bit of each changes, if any: those concerned are neither pending nor active, nor
 * listed. Or pending, and become enabled. */
static bool write_bits(struct husk_vgic *vgic, unsigned vcpu, enum vgic_change what, unsigned index,
                       uint32_t value)
{
    struct husk_vgic_block *const block = &vgic->spi[index];
    uint32_t *const field = what == VGIC_GROUP ? &block->group1 : &block->enabled;

    if (index == 0 || 32 * index + 32 > vgic->config.intid_count) {
        return false; /* private; or the last block of 1020 */
    }
    if (what <= VGIC_CLEAR_ENABLED) {
        value = what == VGIC_GROUP ? value ^ *field : value & (what % 2 != 0 ? *field : ~*field);
    }
    if ((value & (vgic_pending(block) | block->active | block->in_lr | block->phys)) != 0) {
        return what == VGIC_SET_ENABLED && husk_vgic_lr_enable(vgic, vcpu, block, value);
    }
    *field ^= what <= VGIC_CLEAR_ENABLED ? value : 0;
    return what % 2 != 0 || what <= VGIC_CLEAR_ENABLED;
}

/* `listed` of four are in list registers: done where it is one, of the vCPU that is loaded here. */
static bool prioritize_listed(struct husk_vgic *vgic, unsigned vcpu, struct husk_vgic_block *block,
                              unsigned bit, uint32_t listed, uint32_t value)
{
    const unsigned nth = vgic_ctz(listed);

    if (listed >> nth != 1 || block->owner[bit + nth] != vcpu) {
        return false;
    }
    vgic_ops(vgic)->lr_prioritize(vgic, block->lr_of[bit + nth], value >> 8 * nth & 0xff);
    block->again[bit + nth] = 0; /* it would get its old priority */
    return true;
}

/* Of four SPIs. Nothing waits for a list register of any vCPU, so that the order in which those
 * that have one were chosen does not matter. */
static bool prioritize(struct husk_vgic *vgic, unsigned vcpu, unsigned intid, uint32_t value)
{
    struct husk_vgic_block *block;
    uint32_t listed;

    if (intid >= vgic->config.intid_count || vgic->waits != 0) {
        return false;
    }
    intid = (unsigned)husk_index_nospec(intid, vgic->config.intid_count);
    block = &vgic->spi[intid / 32];
    listed = block->in_lr >> intid % 32 & 15;
    value &= vgic->priority_mask;
    if (listed != 0 && !prioritize_listed(vgic, vcpu, block, intid % 32, listed, value)) {
        return false;
    }
    __builtin_memcpy(__builtin_assume_aligned(&block->priority[intid % 32], 4), &value,
                     sizeof(value));
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
    if (size_bytes != 4 || offset - GICD_IGROUPR >= GICD_ICFGR_END - GICD_IGROUPR) {
        return false;
    }
    if (at < GICD_IPRIORITYR) {
        return write_bits(vgic, vcpu, (enum vgic_change)(at / VGIC_BLOCK_BYTES), at / 4 % 32,
                          (uint32_t)value);
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
