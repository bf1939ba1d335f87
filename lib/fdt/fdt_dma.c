// SPDX-License-Identifier: Apache-2.0
/* A pass of its own: only products that drive bus masters need it. */
#include "fdt_internal.h"

enum husk_err husk_fdt_dma_window(const void *dtb, size_t max_bytes, const char *bus_node,
                                  struct husk_pa *pa, struct husk_bus *bus, uint64_t *size_bytes)
{
    struct value ranges = { NULL, 0 };
    struct walk walk;
    struct cells root; /* for a PA */
    struct cells here; /* for a bus address and a size */
    const uint32_t *at;
    const enum husk_err err = husk_fdt_find(&walk, dtb, max_bytes, bus_node, &root);

    if (err != HUSK_OK) {
        return err;
    }
    at = walk.at;
    here = husk_fdt_cells(&walk);
    walk.at = at; /* the same properties once more */
    while (husk_fdt_property(&walk)) {
        if (husk_fdt_is(&walk.name, "dma-ranges")) {
            ranges = walk.value;
        }
    }
    husk_fdt_leave(&walk);
    if (walk.err == HUSK_OK && ranges.data == NULL) {
        return HUSK_ENOENT;
    }
    if (walk.err != HUSK_OK || !cells_valid(root.address) || !cells_valid(here.address) ||
        !cells_valid(here.size) ||
        ranges.bytes < (here.address + root.address + here.size) * CELL_BYTES) {
        return HUSK_EINVAL;
    }
    at = ranges.data;
    bus->value = take_number(&at, here.address);
    pa->value = take_number(&at, root.address);
    *size_bytes = take_number(&at, here.size);
    return HUSK_OK;
}
