// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* An interrupt's way from RAM into a list register. */

/* The list register value of an interrupt that is active or an SGI; `value`: if it were not. One
 * that is pending and active is listed as active, and its end is signalled to look again, when it
 * may not become pending by itself: HW forbids both states at once; rerouted while active, it
 * becomes pending elsewhere; an SGI of GICv2 may have another source each; and while others wait
 * (`is_choice`), it could hide that no better one is pending in a list register. */
SMALL static uint64_t encode(const struct husk_vgic *vgic, unsigned owner,
                             const struct husk_vgic_block *block, unsigned bit, bool is_choice,
                             uint64_t value)
{
    const struct husk_vgic_vcpu *vcpu = &vgic->vcpus[owner];
    const unsigned intid = block->first + bit;
    const bool active = (block->active >> bit & 1) != 0;
    const bool pending = !active || (vgic_deliverable(vgic->ctlr, block) >> bit & 1) != 0;
    const bool again = active && pending &&
                       (is_choice || (block->phys >> bit & 1) != 0 || block->target[bit] != owner ||
                        (intid < HUSK_VGIC_INTID_SGI_COUNT && vcpu->sgi_source[intid] != 0));

    if (!pending || again) {
        value &= ~(VGIC_LR_PENDING | VGIC_LR_EOI);
    }
    value |= (active ? VGIC_LR_ACTIVE : 0) | (again ? VGIC_LR_EOI : 0);
    if (intid < HUSK_VGIC_INTID_SGI_COUNT && vgic_ops(vgic)->sgi_source != NULL) {
        value |= vgic_ops(vgic)->sgi_source(vcpu, intid, active);
    }
    return value;
}

void husk_vgic_lr_load(struct husk_vgic *vgic, unsigned owner, const uint32_t *keys, unsigned count,
                       bool is_choice)
{
    struct husk_vgic_vcpu *const vcpu = &vgic->vcpus[owner];
    uint32_t used = vcpu->lr_used;

    for (; count != 0; keys++, count--) {
        const unsigned intid = (uint16_t)*keys;
        const unsigned bit = intid % 32;
        const unsigned index = vgic_ctz(~used);
        struct husk_vgic_block *const block = vgic_block(vgic, owner, intid);
        uint64_t value = intid | (uint64_t)(*keys >> VGIC_KEY_PRIORITY) << VGIC_LR_PRIORITY |
                         (block->group1 >> bit & 1) * VGIC_LR_GROUP1 | VGIC_LR_PENDING |
                         ((block->line & ~block->edge & ~block->hw) >> bit & 1) * VGIC_LR_EOI;
        bool again;

        if (intid < HUSK_VGIC_INTID_SGI_COUNT || (block->active >> bit & 1) != 0) {
            value = encode(vgic, owner, block, bit, is_choice, value);
        }
        if ((value & VGIC_LR_EOI) != 0) {
            vcpu->lr_eoi |= 1u << index;
        } else if ((block->phys >> bit & 1) != 0) {
            value |= VGIC_LR_HW | (uint64_t)block->hw_intid[bit] << VGIC_LR_PHYSICAL;
        }
        vgic_ops(vgic)->lr_write(vgic, index, value);
        vcpu->lr[index] = value;
        value &= VGIC_LR_STATE | VGIC_LR_HW | VGIC_LR_EOI;
        again = value == (VGIC_LR_PENDING | (intid < HUSK_VGIC_INTID_SGI_COUNT ? 0 : VGIC_LR_HW));
        block->again[bit] = again ? (uint8_t)(index + 1) : 0;
        block->owner[bit] = (uint8_t)owner;
        block->lr_of[bit] = (uint8_t)index;
        block->in_lr |= 1u << bit;
        used |= 1u << index;
    }
    vcpu->lr_used = used;
}
