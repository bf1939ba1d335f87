// SPDX-License-Identifier: Apache-2.0
// The same with the board's own interrupt controller, and nobody beside it: Husk itself is behind
// the wall.
#include "rpi4-usb-direct_blobs.h"

static const struct husk_ram_region ram[] = {
    { .pa = { 0x10000000 }, .size_bytes = HUSK_MIB(256) },
    { .ipa = { 0x80000000 }, .size_bytes = HUSK_MIB(256) },
};

/* All interrupts are the guest's: which is the controller's, its node says by itself (SPI 73,
 * level). */
static const uint8_t interrupts[] = { 0, 0, 0, 0, 0, 0, 0, 73, 0, 0, 0, 4 };
static const struct husk_property properties[] = {
    { "dr_mode", "host", sizeof("host") },
    { "interrupts", interrupts, sizeof(interrupts) },
};

static const struct husk_device devices[] = {
    { .name = "usb",
      .pa = { 0xfe980000 },
      .size_bytes = HUSK_KIB(64),
      .compatible = "brcm,bcm2835-usb",
      .properties = properties,
      .property_count = HUSK_COUNT(properties),
      .bus = "soc" },
};

static const struct husk_vm_config vms[] = {
    {
        .name = "linux",
        .cpu_mask = HUSK_CPUS(0, 1),
        .ram = HUSK_LIST(ram),
        .kernel = &husk_blob_rpi4_usb_linux_kernel,
        .initrd = &husk_blob_rpi4_usb_linux_initrd,
        .command_line = "console=ttyAMA0 quiet",
        .devices = HUSK_LIST(devices),
        .wall = true,
        .trusted = true,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = {
    .name = "rpi4-usb-direct",
    .vms = HUSK_LIST(vms),
    .gic = HUSK_GIC_DIRECT,
};
