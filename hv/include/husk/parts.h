// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_PARTS_H
#define HUSK_PARTS_H

/** @file
 * What of hv one image links beyond what every image has. husk_add_image() writes the one instance:
 * a part no guest of the product needs is NULL, and not in the image.
 */

#include <stddef.h>
#include <stdint.h>

struct husk_vm;

struct husk_parts {
    /** husk_tree_load (and through it libfdt), where a guest is started with a device tree. */
    uint64_t (*load_tree)(struct husk_vm *vm);
    /** husk_entropy_init and husk_entropy_take, where a guest is given randomness. */
    void (*seed)(const uint8_t *seed, size_t seed_bytes);
    void (*random)(void *out, size_t size_bytes);
};

extern const struct husk_parts husk_parts;

uint64_t husk_tree_load(struct husk_vm *vm);
void husk_entropy_init(const uint8_t *seed, size_t seed_bytes);
void husk_entropy_take(void *out, size_t size_bytes);

#endif
