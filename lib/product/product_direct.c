// SPDX-License-Identifier: Apache-2.0
/* What can't go with HUSK_GIC_DIRECT: the VM has the board's GIC, and EL2 takes no interrupt. All
 * of it is known before the board is powered, so none of these rules runs at boot. */
#include "product_rules.h"

static bool is_direct(const struct check *check)
{
    return check->product->gic == HUSK_GIC_DIRECT;
}

enum husk_err husk_product_check_direct_alone(const struct check *check)
{
    const struct husk_vm_list *vms = &check->product->vms;

    if (is_direct(check) && vms->count > 1) {
        return HUSK_FAIL(check, HUSK_ERANGE, "vms",
                         "lists VMs beside the one that HUSK_GIC_DIRECT gives the "
                         "board's GIC",
                         .value = vms->count, .other = vms->items[1].name);
    }
    return HUSK_OK;
}

/* A restart of the VM alone would need its other CPUs to be stopped. */
enum husk_err husk_product_check_direct(const struct check *check)
{
    const struct husk_vm_config *vm = check->vm;

    if (!is_direct(check)) {
        return HUSK_OK;
    }
    if ((vm->cpu_mask & (vm->cpu_mask + 1)) != 0) {
        return HUSK_FAIL(check, HUSK_EINVAL, "cpu_mask",
                         "leaves out a CPU below others, and with HUSK_GIC_DIRECT "
                         "vCPU n is on pCPU n; use HUSK_CPUS(0, last)",
                         .value = vm->cpu_mask);
    }
    if (vm->on_reset == HUSK_RESET_VM) {
        return HUSK_FAIL(check, HUSK_EINVAL, "on_reset",
                         "restarts the VM, whose CPUs EL2 can't interrupt with "
                         "HUSK_GIC_DIRECT; use HUSK_RESET_BOARD");
    }
    if (vm->on_end == HUSK_END_RESTART) {
        return HUSK_FAIL(check, HUSK_EINVAL, "on_end",
                         "restarts the VM, whose CPUs EL2 can't interrupt with "
                         "HUSK_GIC_DIRECT; use HUSK_END_STOP");
    }
    if (vm->dma != NULL) {
        return HUSK_FAIL(check, HUSK_EINVAL, "dma",
                         "has channels whose interrupts EL2 takes first, and with "
                         "HUSK_GIC_DIRECT it takes none; take it out");
    }
    if (vm->intid_count != 0) {
        return HUSK_FAIL(check, HUSK_EINVAL, "intid_count",
                         "is of a virtual GIC; with HUSK_GIC_DIRECT leave it out",
                         .value = vm->intid_count);
    }
    return HUSK_OK;
}

/* Memory a unikernel needs from its start, with what its file does not have; 0: not known here. */
static uint64_t unikernel_bytes(const struct husk_blob *unikernel)
{
    struct husk_image_header header = { 0 };

    if (unikernel == NULL || unikernel->data == NULL ||
        husk_image_header_read(unikernel->data, unikernel->size_bytes, &header) != HUSK_OK) {
        return 0;
    }
    return header.image_size_bytes;
}

enum husk_err husk_product_check_direct_ram(const struct check *check)
{
    const struct husk_vm_config *vm = check->vm;
    const uint64_t need = unikernel_bytes(vm->unikernel) + HUSK_PRODUCT_TREE_BYTES;

    if (!is_direct(check)) {
        return HUSK_OK;
    }
    for (size_t i = 0; i < vm->ram.count; i++) {
        const struct husk_range ram = { husk_product_ram_ipa(vm, i), vm->ram.items[i].size_bytes };

        if (husk_product_hits_any(check->board->reserved, check->board->reserved_count, ram)) {
            return HUSK_FAIL(check, HUSK_EOVERLAP, "ram[].ipa",
                             "and its size lie over the board's devices, which "
                             "HUSK_GIC_DIRECT shows where they are",
                             .index = i, .value = ram.base, .other = check->board->name);
        }
    }
    if (need > vm->ram.items[0].size_bytes) {
        return HUSK_FAIL(check, HUSK_ERANGE, "ram[].size_bytes",
                         "has no room for the unikernel and its device tree",
                         .value = vm->ram.items[0].size_bytes, .limit = need);
    }
    return HUSK_OK;
}

enum husk_err husk_product_check_direct_devices(const struct check *check)
{
    const struct husk_device_list *devices = &check->vm->devices;

    for (size_t i = 0; is_direct(check) && i < devices->count; i++) {
        if (devices->items[i].intid_count != 0) {
            return HUSK_FAIL(check, HUSK_EINVAL, "devices[].intids",
                             "are the guest's anyway with HUSK_GIC_DIRECT; list none", .index = i);
        }
    }
    return HUSK_OK;
}
