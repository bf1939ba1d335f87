// SPDX-License-Identifier: Apache-2.0
// Interrupts that EL2 takes: of the board's UART, of devices and timers that are a guest's, of
// other CPUs. None of it is in an image whose guest has them itself (direct.c).
#include "access.h"

enum {
    WRITE_SGI1R = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(3, 0, 12, 11, 5)),  /* ICC_SGI1R_EL1 */
    WRITE_ASGI1R = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(3, 0, 12, 11, 6)), /* ICC_ASGI1R_EL1 */
    WRITE_SGI0R = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(3, 0, 12, 11, 7)),  /* ICC_SGI0R_EL1 */
    /* ICC_DIR_EL1, trapped while husk::vgic wants it */
    WRITE_DIR = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(3, 0, 12, 11, 1)),
};

/* What a guest writes to registers of its CPU interface that trap, with GICv3. */
MINSIZE enum husk_exit_action husk_exit_sysreg_any(struct husk_vcpu *vcpu, uint32_t iss)
{
    const uint32_t what = iss & ~(uint32_t)HUSK_ISS_RT;
    const uint64_t value = vcpu->frame->x[iss >> 5 & 31];
    struct husk_vgic_op dir = { HUSK_VGIC_GICC, 0, 4, true, value };
    struct husk_vgic_locked v;

    if (husk_gic()->version != HUSK_GIC_V3 ||
        (what != WRITE_SGI1R && what != WRITE_ASGI1R && what != WRITE_SGI0R && what != WRITE_DIR)) {
        return husk_traps_sysreg(vcpu, iss);
    }
    v = husk_vgic_lock(&vcpu->vm->vgic);
    if (what == WRITE_DIR) {
        husk_mmio_finish(v, vcpu, &dir);
        return HUSK_EXIT_SKIP;
    }
    husk_vgic_send_sgi(v, husk_vcpu_index(vcpu), value, what == WRITE_SGI1R);
    husk_vm_unlock(vcpu->vm, v, vcpu);
    return HUSK_EXIT_SKIP;
}

/* What guests write most is not looked up. */
enum husk_exit_action husk_exit_sysreg(struct husk_vcpu *vcpu, uint32_t iss)
{
    return (iss & ~(uint32_t)HUSK_ISS_RT) == WRITE_SGI1R && husk_gic()->version == HUSK_GIC_V3
               ? husk_gic()->send(vcpu, iss)
               : husk_exit_sysreg_any(vcpu, iss);
}

/* The board's UART has room, or a character: each VM's UART moves on. */
static void on_uart(void)
{
    for (size_t i = 0; i < husk_product.vms.count; i++) {
        struct husk_vm *const vm = husk_vms[i];

        husk_spin_lock(&vm->uart_lock);
        if (husk_vm_is_running(vm)) {
            husk_console_pump(vm);
            husk_vm_uart_line(vm);
        }
        husk_spin_unlock(&vm->uart_lock);
    }
}

void husk_vm_inject(struct husk_vm *vm, struct husk_vcpu *vcpu, unsigned intid)
{
    const struct husk_vgic_locked v = husk_vgic_lock(&vm->vgic);

    husk_vgic_inject_hw(v, vcpu != NULL ? husk_vcpu_index(vcpu) : 0, intid);
    husk_vm_unlock(vm, v, vcpu);
}

/* A device of the board itself, or of a VM. */
static void on_spi(struct husk_vcpu *vcpu, unsigned intid)
{
    if (intid == husk_console->intid) {
        on_uart();
        husk_gic()->deactivate(intid);
    } else if (!husk_device_irqs_take(vcpu, intid)) {
        if (husk_parts.dma != NULL) {
            husk_parts.dma->irq(intid);
        }
        husk_gic()->deactivate(intid); /* EL2's own; or nobody's: must not come back */
    }
}

/* An interrupt of this CPU that concerns its vCPU's virtual GIC. */
static void on_private(struct husk_vcpu *vcpu, unsigned intid)
{
    if (vcpu != NULL && vcpu->on) {
        const struct husk_vgic_locked v = husk_vgic_lock(&vcpu->vm->vgic);

        if (husk_parts.smp != NULL) {
            husk_parts.smp->serve(v, vcpu);
        }
        husk_vm_unlock(vcpu->vm, v, vcpu);
    }
    husk_gic()->deactivate(intid); /* after flush has removed a maintenance interrupt's cause */
    if (intid == HUSK_GIC_KICK && vcpu != NULL && husk_parts.smp != NULL) {
        husk_parts.smp->kicked(vcpu);
    }
}

MINSIZE void husk_irq_any(unsigned intid)
{
    struct husk_vcpu *const vcpu = husk_cpu_self()->vcpu;

    if (intid == HUSK_VTIMER_INTID_VIRT || intid == HUSK_VTIMER_INTID_PHYS) {
        if (vcpu != NULL && vcpu->on) {
            husk_vm_inject(vcpu->vm, vcpu, intid);
        }
    } else if (intid < HUSK_VGIC_INTID_PRIVATE) {
        on_private(vcpu, intid);
    } else if (intid < HUSK_VGIC_INTID_MAX) {
        on_spi(vcpu, intid);
    }
}

void husk_exit_irq(void)
{
    husk_gic()->irq();
}
