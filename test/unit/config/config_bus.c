// SPDX-License-Identifier: Apache-2.0
// A bus master of the Raspberry Pi 4 behind a wall, and nobody said that its VM is trusted.
#include "refuses-bus_blobs.h"

static const struct husk_ram_region ram[] = {
    { .pa = { 0x10000000 }, .size_bytes = HUSK_MIB(64) },
};

static const struct husk_device devices[] = {
    { .name = "usb", .pa = { 0xfe980000 }, .size_bytes = HUSK_KIB(64), .bus = "soc" },
};

static const struct husk_vm_config vms[] = {
    {
        .name = "driver",
        .cpu_mask = HUSK_CPUS(0, 0),
        .ram = HUSK_LIST(ram),
        .unikernel = &husk_blob_refuses_guest,
        .devices = HUSK_LIST(devices),
        .wall = true,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "refuses-bus", .vms = HUSK_LIST(vms) };
