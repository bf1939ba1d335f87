// SPDX-License-Identifier: Apache-2.0
// A VM that has the USB controller write wherever it reaches, and a VM that must not notice. WALL:
// whether there is one; without, the other VM's memory is where it is hit.
#include WILD_BLOBS
#include "wild.h"

static const struct husk_ram_region canary_ram[] = {
#if WALL
    { .size_bytes = HUSK_MIB(32) },
#else
    { .pa = { CANARY_PA }, .size_bytes = HUSK_MIB(32) },
#endif
};

static const struct husk_ram_region wild_ram[] = {
    { .pa = { WILD_PA }, .size_bytes = HUSK_MIB(16) },
};

static const struct husk_device devices[] = {
    { .name = "usb", .pa = { USB }, .size_bytes = HUSK_KIB(64), .bus = "soc" },
};

static const struct husk_vm_config vms[] = {
    {
        .name = "wild", /* the first: the keyboard is its own */
        .cpu_mask = HUSK_CPUS(0, 0),
        .ram = HUSK_LIST(wild_ram),
        .unikernel = &WILD_GUEST,
        .devices = HUSK_LIST(devices),
        .wall = WALL,
        .trusted = true,
    },
    {
        .name = "canary",
        .cpu_mask = HUSK_CPUS(1, 1),
        .ram = HUSK_LIST(canary_ram),
        .unikernel = &CANARY_GUEST,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "rpi4-wild", .vms = HUSK_LIST(vms) };
