// SPDX-License-Identifier: Apache-2.0
// The life of a VM: started, called by its firmware interface, reset, stopped.
#include "hv.h"
#include <husk/platform.h>

/* EL1h, D A I F masked: the arm64 boot protocol, and the architected reset state. */
static const uint64_t start_pstate = 0x3c5;
static const uint64_t start_sctlr = 0x30d00800; /* SCTLR_EL1 RES1: MMU and caches off */

/* A pinned vCPU is never put aside. */
static const struct husk_vtimer timers_after_reset;

/* ---- start ---- */

/* EL1 registers with an architected reset value, and those a guest must not find its old self in.
 * Not inlined: tools/check-nofp.sh knows it by its name. */
__attribute__((noinline)) static void reset_el1(const struct husk_vcpu *vcpu)
{
    /* RES1; U is 0: more CPUs may be there */
    husk_write(vmpidr_el2, vcpu->vm->psci.mpidr[husk_vcpu_index(vcpu)] | HUSK_BIT(31));
    husk_write(sctlr_el1, start_sctlr);
    husk_write(cpacr_el1, 0);
    husk_write(ttbr0_el1, 0);
    husk_write(ttbr1_el1, 0);
    husk_isb();
    husk_write(tcr_el1, 0);
    husk_write(mair_el1, 0);
    husk_write(amair_el1, 0);
    husk_write(vbar_el1, 0);
    husk_write(contextidr_el1, 0);
    husk_write(tpidr_el1, 0);
    husk_write(tpidr_el0, 0);
    husk_write(tpidrro_el0, 0);
    husk_write(sp_el0, 0);
    husk_write(sp_el1, 0);
    husk_write(elr_el1, 0);
    husk_write(spsr_el1, 0);
    husk_write(esr_el1, 0);
    husk_write(far_el1, 0);
    husk_write(par_el1, 0);
    husk_write(afsr0_el1, 0);
    husk_write(afsr1_el1, 0);
    husk_write(csselr_el1, 0);
    husk_write(mdscr_el1, 0);
}

_Noreturn void husk_vcpu_enter(struct husk_vcpu *vcpu, uint64_t entry, uint64_t x0)
{
    struct husk_cpu *const cpu = husk_cpu_self();

    cpu->vcpu = vcpu;
    vcpu->cpu = cpu;
    vcpu->frame = (struct husk_frame *)(uintptr_t)(cpu->stack_top - HUSK_FRAME_BYTES);
    husk_mmu_s2_activate(&vcpu->vm->s2); /* until reset_el1() nothing walks */
    husk_traps_load();
    reset_el1(vcpu);
    if (husk_parts.firmware != NULL) {
        husk_parts.firmware->enter(&vcpu->vm->psci);
    }
    husk_vtimer_load(&timers_after_reset, vcpu->vm->counter_offset);
    husk_machine_enter(vcpu);
    husk_write(elr_el2, entry);
    husk_write(spsr_el2, start_pstate);
    vcpu->on = true;
    husk_psci_started(&vcpu->vm->psci, husk_vcpu_index(vcpu));
    husk_guest_enter(x0, cpu->stack_top);
}

_Noreturn void husk_vm_start(struct husk_vm *vm)
{
    uint64_t tree = 0;

    if (husk_parts.images != NULL && !husk_vm_in_place(vm)) {
        husk_parts.images->load(vm);
    }
    if (husk_parts.load_tree != NULL && vm->tree != NULL) {
        tree = husk_parts.load_tree(vm);
    }
    husk_machine_reset(vm);
    vm->counter_offset = husk_read(cntpct_el0);
    husk_mmu_s2_activate(&vm->s2);
    husk_mmu_s2_invalidate();
    husk_boot_log("entering the guest");
    husk_vcpu_enter(&vm->vcpus[0], vm->ram[0].base + vm->layout.image_offset, tree);
}

/* ---- end and reset ---- */

/* What ends a VM is what product.h lists at enum husk_end, and it comes by husk_vm_call(): no other
 * exit ends one. With several CPUs smp.c has its last one do this. */

bool husk_vm_ended(struct husk_vm *vm, const char *why)
{
    const bool restarts = husk_vm_config(vm)->on_end == HUSK_END_RESTART;
    const char *const what = restarts ? "' restarts: " : "' stopped: ";

    if (husk_parts.smp != NULL && husk_product.vms.count > 1) {
        husk_parts.smp->tell(vm, what, why);
    } else {
        husk_console_say("vm '", husk_vm_config(vm)->name, what, why);
    }
    return restarts;
}

/* CPU_OFF, SYSTEM_OFF, SYSTEM_RESET. */
_Noreturn static void stop(struct husk_vcpu *vcpu, enum husk_psci_do what)
{
    const struct husk_vm_config *const config = husk_vm_config(vcpu->vm);

    if (what == HUSK_PSCI_SYSTEM_RESET &&
        husk_product_on_reset(&husk_product, config) == HUSK_RESET_BOARD) {
        husk_platform_reset();
    }
    if (what == HUSK_PSCI_SYSTEM_OFF && husk_product.vms.count == 1 &&
        config->on_end != HUSK_END_RESTART) {
        husk_platform_power_off();
    }
    if (husk_parts.smp != NULL) {
        husk_parts.smp->stop(vcpu, what);
    }
    if (what == HUSK_PSCI_SYSTEM_RESET ||
        husk_vm_ended(vcpu->vm, what == HUSK_PSCI_STOP ? "its last CPU is off" : "powered off")) {
        husk_vcpu_leave(vcpu);
        husk_vm_start(vcpu->vm);
    }
    for (;;) {
        husk_wfi();
    }
}

/* ---- the firmware interface ---- */

/* Out of line: most calls are done by now. */
__attribute__((noinline)) static void act(struct husk_vcpu *vcpu)
{
    const struct husk_psci_action *const action = &vcpu->action;

    switch (action->what) {
    case HUSK_PSCI_START:
        husk_parts.smp->start(&vcpu->vm->vcpus[action->vcpu], action->entry, action->context_id);
        break;
    case HUSK_PSCI_RESUME:
        break;
    case HUSK_PSCI_WORKAROUND:
        husk_parts.firmware->work_around(action->function, (uint32_t)vcpu->frame->x[1]);
        break;
    case HUSK_PSCI_STOP:
    case HUSK_PSCI_SYSTEM_OFF:
    case HUSK_PSCI_SYSTEM_RESET:
        stop(vcpu, action->what);
    case HUSK_PSCI_SUSPEND:
        husk_machine_suspend(vcpu);
        break;
    case HUSK_PSCI_RANDOM:
        husk_parts.entropy->answer(action, vcpu->frame->x);
        break;
    }
}

void husk_vm_call(struct husk_vcpu *vcpu)
{
    if (husk_psci_call(&vcpu->vm->psci, husk_vcpu_index(vcpu), vcpu->frame->x, &vcpu->action) !=
        HUSK_PSCI_RESUME) {
        act(vcpu);
    }
}
