// SPDX-License-Identifier: Apache-2.0
// A vCPU leaves its CPU: CPU_OFF, and the end of a VM that does not end the board.
#include "hv.h"

void husk_vcpu_leave(struct husk_vcpu *vcpu)
{
    const struct husk_vgic_locked v = husk_vgic_lock(&vcpu->vm->vgic);

    vcpu->on = false;
    husk_write(cntv_ctl_el0, 0);
    husk_write(cntp_ctl_el0, 0);
    husk_vgic_set_line(v, husk_vcpu_index(vcpu), HUSK_VTIMER_INTID_VIRT, false);
    husk_vgic_set_line(v, husk_vcpu_index(vcpu), HUSK_VTIMER_INTID_PHYS, false);
    husk_vgic_save(v, husk_vcpu_index(vcpu));
    husk_vgic_unlock(v);
    husk_isb();
    husk_gic()->quiesce(HUSK_VTIMER_INTID_VIRT);
    husk_gic()->quiesce(HUSK_VTIMER_INTID_PHYS);
}
