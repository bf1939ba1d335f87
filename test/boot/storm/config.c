// SPDX-License-Identifier: Apache-2.0
// The storm on one CPU beside a unikernel on another, which keeps count of the time.
#include "storm-beside_blobs.h"

static const struct husk_ram_region storm_ram[] = {
    { .size_bytes = HUSK_MIB(16) },
};
static const struct husk_ram_region ticker_ram[] = {
    { .size_bytes = HUSK_MIB(16) },
};

static const struct husk_vm_config vms[] = {
    {
        .name = "storm",
        .cpu_mask = HUSK_CPUS(0, 0),
        .ram = HUSK_LIST(storm_ram),
        .kernel = &husk_blob_storm_beside_guest_kernel,
    },
    {
        .name = "ticker",
        .cpu_mask = HUSK_CPUS(1, 1),
        .ram = HUSK_LIST(ticker_ram),
        .unikernel = &husk_blob_storm_ticker,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "storm-beside", .vms = HUSK_LIST(vms) };
