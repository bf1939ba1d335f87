// SPDX-License-Identifier: Apache-2.0
// The device tree a VM is started with, made anew at each start.
#include "window.h"
#include <husk/fdt_build.h>

enum {
    GUEST_SEED_BYTES = 64,
};

uint64_t husk_tree_load(struct husk_vm *vm)
{
    const struct husk_ipa at = { vm->ram[0].base + vm->layout.dtb_offset };
    uint8_t seed[GUEST_SEED_BYTES];
    struct husk_fdt_guest guest = {
        .model = husk_product.name,
        .ram = vm->ram,
        .ram_count = husk_vm_config(vm)->ram.count,
        .mpidr = vm->psci.mpidr,
        .vcpu_count = husk_vm_vcpus(vm),
        .bootargs = husk_vm_config(vm)->command_line,
        .initrd = { vm->ram[0].base + vm->layout.initrd_offset, vm->layout.initrd_bytes },
        .rng_seed = seed,
    };
    size_t size_bytes;

    husk_machine_describe(vm, &guest);
    if (husk_parts.devices != NULL) {
        husk_parts.devices->describe(vm, &guest);
    }
    husk_entropy_take(seed, sizeof(seed));
    husk_entropy_take(&guest.kaslr_seed, sizeof(guest.kaslr_seed));
    husk_must(husk_fdt_build(&guest, vm->tree, vm->layout.dtb_bytes, &size_bytes));
    husk_must(husk_guest_copy_in(vm, at, vm->tree, size_bytes));
    return at.value;
}
