// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* What a vCPU is to another, which may be on another CPU. Only VMs of several vCPUs link this.
 *
 * SGIs: noted by the sender, and taken by the other's CPU. vgic_send.h has the short way. */

void husk_vgic_post(struct husk_vgic *vgic, unsigned vcpu, unsigned intid)
{
    struct husk_vgic_block *const block = &vgic->vcpus[vcpu].bank;
    const uint32_t bit = 1u << intid;

    if ((block->enabled & vgic_group_enabled(vgic->ctlr, block) & bit) == 0) {
        husk_vgic_change(vgic, block, VGIC_SET_PENDING, bit);
        return;
    }
    block->repend |= bit;
    vgic->kick |= 1u << vcpu;
}

void husk_vgic_take_posted(struct husk_vgic *vgic, unsigned vcpu)
{
    struct husk_vgic_vcpu *const self = &vgic->vcpus[vcpu];
    uint32_t posted = self->bank.repend;

    self->bank.repend = 0;
    for (; posted != 0; posted &= posted - 1) {
        husk_vgic_raise(vgic, vcpu, vgic_ctz(posted));
    }
}

/* All 32 of a word lead to this vCPU: eight are compared at a time. */
static bool lead_to(const uint8_t *target, unsigned vcpu)
{
    uint64_t other = 0;
    unsigned i;

    for (i = 0; i < 32; i += 8) {
        uint64_t eight;

        __builtin_memcpy(&eight, __builtin_assume_aligned(&target[i], 8), sizeof(eight));
        other |= eight ^ vcpu * UINT64_C(0x0101010101010101);
    }
    return other == 0;
}

bool husk_vgic_concerns_only(const struct husk_vgic *vgic, unsigned vcpu,
                             const struct husk_vgic_block *block, uint32_t bits)
{
    return vgic->vcpus[vcpu].held_by == 0 && (bits & (block->active | block->in_lr)) == 0 &&
           lead_to(block->target, vcpu);
}
