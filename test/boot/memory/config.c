// SPDX-License-Identifier: Apache-2.0
// One raw guest with the RAM regions of MEMORY_RAM.
#include MEMORY_BLOBS

static const struct husk_ram_region ram[] = { MEMORY_RAM };

static const struct husk_vm_config vms[] = {
    {
        .name = "memory",
        .cpu_mask = HUSK_CPUS(0, 0),
        .ram = HUSK_LIST(ram),
        .raw = &MEMORY_RAW,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "memory", .vms = HUSK_LIST(vms) };
