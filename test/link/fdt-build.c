// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <husk/fdt_build.h>

void firmware(void)
{
    static _Alignas(8) uint8_t tree[4096];
    static const struct husk_fdt_guest guest = { .model = "husk,firmware" };
    size_t size_bytes;

    if (husk_fdt_build(&guest, tree, sizeof(tree), &size_bytes) == HUSK_OK) {
        firmware_use(tree);
    }
}
