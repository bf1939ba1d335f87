// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* A vCPU leaves its CPU, as those do that the guest turns off. */

void husk_vgic_save(struct husk_vgic_locked v, unsigned vcpu)
{
    struct husk_vgic *vgic = v.vgic;
    struct husk_vgic_vcpu *self = &vgic->vcpus[vcpu];

    husk_vgic_lr_take_back(vgic, vcpu);
    vgic_ops(vgic)->save(vgic, self);
    vgic_ops(vgic)->write_hcr(vgic, 0);
    self->hcr = 0;
    vgic->waits &= ~(1u << vcpu);
    self->loaded = false;
    self->dirty = true;
    vgic->kick &= ~(1u << vcpu);
}
