// SPDX-License-Identifier: Apache-2.0
// A product for boards with a GICv2: no image comes of it that drives a GICv3.
#include "image_blobs.h"

#include <husk/product.h>

static const struct husk_ram_region ram[] = {
    { .size_bytes = HUSK_MIB(16) },
};
static const struct husk_vm_config vms[] = {
    { .name = "guest",
      .cpu_mask = HUSK_CPUS(0, 0),
      .ram = HUSK_LIST(ram),
      .unikernel = &husk_blob_guest },
};
const struct husk_product husk_product = {
    .name = "image",
    .vms = HUSK_LIST(vms),
    .gic = HUSK_GIC_V2,
};
