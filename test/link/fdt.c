// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <husk/fdt.h>

void firmware(void)
{
    static _Alignas(8) uint8_t tree[4096];
    static struct husk_fdt_board board;
    const size_t size_bytes = husk_fdt_used_bytes(tree);

    if (husk_fdt_scan(tree, size_bytes, &board) == HUSK_OK) {
        firmware_use(&board);
    }
}
