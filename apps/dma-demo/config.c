// SPDX-License-Identifier: Apache-2.0
// A VM that drives two channels of the Raspberry Pi's DMA engine, and a VM that must not notice.
#include "dma-demo_blobs.h"
#include "places.h"

static const struct husk_ram_region neighbour_ram[] = {
    { .pa = { NEIGHBOUR_PA }, .size_bytes = HUSK_MIB(NEIGHBOUR_MIB) },
};

static const struct husk_ram_region copier_ram[] = {
    { .pa = { COPIER_PA_0 }, .size_bytes = HUSK_MIB(COPIER_MIB_0) },
    { .ipa = { HUSK_GUEST_RAM + HUSK_MIB(COPIER_MIB_0) },
      .pa = { COPIER_PA_1 },
      .size_bytes = HUSK_MIB(COPIER_MIB_1) },
    { .ipa = { HUSK_GUEST_RAM + HUSK_MIB(COPIER_MIB_0 + COPIER_MIB_1) },
      .pa = { COPIER_PA_2 },
      .size_bytes = HUSK_MIB(COPIER_MIB_2) },
};

static const struct husk_dma_config copier_dma = { .channels = COPIER_CHANNELS };

static const struct husk_vm_config vms[] = {
    {
        .name = "neighbour", /* the first: the keyboard is its own */
        .cpu_mask = HUSK_CPUS(0, 0),
        .ram = HUSK_LIST(neighbour_ram),
        .unikernel = &husk_blob_dma_demo_neighbour,
    },
    {
        .name = "copier",
        .cpu_mask = HUSK_CPUS(1, 1),
        .ram = HUSK_LIST(copier_ram),
        .unikernel = &husk_blob_dma_demo_copier,
        .dma = &copier_dma,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "dma-demo", .vms = HUSK_LIST(vms) };
