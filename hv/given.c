// SPDX-License-Identifier: Apache-2.0
// What of the board a product gives to a VM by its address: RAM, and devices, which the VM finds
// where they are.
#include "hv.h"

void husk_given_reserve(void)
{
    for (size_t v = 0; v < husk_product.vms.count; v++) {
        const struct husk_ram_list *const ram = &husk_product.vms.items[v].ram;

        for (size_t i = 0; i < ram->count; i++) {
            if (ram->items[i].pa.value != 0) {
                husk_memory_reserve(
                    (struct husk_range){ ram->items[i].pa.value, ram->items[i].size_bytes });
            }
        }
    }
}

size_t husk_given_tables(const struct husk_vm *vm)
{
    const struct husk_device_list *const devices = &husk_vm_config(vm)->devices;
    size_t count = 0;

    for (size_t i = 0; i < devices->count; i++) {
        count += husk_mmu_pages_for(devices->items[i].pa.value, devices->items[i].size_bytes);
    }
    return count;
}

void husk_given_map(struct husk_vm *vm)
{
    const struct husk_device_list *const devices = &husk_vm_config(vm)->devices;

    for (size_t i = 0; i < devices->count; i++) {
        const uint64_t pa = devices->items[i].pa.value;

        husk_vm_map_device(vm, pa, (struct husk_range){ pa, devices->items[i].size_bytes });
    }
}
