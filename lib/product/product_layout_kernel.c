// SPDX-License-Identifier: Apache-2.0
/* Where a kernel or a raw binary lies in its VM's RAM, with what comes along: initrd, device tree.
 * Source: Linux Documentation/arch/arm64/booting.rst, section 2 "Setup the device tree". */
#include "product_internal.h"

enum { RAW_OFFSET_DEFAULT = 0x80000 };

/* Above the kernel: the initrd, and above it the tree, each from a block of its own. */
static enum husk_err place_above_kernel(struct plan *plan)
{
    const struct husk_blob *initrd = plan->check->vm->initrd;

    if (initrd != NULL) {
        enum husk_err err;

        plan->layout->initrd_offset = husk_align_up(plan->end, HUSK_SLOT_BYTES);
        plan->layout->initrd_bytes = initrd->size_bytes;
        err = husk_product_layout_take(plan, "initrd", plan->layout->initrd_offset,
                                       initrd->size_bytes);
        if (err != HUSK_OK) {
            return err;
        }
    }
    plan->layout->dtb_offset = husk_align_up(plan->end, HUSK_SLOT_BYTES);
    plan->layout->dtb_bytes = HUSK_PRODUCT_TREE_BYTES;
    return husk_product_layout_take(plan, "ram[].size_bytes", plan->layout->dtb_offset,
                                    HUSK_PRODUCT_TREE_BYTES);
}

enum husk_err husk_product_layout_kernel(struct plan *plan)
{
    const struct husk_blob *kernel = plan->check->vm->kernel;
    struct husk_image_header header = { 0, kernel->size_bytes, 0 };
    enum husk_err err;

    if (kernel->data != NULL &&
        husk_image_header_read(kernel->data, kernel->size_bytes, &header) != HUSK_OK) {
        return HUSK_FAIL(plan->check, HUSK_EINVAL, "kernel",
                         "is no little-endian arm64 Image; a raw binary goes into .raw");
    }
    plan->layout->image_offset = header.text_offset;
    err = husk_product_layout_take(plan, "kernel", header.text_offset, header.image_size_bytes);
    return err == HUSK_OK ? place_above_kernel(plan) : err;
}

enum husk_err husk_product_layout_raw(struct plan *plan)
{
    const struct husk_vm_config *vm = plan->check->vm;
    uint64_t offset = vm->raw_offset == 0 ? RAW_OFFSET_DEFAULT : vm->raw_offset;

    if (!husk_is_aligned(offset, 4)) {
        return HUSK_FAIL(plan->check, HUSK_EINVAL, "raw_offset",
                         "is no multiple of 4, and code begins there", .value = offset);
    }
    if (offset < HUSK_PRODUCT_TREE_BYTES) {
        return HUSK_FAIL(plan->check, HUSK_ERANGE, "raw_offset",
                         "leaves no room for the device tree at RAM's base", .value = offset,
                         .limit = HUSK_PRODUCT_TREE_BYTES);
    }
    plan->layout->image_offset = offset;
    plan->layout->dtb_bytes = HUSK_PRODUCT_TREE_BYTES;
    return husk_product_layout_take(plan, "raw", offset, vm->raw->size_bytes);
}
