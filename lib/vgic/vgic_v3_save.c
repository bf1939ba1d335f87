// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* What load() of vgic_v3_hw.c writes. */
void husk_vgic_v3_save(const struct husk_vgic *vgic, struct husk_vgic_vcpu *vcpu)
{
    const unsigned bits = vgic_v3_preemption_bits();

    (void)vgic;
    vcpu->vmcr = husk_read(ich_vmcr_el2);
    vcpu->ap0r[0] = husk_read(ich_ap0r0_el2);
    vcpu->ap1r[0] = husk_read(ich_ap1r0_el2);
    if (bits >= 6) {
        vcpu->ap0r[1] = husk_read(ich_ap0r1_el2);
        vcpu->ap1r[1] = husk_read(ich_ap1r1_el2);
    }
    if (bits >= 7) {
        vcpu->ap0r[2] = husk_read(ich_ap0r2_el2);
        vcpu->ap0r[3] = husk_read(ich_ap0r3_el2);
        vcpu->ap1r[2] = husk_read(ich_ap1r2_el2);
        vcpu->ap1r[3] = husk_read(ich_ap1r3_el2);
    }
}
