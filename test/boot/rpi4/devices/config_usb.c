// SPDX-License-Identifier: Apache-2.0
// Debian's Linux drives the USB controller, a bus master that reaches the first GiB; its memory is
// not where it is for the board, and most of it out of that reach. Beside it a VM that must not
// notice.
#include "rpi4-usb_blobs.h"

/* The first region, by its address, is in reach; the other wherever there is room. */
static const struct husk_ram_region linux_ram[] = {
    { .pa = { 0x10000000 }, .size_bytes = HUSK_MIB(256) },
    { .ipa = { 0x80000000 }, .size_bytes = HUSK_MIB(256) },
};

static const uint16_t usb_intids[] = { 105 };

/* Of Linux' binding brcm,bcm2835-usb: no board here has a device on the other side. */
static const struct husk_property usb_properties[] = {
    { "dr_mode", "host", sizeof("host") },
};

static const struct husk_device linux_devices[] = {
    { .name = "usb",
      .pa = { 0xfe980000 },
      .size_bytes = HUSK_KIB(64),
      .intids = usb_intids,
      .intid_count = HUSK_COUNT(usb_intids),
      .compatible = "brcm,bcm2835-usb",
      .properties = usb_properties,
      .property_count = HUSK_COUNT(usb_properties),
      .bus = "soc" },
};

static const struct husk_ram_region ticker_ram[] = {
    { .size_bytes = HUSK_MIB(16) },
};

static const struct husk_vm_config vms[] = {
    {
        .name = "linux",
        .cpu_mask = HUSK_CPUS(0, 1),
        .ram = HUSK_LIST(linux_ram),
        .kernel = &husk_blob_rpi4_usb_linux_kernel,
        .initrd = &husk_blob_rpi4_usb_linux_initrd,
        .command_line = "console=ttyAMA0 quiet",
        .devices = HUSK_LIST(linux_devices),
        .wall = true,
        .trusted = true,
    },
    {
        .name = "ticker",
        .cpu_mask = HUSK_CPUS(2, 2),
        .ram = HUSK_LIST(ticker_ram),
        .unikernel = &husk_blob_rpi4_usb_ticker,
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "rpi4-usb", .vms = HUSK_LIST(vms) };
