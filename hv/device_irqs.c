// SPDX-License-Identifier: Apache-2.0
// Interrupts of devices that VMs have to themselves: a guest deactivates them, EL2 passes them on.
#include "hv.h"

/* Of each SPI: 1 + index of the VM that owns it. */
static uint8_t intid_owner[HUSK_VGIC_INTID_MAX];

void husk_device_irqs_link(struct husk_vm *vm, struct husk_vgic_locked v)
{
    const struct husk_device_list *devices = &husk_vm_config(vm)->devices;

    for (size_t d = 0; d < devices->count; d++) {
        for (size_t i = 0; i < devices->items[d].intid_count; i++) {
            const uint32_t intid = devices->items[d].intids[i];

            husk_must(husk_vgic_link_hw(v, 0, intid, intid));
            intid_owner[intid] = (uint8_t)(vm->index + 1);
            husk_gic()->enable(intid);
        }
    }
}

void husk_device_irqs_quiesce(const struct husk_vm *vm)
{
    const struct husk_device_list *devices = &husk_vm_config(vm)->devices;

    for (size_t d = 0; d < devices->count; d++) {
        for (size_t i = 0; i < devices->items[d].intid_count; i++) {
            husk_gic()->quiesce(devices->items[d].intids[i]);
        }
    }
}

/* One whose VM does not run stays active, and so silent, until the next start. */
bool husk_device_irqs_take(struct husk_vcpu *vcpu, unsigned intid)
{
    struct husk_vm *const owner = intid_owner[intid] != 0 ? husk_vms[intid_owner[intid] - 1] : NULL;

    if (owner == NULL) {
        return false;
    }
    husk_spin_lock(&owner->uart_lock);
    if (husk_vm_is_running(owner)) {
        husk_vm_inject(owner, vcpu != NULL && vcpu->vm == owner ? vcpu : NULL, intid);
    }
    husk_spin_unlock(&owner->uart_lock);
    return true;
}
