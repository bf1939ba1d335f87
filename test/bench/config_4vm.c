// SPDX-License-Identifier: Apache-2.0
// The bench guest with three VMs beside it that sleep.
#include "devices.h"

#include "bench-4vm_blobs.h"

static const struct husk_ram_region ram[] = {
    { .size_bytes = HUSK_MIB(16) },
};
static const struct husk_vm_config vms[] = {
    {
        .name = "bench",
        .cpu_mask = HUSK_CPUS(0, 1),
        .ram = HUSK_LIST(ram),
        .kernel = &husk_blob_bench_kernel_kernel,
        .devices = HUSK_LIST(devices),
    },
    {
        .name = "idle-1",
        .cpu_mask = HUSK_CPUS(2, 2),
        .ram = HUSK_LIST(ram),
        .unikernel = &husk_blob_bench_idle_1,
    },
    {
        .name = "idle-2",
        .cpu_mask = HUSK_CPUS(3, 3),
        .ram = HUSK_LIST(ram),
        .unikernel = &husk_blob_bench_idle_2,
    },
    {
        .name = "idle-3",
        .cpu_mask = HUSK_CPUS(4, 4),
        .ram = HUSK_LIST(ram),
        .unikernel = &husk_blob_bench_idle_3,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "bench-4vm", .vms = HUSK_LIST(vms) };
