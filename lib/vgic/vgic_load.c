// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* An interrupt's way from RAM into a list register. */

/* Which CPU's SGI it is, that is pending or active; pending from further ones, it is to be looked
 * at again. */
static uint64_t encode_source(const struct husk_vgic_vcpu *vcpu, unsigned intid, bool active)
{
    const uint32_t sources = vcpu->sgi_source[intid];

    if (active || sources == 0) {
        return (uint64_t)vcpu->sgi_active[intid] << VGIC_LR_PHYSICAL;
    }
    return (uint64_t)vgic_ctz(sources) << VGIC_LR_PHYSICAL |
           ((sources & (sources - 1)) != 0 ? VGIC_LR_EOI : 0);
}

/* The list register value of an interrupt that is private or active; `value`: if it were not. One
 * that is pending and active is listed as active, and its end is signalled to look again, when it
 * may not become pending by itself: HW forbids both states at once; rerouted while active, it
 * becomes pending elsewhere; an SGI of GICv2 may have another source each; and while others wait
 * (`is_choice`), it could hide that no better one is pending in a list register. */
static uint64_t encode(const struct husk_vgic *vgic, unsigned owner,
                       const struct husk_vgic_word *word, unsigned intid, bool is_choice,
                       uint64_t value)
{
    const struct husk_vgic_vcpu *vcpu = &vgic->vcpus[owner];
    const unsigned bit = intid % 32;
    const bool active = (word->active >> bit & 1) != 0;
    const bool pending = !active || (vgic_deliverable(vgic->ctlr, word) >> bit & 1) != 0;
    const bool phys = (word->phys >> bit & 1) != 0;
    const bool again = active && pending &&
                       (is_choice || phys || vgic_target(vgic, owner, intid) != owner ||
                        (intid < HUSK_VGIC_INTID_SGI_COUNT && vcpu->sgi_source[intid] != 0));

    value |= active ? VGIC_LR_ACTIVE : 0;
    if (!pending || again) {
        value &= ~(VGIC_LR_PENDING | VGIC_LR_EOI);
    }
    if (phys && !again) {
        return value | VGIC_LR_HW |
               (uint64_t)vgic_physical_of(vgic, owner, intid) << VGIC_LR_PHYSICAL;
    }
    value |= again ? VGIC_LR_EOI : 0;
    return intid < HUSK_VGIC_INTID_SGI_COUNT ? value | encode_source(vcpu, intid, active) : value;
}

/* What is to be done for such an interrupt before its list register is written. @return encode().
 */
SMALL static uint64_t prepare(struct husk_vgic *vgic, unsigned owner, unsigned intid,
                              unsigned index, bool is_choice, uint64_t value)
{
    struct husk_vgic_word *const word = husk_vgic_word_of(vgic, owner, intid);
    struct husk_vgic_vcpu *const vcpu = &vgic->vcpus[owner];

    value = encode(vgic, owner, word, intid, is_choice, value);
    word->active &= ~(1u << (intid % 32));
    if (intid < HUSK_VGIC_INTID_PRIVATE) {
        const bool again = (value & (VGIC_LR_STATE | VGIC_LR_HW | VGIC_LR_EOI)) ==
                           (VGIC_LR_PENDING | (intid < HUSK_VGIC_INTID_SGI_COUNT ? 0 : VGIC_LR_HW));

        vcpu->lr_of[intid] = (uint8_t)index;
        vcpu->again_lr[intid] = again ? (uint8_t)(index + 1) : 0;
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
        struct husk_vgic_word *const word = husk_vgic_word_of(vgic, owner, intid);
        bool signals = ((word->line & ~word->edge & ~word->hw) >> bit & 1) != 0;
        uint64_t value = intid | (uint64_t)(*keys >> VGIC_KEY_PRIORITY) << VGIC_LR_PRIORITY |
                         (word->group1 >> bit & 1) * VGIC_LR_GROUP1 | VGIC_LR_PENDING |
                         signals * VGIC_LR_EOI;

        if (intid < HUSK_VGIC_INTID_PRIVATE || (word->active >> bit & 1) != 0) {
            value = prepare(vgic, owner, intid, index, is_choice, value);
            signals = (value & (VGIC_LR_HW | VGIC_LR_EOI)) == VGIC_LR_EOI;
        } else if ((word->phys >> bit & 1) != 0) {
            value |= VGIC_LR_HW | (uint64_t)vgic->hw_intid[intid] << VGIC_LR_PHYSICAL;
        }
        vgic_ops(vgic)->lr_write(vgic, index, value);
        vcpu->lr[index] = value;
        vcpu->lr_eoi |= (uint32_t)signals << index;
        vgic->owner[intid] = (uint8_t)owner;
        vgic->lr_of[intid] = (uint8_t)index;
        word->in_lr |= 1u << bit;
        used |= 1u << index;
    }
    vcpu->lr_used = used;
}
