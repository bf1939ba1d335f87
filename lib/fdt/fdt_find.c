// SPDX-License-Identifier: Apache-2.0
/* The way to one node of the root: for passes that end with it. */
#include "fdt_internal.h"

enum husk_err husk_fdt_find(struct walk *walk, const void *dtb, size_t max_bytes, const char *node,
                            struct cells *root)
{
    if (husk_fdt_open(walk, dtb, max_bytes) != HUSK_OK) {
        return HUSK_EINVAL;
    }
    *root = husk_fdt_cells(walk);
    while (husk_fdt_child(walk)) {
        if (husk_fdt_is(&walk->name, node)) {
            return HUSK_OK;
        }
        husk_fdt_leave(walk);
    }
    return walk->err != HUSK_OK ? walk->err : HUSK_ENOENT;
}
