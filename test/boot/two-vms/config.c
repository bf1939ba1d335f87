// SPDX-License-Identifier: Apache-2.0
// Linux beside a unikernel, each with CPUs and memory of its own.
#include "two-vms_blobs.h"

static const struct husk_ram_region linux_ram[] = {
    { .size_bytes = HUSK_MIB(256) },
};
static const struct husk_ram_region ticker_ram[] = {
    { .size_bytes = HUSK_MIB(16) },
};

static const struct husk_vm_config vms[] = {
    {
        .name = "linux",
        .cpu_mask = HUSK_CPUS(1, 2),
        .ram = HUSK_LIST(linux_ram),
        .kernel = &husk_blob_two_vms_linux_kernel,
        .initrd = &husk_blob_two_vms_linux_initrd,
        .command_line = "console=ttyAMA0",
    },
    {
        .name = "ticker",
        .cpu_mask = HUSK_CPUS(0, 0),
        .ram = HUSK_LIST(ticker_ram),
        .unikernel = &husk_blob_two_vms_ticker,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "two-vms", .vms = HUSK_LIST(vms) };
