// SPDX-License-Identifier: Apache-2.0
/* Where things lie in a VM's RAM. Source: Linux Documentation/arch/arm64/booting.rst, sections 2
 * "Setup the device tree" and 4 "Call the kernel image". */
#include "product_internal.h"

enum {
    HEADER_BYTES = 64,
    HEADER_TEXT_OFFSET = 8,
    HEADER_IMAGE_SIZE = 16,
    HEADER_FLAGS = 24,
    HEADER_MAGIC = 56,
    MAGIC = 0x644d5241, /* "ARM\x64" */
    FLAG_BIG_ENDIAN = 1,
    RAW_OFFSET_DEFAULT = 0x80000,
};

/* Little-endian, by bytes: a blob may lie at any address, and the MMU may be off. */
static uint64_t le(const uint8_t *bytes, size_t count)
{
    uint64_t value = 0;

    while (count != 0) {
        value = value << 8 | bytes[--count];
    }
    return value;
}

enum husk_err husk_image_header_read(const void *data, uint64_t size_bytes,
                                     struct husk_image_header *header)
{
    const uint8_t *bytes = data;
    struct husk_image_header read;

    if (size_bytes < HEADER_BYTES || le(bytes + HEADER_MAGIC, 4) != MAGIC) {
        return HUSK_EINVAL;
    }
    read.text_offset = le(bytes + HEADER_TEXT_OFFSET, 8);
    read.image_size_bytes = le(bytes + HEADER_IMAGE_SIZE, 8);
    read.flags = le(bytes + HEADER_FLAGS, 8);
    if ((read.flags & FLAG_BIG_ENDIAN) != 0 || read.image_size_bytes < size_bytes) {
        return HUSK_EINVAL;
    }
    *header = read;
    return HUSK_OK;
}

/* A layout in the making: `end` is the first offset not yet given away. */
struct plan {
    const struct check *check;
    struct husk_vm_layout *layout;
    uint64_t ram_bytes;
    uint64_t end;
};

/* Gives away [offset, offset + bytes), which must lie in RAM. */
static enum husk_err take(struct plan *plan, const char *field, uint64_t offset, uint64_t bytes)
{
    if (offset > plan->ram_bytes || bytes > plan->ram_bytes - offset) {
        uint64_t need = bytes > UINT64_MAX - offset ? UINT64_MAX : offset + bytes;

        return husk_product_fail_value(plan->check, HUSK_ERANGE, field, HUSK_NO_INDEX,
                                       "needs more RAM than ram[0] has", need, plan->ram_bytes);
    }
    plan->end = offset + bytes;
    return HUSK_OK;
}

static enum husk_err place_unikernel(struct plan *plan)
{
    uint64_t bytes = plan->check->vm->unikernel->size_bytes;

    plan->layout->image_bytes = bytes;
    plan->layout->image_memory = bytes;
    return take(plan, "unikernel", 0, bytes);
}

static enum husk_err place_kernel(struct plan *plan)
{
    const struct husk_blob *kernel = plan->check->vm->kernel;
    struct husk_image_header header = { 0, kernel->size_bytes, 0 };

    if (kernel->data != NULL &&
        husk_image_header_read(kernel->data, kernel->size_bytes, &header) != HUSK_OK) {
        return husk_product_fail(plan->check, HUSK_EINVAL, "kernel", HUSK_NO_INDEX,
                                 "is no little-endian arm64 Image; a raw binary goes into .raw");
    }
    plan->layout->image_offset = header.text_offset;
    plan->layout->image_bytes = kernel->size_bytes;
    plan->layout->image_memory = header.image_size_bytes;
    return take(plan, "kernel", header.text_offset, header.image_size_bytes);
}

static enum husk_err place_raw(struct plan *plan)
{
    const struct husk_vm_config *vm = plan->check->vm;
    uint64_t offset = vm->raw_offset == 0 ? RAW_OFFSET_DEFAULT : vm->raw_offset;

    if (!husk_is_aligned(offset, 4)) {
        return husk_product_fail_value(plan->check, HUSK_EINVAL, "raw_offset", HUSK_NO_INDEX,
                                       "is no multiple of 4, and code begins there", offset, 0);
    }
    if (offset < HUSK_PRODUCT_TREE_BYTES) {
        return husk_product_fail_value(plan->check, HUSK_ERANGE, "raw_offset", HUSK_NO_INDEX,
                                       "leaves no room for the device tree at RAM's base", offset,
                                       HUSK_PRODUCT_TREE_BYTES);
    }
    plan->layout->image_offset = offset;
    plan->layout->image_bytes = vm->raw->size_bytes;
    plan->layout->image_memory = vm->raw->size_bytes;
    plan->layout->dtb_bytes = HUSK_PRODUCT_TREE_BYTES;
    return take(plan, "raw", offset, vm->raw->size_bytes);
}

/* Above the kernel: the initrd, and above it the tree, each from a block of its own. */
static enum husk_err place_above_kernel(struct plan *plan)
{
    const struct husk_blob *initrd = plan->check->vm->initrd;

    if (initrd != NULL) {
        enum husk_err err;

        plan->layout->initrd_offset = husk_align_up(plan->end, HUSK_SLOT_BYTES);
        plan->layout->initrd_bytes = initrd->size_bytes;
        err = take(plan, "initrd", plan->layout->initrd_offset, initrd->size_bytes);
        if (err != HUSK_OK) {
            return err;
        }
    }
    plan->layout->dtb_offset = husk_align_up(plan->end, HUSK_SLOT_BYTES);
    plan->layout->dtb_bytes = HUSK_PRODUCT_TREE_BYTES;
    return take(plan, "ram[].size_bytes", plan->layout->dtb_offset, HUSK_PRODUCT_TREE_BYTES);
}

static enum husk_err place(struct plan *plan)
{
    const struct husk_vm_config *vm = plan->check->vm;
    const char *second = vm->raw != NULL ? "raw" : "kernel";
    int images = (vm->unikernel != NULL) + (vm->kernel != NULL) + (vm->raw != NULL);
    enum husk_err err;

    if (images != 1) {
        return images == 0 ? husk_product_fail(plan->check, HUSK_EINVAL, "unikernel", HUSK_NO_INDEX,
                                               "is missing; set one of unikernel, kernel, raw")
                           : husk_product_fail(plan->check, HUSK_EINVAL, second, HUSK_NO_INDEX,
                                               "is a second image; set one of unikernel, kernel, "
                                               "raw");
    }
    if (vm->unikernel != NULL) {
        return place_unikernel(plan);
    }
    if (vm->raw != NULL) {
        return place_raw(plan);
    }
    err = place_kernel(plan);
    return err == HUSK_OK ? place_above_kernel(plan) : err;
}

enum husk_err husk_vm_layout(const struct husk_vm_config *vm, struct husk_vm_layout *layout,
                             struct husk_product_error *error)
{
    const struct check check = { NULL, NULL, vm, error };
    struct husk_vm_layout made = { 0 };
    struct plan plan = { &check, &made, 0, 0 };
    enum husk_err err;

    if (vm->ram.count == 0 || vm->ram.items == NULL) {
        return husk_product_fail(&check, HUSK_EINVAL, "ram", HUSK_NO_INDEX,
                                 "lists no RAM; give at least one region");
    }
    plan.ram_bytes = husk_align_down(vm->ram.items[0].size_bytes, HUSK_SLOT_BYTES);
    err = place(&plan);
    if (err != HUSK_OK) {
        return err;
    }
    made.entry_offset = made.image_offset;
    *layout = made;
    return HUSK_OK;
}
