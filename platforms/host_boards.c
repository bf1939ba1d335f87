// SPDX-License-Identifier: Apache-2.0
// What is known of each board before it is powered, for the products' checks on the host.
#include <husk/product.h>

/* platforms/qemu-virt: RAM from 1 GiB, its size and the CPUs are the command line's. */
static const struct husk_range qemu_virt_reserved[] = {
    { 0x08000000, 0x1a0000 }, /* GIC, of either version */
    { 0x09000000, 0x1000 },   /* UART */
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
};
const size_t husk_host_board_count = HUSK_COUNT(husk_host_boards);
