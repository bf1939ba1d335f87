// SPDX-License-Identifier: Apache-2.0
/* What a VM's fields mean where they are left out; how rules are run over VMs. */
#include "product_rules.h"

enum husk_reset husk_product_on_reset(const struct husk_product *product,
                                      const struct husk_vm_config *vm)
{
    if (vm->on_reset != HUSK_RESET_DEFAULT) {
        return vm->on_reset;
    }
    return product->vms.count == 1 ? HUSK_RESET_BOARD : HUSK_RESET_VM;
}

unsigned husk_product_vcpu_count(const struct husk_vm_config *vm)
{
    return (unsigned)__builtin_popcountll(vm->cpu_mask);
}

struct husk_range husk_product_ram_pas(const struct husk_vm_config *vm, size_t index)
{
    return (struct husk_range){ vm->ram.items[index].pa.value, vm->ram.items[index].size_bytes };
}

enum husk_err husk_product_run_vms(struct check *check, check_fn *const *rules, size_t count)
{
    enum husk_err err = HUSK_OK;

    for (size_t v = 0; v < check->product->vms.count && err == HUSK_OK; v++) {
        check->vm = &check->product->vms.items[v];
        err = husk_product_run(check, rules, count);
    }
    return err;
}
