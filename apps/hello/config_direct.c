// SPDX-License-Identifier: Apache-2.0
// hello with the board's own interrupt controller and serial port: its interrupts cost no exit.
#include "hello_blobs.h"

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
    .name = "hello",
    .vms = HUSK_LIST(vms),
    .gic = HUSK_GIC_DIRECT,
};
