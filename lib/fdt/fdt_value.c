// SPDX-License-Identifier: Apache-2.0
/* Passes of their own, for one property each: only products with such guests need them. */
#include "fdt_internal.h"

enum husk_err husk_fdt_value(const void *dtb, size_t max_bytes, const char *node,
                             const char *property, const void **value, size_t *value_bytes)
{
    struct walk walk;
    struct cells root;
    const enum husk_err err = husk_fdt_find(&walk, dtb, max_bytes, node, &root);

    if (err != HUSK_OK) {
        return err;
    }
    while (husk_fdt_property(&walk)) {
        if (husk_fdt_is(&walk.name, property)) {
            *value = walk.value.data;
            *value_bytes = walk.value.bytes;
            return HUSK_OK;
        }
    }
    return walk.err != HUSK_OK ? walk.err : HUSK_ENOENT;
}

bool husk_fdt_psci_smc(const void *dtb, size_t max_bytes)
{
    const void *data;
    size_t bytes;

    if (husk_fdt_value(dtb, max_bytes, "psci", "method", &data, &bytes) != HUSK_OK) {
        return false;
    }
    return husk_fdt_is(&(struct value){ data, (uint32_t)bytes }, "smc");
}
