// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_PRODUCT_RULES_H
#define HUSK_PRODUCT_RULES_H

/* The rules that run when an image is built. Each is a function from the table in product_check.c:
 * it returns HUSK_OK or fills in the error. A rule may take for granted what the rules above it
 * found sound, and nothing else. */
#include "product_internal.h"

typedef enum husk_err check_fn(const struct check *check);

/* A guest's own devices: RAM and devices passed through stay clear of them. */
struct guest_window {
    const char *name;
    struct husk_range range;
};

/** End of the IPA space: stage 2 has 40 bits (DESIGN 10.8). */
#define HUSK_IPA_END HUSK_BIT(40)

/** The VM whose RAM, at a known physical address, shares a byte with the range; NULL: none. */
const char *husk_product_ram_owner(const struct husk_product *product, struct husk_range range);

/** The guest's own device that shares a byte with `range` of IPAs; NULL: none. */
const struct guest_window *husk_product_window_hit(struct husk_range range);

/** Runs the rules in their order, to the first that does not hold. */
static inline enum husk_err husk_product_run(const struct check *check, check_fn *const *rules,
                                             size_t count)
{
    enum husk_err err = HUSK_OK;

    for (size_t i = 0; i < count && err == HUSK_OK; i++) {
        err = rules[i](check);
    }
    return err;
}

/** The same for each VM, which becomes `check->vm`. */
enum husk_err husk_product_run_vms(struct check *check, check_fn *const *rules, size_t count);

check_fn husk_product_check_direct_alone;
check_fn husk_product_check_direct;
check_fn husk_product_check_direct_ram;
check_fn husk_product_check_direct_devices;
check_fn husk_product_check_ram_list;
check_fn husk_product_check_ram_shape;
check_fn husk_product_check_ram_ipa;
check_fn husk_product_check_ram_pa;
check_fn husk_product_check_device_list;
check_fn husk_product_check_device_shape;
check_fn husk_product_check_device_place;
check_fn husk_product_check_device_owner;
check_fn husk_product_check_intid_range;
check_fn husk_product_check_intid_owner;
check_fn husk_product_check_bus_shape;
check_fn husk_product_check_dma_shape;
check_fn husk_product_check_images;
check_fn husk_product_check_dma_owner;
check_fn husk_product_check_dma_pool;

#endif
