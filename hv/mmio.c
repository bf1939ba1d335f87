// SPDX-License-Identifier: Apache-2.0
// The devices of a guest's machine that EL2 answers for: its GIC and its PL011, and what a
// part of the image answers for.
#include "hv.h"
#include <husk/parts.h>

enum {
    ISS_ISV = 1 << 24,
    ISS_SAS = 22, /* two bits: log2 of the size */
    ISS_SSE = 1 << 21,
    ISS_SRT = 16, /* five bits; 31: XZR */
    ISS_SF = 1 << 15,
    ISS_CM = 1 << 8,
    ISS_S1PTW = 1 << 7,
    ISS_WNR = 1 << 6,
    ISS_FAULT = 0x3c, /* DFSC without the level */
    ISS_PERMISSION = 0x0c,
};

/** One decoded load or store. */
struct access {
    uint64_t ipa;
    unsigned size_bytes;
    bool is_write;
};

/* ESR_EL2.ISS of a data abort, Arm ARM DDI 0487J.a D19.2 ESR_EL2 "ISS encoding for an exception
 * from a Data Abort". What is an access to emulate, and not: maintenance; no valid syndrome
 * (exclusives, pairs, writeback); a translation walk; a permission fault, which leaves HPFAR_EL2
 * UNKNOWN. */
static bool is_decoded(uint32_t iss)
{
    return (iss & (ISS_ISV | ISS_S1PTW | ISS_CM)) == ISS_ISV && (iss & ISS_FAULT) != ISS_PERMISSION;
}

static struct access decode(uint32_t iss)
{
    return (struct access){
        .ipa = (husk_read_hpfar_el2() & HUSK_BITS(43, 4)) << 8 | (husk_read_far_el2() & 0xfff),
        .size_bytes = 1u << (iss >> ISS_SAS & 3),
        .is_write = (iss & ISS_WNR) != 0,
    };
}

/* The value that a load with sign extension puts into its register. */
static uint64_t extend(uint32_t iss, uint64_t value)
{
    const unsigned bits = 8u << (iss >> ISS_SAS & 3);

    if (bits < 64 && (value & HUSK_BIT(bits - 1)) != 0) {
        value |= UINT64_MAX << bits;
        return (iss & ISS_SF) != 0 ? value : value & UINT32_MAX;
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
static uint64_t access_vgic(struct husk_vcpu *vcpu, struct husk_vgic_op *op)
{
    const struct husk_vgic_locked v = husk_vgic_lock(&vcpu->vm->vgic);

    /* The board's GIC tells of a timer's line when it rises, not when it falls: a guest that looks
     * at enable, pending or active bits of INTIDs 0 to 31 (GICD and SGI_base have them at the same
     * offsets), or changes them, finds the lines of its own timers as they are then. */
    if (op->offset % HUSK_VGIC_DIST_BYTES - 0x100 < 0x300 && op->offset % 0x80 < 4) {
        husk_vm_timer_lines(v, vcpu);
    }
    if (husk_mmio_vgic(v, vcpu, op) == HUSK_EAGAIN) {
        husk_parts.smp->finish_access(v, vcpu, op);
    }
    if (husk_vgic_flush_due(v, vcpu->index)) {
        husk_vm_flush(vcpu->vm, v, vcpu);
    }
    husk_vgic_unlock(v);
    return op->value;
}

static uint64_t access_uart(struct husk_vcpu *vcpu, const struct access *access, uint64_t offset,
                            uint64_t value)
{
    struct husk_vm *vm = vcpu->vm;
    bool before;

    husk_spin_lock(&vm->uart_lock);
    before = husk_vuart_line(&vm->uart);
    if (access->is_write) {
        husk_vuart_write(&vm->uart, offset, access->size_bytes, (uint32_t)value);
    } else {
        value = husk_vuart_read(&vm->uart, offset, access->size_bytes);
    }
    husk_console_pump(vm);
    if (husk_vuart_line(&vm->uart) != before) {
        husk_vm_uart_line(vm);
    }
    husk_spin_unlock(&vm->uart_lock);
    return value;
}

/* Which frame of the virtual GIC an IPA is in, and where. */
static bool find_frame(const struct husk_vcpu *vcpu, uint64_t ipa, enum husk_vgic_frame *frame,
                       uint64_t *offset)
{
    *offset = ipa - HUSK_GUEST_GICD;
    *frame = HUSK_VGIC_GICD;
    if (*offset < husk_gic->guest_gicd_bytes) {
        return true;
    }
    *offset = ipa - HUSK_GUEST_GICR;
    *frame = HUSK_VGIC_GICR;
    return *offset < (uint64_t)vcpu->vm->vcpu_count * husk_gic->guest_gicr_bytes;
}

static enum husk_exit_action loaded(const struct husk_vcpu *vcpu, uint32_t iss, uint64_t value)
{
    const unsigned reg = iss >> ISS_SRT & 31;

    if (reg != 31) {
        vcpu->frame->x[reg] = (iss & ISS_SSE) != 0 ? extend(iss, value) : value;
    }
    return HUSK_EXIT_SKIP;
}

/* Everything but what husk_mmio_exit() has done. */
__attribute__((noinline)) static enum husk_exit_action emulate(struct husk_vcpu *vcpu, uint32_t iss)
{
    const struct access access = decode(iss);
    const unsigned reg = iss >> ISS_SRT & 31;
    enum husk_vgic_frame frame;
    uint64_t offset;
    uint64_t value = 0;

    if (access.is_write && reg != 31) {
        value = vcpu->frame->x[reg] & (UINT64_MAX >> (64 - 8 * access.size_bytes));
    }
    if (find_frame(vcpu, access.ipa, &frame, &offset)) {
        value = access_vgic(vcpu, &(struct husk_vgic_op){ frame, offset, access.size_bytes,
                                                          access.is_write, value });
    } else if (access.ipa - HUSK_GUEST_UART < HUSK_VUART_BYTES) {
        value = access_uart(vcpu, &access, access.ipa - HUSK_GUEST_UART, value);
    } else {
        uint64_t word = value;

        if (husk_parts.dma == NULL ||
            !husk_parts.dma->access(vcpu, access.ipa, access.size_bytes, access.is_write, &word)) {
            return HUSK_EXIT_ABORT;
        }
        value = word;
    }
    return access.is_write ? HUSK_EXIT_SKIP : loaded(vcpu, iss, value);
}

enum husk_exit_action husk_mmio_exit(struct husk_vcpu *vcpu, uint32_t iss)
{
    const struct access access = decode(iss);
    enum husk_vgic_frame frame;
    uint64_t offset;
    uint64_t value;

    if (!is_decoded(iss) || !husk_is_aligned(access.ipa, access.size_bytes)) {
        /* Maintenance of what is not memory: nothing to maintain. */
        return (iss & ISS_CM) != 0 ? HUSK_EXIT_SKIP : HUSK_EXIT_ABORT;
    }
    if (!access.is_write && find_frame(vcpu, access.ipa, &frame, &offset)) {
        value = husk_vgic_peek(&vcpu->vm->vgic, vcpu->index, frame, offset, access.size_bytes);
        if (value != HUSK_VGIC_NO_PEEK) {
            return loaded(vcpu, iss, value);
        }
    }
    return emulate(vcpu, iss);
}
