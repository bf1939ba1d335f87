// SPDX-License-Identifier: Apache-2.0
// The devices of a guest's machine that EL2 answers for: its GIC and its PL011, and what a
// part of the image answers for.
#include "access.h"

enum { GICD_SGIR = 0xf00 }; /* GICv2 */

void husk_mmio_finish(struct husk_vgic_locked v, struct husk_vcpu *vcpu, struct husk_vgic_op *op)
{
    if (husk_vgic_access(v, husk_vcpu_index(vcpu), op) == HUSK_EAGAIN) {
        husk_parts.smp->finish_access(v, vcpu, op);
    }
    husk_vm_unlock(vcpu->vm, v, vcpu);
}

/* Of 4 bytes, without sign. */
static const uint32_t word_access_mask = 3 << HUSK_ISS_SAS | HUSK_ISS_SSE;
static const uint32_t word_access = 2 << HUSK_ISS_SAS;

/* A size the register does not allow is RAZ/WI, as on QEMU's virt under KVM. */
MINSIZE static enum husk_exit_action access_vgic(struct husk_vgic_locked v, struct husk_vcpu *vcpu,
                                                 uint32_t iss, enum husk_vgic_frame frame,
                                                 uint64_t offset)
{
    struct husk_vgic_op op = {
        frame,
        offset,
        1u << (iss >> HUSK_ISS_SAS & 3),
        (iss & HUSK_ISS_WNR) != 0,
        vcpu->frame->x[iss >> HUSK_ISS_SRT & 31],
    };

    /* The board's GIC tells of a timer's line when it rises, not when it falls: a guest that looks
     * at enable, pending or active bits of INTIDs 0 to 31 (GICD and SGI_base have them at the same
     * offsets), or changes them, finds the lines of its own timers as they are then. */
    if (offset % HUSK_VGIC_DIST_BYTES - 0x100 < 0x300 && offset % 0x80 < 4) {
        husk_vm_timer_lines(v, vcpu);
    }
    husk_mmio_finish(v, vcpu, &op);
    return op.is_write ? HUSK_EXIT_SKIP : husk_access_loaded(vcpu, iss, op.value);
}

__attribute__((noinline)) static enum husk_exit_action write_gicd(struct husk_vcpu *vcpu,
                                                                  uint32_t iss, uint64_t offset)
{
    const struct husk_vgic_locked v = husk_vgic_lock(&vcpu->vm->vgic);

    if (!husk_vgic_poke(v, husk_vcpu_index(vcpu), offset, 1u << (iss >> HUSK_ISS_SAS & 3),
                        vcpu->frame->x[iss >> HUSK_ISS_SRT & 31])) {
        return access_vgic(v, vcpu, iss, HUSK_VGIC_GICD, offset);
    }
    husk_vgic_unlock(v);
    return HUSK_EXIT_SKIP;
}

MINSIZE static enum husk_exit_action access_uart(struct husk_vcpu *vcpu, uint32_t iss,
                                                 uint64_t offset)
{
    struct husk_vm *const vm = vcpu->vm;
    const unsigned size_bytes = 1u << (iss >> HUSK_ISS_SAS & 3);
    bool before;

    husk_spin_lock(&vm->uart_lock);
    before = husk_vuart_line(&vm->uart);
    if ((iss & HUSK_ISS_WNR) != 0) {
        husk_vuart_write(&vm->uart, offset, size_bytes,
                         (uint32_t)husk_access_stored(vcpu, iss, size_bytes));
    } else {
        (void)husk_access_loaded(vcpu, iss, husk_vuart_read(&vm->uart, offset, size_bytes));
    }
    husk_console_pump(vm);
    if (husk_vuart_line(&vm->uart) != before) {
        husk_vm_uart_line(vm);
    }
    husk_spin_unlock(&vm->uart_lock);
    return HUSK_EXIT_SKIP;
}

enum husk_exit_action husk_mmio_any(struct husk_vcpu *vcpu, uint32_t iss, uint64_t ipa)
{
    struct husk_vgic *const vgic = &vcpu->vm->vgic;
    const struct husk_range *const second = &vcpu->vm->gicr;

    if (ipa - HUSK_GUEST_GICD < husk_gic()->guest_gicd_bytes) {
        return access_vgic(husk_vgic_lock(vgic), vcpu, iss, HUSK_VGIC_GICD, ipa - HUSK_GUEST_GICD);
    }
    if (ipa - second->base < second->size_bytes) {
        return access_vgic(husk_vgic_lock(vgic), vcpu, iss, husk_gic()->guest_frame,
                           ipa - second->base);
    }
    if (ipa - HUSK_GUEST_UART < HUSK_VUART_BYTES) {
        return access_uart(vcpu, iss, ipa - HUSK_GUEST_UART);
    }
    return husk_parts.dma != NULL && husk_parts.dma->access(vcpu, iss, ipa) ? HUSK_EXIT_SKIP
                                                                            : HUSK_EXIT_ABORT;
}

enum husk_exit_action husk_mmio_exit(struct husk_vcpu *vcpu, uint32_t iss)
{
    const uint64_t ipa =
        (husk_read(hpfar_el2) & HUSK_BITS(43, 4)) << 8 | (husk_read(far_el2) & 0xfff);
    const uint64_t offset = ipa - HUSK_GUEST_GICD;

    /* husk_is_aligned() of the size, which nothing else here needs. */
    if (!husk_access_is_valid(iss) || (ipa & ~(UINT64_MAX << (iss >> HUSK_ISS_SAS & 3))) != 0) {
        /* Maintenance of what is not memory: nothing to maintain. */
        return (iss & HUSK_ISS_CM) != 0 ? HUSK_EXIT_SKIP : HUSK_EXIT_ABORT;
    }
    if ((iss & HUSK_ISS_WNR) != 0) {
        if (husk_gic()->version == HUSK_GIC_V2 && offset == GICD_SGIR &&
            (iss & word_access_mask) == word_access) {
            return husk_gic()->send(vcpu, iss);
        }
        return offset < husk_gic()->guest_gicd_bytes ? write_gicd(vcpu, iss, offset)
                                                     : husk_mmio_any(vcpu, iss, ipa);
    }
    if (offset < HUSK_VGIC_HEAD_BYTES && (iss & word_access_mask) == word_access) {
        /* SSE is clear: said again, so that the compiler knows. */
        return husk_access_loaded(vcpu, iss & ~(uint32_t)HUSK_ISS_SSE,
                                  husk_vgic_head(&vcpu->vm->vgic, offset));
    }
    return husk_mmio_any(vcpu, iss, ipa);
}
