// SPDX-License-Identifier: Apache-2.0
// The devices of a guest's machine that EL2 answers for: its GIC and its PL011.
#include "hv.h"
#include <husk/parts.h>

enum {
    ISS_ISV = 1 << 24,
    ISS_CM = 1 << 8,
    ISS_S1PTW = 1 << 7,
    ISS_FAULT = 0x3c, /* DFSC without the level */
    ISS_PERMISSION = 0x0c,
};

/** One decoded load or store. */
struct access {
    uint64_t ipa;
    unsigned size_bytes;
    unsigned reg; /* 31: XZR */
    bool is_write;
    bool sign_extend;
    bool is_64bit; /* width of the register */
};

/* ESR_EL2.ISS of a data abort, Arm ARM DDI 0487J.a D19.2 ESR_EL2 "ISS encoding for an exception
 * from a Data Abort". False: no valid syndrome (exclusives, pairs, writeback), a translation walk,
 * or a permission fault, which leaves HPFAR_EL2 UNKNOWN. */
static bool decode(uint32_t iss, struct access *access)
{
    if ((iss & (ISS_ISV | ISS_S1PTW)) != ISS_ISV || (iss & ISS_FAULT) == ISS_PERMISSION) {
        return false;
    }
    *access = (struct access){
        .ipa = husk_bits_get(husk_read_hpfar_el2(), 43, 4) << 12 | (husk_read_far_el2() & 0xfff),
        .size_bytes = 1u << husk_bits_get(iss, 23, 22),
        .reg = (unsigned)husk_bits_get(iss, 20, 16),
        .is_write = (iss & HUSK_BIT(6)) != 0,
        .sign_extend = (iss & HUSK_BIT(21)) != 0,
        .is_64bit = (iss & HUSK_BIT(15)) != 0,
    };
    return true;
}

/* The value a load puts into its register. */
static uint64_t extend(const struct access *access, uint64_t value)
{
    const unsigned bits = 8 * access->size_bytes;

    if (access->sign_extend && bits < 64 && (value & HUSK_BIT(bits - 1)) != 0) {
        value |= UINT64_MAX << bits;
        return access->is_64bit ? value : value & UINT32_MAX;
    }
    return value;
}

enum husk_err husk_mmio_vgic(struct husk_vgic_locked v, const struct husk_vcpu *vcpu,
                             struct husk_vgic_op *op)
{
    if (op->is_write) {
        return husk_vgic_write(v, vcpu->index, op->frame, op->offset, op->size_bytes, op->value);
    }
    return husk_vgic_read(v, vcpu->index, op->frame, op->offset, op->size_bytes, &op->value);
}

/* A size the register does not allow is RAZ/WI, as on QEMU's virt under KVM. */
static void access_vgic(struct husk_vcpu *vcpu, const struct access *access,
                        enum husk_vgic_frame frame, uint64_t offset, uint64_t *value)
{
    const struct husk_vgic_locked v = husk_vgic_lock(&vcpu->vm->vgic);
    struct husk_vgic_op op = { frame, offset, access->size_bytes, access->is_write, *value };

    /* The board's GIC tells of a timer's line when it rises, not when it falls: a guest that looks
     * at enable, pending or active bits of INTIDs 0 to 31 (GICD and SGI_base have them at the same
     * offsets), or changes them, finds the lines of its own timers as they are then. */
    if (offset % HUSK_VGIC_DIST_BYTES - 0x100 < 0x300 && offset % 0x80 < 4) {
        husk_vm_timer_lines(v, vcpu);
    }
    if (husk_mmio_vgic(v, vcpu, &op) == HUSK_EAGAIN) {
        husk_parts.smp->finish_access(v, vcpu, &op);
    }
    husk_vm_flush(vcpu->vm, v, vcpu);
    husk_vgic_unlock(v);
    *value = op.value;
}

static void access_uart(struct husk_vcpu *vcpu, const struct access *access, uint64_t offset,
                        uint64_t *value)
{
    struct husk_vm *vm = vcpu->vm;
    bool before;

    husk_spin_lock(&vm->uart_lock);
    before = husk_vuart_line(&vm->uart);
    if (access->is_write) {
        husk_vuart_write(&vm->uart, offset, access->size_bytes, (uint32_t)*value);
    } else {
        *value = husk_vuart_read(&vm->uart, offset, access->size_bytes);
    }
    husk_console_pump(vm);
    if (husk_vuart_line(&vm->uart) != before) {
        husk_vm_uart_line(vm);
    }
    husk_spin_unlock(&vm->uart_lock);
}

/* True when the access hit a device of the guest's machine. */
static bool emulate(struct husk_vcpu *vcpu, const struct access *access, uint64_t *value)
{
    const uint64_t ipa = access->ipa;
    const uint64_t gicr_bytes = (uint64_t)vcpu->vm->vcpu_count * husk_gic->guest_gicr_bytes;

    if (ipa - HUSK_GUEST_UART < HUSK_VUART_BYTES) {
        access_uart(vcpu, access, ipa - HUSK_GUEST_UART, value);
        return true;
    }
    if (ipa - HUSK_GUEST_GICD < husk_gic->guest_gicd_bytes) {
        access_vgic(vcpu, access, HUSK_VGIC_GICD, ipa - HUSK_GUEST_GICD, value);
        return true;
    }
    if (ipa - HUSK_GUEST_GICR < gicr_bytes) {
        access_vgic(vcpu, access, HUSK_VGIC_GICR, ipa - HUSK_GUEST_GICR, value);
        return true;
    }
    return false;
}

enum husk_exit_action husk_mmio_exit(struct husk_vcpu *vcpu, uint32_t iss)
{
    struct access access;
    uint64_t value = 0;

    if ((iss & ISS_CM) != 0) {
        return HUSK_EXIT_SKIP; /* maintenance of what is not memory: nothing to maintain */
    }
    if (!decode(iss, &access) || !husk_is_aligned(access.ipa, access.size_bytes)) {
        return HUSK_EXIT_ABORT;
    }
    if (access.is_write && access.reg != 31) {
        value = vcpu->frame->x[access.reg] & (UINT64_MAX >> (64 - 8 * access.size_bytes));
    }
    if (!emulate(vcpu, &access, &value)) {
        return HUSK_EXIT_ABORT;
    }
    if (!access.is_write && access.reg != 31) {
        vcpu->frame->x[access.reg] = extend(&access, value);
    }
    return HUSK_EXIT_SKIP;
}
