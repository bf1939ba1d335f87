// SPDX-License-Identifier: Apache-2.0
// The bench guest with the board's own interrupt controller.
#include "bench-direct-1cpu_blobs.h"

static const struct husk_ram_region ram[] = {
    { .size_bytes = HUSK_MIB(16) },
};
static const struct husk_device devices[] = {
    { .name = "rtc", .pa = { 0x09010000 }, .size_bytes = HUSK_KIB(4) },
};
static const struct husk_vm_config vms[] = {
    {
        .name = "bench",
        .cpu_mask = HUSK_CPUS(0, 0),
        .ram = HUSK_LIST(ram),
        .kernel = &husk_blob_bench_kernel_kernel,
        .devices = HUSK_LIST(devices),
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = {
    .name = "bench-direct",
    .vms = HUSK_LIST(vms),
    .gic = HUSK_GIC_DIRECT,
};
