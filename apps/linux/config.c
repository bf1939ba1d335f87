// SPDX-License-Identifier: Apache-2.0
// One VM with the whole board: Debian's Linux, or any arm64 Image or raw binary, unmodified.
#include "guest.h"

static const struct husk_ram_region ram[] = {
    { .size_bytes = LINUX_MEMORY },
};

static const struct husk_vm_config vms[] = {
    {
        .name = "linux",
        .cpu_mask = HUSK_CPUS(0, LINUX_VCPUS - 1),
        .ram = HUSK_LIST(ram),
        LINUX_GUEST,
        .on_reset = LINUX_ON_RESET,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = {
    .name = "linux",
    .vms = HUSK_LIST(vms),
    .gic = LINUX_MACHINE,
};
