// SPDX-License-Identifier: Apache-2.0
// Linux with channels of the DMA engine: two of whole ones, and two lite ones that share an
// interrupt. Its memory lies above 1 GiB, where the engine does not reach. What its module copies
// from and to (cma=) begins in the first of these pieces, which are no neighbours. Unless Linux has
// all CPUs, dma-demo's neighbour is there, whose memory is the low alias of Linux' first.
#include LINUX_BLOBS
#include "places.h"

static const struct husk_ram_region neighbour_ram[] = {
    { .pa = { NEIGHBOUR_PA }, .size_bytes = HUSK_MIB(NEIGHBOUR_MIB) },
};

static const struct husk_ram_region linux_ram[] = {
    { .ipa = { 0x40000000 }, .pa = { 0x50000000 }, .size_bytes = HUSK_MIB(130) },
    { .ipa = { 0x48200000 }, .pa = { 0x5a000000 }, .size_bytes = HUSK_MIB(4) },
    { .ipa = { 0x48600000 }, .pa = { 0x5c000000 }, .size_bytes = HUSK_MIB(4) },
    { .ipa = { 0x48a00000 }, .pa = { 0x5b000000 }, .size_bytes = HUSK_MIB(4) },
    { .ipa = { 0x48e00000 }, .pa = { 0x5d000000 }, .size_bytes = HUSK_MIB(4) },
    { .ipa = { 0x49200000 }, .pa = { 0x5a800000 }, .size_bytes = HUSK_MIB(4) },
    { .ipa = { 0x49600000 }, .pa = { 0x5d800000 }, .size_bytes = HUSK_MIB(4) },
    { .ipa = { 0x49a00000 }, .pa = { 0x60000000 }, .size_bytes = HUSK_MIB(102) },
};

static const struct husk_dma_config linux_dma = { .channels = 0x630 }; /* 4, 5, 9, 10 */

static const struct husk_vm_config vms[] = {
    {
        .name = "neighbour",
        .cpu_mask = HUSK_CPUS(3, 3),
        .ram = HUSK_LIST(neighbour_ram),
        .unikernel = &husk_blob_dma_demo_neighbour,
    },
    {
        .name = "linux",
        .cpu_mask = HUSK_CPUS(0, LINUX_VCPUS - 1),
        .ram = HUSK_LIST(linux_ram),
        .kernel = &LINUX_KERNEL,
        .initrd = &LINUX_INITRD,
        .command_line = "console=ttyAMA0 quiet rdinit=/bin/husk-dma cma=40M@0x48000000",
        .dma = &linux_dma,
    },
};

enum { FIRST = LINUX_VCPUS == 4 ? 1 : 0 };

extern const struct husk_product husk_product;
const struct husk_product husk_product = {
    .name = "dma-linux",
    .vms = { &vms[FIRST], HUSK_COUNT(vms) - FIRST },
};
