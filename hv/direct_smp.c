// SPDX-License-Identifier: Apache-2.0
// More than one CPU where EL2 takes no interrupt: one that runs no vCPU waits for an event. Nothing
// takes a running one from its guest but that it loses its memory: so a panic stops the others.
// What else would, a VM's end, ends the board (product.h, HUSK_GIC_DIRECT).
#include "smp.h"

void husk_smp_sleep(void)
{
    husk_wfe();
}

/* Stage 2 is emptied by hand, as whoever panics may hold its lock. A CPU's next fetch is then an
 * exit, and so is each that follows. */
static void stop_all(void)
{
    const struct husk_vm *const vm = husk_vms[0];

    __atomic_store_n(&husk_smp_ends, true, __ATOMIC_RELEASE);
    if (vm == NULL || vm->s2.tables.root == NULL) {
        return; /* no guest ran */
    }
    for (size_t i = 0; i < sizeof(struct husk_mmu_page) / sizeof(uint64_t) * HUSK_MMU_S2_ROOT_PAGES;
         i++) {
        husk_pte_write(&vm->s2.tables.root[i], 0);
    }
    husk_dsb_ish();
    husk_tlbi_vmalls12e1is();
    husk_dsb_ish();
    husk_sev();
}

/* The console is the guest's: nothing of Husk's waits to be sent. */
void husk_console_drain(struct husk_vm *vm)
{
    (void)vm;
}

/* CPU_OFF: nothing else gets here. */
__attribute__((noreturn)) static void stop(struct husk_vcpu *vcpu, enum husk_psci_do what)
{
    (void)what;
    husk_smp_off(vcpu);
}

const struct husk_smp husk_smp = {
    .run = husk_smp_run,
    .start = husk_smp_start,
    .stop = stop,
    .stop_all = stop_all,
};
