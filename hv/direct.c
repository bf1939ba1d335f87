// SPDX-License-Identifier: Apache-2.0
// The machine of a guest that has the board's own interrupt controller and serial port (product.h,
// HUSK_GIC_DIRECT): they are mapped where they are, and interrupts go to EL1. EL2 takes none, ever:
// it answers calls, trapped registers, and GICv3's redistributors, which a guest asks at boot
// alone. machine.c, irq.c and mmio.c are in its place where Husk shares the board.
#include "direct.h"
#include <husk/fdt_build.h>
#include <husk/platform.h>

static const uint64_t hcr_interrupts = HUSK_BIT(3) | HUSK_BIT(4); /* FMO, IMO: to EL2 */

/* ---- at boot ---- */

/* The board's frames that the guest reaches, by number; size 0: no more. */
static struct husk_range frame(const struct husk_vm *vm, unsigned number)
{
    const struct husk_range *const gic = husk_gic()->frames;
    const unsigned redist = number - 2;

    if (number == 0) {
        return (struct husk_range){ husk_align_down(husk_console->base, HUSK_MMU_PAGE_BYTES),
                                    HUSK_MMU_PAGE_BYTES };
    }
    if (number == 1 || husk_gic()->guest_gicr_bytes == 0) {
        return gic[number - 1];
    }
    if (redist < husk_vm_vcpus(vm)) { /* the upper half: SGI_base */
        return (struct husk_range){
            gic[1].base + (uint64_t)husk_gic()->guest_gicr_bytes * redist +
                husk_gic()->guest_gicr_bytes / 2,
            husk_gic()->guest_gicr_bytes / 2,
        };
    }
    return (struct husk_range){ 0, 0 };
}

size_t husk_machine_tables(const struct husk_vm *vm)
{
    size_t count = 0;

    for (unsigned i = 0; frame(vm, i).size_bytes != 0; i++) {
        count += husk_mmu_pages_for(frame(vm, i).base, frame(vm, i).size_bytes);
    }
    return count;
}

/* The tree of a unikernel lies at the end of its RAM: the check has seen that there is room. */
static void place_tree(struct husk_vm *vm)
{
    if (vm->layout.dtb_bytes == 0) {
        vm->layout.dtb_bytes = HUSK_PRODUCT_TREE_BYTES;
        vm->layout.dtb_offset = vm->ram[0].size_bytes - HUSK_PRODUCT_TREE_BYTES;
        vm->tree = husk_heap_take(HUSK_PRODUCT_TREE_BYTES);
    }
}

void husk_machine_create(struct husk_vm *vm)
{
    if (husk_console->kind != &husk_uart_pl011) {
        husk_boot_refuse("the guest is to have the console, which is no PL011:",
                         "HUSK_GIC_DIRECT can't go with it");
    }
    if (husk_parts.smp == NULL && husk_cpu_self()->index != 0) {
        husk_boot_refuse("the board did not start on its CPU 0, where HUSK_GIC_DIRECT has vm",
                         husk_vm_config(vm)->name);
    }
    for (unsigned i = 0; frame(vm, i).size_bytes != 0; i++) {
        husk_vm_map_device(vm, frame(vm, i).base, frame(vm, i));
    }
    /* SGIs and routes are the board's: vCPU n goes by the affinity of pCPU n, where it is. */
    for (unsigned i = 0; i < husk_vm_vcpus(vm); i++) {
        vm->psci.mpidr[i] = husk_gic_cpu_affinity[i];
    }
    place_tree(vm);
}

void husk_machine_describe(const struct husk_vm *vm, struct husk_fdt_guest *guest)
{
    guest->gic = HUSK_FDT_GICV2;
    guest->gicd = husk_gic()->frames[0];
    guest->gicr = husk_gic()->frames[1];
    guest->uart = (struct husk_range){ husk_console->base, HUSK_PLATFORM_UART_BYTES };
    guest->uart_intid = husk_console->intid;
    guest->uart_hz = HUSK_PLATFORM_UART_HZ;
    guest->uart_periphid = HUSK_PLATFORM_UART_PERIPHID;
    if (husk_gic()->version == HUSK_GIC_V3) {
        guest->gic = HUSK_FDT_GICV3;
        guest->gicr.size_bytes = (uint64_t)husk_vm_vcpus(vm) * husk_gic()->guest_gicr_bytes;
    }
}

/* ---- while it runs ---- */

/* Once: its reset is the board's. The GIC is as gic->init() has left it. */
void husk_machine_reset(struct husk_vm *vm)
{
    husk_psci_reset(&vm->psci);
    __atomic_store_n(&vm->running, 1, __ATOMIC_RELEASE);
}

/* After the traps are loaded, which are of a guest without interrupts of its own. */
void husk_machine_enter(struct husk_vcpu *vcpu)
{
    (void)vcpu;
    husk_write(hcr_el2, husk_read(hcr_el2) & ~hcr_interrupts);
    husk_must(husk_gic()->cpu_init(husk_cpu_self()));
}

/* What is pending for it stays so until it is on again. */
void husk_vcpu_leave(struct husk_vcpu *vcpu)
{
    vcpu->on = false;
    husk_write(cntv_ctl_el0, 0);
    husk_write(cntp_ctl_el0, 0);
    husk_must(husk_gic()->cpu_init(husk_cpu_self()));
}

/* An interrupt for EL1 ends a WFI at EL2 as well. */
void husk_machine_suspend(struct husk_vcpu *vcpu)
{
    (void)vcpu;
    husk_dsb_sy();
    husk_wfi();
}

enum husk_exit_action husk_mmio_exit(struct husk_vcpu *vcpu, uint32_t iss)
{
    const struct husk_access access = husk_access_decode(iss);
    uint64_t value = 0;

    if ((iss & HUSK_ISS_CM) != 0) {
        return HUSK_EXIT_SKIP; /* maintenance of what is not memory: nothing to maintain */
    }
    if (access.is_write) {
        value = husk_access_stored(vcpu, iss, access.size_bytes);
    }
    if (!husk_access_is_valid(iss) || !husk_is_aligned(access.ipa, access.size_bytes) ||
        husk_gic()->access == NULL || !husk_gic()->access(vcpu->vm, &access, &value)) {
        return HUSK_EXIT_ABORT;
    }
    return access.is_write ? HUSK_EXIT_SKIP : husk_access_loaded(vcpu, iss, value);
}

/* Registers of the CPU interface do not trap while HCR_EL2.IMO and FMO are 0. */
enum husk_exit_action husk_exit_sysreg(struct husk_vcpu *vcpu, uint32_t iss)
{
    return husk_traps_sysreg(vcpu, iss);
}

__attribute__((noreturn)) void husk_exit_irq(void)
{
    husk_panic("an interrupt came to EL2");
}

/* ---- the board's GIC, of either version ---- */

void husk_direct_vgic_config(struct husk_vgic_config *config)
{
    config->lr_count = 0;
}

void husk_direct_signal(unsigned index, unsigned sgi)
{
    (void)index;
    (void)sgi;
    husk_dsb_sy(); /* what the other CPU is to look at comes before */
    husk_sev();
}

void husk_direct_enable(unsigned intid)
{
    (void)intid;
}

/* The console is the guest's: nothing of Husk's waits to be sent. */
void husk_console_pump(struct husk_vm *vm)
{
    (void)vm;
}
