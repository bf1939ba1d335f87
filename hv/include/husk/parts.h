// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_PARTS_H
#define HUSK_PARTS_H

/** @file
 * What of the libraries one image links beyond what every image has. husk_add_image() writes the
 * one instance: a part no guest of the product needs is NULL, and not in the image.
 */

#include <husk/fdt.h>

struct husk_parts {
    /** husk_fdt_build, where a guest is started with a device tree. */
    enum husk_err (*build_tree)(const struct husk_fdt_guest *guest, void *buf, size_t buf_bytes,
                                size_t *size_bytes);
};

extern const struct husk_parts husk_parts;

#endif
