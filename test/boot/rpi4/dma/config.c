// SPDX-License-Identifier: Apache-2.0
// As dma-demo, with another guest in the copier's place, which has a second CPU.
#include DMA_BLOBS
#include "places.h"

static const struct husk_ram_region neighbour_ram[] = {
    { .pa = { NEIGHBOUR_PA }, .size_bytes = HUSK_MIB(NEIGHBOUR_MIB) },
};

static const struct husk_ram_region guest_ram[] = {
    { .pa = { COPIER_PA_0 }, .size_bytes = HUSK_MIB(COPIER_MIB_0) },
    { .ipa = { HUSK_GUEST_RAM + HUSK_MIB(COPIER_MIB_0) },
      .pa = { COPIER_PA_1 },
      .size_bytes = HUSK_MIB(COPIER_MIB_1) },
    { .ipa = { HUSK_GUEST_RAM + HUSK_MIB(COPIER_MIB_0 + COPIER_MIB_1) },
      .pa = { LAST_PA },
      .size_bytes = HUSK_MIB(COPIER_MIB_2) },
};

/* A pool at an address of its own, in the middle of the window. */
static const struct husk_dma_config guest_dma = {
    .channels = COPIER_CHANNELS,
    .dreqs = HUSK_BIT(5),
    .pool = { POOL_PA },
    .pool_bytes = HUSK_KIB(16),
};

static const struct husk_vm_config vms[] = {
    {
        .name = "neighbour",
        .cpu_mask = HUSK_CPUS(0, 0),
        .ram = HUSK_LIST(neighbour_ram),
        .unikernel = &husk_blob_dma_demo_neighbour,
    },
    {
        .name = "guest",
        .cpu_mask = HUSK_CPUS(1, 2),
        .ram = HUSK_LIST(guest_ram),
        .unikernel = &DMA_GUEST,
        .dma = &guest_dma,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "dma-test", .vms = HUSK_LIST(vms) };
