// SPDX-License-Identifier: Apache-2.0
// What is known of each board before it is powered, for the products' checks on the host.
#include <husk/product.h>

/* platforms/qemu-virt: RAM from 1 GiB, its size and the CPUs are the command line's. */
static const struct husk_range qemu_virt_reserved[] = {
    { 0x08000000, 0x1a0000 }, /* GIC, of either version */
    { 0x09000000, 0x1000 },   /* UART */
};

/* platforms/rpi4: 1 to 8 GiB of RAM, of which the VideoCore and peripherals take their part. */
static const struct husk_range rpi4_reserved[] = {
    { 0, 0x80000 },         /* the firmware's stub with its spin table, or TF-A */
    { 0xfe007000, 0x1000 }, /* DMA engine: never mapped, see husk_dma_config */
    { 0xfe00b000, 0x1000 }, /* mailbox */
    { 0xfe100000, 0x1000 }, /* power management, watchdog */
    { 0xfe201000, 0x1000 }, /* UART0; the mini-UART's page where that is the console */
    { 0xff840000, 0x8000 }, /* GIC-400 */
};

static const struct husk_board_dma rpi4_dma = {
    .window = { { 0 }, { 0xc0000000 }, 0x40000000 },
    .channels = 0x7f5,
    .intid = 112,
    .intid_count = 9,
};

/* Linux' bcm2711.dtsi. What emmc2bus reaches the firmware decides, by the chip's revision: at least
 * this. */
static const struct husk_board_bus rpi4_buses[] = {
    { "soc", { { 0 }, { 0xc0000000 }, 0x40000000 } },
    { "emmc2bus", { { 0 }, { 0xc0000000 }, 0x40000000 } },
};

static const struct husk_board_master rpi4_masters[] = {
    { { 0xfd500000, 0x10000 }, "scb" },     /* PCIe, and behind it USB 3 */
    { { 0xfd580000, 0x10000 }, "scb" },     /* GENET: Ethernet */
    { { 0xfe004000, 0x1000 }, "soc" },      /* TXP: a picture to memory */
    { { 0xfe300000, 0x1000 }, "soc" },      /* SDHCI */
    { { 0xfe340000, 0x1000 }, "emmc2bus" }, /* the SD card */
    { { 0xfe400000, 0x8000 }, "soc" },      /* HVS: pictures from memory */
    { { 0xfe800000, 0x2000 }, "soc" },      /* Unicam: cameras */
    { { 0xfe980000, 0x10000 }, "soc" },     /* DWC2: USB */
    { { 0xfec00000, 0x100000 }, "scb" },    /* V3D: graphics */
};

extern const struct husk_board husk_host_boards[];
extern const size_t husk_host_board_count;

const struct husk_board husk_host_boards[] = {
    {
        .name = "qemu-virt",
        .cpu_count = 8,
        .reserved = qemu_virt_reserved,
        .reserved_count = HUSK_COUNT(qemu_virt_reserved),
        .intid_count = 288,
    },
    {
        .name = "rpi4",
        .cpu_count = 4,
        .reserved = rpi4_reserved,
        .reserved_count = HUSK_COUNT(rpi4_reserved),
        .firmware_count = 1,
        .gic = HUSK_GIC_V2,
        .lr_count = 4,
        .intid_count = 224,
        .dma = &rpi4_dma,
        .buses = rpi4_buses,
        .bus_count = HUSK_COUNT(rpi4_buses),
        .masters = rpi4_masters,
        .master_count = HUSK_COUNT(rpi4_masters),
    },
};
const size_t husk_host_board_count = HUSK_COUNT(husk_host_boards);
