// SPDX-License-Identifier: Apache-2.0
// More than one CPU: bringing them up, and what they ask of one another.
//
// Each vCPU has a pCPU of its own. A CPU whose vCPU is off sleeps in idle(), on an empty stack. All
// requests are flags in memory, after which the CPU is woken, and looks at the flags that concern
// its vCPU. A VM ends when its last running vCPU has left: that one goes on. How a CPU sleeps, is
// woken, and is taken from its guest is smp_vgic.c's, or direct_smp.c's.
#include "smp.h"
#include "smp_asm.h"
#include "window.h"
#include <husk/platform.h>

_Static_assert(offsetof(struct husk_cpu, stack_top) == HUSK_CPU_STACK_TOP,
               "smp_start.S relies on it");

enum {
    STACK_BYTES = 16384,
    START_DEADLINE_US = 1000000,
};

struct husk_cpu *husk_cpus[HUSK_PLATFORM_CPU_MAX];
bool husk_smp_ends;
static unsigned up_count;  /* atomic */
static unsigned vms_alive; /* atomic */

_Noreturn void husk_smp_main(struct husk_cpu *self);
_Noreturn void husk_smp_restack(uint64_t stack_top, void (*then)(void) __attribute__((noreturn)));

/* ---- a CPU with nothing to run ---- */

// NOLINTNEXTLINE(readability-non-const-parameter): the exchange writes it
static bool take(bool *flag)
{
    return __atomic_exchange_n(flag, false, __ATOMIC_ACQUIRE);
}

_Noreturn static void halt(void)
{
    for (;;) {
        husk_wfi();
    }
}

__attribute__((noreturn)) static void leave_vm(struct husk_vm *vm);

/* Runs what is due on this CPU; returns when nothing is. A vCPU that was started while its VM ends
 * does not run: it is the one that goes on with the end if all others have left. */
static void serve(struct husk_vcpu *vcpu)
{
    if (__atomic_load_n(&husk_smp_ends, __ATOMIC_ACQUIRE)) {
        halt();
    }
    if (vcpu == NULL) {
        return;
    }
    if (vcpu->index == 0 && take(&vcpu->vm->start)) {
        if (husk_parts.dma != NULL) {
            husk_parts.dma->start(vcpu->vm); /* no transfer goes on when its memory is loaded */
        }
        husk_vm_start(vcpu->vm);
    }
    if (take(&vcpu->start)) {
        if (__atomic_load_n(&vcpu->vm->request, __ATOMIC_ACQUIRE) != HUSK_VM_RUN) {
            leave_vm(vcpu->vm);
        }
        husk_vcpu_enter(vcpu, vcpu->entry, vcpu->context_id);
    }
}

__attribute__((noreturn)) static void idle(void)
{
    for (;;) {
        serve(husk_cpu_self()->vcpu);
        husk_smp_sleep();
    }
}

_Noreturn static void go_idle(void)
{
    husk_smp_restack(husk_cpu_self()->stack_top, idle);
}

/* ---- bringing CPUs up ---- */

/* First C code of another CPU: its MMU is off. */
_Noreturn void husk_smp_main(struct husk_cpu *self)
{
    husk_mmu_s1_enable(&husk_el2_s1, (unsigned)husk_bits_get(husk_read(id_aa64mmfr0_el1), 3, 0));
    husk_write(tpidr_el2, (uint64_t)(uintptr_t)self);
    husk_isb();
    husk_must(husk_gic()->cpu_init(self));
    __atomic_add_fetch(&up_count, 1, __ATOMIC_RELEASE);
    go_idle();
}

/* A stack whose lowest page is left unmapped. */
static uint64_t new_stack(void)
{
    const size_t bytes = (size_t)HUSK_MMU_PAGE_BYTES + STACK_BYTES;
    uint8_t *const stack = husk_heap_take(bytes);

    husk_window_close((struct husk_pa){ (uint64_t)(uintptr_t)stack }, HUSK_MMU_PAGE_BYTES);
    return (uint64_t)(uintptr_t)stack + bytes;
}

/* All that the other CPU reads, and the stack it writes, while its caches are off. */
static void clean_for(const struct husk_cpu *cpu)
{
    const uint64_t stack = cpu->stack_top - STACK_BYTES;

    husk_cache_clean_invalidate((const void *)stack, STACK_BYTES);
    husk_cache_clean(cpu, sizeof(*cpu));
    husk_cache_clean(&husk_el2_s1, sizeof(husk_el2_s1));
    husk_cache_clean(husk_el2_s1.tables.pool, sizeof(*husk_el2_s1.tables.pool));
    husk_cache_clean(husk_el2_s1.tables.pool->pages,
                     husk_el2_s1.tables.pool->count * sizeof(husk_el2_s1.tables.pool->pages[0]));
}

static void bring_up(const void *dtb, unsigned index)
{
    struct husk_cpu *const cpu = husk_heap_take(sizeof(*cpu));
    const unsigned up_before = __atomic_load_n(&up_count, __ATOMIC_ACQUIRE);
    const uint64_t ticks = husk_read(cntfrq_el0) * START_DEADLINE_US / 1000000;
    uint64_t began;

    *cpu = (struct husk_cpu){ .stack_top = new_stack() };
    husk_cpus[index] = cpu;
    clean_for(cpu);
    if (husk_cpu_start(dtb, husk_gic_cpu_affinity[index], (uintptr_t)cpu) != HUSK_OK) {
        husk_boot_refuse("the board's firmware starts no other CPU", "");
    }
    began = husk_read(cntpct_el0);
    while (__atomic_load_n(&up_count, __ATOMIC_ACQUIRE) == up_before) {
        if (husk_read(cntpct_el0) - began > ticks) {
            husk_boot_refuse("another CPU did not start in a second", "");
        }
        husk_yield();
    }
}

/* The n-th set bit of a mask that has it. */
static unsigned nth_bit(uint64_t mask, unsigned n)
{
    for (; n != 0; n--) {
        mask &= mask - 1;
    }
    return (unsigned)__builtin_ctzll(mask);
}

static void place_vcpus(struct husk_vm *vm, const void *dtb)
{
    for (unsigned i = 0; i < husk_vm_vcpus(vm); i++) {
        const unsigned index = nth_bit(husk_vm_config(vm)->cpu_mask, i);

        if (husk_cpus[index] == NULL) {
            bring_up(dtb, index);
        }
        vm->vcpus[i].cpu = husk_cpus[index];
        husk_cpus[index]->vcpu = &vm->vcpus[i];
    }
}

__attribute__((noreturn)) void husk_smp_run(const void *dtb)
{
    HUSK_ASSERT(!husk_one_cpu);
    husk_cpus[husk_cpu_self()->index] = husk_cpu_self();
    vms_alive = (unsigned)husk_product.vms.count;
    husk_boot_log("starting the other CPUs");
    for (size_t i = 0; i < husk_product.vms.count; i++) {
        place_vcpus(husk_vms[i], dtb);
    }
    for (size_t i = 0; i < husk_product.vms.count; i++) {
        __atomic_store_n(&husk_vms[i]->start, true, __ATOMIC_RELEASE);
        husk_gic()->signal(husk_vms[i]->vcpus[0].cpu->index, HUSK_GIC_KICK);
    }
    go_idle();
}

/* ---- requests ---- */

void husk_smp_start(struct husk_vcpu *vcpu, uint64_t entry, uint64_t context_id)
{
    __atomic_add_fetch(&vcpu->vm->running, 1, __ATOMIC_ACQ_REL); /* from now on the VM has it */
    vcpu->entry = entry;
    vcpu->context_id = context_id;
    __atomic_store_n(&vcpu->start, true, __ATOMIC_RELEASE);
    husk_gic()->signal(vcpu->cpu->index, HUSK_GIC_KICK);
}

/* The VM has no running vCPU left: what it asked for is done. */
static void finish(struct husk_vm *vm)
{
    const uint32_t request = __atomic_load_n(&vm->request, __ATOMIC_ACQUIRE);
    bool again = request == HUSK_VM_RESET;

    if (husk_parts.dma != NULL) {
        husk_parts.dma->stop(vm);
    }
    if (!again) {
        again = husk_vm_ended(vm, request == HUSK_VM_OFF ? "powered off" : "its last CPU is off");
    }
    if (again) {
        __atomic_store_n(&vm->request, HUSK_VM_RUN, __ATOMIC_RELEASE);
        __atomic_store_n(&vm->start, true, __ATOMIC_RELEASE);
        husk_gic()->signal(vm->vcpus[0].cpu->index, HUSK_GIC_KICK);
    } else if (__atomic_sub_fetch(&vms_alive, 1, __ATOMIC_ACQ_REL) == 0) {
        husk_console_drain(vm);
        husk_platform_power_off();
    } else {
        husk_console_pump(vm);
    }
}

__attribute__((noreturn)) static void leave_vm(struct husk_vm *vm)
{
    if (__atomic_sub_fetch(&vm->running, 1, __ATOMIC_ACQ_REL) == 0) {
        finish(vm);
    }
    go_idle();
}

__attribute__((noreturn)) static void off(struct husk_vcpu *vcpu)
{
    husk_vcpu_leave(vcpu);
    leave_vm(vcpu->vm);
}

__attribute__((noreturn)) void husk_smp_off(struct husk_vcpu *vcpu)
{
    off(vcpu);
}

void husk_smp_kicked(struct husk_vcpu *vcpu)
{
    if (__atomic_load_n(&husk_smp_ends, __ATOMIC_ACQUIRE)) {
        halt();
    }
    if (__atomic_load_n(&vcpu->vm->request, __ATOMIC_ACQUIRE) != HUSK_VM_RUN && vcpu->on) {
        off(vcpu);
    }
}
