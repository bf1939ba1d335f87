// SPDX-License-Identifier: Apache-2.0
// The machine of a guest that shares the board with Husk: a virtual interrupt controller, a virtual
// UART, timers whose interrupts EL2 takes first. direct.c is in its place where the guest has the
// board's own.
#include "hv.h"

/* ---- at boot ---- */

size_t husk_machine_tables(const struct husk_vm *vm)
{
    (void)vm;
    return husk_gic()->gicv.size_bytes == 0
               ? 0
               : husk_mmu_pages_for(HUSK_GUEST_GICC, HUSK_MMU_PAGE_BYTES);
}

void husk_machine_create(struct husk_vm *vm)
{
    vm->gicr = (struct husk_range){ HUSK_GUEST_GICR,
                                    (uint64_t)husk_vm_vcpus(vm) * husk_gic()->guest_gicr_bytes };
    if (husk_gic()->gicv.size_bytes != 0) {
        vm->gicr = (struct husk_range){ husk_gic()->gicv.base, HUSK_MMU_PAGE_BYTES };
        husk_vm_map_device(vm, HUSK_GUEST_GICC, vm->gicr);
        vm->gicr.base = HUSK_GUEST_GICC + HUSK_MMU_PAGE_BYTES;
    }
}

/* ---- start ---- */

/* The VM's interrupt controller as after reset, its timers and devices linked to the board's. */
static void reset_vgic(struct husk_vm *vm)
{
    struct husk_vgic_config vgic = {
        .intid_count = husk_vm_config(vm)->intid_count,
        .vcpu_count = (uint8_t)husk_vm_vcpus(vm),
        .reach = husk_parts.smp != NULL && husk_vm_vcpus(vm) > 1 ? husk_parts.smp->reach : NULL,
    };
    struct husk_vgic_locked v;
    _Static_assert(sizeof(vgic.mpidr) == sizeof(vm->psci.mpidr), "affinities are copied whole");

    husk_gic()->vgic_config(&vgic);
    __builtin_memcpy(vgic.mpidr, vm->psci.mpidr, sizeof(vgic.mpidr));
    husk_must(husk_vgic_init(&vm->vgic, &vgic, vm->vgic_vcpus));
    v = husk_vgic_lock(&vm->vgic);
    for (unsigned i = 0; i < husk_vm_vcpus(vm); i++) {
        husk_must(husk_vgic_link_hw(v, i, HUSK_VTIMER_INTID_VIRT, HUSK_VTIMER_INTID_VIRT));
        husk_must(husk_vgic_link_hw(v, i, HUSK_VTIMER_INTID_PHYS, HUSK_VTIMER_INTID_PHYS));
    }
    husk_device_irqs_link(vm, v);
    husk_vgic_unlock(v);
}

/* All but its memory. Another CPU may be on its way here with an interrupt of the UART or of a
 * device: it finds the VM not running, or all of it reset. */
void husk_machine_reset(struct husk_vm *vm)
{
    husk_spin_lock(&vm->uart_lock);
    husk_psci_reset(&vm->psci);
    husk_vuart_reset(&vm->uart);
    husk_device_irqs_quiesce(vm);
    reset_vgic(vm);
    husk_console_pump(vm);
    __atomic_store_n(&vm->running, 1, __ATOMIC_RELEASE);
    husk_spin_unlock(&vm->uart_lock);
}

void husk_machine_enter(struct husk_vcpu *vcpu)
{
    const struct husk_vgic_locked v = husk_vgic_lock(&vcpu->vm->vgic);

    husk_vgic_reset_cpu(v, husk_vcpu_index(vcpu));
    husk_vgic_load(v, husk_vcpu_index(vcpu));
    husk_vgic_unlock(v);
}

/* ---- while it runs, and its end ---- */

void husk_vm_timer_lines(struct husk_vgic_locked v, const struct husk_vcpu *vcpu)
{
    husk_vgic_set_line(v, husk_vcpu_index(vcpu), HUSK_VTIMER_INTID_VIRT,
                       husk_vtimer_line(husk_read(cntv_ctl_el0)));
    husk_vgic_set_line(v, husk_vcpu_index(vcpu), HUSK_VTIMER_INTID_PHYS,
                       husk_vtimer_line(husk_read(cntp_ctl_el0)));
}

void husk_vm_unlock(struct husk_vm *vm, struct husk_vgic_locked v, const struct husk_vcpu *vcpu)
{
    const uint32_t others =
        husk_vgic_flush(v, vcpu != NULL ? husk_vcpu_index(vcpu) : HUSK_VGIC_VCPU_MAX);

    if (others != 0 && husk_parts.smp != NULL) {
        husk_parts.smp->kick(vm, others);
    }
    husk_vgic_unlock(v);
}

/* Standby: until an interrupt is pending for this vCPU. Those in its list registers do not wake a
 * WFI at EL2, so they are looked at first. */
void husk_machine_suspend(struct husk_vcpu *vcpu)
{
    const struct husk_vgic_locked v = husk_vgic_lock(&vcpu->vm->vgic);
    const bool pending = husk_vgic_has_pending(v, husk_vcpu_index(vcpu));

    husk_vgic_unlock(v);
    if (!pending) {
        husk_dsb_sy();
        husk_wfi();
    }
}

void husk_vm_uart_line(struct husk_vm *vm)
{
    const struct husk_vcpu *const vcpu = husk_cpu_self()->vcpu;
    const struct husk_vgic_locked v = husk_vgic_lock(&vm->vgic);

    husk_vgic_set_line(v, 0, HUSK_GUEST_UART_INTID, husk_vuart_line(&vm->uart));
    husk_vm_unlock(vm, v, vcpu != NULL && vcpu->vm == vm ? vcpu : NULL);
}
