// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_PRODUCT_INTERNAL_H
#define HUSK_PRODUCT_INTERNAL_H

/* What checks and layouts share. What only rules do that run when an image is built is in
 * product_rules.h. */
#include <husk/product.h>

/* What a rule looks at. `vm` is NULL for rules of the product. */
struct check {
    const struct husk_product *product;
    const struct husk_board *board;
    const struct husk_vm_config *vm;
    struct husk_product_error *error;
};

/** Size of a block a blob's slot and RAM are made of. */
#define HUSK_SLOT_BYTES HUSK_MIB(2)

/** Notes what is wrong, of `check->vm`. Returns `err`. */
enum husk_err husk_product_fail(const struct check *check, enum husk_err err,
                                const struct husk_product_error *error);

/** The same: `at` is .field, then comes .what, and as .member = value whatever else says it. */
#define HUSK_FAIL(check, err, at, ...)                                                             \
    husk_product_fail(check, err,                                                                  \
                      &(struct husk_product_error){ .field = (at), .what = __VA_ARGS__ })

/** True when the strings are equal. */
bool husk_product_same_text(const char *a, const char *b);

/** Physical addresses of a RAM region; base 0: the boot allocator chooses. */
struct husk_range husk_product_ram_pas(const struct husk_vm_config *vm, size_t index);

/** True when [range) is made of board RAM only; banks may adjoin. */
bool husk_product_board_has(const struct husk_board *board, struct husk_range range);

/** True when one of the ranges shares a byte with `range`. */
bool husk_product_hits_any(const struct husk_range *ranges, size_t count, struct husk_range range);

/** Rules of the board's about the places that a product gives, of RAM and of devices. */
enum husk_err husk_product_check_ram_place(const struct check *check,
                                           const struct husk_vm_config *vm);
enum husk_err husk_product_check_devices_place(const struct check *check,
                                               const struct husk_vm_config *vm);

/** A layout in the making. */
struct plan {
    const struct check *check;
    struct husk_vm_layout *layout;
    uint64_t ram_bytes;
    uint64_t end; /* the first offset not yet given away */
};

/** Gives away [offset, offset + bytes), which must lie in RAM. */
enum husk_err husk_product_layout_take(struct plan *plan, const char *field, uint64_t offset,
                                       uint64_t bytes);

/** Lays out a VM whose image is a kernel, or a raw binary. */
enum husk_err husk_product_layout_kernel(struct plan *plan);
enum husk_err husk_product_layout_raw(struct plan *plan);

#endif
