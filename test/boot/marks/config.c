// SPDX-License-Identifier: Apache-2.0
// apps/hello, silent until its guest speaks.
#include "hello-silent_blobs.h"

static const struct husk_ram_region ram[] = {
    { .size_bytes = HUSK_MIB(16) },
};

static const struct husk_vm_config vms[] = {
    {
        .name = "hello",
        .cpu_mask = HUSK_CPUS(0, 0),
        .ram = HUSK_LIST(ram),
        .unikernel = &husk_blob_hello_guest,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = {
    .name = "hello-silent",
    .vms = HUSK_LIST(vms),
    .no_boot_marks = true,
};
