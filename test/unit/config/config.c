// SPDX-License-Identifier: Apache-2.0
// A product that is wrong on purpose: the second VM's RAM begins inside the first one's.
#include "refuses_blobs.h"

static const struct husk_ram_region first_ram[] = {
    { .pa = { 0x50000000 }, .size_bytes = HUSK_MIB(64) },
};

static const struct husk_ram_region second_ram[] = {
    { .pa = { 0x60000000 }, .size_bytes = HUSK_MIB(16) },
    { .ipa = { 0x60000000 }, .pa = { 0x53e00000 }, .size_bytes = HUSK_MIB(16) },
};

static const struct husk_vm_config vms[] = {
    {
        .name = "first",
        .cpu_mask = HUSK_CPUS(0, 0),
        .ram = HUSK_LIST(first_ram),
        .unikernel = &husk_blob_refuses_guest,
    },
    {
        .name = "second",
        .cpu_mask = HUSK_CPUS(1, 1),
        .ram = HUSK_LIST(second_ram),
        .unikernel = &husk_blob_refuses_guest,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "refuses", .vms = HUSK_LIST(vms) };
