// SPDX-License-Identifier: Apache-2.0
#include "vgic_send.h"

/* ICC_SGI1R_EL1 (vgic_sgi.c). */
unsigned husk_vgic_v3_send(struct husk_vgic *vgic, unsigned vcpu, uint64_t value)
{
    unsigned to;

    for (to = 0; to < vgic_vcpu_count(vgic); to++) {
        if ((value & ~HUSK_BITS(27, 24)) == vgic->sgi_list[to] && to != vcpu) {
            husk_spin_lock(&vgic->lock);
            vgic->vcpus[to].bank.repend |= 1u << husk_bits_get(value, 27, 24);
            husk_spin_unlock(&vgic->lock);
            return to;
        }
    }
    return HUSK_VGIC_VCPU_MAX;
}

bool husk_vgic_v3_take(struct husk_vgic *vgic, unsigned vcpu)
{
    return vgic_take(vgic, vcpu, vgic_v3_again);
}
