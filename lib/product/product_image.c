// SPDX-License-Identifier: Apache-2.0
/* Rules about a VM's images: they fit, and lie where they can run. An image is linked with the very
 * files that are checked, so none of these rules runs at boot. */
#include "product_rules.h"

/* A guest that runs in place is mapped from its blob's slot: the blob lies in the slot as it will
 * lie in RAM. */
static enum husk_err check_in_place(const struct check *check, const struct husk_blob *blob,
                                    const char *field, uint64_t offset)
{
    if (blob == NULL || blob->data == NULL || blob->slot_offset == offset % HUSK_SLOT_BYTES) {
        return HUSK_OK;
    }
    return HUSK_FAIL(
        check, HUSK_EINVAL, field,
        "lies in its slot elsewhere than in RAM and can't run in place; set HUSK_RESET_VM",
        .value = blob->slot_offset, .limit = offset % HUSK_SLOT_BYTES);
}

enum husk_err husk_product_check_images(const struct check *check)
{
    const struct husk_vm_config *vm = check->vm;
    struct husk_vm_layout layout;
    enum husk_err err = husk_vm_layout(vm, &layout, check->error);

    if (err != HUSK_OK || husk_product_on_reset(check->product, vm) != HUSK_RESET_BOARD) {
        return err;
    }
    err = check_in_place(check, vm->unikernel, "unikernel", layout.image_offset);
    if (err == HUSK_OK) {
        err = check_in_place(check, vm->kernel, "kernel", layout.image_offset);
    }
    if (err == HUSK_OK) {
        err = check_in_place(check, vm->raw, "raw", layout.image_offset);
    }
    return err == HUSK_OK ? check_in_place(check, vm->initrd, "initrd", layout.initrd_offset) : err;
}
