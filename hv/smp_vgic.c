// SPDX-License-Identifier: Apache-2.0
// What CPUs ask of one another where EL2 takes interrupts: by a kick, an SGI of EL2's own.
#include "smp.h"
#include <husk/platform.h>

enum {
    ACCESS_DEADLINE_US = 100000,
};

/* Interrupts are masked: WFI ends when one is pending, which is then taken by hand. */
void husk_smp_sleep(void)
{
    husk_dsb_sy();
    husk_wfi();
    husk_exit_irq();
}

static void kick(struct husk_vm *vm, uint32_t mask)
{
    for (; mask != 0; mask &= mask - 1) {
        husk_gic()->signal(vm->vcpus[__builtin_ctz(mask)].cpu->index, HUSK_GIC_KICK);
    }
}

__attribute__((noreturn)) static void stop(struct husk_vcpu *vcpu, enum husk_psci_do what)
{
    struct husk_vm *const vm = vcpu->vm;
    const uint32_t request = what == HUSK_PSCI_SYSTEM_RESET ? HUSK_VM_RESET : HUSK_VM_OFF;
    uint32_t run = HUSK_VM_RUN;

    if (what != HUSK_PSCI_STOP) {
        /* Two vCPUs may ask at once: the first is obeyed. */
        (void)__atomic_compare_exchange_n(&vm->request, &run, request, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE);
        kick(vm, (1u << husk_vm_vcpus(vm)) - 1);
    }
    husk_smp_off(vcpu);
}

/* As husk_vgic_access() asks. Until let go of, this vCPU's list registers stay in memory. */
static void serve_vgic(struct husk_vgic_locked v, struct husk_vcpu *vcpu)
{
    while (husk_vgic_serve(v, vcpu->index)) {
        husk_vgic_unlock(v);
        husk_yield();
        v = husk_vgic_lock(&vcpu->vm->vgic);
    }
}

static void finish_access(struct husk_vgic_locked v, struct husk_vcpu *vcpu,
                          struct husk_vgic_op *op)
{
    const uint64_t began = husk_read(cntpct_el0);
    const uint64_t ticks = husk_read(cntfrq_el0) * ACCESS_DEADLINE_US / 1000000;
    enum husk_err err;

    do {
        (void)husk_vgic_serve(v, vcpu->index);
        husk_vm_unlock(vcpu->vm, v, vcpu);
        husk_yield();
        v = husk_vgic_lock(&vcpu->vm->vgic);
        err = husk_vgic_access(v, vcpu->index, op);
    } while (err == HUSK_EAGAIN && husk_read(cntpct_el0) - began < ticks);
    if (err == HUSK_EAGAIN) {
        husk_vgic_release(v, vcpu->index);
    }
    serve_vgic(v, vcpu);
}

static void stop_all(void)
{
    const struct husk_cpu *const self = husk_cpu_self();

    __atomic_store_n(&husk_smp_ends, true, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < HUSK_PLATFORM_CPU_MAX; i++) {
        if (husk_cpus[i] != NULL && husk_cpus[i] != self) {
            husk_gic()->signal(i, HUSK_GIC_KICK);
        }
    }
}

const struct husk_smp husk_smp = {
    .run = husk_smp_run,
    .kick = kick,
    .reach = husk_vgic_reach,
    .finish_access = finish_access,
    .serve = serve_vgic,
    .kicked = husk_smp_kicked,
    .start = husk_smp_start,
    .stop = stop,
    .next_out = husk_mux_next,
    .tell = husk_mux_tell,
    .stop_all = stop_all,
};
