// SPDX-License-Identifier: Apache-2.0
// A VM on each CPU.
#include "rpi4-four_blobs.h"

static const struct husk_ram_region ram[] = {
    { .size_bytes = HUSK_MIB(16) },
};

static const struct husk_vm_config vms[] = {
    { .name = "zero",
      .cpu_mask = HUSK_CPUS(0, 0),
      .ram = HUSK_LIST(ram),
      .unikernel = &husk_blob_rpi4_here_0 },
    { .name = "one",
      .cpu_mask = HUSK_CPUS(1, 1),
      .ram = HUSK_LIST(ram),
      .unikernel = &husk_blob_rpi4_here_1 },
    { .name = "two",
      .cpu_mask = HUSK_CPUS(2, 2),
      .ram = HUSK_LIST(ram),
      .unikernel = &husk_blob_rpi4_here_2 },
    { .name = "three",
      .cpu_mask = HUSK_CPUS(3, 3),
      .ram = HUSK_LIST(ram),
      .unikernel = &husk_blob_rpi4_here_3 },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "rpi4-four", .vms = HUSK_LIST(vms) };
