// SPDX-License-Identifier: Apache-2.0
// Linux beside a unikernel that ends itself, again and again.
#include "kill_blobs.h"

static const struct husk_ram_region linux_ram[] = {
    { .size_bytes = HUSK_MIB(256) },
};
static const struct husk_ram_region victim_ram[] = {
    { .size_bytes = HUSK_MIB(16) },
};

static const struct husk_vm_config vms[] = {
    {
        .name = "linux",
        .cpu_mask = HUSK_CPUS(0, 1),
        .ram = HUSK_LIST(linux_ram),
        .kernel = &husk_blob_kill_linux_kernel,
        .initrd = &husk_blob_kill_linux_initrd,
        .command_line = "console=ttyAMA0",
    },
    {
        .name = "victim",
        .cpu_mask = HUSK_CPUS(2, 3),
        .ram = HUSK_LIST(victim_ram),
        .unikernel = &husk_blob_kill_victim,
        .on_end = HUSK_END_RESTART,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "kill", .vms = HUSK_LIST(vms) };
