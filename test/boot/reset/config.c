// SPDX-License-Identifier: Apache-2.0
// One unikernel; RESET_KIND says what its SYSTEM_RESET does, RESET_PA where its RAM lies (0:
// anywhere).
#include RESET_BLOBS

static const struct husk_ram_region ram[] = {
    { .pa = { RESET_PA }, .size_bytes = HUSK_MIB(16) },
};

static const struct husk_vm_config vms[] = {
    {
        .name = "reset",
        .cpu_mask = HUSK_CPUS(0, 0),
        .ram = HUSK_LIST(ram),
        .unikernel = &husk_blob_reset_guest,
        .on_reset = RESET_KIND,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "reset", .vms = HUSK_LIST(vms) };
