// SPDX-License-Identifier: Apache-2.0
// Every way out of a guest: decode, one table by exception class, an action, and one function that
// applies it. Only apply() and inject.c move the guest's PC.
#include "hv.h"
#include <husk/parts.h>
#include <husk/platform.h>

enum {
    EC_WFX = 0x01,
    EC_HVC64 = 0x16,
    EC_SMC64 = 0x17,
    EC_SYSREG64 = 0x18,
    EC_IABT_LOWER = 0x20,
    EC_DABT_LOWER = 0x24,
    EC_COUNT = 64,
};

static const uint32_t iss_mask = 0x1ffffff;
static const uint64_t pstate_btype = HUSK_BITS(11, 10);
static const uint64_t pstate_ss = HUSK_BIT(21);
static const uint64_t smccc_not_supported = UINT64_MAX;

static enum husk_exit_action on_hvc(struct husk_vcpu *vcpu, uint32_t iss)
{
    if ((iss & 0xffff) != 0) { /* SMCCC calls have immediate 0 */
        vcpu->frame->x[0] = smccc_not_supported;
        return HUSK_EXIT_RESUME;
    }
    return husk_vm_call(vcpu);
}

/* As HVC, but trapped: the PC still points at the instruction. Never forwarded to EL3. */
static enum husk_exit_action on_smc(struct husk_vcpu *vcpu, uint32_t iss)
{
    const enum husk_exit_action action = on_hvc(vcpu, iss);

    return action == HUSK_EXIT_RESUME ? HUSK_EXIT_SKIP : action;
}

/* WFI and WFE are not trapped; were they, doing nothing is an architected answer. */
static enum husk_exit_action on_wfx(struct husk_vcpu *vcpu, uint32_t iss)
{
    (void)vcpu;
    (void)iss;
    return HUSK_EXIT_SKIP;
}

/* A write to a register of the CPU interface that traps. */
static void write_icc(struct husk_vcpu *vcpu, enum husk_trap_answer which, uint64_t value)
{
    const struct husk_vgic_locked v = husk_vgic_lock(&vcpu->vm->vgic);

    husk_gic->write_icc(v, vcpu->index, which, value);
    if (husk_vgic_flush_due(v, vcpu->index)) {
        husk_vm_flush(vcpu->vm, v, vcpu);
    }
    husk_vgic_unlock(v);
}

/* ESR_EL2.ISS of a trapped MSR, MRS or system instruction, Arm ARM D19.2 ESR_EL2. */
static enum husk_exit_action on_sysreg(struct husk_vcpu *vcpu, uint32_t iss)
{
    const enum husk_trap_answer answer = husk_traps_sysreg(iss);
    const unsigned reg = iss >> 5 & 31;
    const bool is_read = (iss & 1) != 0;
    const uint64_t written = reg == 31 ? 0 : vcpu->frame->x[reg];
    uint64_t result = 0;

    switch (answer) {
    case HUSK_TRAP_UNDEF:
        return HUSK_EXIT_UNDEF;
    case HUSK_TRAP_ID:
        result = husk_traps_id_value(iss);
        break;
    case HUSK_TRAP_RAZ_WI:
        break;
    case HUSK_TRAP_SET_WAY:
        husk_cache_clean_invalidate_set_way(written);
        break;
    case HUSK_TRAP_SGI_ANY:
    case HUSK_TRAP_SGI_GROUP0:
    case HUSK_TRAP_DIR:
        if (is_read || husk_gic->write_icc == NULL) {
            return HUSK_EXIT_UNDEF; /* write only, and only with GICv3 */
        }
        write_icc(vcpu, answer, written);
        break;
    }
    if (is_read && reg != 31) {
        vcpu->frame->x[reg] = result;
    }
    return HUSK_EXIT_SKIP;
}

static enum husk_exit_action on_instruction_abort(struct husk_vcpu *vcpu, uint32_t iss)
{
    (void)vcpu;
    (void)iss;
    return HUSK_EXIT_ABORT;
}

/* Every class without a row in `class_of`: what a hidden feature or an AArch32 EL0 can raise. */
static enum husk_exit_action on_other(struct husk_vcpu *vcpu, uint32_t iss)
{
    (void)vcpu;
    (void)iss;
    return HUSK_EXIT_UNDEF;
}

/* The exit table: exception class to row, row to handler. */
enum {
    ROW_OTHER,
    ROW_WFX,
    ROW_CALL,
    ROW_SMC,
    ROW_SYSREG,
    ROW_FETCH,
    ROW_DATA,
};
static const uint8_t class_of[EC_COUNT] = {
    [EC_WFX] = ROW_WFX,         [EC_HVC64] = ROW_CALL,       [EC_SMC64] = ROW_SMC,
    [EC_SYSREG64] = ROW_SYSREG, [EC_IABT_LOWER] = ROW_FETCH, [EC_DABT_LOWER] = ROW_DATA,
};
static husk_exit_fn *const handlers[] = {
    [ROW_OTHER] = on_other,      [ROW_WFX] = on_wfx,       [ROW_CALL] = on_hvc,
    [ROW_SMC] = on_smc,          [ROW_SYSREG] = on_sysreg, [ROW_FETCH] = on_instruction_abort,
    [ROW_DATA] = husk_mmio_exit,
};

/* The PC past an emulated instruction, which is no branch and ends a single step. */
static void skip(void)
{
    husk_write_elr_el2(husk_read_elr_el2() + 4);
    husk_write_spsr_el2(husk_read_spsr_el2() & ~(pstate_btype | pstate_ss));
}

static void apply(enum husk_exit_action action)
{
    if (action == HUSK_EXIT_SKIP) {
        skip();
    } else if (action == HUSK_EXIT_UNDEF) {
        husk_inject_undef();
    } else if (action == HUSK_EXIT_ABORT) {
        husk_inject_abort();
    }
}

void husk_exit(uint64_t esr)
{
    struct husk_vcpu *const vcpu = husk_cpu_self()->vcpu;
    husk_exit_fn *const handler = handlers[class_of[esr >> 26 & (EC_COUNT - 1)]];

    apply(handler(vcpu, (uint32_t)esr & iss_mask));
}

/* False: not started yet, or ended. While its uart_lock is held it does not start. */
static bool is_running(const struct husk_vm *vm)
{
    return __atomic_load_n(&vm->running, __ATOMIC_ACQUIRE) != 0;
}

/* The board's UART has room, or a character: each VM's UART moves on. */
static void on_uart(void)
{
    for (size_t i = 0; i < husk_product.vms.count; i++) {
        struct husk_vm *const vm = husk_vms[i];

        husk_spin_lock(&vm->uart_lock);
        if (is_running(vm)) {
            husk_console_pump(vm);
            husk_vm_uart_line(vm);
        }
        husk_spin_unlock(&vm->uart_lock);
    }
}

/* An interrupt of a VM, which this CPU has acknowledged: `vcpu` is loaded here, or NULL. */
static void inject(struct husk_vm *vm, struct husk_vcpu *vcpu, unsigned intid)
{
    const struct husk_vgic_locked v = husk_vgic_lock(&vm->vgic);

    husk_vgic_inject_hw(v, vcpu != NULL ? vcpu->index : 0, intid);
    husk_vm_flush(vm, v, vcpu);
    husk_vgic_unlock(v);
}

/* A device of a VM. One whose VM does not run stays active, and so silent, until the next start. */
static void on_device(struct husk_vcpu *vcpu, struct husk_vm *owner, unsigned intid)
{
    husk_spin_lock(&owner->uart_lock);
    if (is_running(owner)) {
        inject(owner, vcpu != NULL && vcpu->vm == owner ? vcpu : NULL, intid);
    }
    husk_spin_unlock(&owner->uart_lock);
}

/* A device of the board itself, or of a VM. */
static void on_spi(struct husk_vcpu *vcpu, unsigned intid)
{
    struct husk_vm *const owner = husk_vm_of_intid(intid);

    if (intid == husk_console->intid) {
        on_uart();
        husk_gic->deactivate(intid);
    } else if (owner != NULL) {
        on_device(vcpu, owner, intid);
    } else {
        if (husk_parts.dma != NULL) {
            husk_parts.dma->irq(intid);
        }
        husk_gic->deactivate(intid); /* EL2's own; or nobody's: must not come back */
    }
}

/* An interrupt of this CPU that concerns its vCPU's virtual GIC. */
static void on_private(struct husk_vcpu *vcpu, unsigned intid)
{
    if (vcpu != NULL && vcpu->on) {
        const struct husk_vgic_locked v = husk_vgic_lock(&vcpu->vm->vgic);

        if (husk_vgic_is_held(v, vcpu->index) && husk_parts.smp != NULL) {
            husk_parts.smp->serve(v, vcpu);
        }
        husk_vm_flush(vcpu->vm, v, vcpu);
        husk_vgic_unlock(v);
    }
    husk_gic->deactivate(intid); /* after flush has removed a maintenance interrupt's cause */
    if (intid == HUSK_GIC_KICK && vcpu != NULL && husk_parts.smp != NULL) {
        husk_parts.smp->kicked(vcpu);
    }
}

/* Out of line: the frame it needs is not built for a tick. */
__attribute__((noinline)) static void on_any(unsigned intid)
{
    struct husk_vcpu *const vcpu = husk_cpu_self()->vcpu;

    if (intid == HUSK_VTIMER_INTID_VIRT || intid == HUSK_VTIMER_INTID_PHYS) {
        if (vcpu != NULL && vcpu->on) {
            inject(vcpu->vm, vcpu, intid);
        }
    } else if (intid < HUSK_VGIC_INTID_PRIVATE) {
        on_private(vcpu, intid);
    } else if (intid < HUSK_VGIC_INTID_MAX) {
        on_spi(vcpu, intid);
    }
}

void husk_exit_irq(void)
{
    const unsigned intid = husk_gic->ack();
    const struct husk_vcpu *const vcpu = husk_cpu_self()->vcpu;
    const bool is_timer = intid == HUSK_VTIMER_INTID_VIRT || intid == HUSK_VTIMER_INTID_PHYS;

    if (!is_timer || vcpu == NULL || !vcpu->on ||
        !husk_vgic_tick(&vcpu->vm->vgic, vcpu->index, intid)) {
        on_any(intid);
    }
}

/* A system error while a guest ran: whose fault is not known, the guest's own in all but broken
 * hardware. It gets it, as a virtual SError; HCR_EL2.VSE clears when taken. */
void husk_exit_serror(void)
{
    husk_write_hcr_el2(husk_read_hcr_el2() | HUSK_BIT(8));
}
